//! Assembling: one trace after the other into rows, trace rows, findings and losers.

use arrow_schema::ArrowError;

use crate::assemble::causality::Causality;
use crate::assemble::constraints::{Checked, Judge, conflicts, ids};
use crate::assemble::context::{Context, ContextTables};
use crate::assemble::input::{Error, Table};
use crate::assemble::links::{Links, TraceLinks};
use crate::assemble::peers::Peers;
use crate::assemble::rows::{Filled, HAS_CLOCK, IS_ROOT, KNOWS_ROOT, Rows, fill};
use crate::assemble::skew::clock_skews;
use crate::assemble::spans::{CONFLICTED, ContentKeys, Span, Spans};
use crate::assemble::summary::{Summaries, Summary};
use crate::assemble::timing::Timing;
use crate::assemble::trace::{Loser, Trace};
use crate::assemble::violations::{Finding, IC1};
use crate::assemble::{Tables, losers, violations};

/// Assembles the traces of `table`. A trace of more spans than `trace_limit` is counted but not computed.
pub fn assemble(
    table: &Table,
    links: &Table,
    context: &ContextTables,
    trace_limit: usize,
) -> Result<Tables, Error> {
    let content = table.longs("content_key")?;
    let spans = Spans::load(table)?;
    let peers = Peers::load(table)?;
    let mut links = Links::load(links)?;
    let order = spans.traces.order();
    let bound = |row: Option<&u32>| row.map_or("", |&row| spans.trace_id.text(row));
    let context = Context::load(context, bound(order.first()), bound(order.last()))?;
    let mut assembly = Assembly::new(&spans, &content, &peers, &context, trace_limit);
    spans.traces.each_trace(&order, |rows| assembly.add(rows, &mut links));
    assembly.finish().map_err(|e| e.to_string())
}

struct Assembly<'a> {
    all: &'a Spans<'a>,
    content: &'a ContentKeys<'a>,
    peers: &'a Peers<'a>,
    context: &'a Context<'a>,
    trace_limit: usize,
    trace: Trace<'a>,
    links: TraceLinks,
    timing: Timing,
    causality: Causality,
    skews: Vec<i64>,
    judge: Judge,
    rows: Rows,
    summaries: Summaries,
    losers: Vec<Loser>,
}

impl<'a> Assembly<'a> {
    fn new(
        all: &'a Spans<'a>,
        content: &'a ContentKeys<'a>,
        peers: &'a Peers<'a>,
        context: &'a Context<'a>,
        trace_limit: usize,
    ) -> Self {
        Assembly {
            all,
            content,
            peers,
            context,
            trace_limit,
            trace: Trace::default(),
            links: TraceLinks::default(),
            timing: Timing::default(),
            causality: Causality::default(),
            skews: Vec::new(),
            judge: Judge::default(),
            rows: Rows::with_capacity(all.rows.len()),
            summaries: Summaries::new(all.services.texts.len()),
            losers: Vec::new(),
        }
    }

    fn add(&mut self, rows: &[u32], links: &mut Links<'_>) {
        self.trace.take(rows, self.all, self.content);
        self.losers.extend_from_slice(&self.trace.losers);
        for &row in &self.trace.blanks {
            let span = &self.all.rows[row as usize];
            let issues = span.known_issues | ids(&mut self.judge.findings, span);
            self.rows.push_blank(span, issues);
        }
        self.links.take(&self.trace, self.all, self.content, links);
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
        let issues = |span: &Span| span.known_issues | if span.has(CONFLICTED) { IC1 } else { 0 };
        summary.issues = spans.iter().fold(0, |bits, span| bits | issues(span));
        let finding = Finding::new("trace_too_large").with_value(spans.len() as i64);
        self.judge.findings.push(Finding { date: summary.date, trace_row: summary.row, ..finding });
        self.judge.findings.extend(conflicts(&self.trace.losers, self.all));
        self.rows.push_trace(spans, None, |at| Filled {
            row: spans[at].row,
            duplicate_count: spans[at].duplicate_count,
            issues: issues(&spans[at]),
            flags: KNOWS_ROOT | if self.trace.is_root(at) { IS_ROOT } else { 0 },
            ..Filled::default()
        });
        self.summaries.push(summary, spans, None, self.all);
    }

    fn compute(&mut self) {
        self.trace.connect();
        let trace = &self.trace;
        let mut summary = Summary::of_spans(&trace.spans);
        summary.add_structure(trace);
        self.timing.compute(trace, summary.root);
        self.causality.compute(trace, &self.links.edges);
        clock_skews(trace, &mut self.skews);
        self.judge.judge(&Checked {
            all: self.all,
            trace,
            summary: &summary,
            links: &self.links,
            causality: &self.causality,
            peers: self.peers,
            context: self.context,
        });
        self.rows.push_trace(&trace.spans, summary.start, |at| {
            let mut filled = fill(trace, at);
            filled.self_time = self.timing.self_time[at];
            filled.critical_path = self.timing.critical_path[at];
            filled.clock_skew = self.skews[at];
            filled.issues = self.judge.issues[at];
            filled.lamport_clock = self.causality.clock[at];
            filled.flags |= if filled.lamport_clock > 0 { HAS_CLOCK } else { 0 };
            filled
        });
        summary.issues = self.judge.issues.iter().fold(0, |union, bits| union | bits);
        self.summaries.push(summary, &trace.spans, Some(&self.timing), self.all);
    }

    fn finish(self) -> Result<Tables, ArrowError> {
        Ok(vec![
            ("violations", violations::table(&self.judge.findings, self.all, self.peers)?),
            ("losers", losers::table(&self.losers)?),
            ("traces", self.summaries.finish(self.all)?),
            ("spans", self.rows.finish(self.all)?),
        ])
    }
}
