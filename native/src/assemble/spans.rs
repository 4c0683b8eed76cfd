//! Spans as compact rows, and the order of their traces.

use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type};
use arrow_array::{Array, PrimitiveArray};

use crate::assemble::codes::Codes;
use crate::assemble::ids::{is_blank, span_number, trace_number};
use crate::assemble::input::{Error, Table, Text, Texts};
use crate::assemble::order::TraceKeys;

pub const HAS_PARENT: u16 = 1;
/// The parent id is all zero, which counts as none.
pub const ZERO_PARENT: u16 = 2;
/// The span id or the parent id is no regular id: their numbers mean nothing, see `Trace::rename`.
pub const ODD: u16 = 4;
/// The ids name nothing: the row stands alone.
pub const BLANK: u16 = 8;
pub const BAD_TRACE_ID: u16 = 16;
pub const BAD_SPAN_ID: u16 = 32;
pub const ASSEMBLED: u16 = 64;
pub const ERROR: u16 = 128;
/// Another copy with its ids and other content lost.
pub const CONFLICTED: u16 = 256;

pub const SERVER: u8 = 2;
pub const CLIENT: u8 = 3;
pub const PRODUCER: u8 = 4;
pub const CONSUMER: u8 = 5;

/// What the algorithms need of a span: one cache line.
#[derive(Clone, Copy, Default)]
pub struct Span {
    pub id: u64,
    pub parent: u64,
    pub start: i64,
    pub duration: i64,
    pub resource: i64,
    pub row: u32,
    /// Code of the service name.
    pub service: u32,
    pub date: i32,
    pub known_issues: i32,
    pub duplicate_count: i32,
    pub flags: u16,
    pub kind: u8,
}

impl Span {
    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Never before the start.
    pub fn length(&self) -> i64 {
        self.duration.max(0)
    }

    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.length())
    }

    /// Times outside the range that the lake accepts have the date 1970-01-01.
    pub fn is_in_range(&self) -> bool {
        self.date != 0
    }
}

/// All spans of a table.
pub struct Spans<'a> {
    pub rows: Vec<Span>,
    pub traces: TraceKeys,
    pub trace_id: Texts<'a>,
    pub span_id: Texts<'a>,
    pub parent_span_id: Texts<'a>,
    pub services: Codes<'a>,
}

/// Rows that are filled column after column while they lie in the first cache.
const BLOCK: usize = 512;

impl<'a> Spans<'a> {
    pub fn load(table: &'a Table) -> Result<Self, Error> {
        let (trace_id, span_id, parent_span_id) =
            (table.texts("trace_id")?, table.texts("span_id")?, table.texts("parent_span_id")?);
        let mut services = Codes::default();
        let service = services.column(&table.texts("service_name")?);
        let mut spans = Spans {
            rows: Vec::with_capacity(table.rows),
            traces: TraceKeys::with_capacity(table.rows),
            trace_id,
            span_id,
            parent_span_id,
            services,
        };
        let (dates, kinds, statuses) =
            (table.dates("event_date")?, table.ints("kind")?, table.ints("status_code")?);
        let (starts, durations) = (table.longs("start_time_unix_nano")?, table.longs("duration_nano")?);
        let (resources, assembled) = (table.longs("resource_key")?, table.booleans("is_assembled")?);
        let (duplicates, known) = (table.ints("duplicate_count")?, table.ints("known_issues")?);
        for (batch, &first) in table.starts.iter().enumerate() {
            let rows = table.batches[batch].num_rows();
            for block in (0..rows).step_by(BLOCK) {
                let run = block..rows.min(block + BLOCK);
                let at = first + block;
                spans.rows.resize(at + run.len(), Span::default());
                spans.ids(batch, run.clone(), at);
                let out = &mut spans.rows[at..at + run.len()];
                fill(out, dates.arrays[batch], &run, |span, value| span.date = value);
                fill(out, starts.arrays[batch], &run, |span, value| span.start = value);
                fill(out, durations.arrays[batch], &run, |span, value| span.duration = value);
                fill(out, resources.arrays[batch], &run, |span, value| span.resource = value);
                fill::<Int32Type>(out, duplicates.arrays[batch], &run, |span, n| {
                    span.duplicate_count = n.max(0)
                });
                fill::<Int32Type>(out, known.arrays[batch], &run, |span, bits| span.known_issues = bits);
                fill::<Int32Type>(out, kinds.arrays[batch], &run, |span, kind| {
                    span.kind = u8::try_from(kind).unwrap_or_default();
                });
                fill::<Int32Type>(out, statuses.arrays[batch], &run, |span, status| {
                    span.flags |= if status == 2 { ERROR } else { 0 };
                });
                let assembled = assembled[batch];
                for (i, span) in out.iter_mut().enumerate() {
                    span.row = (at + i) as u32;
                    span.service = service[at + i];
                    let row = block + i;
                    span.flags |= if assembled.value(row) && assembled.is_valid(row) { ASSEMBLED } else { 0 };
                }
            }
        }
        spans.traces.settle(|row| spans.trace_id.text(row));
        Ok(spans)
    }

    fn ids(&mut self, batch: usize, run: std::ops::Range<usize>, at: usize) {
        let out = &mut self.rows[at..at + run.len()];
        let first = run.start;
        let traces = &mut self.traces;
        self.trace_id.arrays[batch].each(run.clone(), |i, text| match trace_number(text) {
            Some(number) if number != 0 => traces.push(number, false),
            _ => {
                traces.push_text(text);
                out[i - first].flags |= BAD_TRACE_ID | if is_blank(text) { BLANK } else { 0 };
            }
        });
        self.span_id.arrays[batch].each(run.clone(), |i, text| match span_number(text) {
            Some(number) if number != 0 => out[i - first].id = number,
            _ => out[i - first].flags |= BAD_SPAN_ID | ODD | if is_blank(text) { BLANK } else { 0 },
        });
        parents(&self.parent_span_id.arrays[batch], run, out);
    }
}

fn parents(texts: &Text<'_>, run: std::ops::Range<usize>, out: &mut [Span]) {
    let first = run.start;
    texts.each(run, |i, text| {
        let span = &mut out[i - first];
        match span_number(text) {
            Some(number) if number != 0 => {
                span.parent = number;
                span.flags |= HAS_PARENT;
            }
            _ if text.is_empty() => (),
            _ if is_blank(text) => span.flags |= ZERO_PARENT,
            _ => span.flags |= HAS_PARENT | ODD,
        }
    });
}

/// A null in a column that has none by contract counts as zero.
fn fill<T: ArrowPrimitiveType>(
    out: &mut [Span],
    column: &PrimitiveArray<T>,
    run: &std::ops::Range<usize>,
    set: impl Fn(&mut Span, T::Native),
) {
    match column.nulls() {
        None => out.iter_mut().zip(&column.values()[run.clone()]).for_each(|(span, &value)| set(span, value)),
        Some(nulls) => out.iter_mut().zip(run.clone()).for_each(|(span, row)| {
            let value = if nulls.is_valid(row) { column.value(row) } else { Default::default() };
            set(span, value);
        }),
    }
}

/// Content keys are looked up for copies and links alone.
pub type ContentKeys<'a> = crate::assemble::input::Numbers<'a, Int64Type>;
