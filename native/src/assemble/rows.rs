//! The assembled rows of `spans`: filled columns by row, brought into the order of the lake.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use arrow_schema::ArrowError;

use crate::assemble::codes::NONE;
use crate::assemble::columns::Columns;
use crate::assemble::spans::{ASSEMBLED, Span, Spans};
use crate::assemble::trace::Trace;

pub const IS_ROOT: u8 = 1;
pub const IS_ORPHAN: u8 = 2;
pub const IS_REMOTE: u8 = 4;
/// The span has a parent edge.
pub const HAS_EDGE: u8 = 8;
/// The span has a head, so depth, critical path and clock skew.
pub const HAS_HEAD: u8 = 16;
pub const HAS_CLOCK: u8 = 32;
/// The span was assembled; else only `is_root` may be known.
pub const IS_COMPUTED: u8 = 64;
pub const KNOWS_ROOT: u8 = 128;

/// Bytes of the name of a service, about.
const SERVICE_BYTES: usize = 12;

/// Filled columns of one span.
#[derive(Clone, Copy, Default)]
pub struct Filled {
    pub self_time: i64,
    pub critical_path: i64,
    pub clock_skew: i64,
    pub row: u32,
    pub duplicate_count: i32,
    pub depth: i32,
    pub child_count: i32,
    pub parent_service: u32,
    pub lamport_clock: i32,
    pub issues: i32,
    pub flags: u8,
}

/// Rows of one date and trace that lie together.
struct Run {
    date: i32,
    start: i64,
    first: u32,
    count: u32,
}

#[derive(Default)]
pub struct Rows {
    rows: Vec<Filled>,
    /// In the order of trace ids.
    runs: Vec<Run>,
    /// (date, filled row) of spans without a trace start.
    undated: Vec<(i32, Filled)>,
}

impl Rows {
    pub fn with_capacity(rows: usize) -> Self {
        Rows { rows: Vec::with_capacity(rows), ..Self::default() }
    }

    /// Adds the spans of a trace, which come by (start, span id).
    pub fn push_trace(&mut self, spans: &[Span], start: Option<i64>, filled: impl Fn(usize) -> Filled) {
        let Some(start) = start else {
            self.undated.extend(spans.iter().enumerate().map(|(at, span)| (span.date, filled(at))));
            return;
        };
        let mut push = |date: i32, rows: &mut dyn Iterator<Item = usize>| {
            let first = self.rows.len();
            self.rows.extend(rows.map(&filled));
            let count = (self.rows.len() - first) as u32;
            self.runs.push(Run { date, start, first: first as u32, count });
        };
        let date = spans.first().map_or(0, |span| span.date);
        if spans.iter().all(|span| span.date == date) {
            return push(date, &mut (0..spans.len()));
        }
        let mut dates: Vec<i32> = spans.iter().map(|span| span.date).collect();
        dates.sort_unstable();
        dates.dedup();
        for date in dates {
            push(date, &mut (0..spans.len()).filter(|&at| spans[at].date == date));
        }
    }

    /// Adds a row that names no trace or no span.
    pub fn push_blank(&mut self, span: &Span, issues: i32) {
        let duplicate_count = if span.has(ASSEMBLED) { span.duplicate_count } else { 0 };
        self.undated
            .push((span.date, Filled { row: span.row, duplicate_count, issues, ..Filled::default() }));
    }

    /// The table, ordered by (date, trace start with nulls first, trace id, start, span id).
    pub fn finish(mut self, spans: &Spans<'_>) -> Result<RecordBatch, ArrowError> {
        let key = |(date, filled): &(i32, Filled)| {
            let row = filled.row;
            (*date, spans.trace_id.text(row), spans.rows[row as usize].start, spans.span_id.text(row), row)
        };
        self.undated.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        self.runs.sort_by_key(|run| (run.date, run.start));
        let mut order: Vec<(Option<i64>, &[Filled])> =
            Vec::with_capacity(self.runs.len() + self.undated.len());
        let (mut undated, mut runs) = (self.undated.iter().peekable(), self.runs.iter().peekable());
        loop {
            let next = match (undated.peek(), runs.peek()) {
                (Some(row), Some(run)) => row.0.cmp(&run.date),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            if next.is_le() {
                order.extend(undated.next().map(|row| (None, std::slice::from_ref(&row.1))));
            } else if let Some(run) = runs.next() {
                let rows = &self.rows[run.first as usize..][..run.count as usize];
                order.push((Some(run.start), rows));
            }
        }
        table(&order, spans)
    }
}

/// Every vector is filled in one pass over the rows.
struct Vectors {
    row: Vec<i64>,
    trace_start: Vec<i64>,
    duplicate_count: Vec<i32>,
    depth: Vec<i32>,
    child_count: Vec<i32>,
    self_time: Vec<i64>,
    critical_path: Vec<i64>,
    lamport_clock: Vec<i32>,
    clock_skew: Vec<i64>,
    issues: Vec<i32>,
    flags: Vec<u8>,
}

impl Vectors {
    fn with_capacity(rows: usize) -> Self {
        Vectors {
            row: Vec::with_capacity(rows),
            trace_start: Vec::with_capacity(rows),
            duplicate_count: Vec::with_capacity(rows),
            depth: Vec::with_capacity(rows),
            child_count: Vec::with_capacity(rows),
            self_time: Vec::with_capacity(rows),
            critical_path: Vec::with_capacity(rows),
            lamport_clock: Vec::with_capacity(rows),
            clock_skew: Vec::with_capacity(rows),
            issues: Vec::with_capacity(rows),
            flags: Vec::with_capacity(rows),
        }
    }

