//! Places in the trace, trace rows, and the order of both.

use crate::drawn::{DAY, Known, ZERO, all, assembled, id, of, span, trace};

#[test]
fn edges_depths_and_services() {
    let mut spans =
        [span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 2, 20, 30), span(4, 99, 5, 6), span(5, 1, 7, 8)];
    spans[1].service = Some("cart");
    spans[2].service = None;
    spans[3].status = 2;
    spans[4].service = Some("shop");
    let out = of(&spans);
    assert_eq!(out.column("depth"), all([0, 1, 2, 0, 1]));
    assert_eq!(out.column("child_count"), all([2, 1, 0, 0, 0]));
    assert_eq!(out.column("is_root"), all([1, 0, 0, 0, 0]));
    assert_eq!(out.column("is_orphan"), all([0, 0, 0, 1, 0]));
    assert_eq!(out.column("is_remote_parent"), vec![None, Some(1), Some(1), None, Some(0)]);
    assert_eq!(out.column("lamport_clock"), all([1, 2, 3, 1, 2]));
    let names: Vec<String> = (0..5).map(|row| out.text("spans", "parent_service_name", row)).collect();
    assert_eq!(
        (out.order(), names),
        (vec![0, 3, 4, 1, 2], ["", "", "shop", "shop", "cart"].map(String::from).into())
    );
    for (column, value) in [
        ("event_date", DAY.into()),
        ("start_time_unix_nano", ZERO),
        ("duration_nano", 100),
        ("root_row", 0),
        ("span_count", 5),
        ("service_count", 3),
        ("error_count", 1),
        ("orphan_count", 1),
        ("root_count", 1),
        ("max_depth", 2),
        ("has_error", 1),
        ("is_complete", 0),
        ("issues", 2),
    ] {
        assert_eq!(out.trace(column), Some(value), "{column}");
    }
}

#[test]
fn a_trace_without_root_is_led_by_its_earliest_orphan() {
    let out = of(&[span(3, 98, 5, 6), span(2, 99, 5, 6)]);
    assert_eq!(out.trace("root_row"), Some(1), "the smaller id at equal starts");
    assert_eq!((out.trace("root_count"), out.trace("is_complete")), (Some(0), Some(0)));
    assert_eq!(out.path_by_service(), [("shop".to_string(), "1".to_string())]);
    assert_eq!(of(&[span(1, 0, 0, 1), span(2, 1, 0, 1)]).trace("is_complete"), Some(1));
}

#[test]
fn times_out_of_range_do_not_move_the_trace() {
    let mut spans = [span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 0, 0)];
    (spans[1].start, spans[1].date) = (0, 0);
    (spans[2].start, spans[2].date) = (i64::MAX, 0);
    spans[2].duration = i64::MAX;
    let out = of(&spans);
    assert_eq!(out.trace("start_time_unix_nano"), Some(ZERO));
    assert_eq!(out.trace("duration_nano"), Some(100));
    assert_eq!(out.trace("event_date"), Some(DAY.into()));
    assert_eq!(out.text("traces", "span_dates", 0), "1970-01-01,2024-10-04");
    assert_eq!(out.column("trace_start_unix_nano"), all([ZERO; 3]));
    assert_eq!(out.order(), [1, 2, 0], "by date first");

    let out = of(&spans[1..2]);
    assert_eq!(out.column("trace_start_unix_nano"), [None]);
    assert_eq!((out.trace("start_time_unix_nano"), out.trace("event_date")), (None, Some(0)));
}

#[test]
fn rows_are_ordered_by_date_trace_start_trace_and_start() {
    let mut spans =
        vec![span(1, 0, 50, 60), span(2, 0, 40, 60), span(3, 1, 86_400_000_000_010, 86_400_000_000_020)];
    spans[2].date = DAY + 1;
    for (row, number) in [(0, 9), (1, 3), (2, 9)] {
        spans[row].trace_id = trace(number);
    }
    spans.push(span(4, 1, 40, 45));
    spans[3].trace_id = trace(2);
    spans.push(span(5, 0, 0, 1));
    spans[4].trace_id = String::new();
    let out = of(&spans);
    assert_eq!(out.order(), [4, 3, 1, 0, 2]);
    let traces: Vec<String> = (0..3).map(|row| out.text("traces", "trace_id", row)).collect();
    assert_eq!(traces, [trace(2), trace(3), trace(9)]);
    assert_eq!(out.text("traces", "span_dates", 2), "2024-10-04,2024-10-05");
}

