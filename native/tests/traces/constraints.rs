//! IC3 and TIME, which look at neighbours and at the date.

use crate::drawn::{Drawn, Found, Known, assembled, link, of, span};

fn found(name: &str, row: i64) -> Found {
    (name.to_string(), Some(row), None, None)
}

fn calling(kind: i32, peers: [Option<&'static str>; 4], child_kind: i32) -> Vec<Found> {
    let mut spans = [span(1, 0, 0, 100), span(2, 1, 10, 20)];
    (spans[0].kind, spans[0].peers, spans[1].kind) = (kind, peers, child_kind);
    let names = vec![("service", "cart"), ("host", "cart.local"), ("destination", "orders")];
    let out = assembled(&spans, &[], &Known { names, ..Known::default() }, 9);
    assert_eq!(out.column("issues")[0], Some(if out.findings().is_empty() { 0 } else { 4 }));
    out.findings()
}

#[test]
fn a_call_needs_its_counterpart_where_that_is_instrumented() {
    let (client, server, producer, consumer, internal) = (3, 2, 4, 5, 1);
    let nobody = [None; 4];
    assert_eq!(calling(client, nobody, server), []);
    assert_eq!(calling(producer, nobody, consumer), []);
    assert_eq!(calling(internal, nobody, internal), []);
    assert_eq!(calling(server, nobody, internal), []);
    assert_eq!(calling(client, nobody, internal), [found("unnamed_peer", 0)]);
    assert_eq!(calling(client, nobody, consumer), [found("unnamed_peer", 0)]);
    assert_eq!(calling(producer, nobody, server), [found("unnamed_peer", 0)]);
    let callee = [found("uninstrumented_callee", 0)];
    assert_eq!(calling(client, [Some("cart"), None, None, None], internal), callee);
    assert_eq!(calling(client, [Some("bank"), Some("cart.local"), None, None], internal), callee);
    assert_eq!(calling(producer, [None, None, Some("orders"), None], internal), callee);
    // Names count within their category.
    assert_eq!(calling(client, [Some("orders"), Some("cart"), Some("cart.local"), None], internal), []);
    assert_eq!(calling(client, [None, None, None, Some("postgresql")], internal), []);
    assert_eq!(calling(client, [None, Some("bank"), None, None], internal), []);
}

#[test]
fn a_consumer_anywhere_on_the_date_satisfies_a_producer() {
    let mut producer = span(1, 0, 0, 100);
    producer.kind = 4;
    let check = |consumed: Vec<Drawn>, date: i32| {
        let mut spans = [producer.clone()];
        spans[0].date = date;
        assembled(&spans, &[], &Known { consumed, ..Known::default() }, 9).findings().len()
    };
    assert_eq!(check(vec![], producer.date), 1);
    assert_eq!(check(vec![producer.clone()], producer.date), 0);
    assert_eq!(check(vec![producer.clone()], producer.date + 1), 1, "a consumer of another date");
    assert_eq!(check(vec![span(2, 0, 0, 1)], producer.date), 1, "another span");
}

#[test]
fn names_count_on_their_date() {
    let mut spans = [span(1, 0, 0, 100)];
    (spans[0].kind, spans[0].peers[0]) = (3, Some("cart"));
    let known = Known { names: vec![("service", "cart")], ..Known::default() };
    assert_eq!(assembled(&spans, &[], &known, 9).findings().len(), 1);
    spans[0].date += 1;
    assert_eq!(assembled(&spans, &[], &known, 9).findings().len(), 0);
}

fn outside(child: (i64, i64), change: impl Fn(&mut [Drawn]), bounds: Vec<(i64, i64, i64)>) -> Option<i64> {
    let mut spans = [span(1, 0, 0, 100), span(2, 1, child.0, child.1)];
    change(&mut spans);
    let out = assembled(&spans, &[], &Known { bounds, ..Known::default() }, 9);
    let found = out.findings().into_iter().find(|found| found.0 == "outside_parent");
    assert_eq!(out.column("issues")[1], Some(if found.is_some() { 32 } else { 0 }));
    found.inspect(|found| assert_eq!((found.1, found.2), (Some(1), Some(0)))).and_then(|found| found.3)
}

#[test]
fn children_lie_within_their_parents() {
    assert_eq!(outside((0, 100), |_| (), vec![]), None);
    assert_eq!(outside((100, 100), |_| (), vec![]), None);
    assert_eq!(outside((-1, 100), |_| (), vec![]), Some(1));
    assert_eq!(outside((50, 107), |_| (), vec![]), Some(7));
    assert_eq!(outside((-3, 107), |_| (), vec![]), Some(7), "the greater of the two sides");
    for (row, kind) in [(1, 5), (0, 4)] {
        assert_eq!(outside((50, 107), |spans| spans[row].kind = kind, vec![]), None, "asynchronous");
    }
    assert_eq!(outside((50, 107), |spans| spans[1].kind = 2, vec![]), Some(7));
}

#[test]
fn resources_may_differ_by_the_usual_skew_of_their_pair() {
    let apart = |spans: &mut [Drawn]| spans[1].resource = 2;
    assert_eq!(outside((50, 1_000_100), apart, vec![]), None, "1 ms is allowed");
    assert_eq!(outside((50, 1_000_101), apart, vec![]), Some(1));
    assert_eq!(outside((50, 5_000_101), apart, vec![(2, 1, 4_000_000)]), Some(1_000_001));
    assert_eq!(outside((50, 4_000_100), apart, vec![(2, 1, 4_000_000)]), None);
    assert_eq!(outside((50, 4_000_100), apart, vec![(1, 2, 4_000_000)]), Some(3_000_000), "other way round");
    assert_eq!(outside((50, 101), |_| (), vec![(1, 1, 4_000_000)]), Some(1), "one resource has no skew");
}

#[test]
fn a_span_with_links_is_asynchronous() {
    let spans = [span(1, 0, 0, 100), span(2, 1, 50, 107)];
    let mut elsewhere = link(&spans[1], &spans[0]);
    elsewhere.trace_id = "f".repeat(32);
    assert_eq!(assembled(&spans, &[elsewhere], &Known::default(), 9).findings(), []);
    let other = link(&spans[0], &spans[1]);
    assert_eq!(
        assembled(&spans, &[other], &Known::default(), 9).findings().len(),
        3,
        "cycle of two, and outside"
    );
}

#[test]
fn time_does_not_run_backwards() {
    let mut spans = [span(1, 0, 0, 100)];
    spans[0].duration = -5;
    let out = of(&spans);
    assert_eq!(out.findings(), [("ends_before_start".to_string(), Some(0), None, Some(-5))]);
    assert_eq!((out.column("issues"), out.trace("issues")), (vec![Some(32)], Some(32)));
}

#[test]
fn several_roots_are_one_finding_on_the_earliest() {
    let out = of(&[span(4, 0, 7, 8), span(3, 0, 5, 6), span(2, 0, 5, 6), span(5, 4, 7, 8)]);
    assert_eq!(out.findings(), [("multiple_roots".to_string(), Some(2), None, Some(3))]);
    assert_eq!(out.column("issues"), [Some(1), Some(1), Some(1), Some(0)]);
}

#[test]
fn known_issues_are_kept() {
    let mut spans = [span(1, 99, 0, 100), span(2, 1, 0, 100)];
    (spans[0].known, spans[1].known) = (16, 128);
    let out = of(&spans);
    assert_eq!(out.column("issues"), [Some(18), Some(128)]);
    assert_eq!(out.trace("issues"), Some(146));
}
