//! Copies of a span.

use _native::assemble::colliding_rows;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;

use crate::drawn::{Known, all, assembled, link, of, span, span_table};

#[test]
fn equal_copies_are_folded() {
    let mut assembled = span(1, 0, 0, 100);
    (assembled.is_assembled, assembled.duplicates) = (true, 4);
    let out = of(&[span(1, 0, 0, 100), assembled, span(1, 0, 0, 100)]);
    assert_eq!(out.order(), [1], "the assembled row stays");
    assert_eq!(out.column("duplicate_count")[1], Some(6));
    assert_eq!(out.losers(), [(0, 1, false), (2, 1, false)]);
    assert_eq!(out.findings(), []);
}

#[test]
fn of_other_copies_the_one_that_ends_last_stays() {
    let (mut a, mut b, mut c) = (span(1, 0, 0, 100), span(1, 0, 50, 120), span(1, 0, 0, 120));
    (a.content, b.content, c.content) = (Some(9), Some(3), Some(2));
    let out = of(&[a.clone(), b.clone(), c, b, a]);
    assert_eq!(out.order(), [1], "equal ends: the greater content key; equal content: the first row");
    assert_eq!(out.column("duplicate_count")[1], Some(1));
    assert_eq!(out.losers(), [(0, 1, true), (2, 1, true), (3, 1, false), (4, 1, true)]);
    let found = |row| ("conflicting_duplicate".to_string(), Some(row), Some(1), None);
    assert_eq!(out.findings(), [found(0), found(2), found(4)]);
    assert_eq!(out.column("issues")[1], Some(1));
}

#[test]
fn an_assembled_loser_stands_for_all_its_copies() {
    let mut loser = span(1, 0, 0, 100);
    (loser.is_assembled, loser.duplicates, loser.content) = (true, 2, Some(7));
    let out = of(&[loser, span(1, 0, 0, 101)]);
    assert_eq!(out.losers(), [(0, 1, true)]);
    let found = ("conflicting_duplicate".to_string(), Some(0), Some(1), None);
    assert_eq!(out.findings(), [found.clone(), found.clone(), found]);
    assert_eq!(out.column("duplicate_count")[1], Some(0));
}

#[test]
fn a_negative_duration_does_not_end_before_the_start() {
    let (mut a, mut b) = (span(1, 0, 10, 10), span(1, 0, 10, 10));
    (a.duration, a.content, b.content) = (-50, Some(5), Some(4));
    assert_eq!(of(&[a, b]).order(), [0]);
}

#[test]
fn links_of_a_losing_copy_do_not_count() {
    let (first, mut kept, mut lost) = (span(3, 0, 0, 9), span(1, 0, 0, 100), span(1, 0, 0, 90));
    (kept.content, lost.content) = (Some(1), Some(2));
    let spans = [kept.clone(), lost.clone(), first.clone()];
    let clock = |from| assembled(&spans, &[link(from, &first)], &Known::default(), 9).column("lamport_clock");
    assert_eq!(clock(&kept), all([2, -9, 1]));
    assert_eq!(clock(&lost), all([1, -9, 1]));
}

#[test]
fn rows_that_meet_a_copy_are_found() {
    let mut spans =
        vec![span(1, 0, 0, 9), span(1, 0, 0, 9), span(2, 0, 0, 9), span(3, 0, 0, 9), span(3, 0, 0, 9)];
    spans.push(span(0, 0, 0, 9));
    spans.push(span(0, 0, 0, 9));
    for row in [1, 2, 6] {
        spans[row].is_assembled = true;
    }
    let rows = colliding_rows(&span_table(&spans)).unwrap();
    assert_eq!(rows.column(0).as_primitive::<Int64Type>().values(), &[1]);
}
