//! Findings: which row breaks which constraint.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::ArrowError;

use crate::assemble::columns::Columns;
use crate::assemble::peers::{Peers, UNINSTRUMENTED_CALLEE};
use crate::assemble::spans::Spans;

pub const IC1: i32 = 1;
pub const IC2: i32 = 2;
pub const IC3: i32 = 4;
pub const TIME: i32 = 32;
pub const CAUSAL: i32 = 64;
pub const TYPE: i32 = 128;

/// One violation.
#[derive(Default)]
pub struct Finding {
    pub date: i32,
    pub name: &'static str,
    /// A row of the trace, for its id.
    pub trace_row: u32,
    pub row: Option<u32>,
    pub related_row: Option<u32>,
    pub value: Option<i64>,
}

impl Finding {
    pub fn new(name: &'static str) -> Self {
        Finding { name, ..Finding::default() }
    }

    pub fn with_related(self, row: u32) -> Self {
        Finding { related_row: Some(row), ..self }
    }

    pub fn with_value(self, value: i64) -> Self {
        Finding { value: Some(value), ..self }
    }
}

pub fn table(findings: &[Finding], spans: &Spans<'_>, peers: &Peers<'_>) -> Result<RecordBatch, ArrowError> {
    let peer = |finding: &Finding| match finding.row {
        Some(row) if finding.name == UNINSTRUMENTED_CALLEE => peers.told(&spans.rows[row as usize]),
        _ => None,
    };
    let mut columns = Columns::default();
    columns.numbers::<Date32Type>("event_date", findings.iter().map(|f| f.date));
    columns.texts("finding", findings.iter().map(|f| f.name));
    columns.texts("trace_id", findings.iter().map(|f| spans.trace_id.text(f.trace_row)));
    columns.optional::<Int64Type>("row", findings.iter().map(|f| f.row.map(i64::from)));
    columns.optional::<Int64Type>("related_row", findings.iter().map(|f| f.related_row.map(i64::from)));
    columns.optional::<Int64Type>("value", findings.iter().map(|f| f.value));
    columns.array("peer", true, Arc::new(findings.iter().map(peer).collect::<StringArray>()));
    columns.batch()
}
