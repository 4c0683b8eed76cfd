//! The rows of `traces`.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, MapArray, RecordBatch, StructArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use crate::assemble::columns::Columns;
use crate::assemble::dates::iso_date;
use crate::assemble::spans::{ERROR, HAS_PARENT, Span, Spans};
use crate::assemble::timing::Timing;
use crate::assemble::trace::Trace;

/// One trace.
#[derive(Default)]
pub struct Summary {
    pub date: i32,
    /// A row of the trace, for its id.
    pub row: u32,
    /// Of the spans whose times are in range.
    pub start: Option<i64>,
    duration: Option<i64>,
    /// Position of the earliest root, else of the earliest orphan.
    pub root: Option<u32>,
    root_row: Option<u32>,
    span_count: i64,
    service_count: i32,
    error_count: i64,
    pub orphan_count: i64,
    pub root_count: i64,
    max_depth: Option<i32>,
    is_complete: bool,
    pub issues: i32,
}

impl Summary {
    /// What the spans say by themselves. They come by (start, span id).
    pub fn of_spans(spans: &[Span]) -> Self {
        let mut summary = Summary { span_count: spans.len() as i64, ..Summary::default() };
        let mut end = i64::MIN;
        for (span, at) in spans.iter().zip(0..) {
            summary.row = span.row;
            summary.error_count += i64::from(span.has(ERROR));
            if !span.has(HAS_PARENT) {
                summary.root_count += 1;
                summary.root.get_or_insert(at);
            }
            if span.is_in_range() {
                if summary.start.is_none() {
                    (summary.start, summary.date) = (Some(span.start), span.date);
                }
                end = end.max(span.end());
            }
        }
        summary.duration = summary.start.map(|start| end.saturating_sub(start));
        summary.root_row = summary.root.map(|at| spans[at as usize].row);
        summary
    }

    /// What the edges say.
    pub fn add_structure(&mut self, trace: &Trace<'_>) {
        let heads = trace.heads();
        self.orphan_count = heads.len() as i64 - self.root_count;
        self.root = self.root.or(heads.first().copied());
        self.root_row = self.root.map(|at| trace.spans[at as usize].row);
        self.max_depth = trace.downward.last().map(|&at| trace.depth[at as usize]);
        self.is_complete = self.root_count == 1 && self.orphan_count == 0 && !trace.has_cycle();
    }
}

/// All traces, in the order of their ids.
pub struct Summaries {
    traces: Vec<Summary>,
    /// Further dates of traces that cross midnight: (trace, date).
    more_dates: Vec<(u32, i32)>,
    /// Ends of each trace's entries in `path`: (service, nanoseconds).
    path_ends: Vec<u32>,
    path: Vec<(u32, i64)>,
    /// By service: the last trace that it was seen in, and its nanoseconds.
    seen_in: Vec<u32>,
    earned: Vec<i64>,
}

impl Summaries {
    pub fn new(services: usize) -> Self {
        Summaries {
            traces: Vec::new(),
            more_dates: Vec::new(),
            path_ends: Vec::new(),
            path: Vec::new(),
            seen_in: vec![u32::MAX; services],
            earned: vec![0; services],
        }
    }

    pub fn push(&mut self, mut summary: Summary, spans: &[Span], timing: Option<&Timing>, all: &Spans<'_>) {
        let trace = self.traces.len() as u32;
        for span in spans {
            let seen = &mut self.seen_in[span.service as usize];
            summary.service_count += i32::from(*seen != trace);
            *seen = trace;
        }
        self.add_dates(trace, summary.date, spans);
        let first = self.path.len();
        for &(at, earned) in timing.map_or(&[][..], |timing| &timing.root_path) {
            let service = spans[at as usize].service;
            if self.earned[service as usize] == 0 {
                self.path.push((service, 0));
            }
            self.earned[service as usize] += earned;
        }
        for (service, sum) in &mut self.path[first..] {
            *sum = std::mem::take(&mut self.earned[*service as usize]);
        }
        self.path[first..].sort_unstable_by_key(|&(service, _)| all.services.texts[service as usize]);
        self.path_ends.push(self.path.len() as u32);
        self.traces.push(summary);
    }

