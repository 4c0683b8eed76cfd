//! Lamport clocks and cycles.

use crate::drawn::{Assembled, Drawn, Known, all, assembled, link, of, span};

fn linked(spans: &[Drawn], links: &[(usize, usize)]) -> Assembled {
    let links: Vec<_> = links.iter().map(|&(from, to)| link(&spans[from], &spans[to])).collect();
    assembled(spans, &links, &Known::default(), 100)
}

fn members(out: &Assembled, name: &str) -> Vec<i64> {
    out.findings().into_iter().filter(|found| found.0 == name).filter_map(|found| found.1).collect()
}

#[test]
fn clocks_tick_along_parents_and_links() {
    // 1 - 2 - 3 and 4 - 5; 5 links to 3 and to 1, 6 links to nothing here.
    let spans = [
        span(1, 0, 0, 9),
        span(2, 1, 0, 9),
        span(3, 2, 0, 9),
        span(4, 0, 0, 9),
        span(5, 4, 0, 9),
        span(6, 4, 0, 9),
    ];
    let mut links = vec![link(&spans[4], &spans[2]), link(&spans[4], &spans[0]), link(&spans[5], &spans[2])];
    links[2].trace_id = "another".into();
    let out = assembled(&spans, &links, &Known::default(), 100);
    assert_eq!(out.column("lamport_clock"), all([1, 2, 3, 1, 4, 2]));
}

#[test]
fn spans_on_and_below_a_parent_cycle_have_no_head() {
    // 1 is a root, 2 and 3 each other's parents, 4 below 3, 5 its own parent.
    let spans = [span(1, 0, 0, 9), span(2, 3, 0, 9), span(3, 2, 0, 9), span(4, 3, 0, 9), span(5, 5, 0, 9)];
    let out = of(&spans);
    for column in ["depth", "critical_path_nano", "clock_skew_nano", "lamport_clock"] {
        let nulls: Vec<bool> = out.column(column).iter().map(Option::is_none).collect();
        assert_eq!(nulls, [false, true, true, true, true], "{column}");
    }
    assert_eq!(out.column("is_root"), all([1, 0, 0, 0, 0]));
    assert_eq!(out.column("is_orphan"), all([0, 0, 0, 0, 0]));
    assert_eq!(out.column("child_count"), all([0, 1, 2, 0, 1]));
    assert_eq!(out.column("self_time_nano"), all([9, 0, 0, 9, 0]));
    assert_eq!(out.column("issues"), all([0, 64, 64, 0, 64]));
    assert_eq!(members(&out, "parent_cycle"), [1, 2, 4]);
    assert_eq!((out.trace("is_complete"), out.trace("max_depth")), (Some(0), Some(0)));
    assert_eq!(of(&spans[1..3]).trace("root_row"), None);
}

#[test]
fn a_cycle_through_links_stops_the_clocks_alone() {
    // 1 - 2 - 3; 1 links to 3 and so comes after it. 4 hangs below 3, 5 is a root that links to itself.
    let spans = [
        span(1, 0, 0, 9),
        span(2, 1, 0, 9),
        span(3, 2, 0, 9),
        span(4, 3, 0, 9),
        span(5, 0, 0, 9),
        span(6, 0, 0, 9),
    ];
    let out = linked(&spans, &[(0, 2), (4, 4)]);
    assert_eq!(out.column("depth"), all([0, 1, 2, 3, 0, 0]));
    assert_eq!(out.column("lamport_clock"), [None, None, None, None, None, Some(1)]);
    assert_eq!(members(&out, "link_cycle"), [0, 1, 2, 4]);
    assert!(members(&out, "parent_cycle").is_empty());
}

#[test]
fn a_link_along_a_parent_cycle_is_no_second_cycle() {
    let spans = [span(1, 2, 0, 9), span(2, 1, 0, 9), span(3, 0, 0, 9)];
    let out = linked(&spans, &[(0, 1), (2, 0), (0, 2)]);
    assert_eq!(members(&out, "parent_cycle"), [0, 1]);
    assert_eq!(members(&out, "link_cycle"), [2]);
}

#[test]
fn two_cycles_side_by_side_are_told_from_what_lies_between() {
    // 1 and 2 link to each other, 3 links to 2, 4 and 5 link to each other and 4 to 3.
    let spans = [span(1, 0, 0, 9), span(2, 0, 0, 9), span(3, 0, 0, 9), span(4, 0, 0, 9), span(5, 0, 0, 9)];
    let out = linked(&spans, &[(0, 1), (1, 0), (2, 1), (3, 4), (4, 3), (3, 2)]);
    assert_eq!(members(&out, "link_cycle"), [0, 1, 3, 4]);
    assert_eq!(out.column("lamport_clock"), [None; 5]);
}
