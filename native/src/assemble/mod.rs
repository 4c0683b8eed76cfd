//! Whole traces: spans of a range of trace ids, as they arrived and as they were assembled before, become one row a
//! span with its place in the trace, one row a trace, and findings.
//!
//! Row numbers in every output are positions in the spans input. All work is iterative and takes n log n steps at
//! most, whatever the ids, edges and times are.

mod codes;
mod columns;
mod dates;
mod ids;
mod input;
mod losers;
mod order;
mod rows;
mod spans;
mod summary;
mod timing;
mod trace;
mod violations;

use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_schema::ArrowError;

use input::{Error, Table};
use rows::{Filled, HAS_CLOCK, IS_ROOT, KNOWS_ROOT, Rows};
use spans::{BAD_SPAN_ID, BAD_TRACE_ID, ContentKeys, Spans, ZERO_PARENT};
use summary::{Summaries, Summary};
use timing::Timing;
use trace::{Loser, Trace};
use violations::{Finding, TYPE};

pub type Tables = Vec<(&'static str, RecordBatch)>;

/// Arrow IPC streams of the date-wide facts, by name.
pub type Context = HashMap<String, Buffer>;

/// Assembles the traces of `spans`; a trace of more spans than `trace_limit` is counted but not computed.
pub fn assemble(spans: Buffer, links: Buffer, context: Context, trace_limit: usize) -> Result<Tables, Error> {
    let table = Table::read("spans", spans)?;
    let content = table.longs("content_key")?;
    let spans = Spans::load(&table)?;
    let _ = (links, context);
    let mut assembly = Assembly::new(&spans, &content, trace_limit);
    let order = spans.traces.order();
    spans.traces.each_trace(&order, |rows| assembly.add(rows));
    assembly.finish().map_err(|e| e.to_string())
}

struct Assembly<'a> {
    all: &'a Spans<'a>,
    content: &'a ContentKeys<'a>,
    trace_limit: usize,
    trace: Trace,
    timing: Timing,
    rows: Rows,
    summaries: Summaries,
    losers: Vec<Loser>,
    findings: Vec<Finding>,
}

impl<'a> Assembly<'a> {
    fn new(all: &'a Spans<'a>, content: &'a ContentKeys<'a>, trace_limit: usize) -> Self {
        Assembly {
            all,
            content,
            trace_limit,
            trace: Trace::default(),
            timing: Timing::default(),
            rows: Rows::with_capacity(all.rows.len()),
            summaries: Summaries::new(all.services.texts.len()),
            losers: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn add(&mut self, rows: &[u32]) {
        self.trace.take(rows, self.all, self.content);
        self.losers.extend_from_slice(&self.trace.losers);
        for &row in &self.trace.blanks {
            let span = &self.all.rows[row as usize];
            self.rows.push_blank(span, span.known_issues | TYPE);
        }
        match self.trace.spans.len() {
            0 => (),
            n if n > self.trace_limit => self.count(),
            _ => self.compute(),
        }
    }

    /// A trace too large to compute.
    fn count(&mut self) {
        let spans = &self.trace.spans;
        let mut summary = Summary::of_spans(spans);
        summary.issues = spans.iter().fold(0, |bits, span| bits | span.known_issues);
        self.rows.push_trace(spans, None, |at| Filled {
            row: spans[at].row,
            duplicate_count: spans[at].duplicate_count,
            issues: spans[at].known_issues,
            flags: KNOWS_ROOT | if self.trace.is_root(at) { IS_ROOT } else { 0 },
            ..Filled::default()
        });
        self.summaries.push(summary, spans, None, self.all);
    }

    fn compute(&mut self) {
        self.trace.connect();
        let (trace, timing) = (&self.trace, &mut self.timing);
        let mut summary = Summary::of_spans(&trace.spans);
        summary.add_structure(trace);
        timing.compute(trace, summary.root);
        let start = summary.start;
        let issues = |at: usize| {
            let span = &trace.spans[at];
            let is_bad = span.has(BAD_TRACE_ID | BAD_SPAN_ID | ZERO_PARENT);
            span.known_issues | if is_bad { TYPE } else { 0 }
        };
        self.rows.push_trace(&trace.spans, start, |at| {
            let mut filled = rows::fill(trace, at);
            filled.self_time = timing.self_time[at];
            filled.critical_path = timing.critical_path[at];
            filled.issues = issues(at);
            filled.lamport_clock = filled.depth + 1;
            filled.flags |= if filled.depth < 0 { 0 } else { HAS_CLOCK };
            filled
        });
        summary.issues = (0..trace.spans.len()).fold(0, |bits, at| bits | issues(at));
        self.summaries.push(summary, &trace.spans, Some(timing), self.all);
    }

    fn finish(self) -> Result<Tables, ArrowError> {
        Ok(vec![
            ("violations", violations::table(&self.findings, self.all)?),
            ("losers", losers::table(&self.losers)?),
            ("traces", self.summaries.finish(self.all)?),
            ("spans", self.rows.finish(self.all)?),
        ])
    }
}

pub mod colliding;
