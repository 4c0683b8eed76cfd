//! What traces tell about their dates.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};

use crate::drawn::{Drawn, DrawnLink, link, span, surveyed, trace};

fn table(spans: &[Drawn], links: &[DrawnLink], name: &str) -> RecordBatch {
    surveyed(spans, links).into_iter().find(|(table, _)| *table == name).unwrap().1
}

fn texts(table: &RecordBatch, column: usize) -> Vec<&str> {
    let array = table.column(column).as_string::<i32>();
    (0..array.len()).map(|row| array.value(row)).collect()
}

#[test]
fn servers_and_consumers_are_instrumented() {
    let mut spans = [span(1, 0, 0, 9), span(2, 0, 0, 9), span(3, 0, 0, 9), span(4, 0, 0, 9)];
    for (row, kind, service) in [(0, 2, "web"), (1, 5, "worker"), (2, 3, "caller"), (3, 2, "web")] {
        (spans[row].kind, spans[row].service) = (kind, Some(service));
        spans[row].peers = [Some("other"), Some("host"), Some("queue"), None];
    }
    spans[0].peers[2] = None;
    let names = table(&spans, &[], "names");
    let (categories, names) = (texts(&names, 1), texts(&names, 2));
    assert_eq!(categories, ["destination", "host", "service", "service"]);
    assert_eq!(names, ["queue", "host", "web", "worker"]);
}

#[test]
fn what_consumers_link_to_is_told() {
    let (mut consumer, mut server, mut sent) = (span(1, 0, 0, 9), span(2, 0, 0, 9), span(7, 0, 0, 9));
    (consumer.kind, server.kind, sent.trace_id) = (5, 2, trace(9));
    let mut lost = link(&consumer, &span(8, 0, 0, 9));
    lost.from.content = Some(99);
    let links = [link(&consumer, &sent), link(&server, &span(6, 0, 0, 9)), lost, link(&consumer, &sent)];
    let found = table(&[consumer, server], &links, "consumer_links");
    assert_eq!((texts(&found, 1), texts(&found, 2)), (vec![trace(9).as_str()], vec![sent.span_id.as_str()]));
}

#[test]
fn skews_are_counted_by_pair() {
    let mut spans = vec![span(1, 0, 0, 100)];
    // Two inside, one shifted by 50, two by 3 ms, one by 3 ms the other way, one on the same resource.
    for (number, start) in
        [(2, 10), (3, 20), (4, 75), (5, 3_000_045), (6, 3_000_045), (7, -2_999_955), (8, 3_000_045)]
    {
        spans.push(span(number, 1, start, start + 10));
        spans.last_mut().unwrap().resource = if number == 8 { 1 } else { 2 };
    }
    spans.push(span(9, 2, 5_000_000, 5_000_010));
    spans.last_mut().unwrap().resource = 1;
    let found = table(&spans, &[], "skews");
    let longs = |column: usize| found.column(column).as_primitive::<Int64Type>();
    assert_eq!(longs(1).values(), &[1, 2, 2]);
    assert_eq!(longs(2).values(), &[2, 1, 1]);
    assert_eq!(longs(4).values(), &[1, 3, 3]);
    assert_eq!(longs(3).iter().collect::<Vec<_>>(), [Some(4_999_990), None, Some(3_000_000)]);
}