#[test]
fn rows_without_valid_ids_stand_alone() {
    let mut spans = vec![span(1, 0, 0, 9), span(1, 0, 0, 9), span(0, 7, 0, 9), span(0, 7, 0, 9)];
    spans[0].trace_id = trace(0);
    spans[1].trace_id = trace(0);
    spans[3].span_id = String::new();
    (spans[0].is_assembled, spans[0].duplicates, spans[1].known) = (true, 3, 16);
    let out = of(&spans);
    assert_eq!(out.order().len(), 4);
    assert_eq!(out.losers(), []);
    assert_eq!(out.table("traces").num_rows(), 0);
    assert_eq!(out.column("duplicate_count"), all([3, 0, 0, 0]));
    assert_eq!(out.column("issues"), all([128, 144, 128, 128]));
    for column in ["is_root", "is_orphan", "depth", "child_count", "self_time_nano", "trace_start_unix_nano"]
    {
        assert_eq!(out.column(column), [None; 4], "{column}");
    }
    let found: Vec<String> = out.findings().into_iter().map(|found| found.0).collect();
    assert_eq!(found, ["bad_span_id", "bad_span_id", "bad_trace_id", "bad_trace_id"]);
}

#[test]
fn ids_of_other_lengths_are_real_ids() {
    let mut spans = [span(1, 0, 0, 9), span(2, 1, 0, 9), span(3, 0, 0, 9)];
    spans[0].span_id = "abcd".into();
    spans[1].parent = Some("abcd".into());
    spans[2].parent = Some("abcd00".into());
    let out = of(&spans);
    assert_eq!(out.column("depth"), all([0, 1, 0]));
    assert_eq!(out.column("issues"), all([128, 0, 2]));

    for name in ["ab", "ab00000000000000000000000000000000", &trace(7)] {
        spans.iter_mut().for_each(|span| span.trace_id = name.into());
        let mut others = spans.to_vec();
        others.iter_mut().for_each(|span| span.trace_id = format!("{name}00"));
        let out = of(&[spans.as_slice(), &others].concat());
        assert_eq!(out.column("depth"), all([0, 1, 0, 0, 1, 0]));
        assert_eq!(out.table("traces").num_rows(), 2);
        assert_eq!(out.text("traces", "trace_id", 0), name);
    }
}

#[test]
fn a_zero_parent_is_none() {
    let mut spans = [span(1, 0, 0, 9), span(2, 0, 0, 9)];
    spans[0].parent = Some(id(0));
    spans[1].parent = Some(String::new());
    let out = of(&spans);
    assert_eq!(out.column("is_root"), all([1, 1]));
    assert_eq!(out.column("issues"), all([129, 1]));
    let found: Vec<_> = out.findings().into_iter().map(|found| (found.0, found.1)).collect();
    assert_eq!(found, [("multiple_roots".to_string(), Some(0)), ("zero_parent_id".to_string(), Some(0))]);
}

#[test]
fn a_trace_too_large_is_counted_alone() {
    let mut spans = [span(1, 0, 0, 9), span(2, 1, 3, 12), span(2, 1, 3, 12), span(3, 99, 1, 2)];
    spans[1].status = 2;
    spans[2].status = 2;
    spans[3].known = 16;
    assert_eq!(assembled(&spans, &[], &Known::default(), 3).column("depth"), all([0, 1, -9, 0]));
    let out = assembled(&spans, &[], &Known::default(), 2);
    assert_eq!(out.column("depth"), [None, None, Some(-9), None]);
    assert_eq!(out.column("is_root"), all([1, 0, -9, 0]));
    assert_eq!(out.column("is_orphan"), [None, None, Some(-9), None]);
    assert_eq!(out.column("issues"), all([0, 0, -9, 16]));
    assert_eq!(out.column("duplicate_count"), all([0, 1, -9, 0]));
    assert_eq!(out.findings(), [("trace_too_large".to_string(), None, None, Some(3))]);
    assert_eq!((out.trace("span_count"), out.trace("error_count")), (Some(3), Some(1)));
    assert_eq!((out.trace("root_row"), out.trace("duration_nano")), (Some(0), Some(12)));
    assert_eq!((out.trace("is_complete"), out.trace("max_depth")), (Some(0), None));
}