    #[inline]
    fn push(&mut self, start: i64, filled: &Filled) {
        self.row.push(i64::from(filled.row));
        self.trace_start.push(start);
        self.duplicate_count.push(filled.duplicate_count);
        self.depth.push(filled.depth);
        self.child_count.push(filled.child_count);
        self.self_time.push(filled.self_time);
        self.critical_path.push(filled.critical_path);
        self.lamport_clock.push(filled.lamport_clock);
        self.clock_skew.push(filled.clock_skew);
        self.issues.push(filled.issues);
        self.flags.push(filled.flags);
    }
}

fn table(order: &[(Option<i64>, &[Filled])], spans: &Spans<'_>) -> Result<RecordBatch, ArrowError> {
    let count = order.iter().map(|(_, rows)| rows.len()).sum();
    let mut vectors = Vectors::with_capacity(count);
    let mut dated = BooleanBufferBuilder::new(count);
    let mut parent_service = StringBuilder::with_capacity(count, count * SERVICE_BYTES);
    for &(start, rows) in order {
        dated.append_n(rows.len(), start.is_some());
        for filled in rows {
            vectors.push(start.unwrap_or_default(), filled);
            match filled.parent_service {
                NONE => parent_service.append_null(),
                service => parent_service.append_value(spans.services.texts[service as usize]),
            }
        }
    }
    let flags = &vectors.flags;
    let is = |flag: u8| move |row: usize| flags[row] & flag != 0;
    let with = |flag: u8| NullBuffer::new(BooleanBuffer::collect_bool(count, is(flag)));
    let (computed, headed) = (with(IS_COMPUTED), with(HAS_HEAD));
    let mut columns = Columns::default();
    columns.numbers::<Int64Type>("row", vectors.row);
    let dated = NullBuffer::new(dated.finish());
    columns.masked::<Int64Type>("trace_start_unix_nano", vectors.trace_start, &dated);
    columns.numbers::<Int32Type>("duplicate_count", vectors.duplicate_count);
    columns.booleans("is_root", count, is(IS_ROOT), Some(with(KNOWS_ROOT)));
    columns.booleans("is_orphan", count, is(IS_ORPHAN), Some(computed.clone()));
    columns.masked::<Int32Type>("depth", vectors.depth, &headed);
    columns.masked::<Int32Type>("child_count", vectors.child_count, &computed);
    columns.array("parent_service_name", true, Arc::new(parent_service.finish()));
    columns.booleans("is_remote_parent", count, is(IS_REMOTE), Some(with(HAS_EDGE)));
    columns.masked::<Int64Type>("self_time_nano", vectors.self_time, &computed);
    columns.masked::<Int64Type>("critical_path_nano", vectors.critical_path, &headed);
    columns.masked::<Int32Type>("lamport_clock", vectors.lamport_clock, &with(HAS_CLOCK));
    columns.masked::<Int64Type>("clock_skew_nano", vectors.clock_skew, &headed);
    columns.numbers::<Int32Type>("issues", vectors.issues);
    columns.batch()
}

/// Filled columns of the span at a position; clocks, skews and issues are added by their own modules.
pub fn fill(trace: &Trace<'_>, at: usize) -> Filled {
    let span = &trace.spans[at];
    let mut filled = Filled {
        row: span.row,
        duplicate_count: span.duplicate_count,
        depth: trace.depth[at],
        child_count: trace.children_of(at).len() as i32,
        flags: IS_COMPUTED | KNOWS_ROOT,
        ..Filled::default()
    };
    match trace.parent_of(at) {
        Some(parent) => {
            filled.parent_service = parent.service;
            filled.flags |= HAS_EDGE | if parent.service == span.service { 0 } else { IS_REMOTE };
        }
        None => filled.flags |= if trace.is_root(at) { IS_ROOT } else { IS_ORPHAN },
    }
    filled.flags |= if filled.depth < 0 { 0 } else { HAS_HEAD };
    filled
}
