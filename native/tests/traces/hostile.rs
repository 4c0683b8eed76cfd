//! Traces that no sane tracer makes: they take bounded time and give sane rows.

use crate::drawn::{Drawn, Known, all, assembled, link, of, span};

#[test]
fn a_chain_of_ten_thousand() {
    let spans: Vec<Drawn> = (0..10_000).map(|n| span(n + 1, n, n as i64, 20_000 - n as i64)).collect();
    let out = of(&spans);
    assert_eq!(out.column("depth")[9_999], Some(9_999));
    assert_eq!(out.column("lamport_clock")[9_999], Some(10_000));
    assert_eq!(out.column("critical_path_nano").iter().flatten().sum::<i64>(), 20_000);
    assert_eq!(out.trace("max_depth"), Some(9_999));
}

#[test]
fn a_cycle_of_a_hundred_thousand_with_links_across() {
    let count = 100_000;
    let mut spans: Vec<Drawn> = (0..count).map(|n| span(n + 1, (n + 1) % count + 1, 0, 9)).collect();
    let out = of(&spans);
    assert_eq!(out.findings().len(), count as usize);
    spans.iter_mut().for_each(|span| span.parent = None);
    let links: Vec<_> =
        (0..count as usize).map(|n| link(&spans[n], &spans[(n + 1) % count as usize])).collect();
    let out = assembled(&spans, &links, &Known::default(), 1_000_000);
    assert_eq!(out.findings().iter().filter(|found| found.0 == "link_cycle").count(), count as usize);
    assert_eq!(out.column("lamport_clock")[7], None);
}

#[test]
fn fifty_thousand_children_at_once() {
    let mut spans = vec![span(1, 0, 0, 100_000)];
    spans.extend((0..50_000).map(|n| span(n + 2, 1, n as i64, 50_000 + n as i64)));
    let out = of(&spans);
    assert_eq!(out.column("child_count")[0], Some(50_000));
    assert_eq!(out.column("self_time_nano")[0], Some(1));
    let path = out.column("critical_path_nano");
    assert_eq!(path.iter().flatten().sum::<i64>(), 100_000);
    assert_eq!(path[50_000], Some(50_000));
}

#[test]
fn times_at_the_ends_of_their_range() {
    let mut spans = [span(1, 0, 0, 1), span(2, 1, 0, 1), span(3, 2, 0, 1), span(4, 1, 0, 1)];
    for (row, start, duration) in
        [(0, i64::MIN, i64::MAX), (1, i64::MAX, i64::MAX), (2, i64::MIN, i64::MIN), (3, i64::MAX, i64::MIN)]
    {
        (spans[row].start, spans[row].duration, spans[row].date) = (start, duration, 0);
        spans[row].resource = row as i64;
    }
    let out = of(&spans);
    assert_eq!(out.column("self_time_nano"), all([i64::MAX, i64::MAX, 0, 0]));
    assert_eq!(out.column("critical_path_nano")[0], Some(i64::MAX));
    assert!(out.column("clock_skew_nano").iter().all(Option::is_some));
    spans.iter_mut().for_each(|span| span.date = 1);
    assert_eq!(of(&spans).trace("duration_nano"), Some(i64::MAX));
}

#[test]
fn one_span_id_in_two_traces() {
    let mut other = span(1, 0, 0, 9);
    other.trace_id = "f".repeat(32);
    let out = of(&[span(1, 0, 0, 9), other, span(2, 1, 0, 9)]);
    assert_eq!(out.column("child_count"), all([1, 0, 0]));
    assert_eq!(out.losers(), []);
}

#[test]
fn trace_ids_that_differ_in_their_last_digits_alone() {
    let mut spans: Vec<Drawn> = (0..5_000).map(|n| span(1 + n % 2, n % 2, 0, 9)).collect();
    for (n, span) in spans.iter_mut().enumerate() {
        span.trace_id =
            format!("{:032x}", 0xabc0_0000_0000_0000_0000_0000_0000_0000 + (n as u128 * 7_919) % 2_500);
        span.content = Some(n as i64);
    }
    let out = of(&spans);
    assert_eq!(out.table("traces").num_rows(), 2_500);
    assert_eq!(out.order().len() + out.losers().len(), 5_000);
}
