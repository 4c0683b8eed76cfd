//! Which spans of a trace break which constraint.

use crate::assemble::causality::Causality;
use crate::assemble::context::Context;
use crate::assemble::links::TraceLinks;
use crate::assemble::peers::Peers;
use crate::assemble::spans::{
    BAD_SPAN_ID, BAD_TRACE_ID, CLIENT, CONFLICTED, CONSUMER, PRODUCER, SERVER, Span, Spans, ZERO_PARENT,
};
use crate::assemble::summary::Summary;
use crate::assemble::trace::{Loser, Trace};
use crate::assemble::violations::{CAUSAL, Finding, IC1, IC2, IC3, TIME, TYPE};

/// What the checks of a trace look at.
pub struct Checked<'t, 'a> {
    pub all: &'t Spans<'a>,
    pub trace: &'t Trace<'a>,
    pub summary: &'t Summary,
    pub links: &'t TraceLinks,
    pub causality: &'t Causality,
    pub peers: &'t Peers<'a>,
    pub context: &'t Context<'a>,
}

/// Reused buffers and everything found so far.
#[derive(Default)]
pub struct Judge {
    /// Bit sets, parallel to the spans of the trace.
    pub issues: Vec<i32>,
    pub findings: Vec<Finding>,
    has_links: Vec<bool>,
}

impl Judge {
    pub fn judge(&mut self, checked: &Checked<'_, '_>) {
        self.issues.clear();
        self.issues.extend(checked.trace.spans.iter().map(|span| span.known_issues));
        self.has_links.clear();
        self.has_links.resize(self.issues.len(), false);
        checked.links.links.iter().for_each(|&(at, _)| self.has_links[at as usize] = true);
        let mut flags = 0;
        for (at, span) in checked.trace.spans.iter().enumerate() {
            flags |= span.flags;
            self.time(checked, at, span);
            if span.kind == CLIENT || span.kind == PRODUCER {
                self.calls(checked, at, span);
            }
        }
        self.structure(checked);
        if flags & CONFLICTED != 0 {
            self.conflicts(checked);
        }
        if flags & (BAD_TRACE_ID | BAD_SPAN_ID | ZERO_PARENT) != 0 {
            for (span, issues) in checked.trace.spans.iter().zip(&mut self.issues) {
                *issues |= ids(&mut self.findings, span);
            }
        }
    }

    fn find(&mut self, checked: &Checked<'_, '_>, at: usize, bit: i32, finding: Finding) {
        self.issues[at] |= bit;
        let span = &checked.trace.spans[at];
        self.findings.push(Finding { date: span.date, trace_row: span.row, row: Some(span.row), ..finding });
    }

    fn time(&mut self, checked: &Checked<'_, '_>, at: usize, span: &Span) {
        if span.duration < 0 {
            self.find(checked, at, TIME, Finding::new("ends_before_start").with_value(span.duration));
        }
        let Some(parent) = checked.trace.parent_of(at) else { return };
        let is_inside = span.start >= parent.start && span.end() <= parent.end();
        if is_inside || span.kind == CONSUMER || parent.kind == PRODUCER || self.has_links[at] {
            return;
        }
        let before = parent.start.saturating_sub(span.start);
        let outside = before.max(span.end().saturating_sub(parent.end()));
        let bound = match span.resource == parent.resource {
            true => 0,
            false => checked.context.bound(span.date, span.resource, parent.resource),
        };
        if outside > bound {
            let finding = Finding::new("outside_parent").with_related(parent.row).with_value(outside - bound);
            self.find(checked, at, TIME, finding);
        }
    }

    fn calls(&mut self, checked: &Checked<'_, '_>, at: usize, span: &Span) {
        let counterpart = if span.kind == CLIENT { SERVER } else { CONSUMER };
        let spans = &checked.trace.spans;
        if checked.trace.children_of(at).iter().any(|&child| spans[child as usize].kind == counterpart) {
            return;
        }
        let ids = || (checked.all.trace_id.text(span.row), checked.all.span_id.text(span.row));
        if span.kind == PRODUCER && checked.context.is_consumed(span.date, ids().0, ids().1) {
            return;
        }
        if let Some(name) = checked.peers.finding(span, checked.context) {
            self.find(checked, at, IC3, Finding::new(name));
        }
    }

    fn structure(&mut self, checked: &Checked<'_, '_>) {
        let (trace, summary) = (checked.trace, checked.summary);
        if summary.root_count > 1 {
            for &root in trace.heads().iter().filter(|&&head| trace.is_root(head as usize)) {
                self.issues[root as usize] |= IC1;
            }
            if let Some(root) = summary.root {
                let finding = Finding::new("multiple_roots").with_value(summary.root_count);
                self.find(checked, root as usize, IC1, finding);
            }
        }
        if summary.orphan_count > 0 {
            for &orphan in trace.heads().iter().filter(|&&head| !trace.is_root(head as usize)) {
                self.find(checked, orphan as usize, IC2, Finding::new("missing_parent"));
            }
        }
        for &member in &checked.causality.parent_cycles {
            self.find(checked, member as usize, CAUSAL, Finding::new("parent_cycle"));
        }
        for &member in &checked.causality.link_cycles {
            self.find(checked, member as usize, CAUSAL, Finding::new("link_cycle"));
        }
    }

    fn conflicts(&mut self, checked: &Checked<'_, '_>) {
        for (span, issues) in checked.trace.spans.iter().zip(&mut self.issues) {
            *issues |= if span.has(CONFLICTED) { IC1 } else { 0 };
        }
        self.findings.extend(conflicts(&checked.trace.losers, checked.all));
    }
}

/// Copies that one row stands for, of which each is a finding; the others are counted by one more.
const MOST_TOLD: i64 = 100;

/// Conflicting duplicates, on the date of the row that stays: one per copy, and a row stands for several.
pub fn conflicts(losers: &[Loser], all: &Spans<'_>) -> impl Iterator<Item = Finding> {
    losers.iter().filter(|loser| loser.is_conflict).flat_map(|loser| {
        let date = all.rows[loser.winner as usize].date;
        let more = 1 + i64::from(all.rows[loser.row as usize].duplicate_count) - MOST_TOLD;
        let told = (0..MOST_TOLD + more.min(0)).map(|_| Finding::new("conflicting_duplicate"));
        let rest = (more > 0).then(|| Finding::new("more_conflicting_duplicates").with_value(more));
        told.chain(rest).map(move |finding| {
            let finding = finding.with_related(loser.winner);
            Finding { date, trace_row: loser.row, row: Some(loser.row), ..finding }
        })
    })
}

/// Finds what is wrong with the ids of a span; its TYPE bit if anything is.
pub fn ids(findings: &mut Vec<Finding>, span: &Span) -> i32 {
    let mut issues = 0;
    for (flag, name) in
        [(BAD_TRACE_ID, "bad_trace_id"), (BAD_SPAN_ID, "bad_span_id"), (ZERO_PARENT, "zero_parent_id")]
    {
        if span.has(flag) {
            issues = TYPE;
            let finding = Finding::new(name);
            findings.push(Finding { date: span.date, trace_row: span.row, row: Some(span.row), ..finding });
        }
    }
    issues
}
