//! Self time, critical path and clock skew.

use crate::drawn::{all, of, span};

#[test]
fn self_time_is_what_no_child_covers() {
    // 1 |----------|        0..100
    // 2  |--|               10..30
    // 3    |---|            20..50   overlaps 2
    // 4          |----      90..150  ends later than 1
    // 5 |                   -20..5   begins earlier
    // 6  ||                 12..12   empty
    let out = of(&[
        span(1, 0, 0, 100),
        span(2, 1, 10, 30),
        span(3, 1, 20, 50),
        span(4, 1, 90, 150),
        span(5, 1, -20, 5),
        span(6, 1, 12, 12),
    ]);
    assert_eq!(out.column("self_time_nano"), all([100 - 40 - 10 - 5, 20, 30, 60, 25, 0]));
}

#[test]
fn a_negative_duration_is_an_empty_interval() {
    let mut child = span(2, 1, 50, 60);
    child.duration = -40;
    let out = of(&[span(1, 0, 0, 100), child]);
    assert_eq!(out.column("self_time_nano"), all([100, 0]));
    assert_eq!(out.column("critical_path_nano"), all([100, 0]));
}

#[test]
fn critical_path_of_one_span_is_its_duration() {
    let out = of(&[span(1, 0, 0, 100)]);
    assert_eq!(out.column("critical_path_nano"), all([100]));
}

#[test]
fn critical_path_follows_the_child_that_returned_last() {
    // Parallel children: the parent waited for 3, which began before 2 returned.
    // 1 |--------------------|  0..100
    // 2   |------|              10..40
    // 3      |-----------|      30..90
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 30, 90)]);
    assert_eq!(out.column("critical_path_nano"), all([10 + 30, 0, 60]));
}

#[test]
fn critical_path_goes_through_children_in_sequence() {
    // 1 |--------------------|  0..100
    // 2   |------|              10..40
    // 4     |--|                15..25   below 2
    // 3            |-----|      50..90
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 50, 90), span(4, 2, 15, 25)]);
    assert_eq!(out.column("critical_path_nano"), all([10 + 10 + 10, 20, 40, 10]));
    assert_eq!(out.path_by_service(), [("shop".to_string(), "100".to_string())]);
}

#[test]
fn children_that_meet_exactly_are_both_on_the_path() {
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 0, 50), span(3, 1, 50, 100)]);
    assert_eq!(out.column("critical_path_nano"), all([0, 50, 50]));
}

#[test]
fn a_child_beyond_its_parent_counts_within_it() {
    // 2 runs 50 past its parent; 3 below it only after the parent's end.
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 60, 150), span(3, 2, 110, 140), span(4, 2, 70, 120)]);
    assert_eq!(out.column("critical_path_nano"), all([60, 10, 0, 30]));
}

#[test]
fn ties_go_to_the_later_start_and_then_to_the_greater_id() {
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 20, 90), span(3, 1, 50, 90), span(4, 1, 50, 90)]);
    // 4 is taken, 3 returned at the same time and began when 4 did, so it and 2 are passed over.
    assert_eq!(out.column("critical_path_nano"), all([60, 0, 0, 40]));
}

#[test]
fn every_subtree_has_a_path_of_its_own() {
    let orphan = span(5, 99, 200, 260);
    let out = of(&[span(1, 0, 0, 100), span(2, 1, 40, 60), orphan, span(6, 5, 210, 220)]);
    assert_eq!(out.column("critical_path_nano"), all([80, 20, 50, 10]));
    assert_eq!(out.path_by_service(), [("shop".to_string(), "100".to_string())]);
}

#[test]
fn the_path_by_service_counts_the_root_and_names_the_unnamed() {
    let mut child = span(2, 1, 40, 60);
    child.service = None;
    let out = of(&[span(1, 0, 0, 100), child]);
    let entry = |service: &str, nanoseconds: &str| (service.to_string(), nanoseconds.to_string());
    assert_eq!(out.path_by_service(), [entry("", "20"), entry("shop", "80")]);
}

fn skews(child: (i64, i64), grandchild_resource: i64) -> Vec<Option<i64>> {
    let mut spans = [span(1, 0, 0, 100), span(2, 1, child.0, child.1), span(3, 2, child.0, child.1)];
    spans[1].resource = 2;
    spans[2].resource = grandchild_resource;
    of(&spans).column("clock_skew_nano")
}

#[test]
fn skew_moves_a_child_into_the_middle_of_its_parent() {
    assert_eq!(skews((10, 90), 2), all([0, 0, 0]), "inside");
    assert_eq!(skews((0, 100), 2), all([0, 0, 0]), "exactly inside");
    // 51 long, from 200: to the middle, 24 after the parent's start (49 / 2, truncated).
    assert_eq!(skews((200, 251), 2), all([0, -200 + 24, -200 + 24]));
    assert_eq!(skews((-300, -200), 2), all([0, 300, 300]), "as long as the parent");
    assert_eq!(skews((-50, 151), 2), all([0, 50, 50]), "longer and earlier: to the parent's start");
    assert_eq!(skews((20, 221), 2), all([0, 0, 0]), "longer and not earlier: stays");
}

#[test]
fn another_resource_is_measured_against_the_shifted_parent() {
    // 2 lies at 200..251 and is shifted by -176, so to 24..75. 3 lies at 200..251 by its own clock.
    assert_eq!(skews((200, 251), 3), all([0, -176, -176]));
    // On the resource of the root it starts from its own times, too.
    assert_eq!(skews((200, 251), 1), all([0, -176, -176]));
}