    fn add_dates(&mut self, trace: u32, date: i32, spans: &[Span]) {
        if spans.iter().any(|span| span.date != date) {
            let mut dates: Vec<i32> = spans.iter().map(|span| span.date).collect();
            dates.sort_unstable();
            dates.dedup();
            self.more_dates.extend(dates.into_iter().map(|date| (trace, date)));
        }
    }

    /// The table, ordered by (date, trace id).
    pub fn finish(self, spans: &Spans<'_>) -> Result<RecordBatch, ArrowError> {
        let mut order: Vec<u32> = (0..self.traces.len() as u32).collect();
        order.sort_by_key(|&trace| self.traces[trace as usize].date);
        let each = || order.iter().map(|&trace| &self.traces[trace as usize]);
        let mut columns = Columns::default();
        columns.numbers::<Date32Type>("event_date", each().map(|t| t.date));
        columns.texts("trace_id", each().map(|t| spans.trace_id.text(t.row)));
        columns.array("span_dates", false, self.span_dates(&order));
        columns.optional::<Int64Type>("start_time_unix_nano", each().map(|t| t.start));
        columns.optional::<Int64Type>("duration_nano", each().map(|t| t.duration));
        columns.optional::<Int64Type>("root_row", each().map(|t| t.root_row.map(i64::from)));
        columns.numbers::<Int64Type>("span_count", each().map(|t| t.span_count));
        columns.numbers::<Int32Type>("service_count", each().map(|t| t.service_count));
        columns.numbers::<Int64Type>("error_count", each().map(|t| t.error_count));
        columns.numbers::<Int64Type>("orphan_count", each().map(|t| t.orphan_count));
        columns.numbers::<Int64Type>("root_count", each().map(|t| t.root_count));
        columns.optional::<Int32Type>("max_depth", each().map(|t| t.max_depth));
        columns.booleans("has_error", order.len(), |i| self.traces[order[i] as usize].error_count > 0, None);
        columns.booleans("is_complete", order.len(), |i| self.traces[order[i] as usize].is_complete, None);
        columns.array("critical_path_by_service", false, self.paths(&order, spans));
        columns.numbers::<Int32Type>("issues", each().map(|t| t.issues));
        columns.batch()
    }

    fn span_dates(&self, order: &[u32]) -> ArrayRef {
        let mut texts = StringBuilder::with_capacity(order.len(), order.len() * 10);
        let mut last = (0, iso_date(0));
        for &trace in order {
            let first = self.more_dates.partition_point(|&(other, _)| other < trace);
            let dates = self.more_dates[first..].chunk_by(|a, b| a.0 == b.0).next();
            match dates.filter(|dates| dates[0].0 == trace) {
                Some(dates) => {
                    let dates: Vec<String> = dates.iter().map(|&(_, date)| iso_date(date)).collect();
                    texts.append_value(dates.join(","));
                }
                None => {
                    let date = self.traces[trace as usize].date;
                    if date != last.0 {
                        last = (date, iso_date(date));
                    }
                    texts.append_value(&last.1);
                }
            }
        }
        Arc::new(texts.finish())
    }

    fn paths(&self, order: &[u32], spans: &Spans<'_>) -> ArrayRef {
        let (mut keys, mut values) = (StringBuilder::new(), StringBuilder::new());
        let mut offsets = vec![0i32];
        for &trace in order {
            let trace = trace as usize;
            let first = if trace == 0 { 0 } else { self.path_ends[trace - 1] as usize };
            for &(service, nanoseconds) in &self.path[first..self.path_ends[trace] as usize] {
                keys.append_value(spans.services.texts[service as usize]);
                values.append_value(nanoseconds.to_string());
            }
            offsets.push(offsets[offsets.len() - 1] + (self.path_ends[trace] as usize - first) as i32);
        }
        let fields = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Utf8, true),
        ]);
        let entries =
            StructArray::new(fields, vec![Arc::new(keys.finish()), Arc::new(values.finish())], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        Arc::new(MapArray::new(field, OffsetBuffer::new(ScalarBuffer::from(offsets)), entries, None, false))
    }
}
