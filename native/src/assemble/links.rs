//! Links of spans, matched with their trace.

use std::cmp::Ordering;
use std::ops::Range;

use crate::assemble::ids::{is_blank, monotone, span_number, trace_number};
use crate::assemble::input::{Error, Table, Texts};
use crate::assemble::spans::{BAD_TRACE_ID, ContentKeys, Spans};
use crate::assemble::trace::{NOBODY, Trace};

struct Link {
    trace: u128,
    /// The trace id is no regular id.
    is_odd: bool,
    /// The linked span is of the same trace.
    is_within: bool,
    /// Span ids, when they are regular.
    owner: Option<u64>,
    linked: Option<u64>,
    row: u32,
}

/// All links of a table, in the order of their trace ids.
pub struct Links<'a> {
    links: Vec<Link>,
    next: usize,
    content: ContentKeys<'a>,
    trace_id: Texts<'a>,
    span_id: Texts<'a>,
    linked_trace_id: Texts<'a>,
    linked_span_id: Texts<'a>,
}

impl<'a> Links<'a> {
    pub fn load(table: &'a Table) -> Result<Self, Error> {
        let mut links = Links {
            links: Vec::with_capacity(table.rows),
            next: 0,
            content: table.longs("content_key")?,
            trace_id: table.texts("trace_id")?,
            span_id: table.texts("span_id")?,
            linked_trace_id: table.texts("linked_trace_id")?,
            linked_span_id: table.texts("linked_span_id")?,
        };
        for row in 0..table.rows as u32 {
            let (trace, owner) = (links.trace_id.text(row), links.span_id.text(row));
            if is_blank(trace.as_bytes()) || is_blank(owner.as_bytes()) {
                continue;
            }
            let number = trace_number(trace.as_bytes());
            links.links.push(Link {
                trace: number.unwrap_or_else(|| monotone(trace.as_bytes())),
                is_odd: number.is_none(),
                is_within: links.linked_trace_id.text(row) == trace,
                owner: span_number(owner.as_bytes()),
                linked: span_number(links.linked_span_id.text(row).as_bytes()),
                row,
            });
        }
        let trace_id = &links.trace_id;
        links.links.sort_by(|a, b| {
            a.trace.cmp(&b.trace).then_with(|| match a.is_odd || b.is_odd {
                true => trace_id.text(a.row).cmp(trace_id.text(b.row)),
                false => Ordering::Equal,
            })
        });
        Ok(links)
    }

    /// Ids of the linked span.
    pub fn linked(&self, row: u32) -> (&'a str, &'a str) {
        (self.linked_trace_id.text(row), self.linked_span_id.text(row))
    }

    /// Places of a trace's links; traces must come in the order of their ids.
    fn of_trace(&mut self, row: u32, all: &Spans<'_>) -> Range<usize> {
        let number = all.traces.number(row);
        let is_odd = all.rows[row as usize].has(BAD_TRACE_ID);
        let compare = |link: &Link| {
            link.trace.cmp(&number).then_with(|| match link.is_odd || is_odd {
                true => self.trace_id.text(link.row).cmp(all.trace_id.text(row)),
                false => Ordering::Equal,
            })
        };
        let ahead = &self.links[self.next..];
        let before = ahead.iter().take_while(|link| compare(link).is_lt()).count();
        let of = ahead[before..].iter().take_while(|link| compare(link).is_eq()).count();
        let first = self.next + before;
        self.next = first + of;
        first..first + of
    }
}

/// Links of one trace.
#[derive(Default)]
pub struct TraceLinks {
    /// (position of the span that has the link, row of the link).
    pub links: Vec<(u32, u32)>,
    /// (linked span, span that has the link) within the trace.
    pub edges: Vec<(u32, u32)>,
}

impl TraceLinks {
    /// Takes the links of the spans that survived: a losing copy's links have another content key.
    pub fn take(
        &mut self,
        trace: &Trace<'_>,
        all: &Spans<'_>,
        content: &ContentKeys<'_>,
        links: &mut Links<'_>,
    ) {
        self.links.clear();
        self.edges.clear();
        let Some(span) = trace.spans.first() else { return };
        if links.next == links.links.len() {
            return;
        }
        let places = links.of_trace(span.row, all);
        for link in &links.links[places] {
            let owner = position(trace, link.owner, links.span_id.text(link.row));
            let Some(span) = trace.spans.get(owner as usize) else { continue };
            if content.get(span.row) != links.content.get(link.row) {
                continue;
            }
            self.links.push((owner, link.row));
            if link.is_within {
                let linked = position(trace, link.linked, links.linked_span_id.text(link.row));
                if linked != NOBODY {
                    self.edges.push((linked, owner));
                }
            }
        }
    }
}

fn position(trace: &Trace<'_>, number: Option<u64>, text: &str) -> u32 {
    if trace.is_renamed() {
        return trace.find_text(text);
    }
    number.map_or(NOBODY, |number| trace.find(number))
}
