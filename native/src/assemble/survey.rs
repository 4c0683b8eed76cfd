//! What a range of traces tells about whole dates.

use std::collections::{HashMap, HashSet};

use arrow_array::RecordBatch;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_schema::ArrowError;

use crate::assemble::Tables;
use crate::assemble::codes::Codes;
use crate::assemble::columns::Columns;
use crate::assemble::context::{ALLOWED_SKEW, DESTINATION, HOST, SERVICE};
use crate::assemble::hashing::Seeded;
use crate::assemble::ids::is_blank;
use crate::assemble::input::{Error, Table};
use crate::assemble::links::{Links, TraceLinks};
use crate::assemble::peers::Peers;
use crate::assemble::skew::clock_skews;
use crate::assemble::spans::{CONSUMER, ContentKeys, SERVER, Span, Spans};
use crate::assemble::trace::Trace;

/// Child's date, child's and parent's resource.
type Pair = (i32, i64, i64);

/// Names of instrumented things, spans that consumers link to, clock skews by pair of resources.
pub fn survey(table: &Table, links: &Table) -> Result<Tables, Error> {
    let content = table.longs("content_key")?;
    let spans = Spans::load(table)?;
    let peers = Peers::load(table)?;
    let mut links = Links::load(links)?;
    let mut survey = Survey::default();
    let order = spans.traces.order();
    spans.traces.each_trace(&order, |rows| survey.add(rows, &spans, &content, &peers, &mut links));
    survey.finish(&spans).map_err(|e| e.to_string())
}

/// Names of SERVER and CONSUMER spans.
#[derive(Default)]
struct Names<'a> {
    texts: Codes<'a>,
    /// (date, code).
    of_services: HashSet<(i32, u32), Seeded>,
    of_hosts: HashSet<(i32, u32), Seeded>,
    of_destinations: HashSet<(i32, u32), Seeded>,
}

impl<'a> Names<'a> {
    fn add(&mut self, span: &Span, peers: &Peers<'a>) {
        if span.kind == SERVER || span.kind == CONSUMER {
            self.of_services.insert((span.date, span.service));
            self.of_hosts.insert((span.date, self.texts.code(peers.host(span))));
            self.of_destinations.insert((span.date, self.texts.code(peers.destination(span))));
        }
    }
}

#[derive(Default)]
struct Survey<'a> {
    trace: Trace<'a>,
    links: TraceLinks,
    skews: Vec<i64>,
    names: Names<'a>,
    consumer_links: Vec<(i32, &'a str, &'a str)>,
    small: HashMap<Pair, i64, Seeded>,
    large: Vec<(Pair, i64)>,
}

impl<'a> Survey<'a> {
    fn add(
        &mut self,
        rows: &[u32],
        all: &Spans<'a>,
        content: &ContentKeys<'_>,
        peers: &Peers<'a>,
        links: &mut Links<'a>,
    ) {
        self.trace.take(rows, all, content);
        self.trace.blanks.iter().for_each(|&row| self.names.add(&all.rows[row as usize], peers));
        self.trace.spans.iter().for_each(|span| self.names.add(span, peers));
        self.links.take(&self.trace, all, content, links);
        for &(at, link) in &self.links.links {
            let span = &self.trace.spans[at as usize];
            let linked = links.linked(link);
            if span.kind == CONSUMER && !is_blank(linked.0.as_bytes()) && !is_blank(linked.1.as_bytes()) {
                self.consumer_links.push((span.date, linked.0, linked.1));
            }
        }
        self.trace.connect();
        clock_skews(&self.trace, &mut self.skews);
        self.sample();
    }

    fn sample(&mut self) {
        for &at in &self.trace.downward {
            let (child, skew) = (&self.trace.spans[at as usize], self.skews[at as usize]);
            let Some(parent) = self.trace.parent_of(at as usize) else { continue };
            if child.resource != parent.resource {
                let pair = (child.date, child.resource, parent.resource);
                match skew.saturating_abs() {
                    0..=ALLOWED_SKEW => *self.small.entry(pair).or_default() += 1,
                    skew => self.large.push((pair, skew)),
                }
            }
        }
    }

    fn finish(mut self, all: &Spans<'_>) -> Result<Tables, ArrowError> {
        let mut names: Vec<(i32, &str, &str)> = Vec::new();
        for (category, found, codes) in [
            (SERVICE, &self.names.of_services, &all.services),
            (HOST, &self.names.of_hosts, &self.names.texts),
            (DESTINATION, &self.names.of_destinations, &self.names.texts),
        ] {
            names.extend(found.iter().map(|&(date, code)| (date, category, codes.texts[code as usize])));
        }
        names.retain(|(_, _, name)| !name.is_empty());
        names.sort_unstable();
        let mut columns = Columns::default();
        columns.numbers::<Date32Type>("event_date", names.iter().map(|name| name.0));
        columns.texts("category", names.iter().map(|name| name.1));
        columns.texts("name", names.iter().map(|name| name.2));
        let names = columns.batch()?;
        self.consumer_links.sort_unstable();
        self.consumer_links.dedup();
        let mut columns = Columns::default();
        columns.numbers::<Date32Type>("event_date", self.consumer_links.iter().map(|link| link.0));
        columns.texts("trace_id", self.consumer_links.iter().map(|link| link.1));
        columns.texts("span_id", self.consumer_links.iter().map(|link| link.2));
        let links = columns.batch()?;
        Ok(vec![("names", names), ("consumer_links", links), ("skews", self.skews()?)])
    }

    /// One row per pair and distinct skew; the small ones count together under null.
    fn skews(mut self) -> Result<RecordBatch, ArrowError> {
        let mut rows: Vec<(Pair, Option<i64>, i64)> =
            self.small.into_iter().map(|(pair, edges)| (pair, None, edges)).collect();
        self.large.sort_unstable();
        for equal in self.large.chunk_by(|a, b| a == b) {
            rows.push((equal[0].0, Some(equal[0].1), equal.len() as i64));
        }
        rows.sort_unstable();
        let mut columns = Columns::default();
        columns.numbers::<Date32Type>("event_date", rows.iter().map(|row| row.0.0));
        columns.numbers::<Int64Type>("child_resource_key", rows.iter().map(|row| row.0.1));
        columns.numbers::<Int64Type>("parent_resource_key", rows.iter().map(|row| row.0.2));
        columns.optional::<Int64Type>("abs_skew_nano", rows.iter().map(|row| row.1));
        columns.numbers::<Int64Type>("edges", rows.iter().map(|row| row.2));
        columns.batch()
    }
}
