//! Assembled rows that copies have arrived of.

use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};

use crate::assemble::columns::Columns;
use crate::assemble::ids::is_blank;
use crate::assemble::input::{Error, Table};
use crate::assemble::order::TraceKeys;

/// Column `row`: assembled rows that share their ids with a row that was not assembled, ascending.
pub fn colliding_rows(table: &Table) -> Result<RecordBatch, Error> {
    let (trace_id, span_id) = (table.texts("trace_id")?, table.texts("span_id")?);
    let mut is_assembled = Vec::with_capacity(table.rows);
    for flags in table.booleans("is_assembled")? {
        is_assembled.extend((0..flags.len()).map(|row| flags.is_valid(row) && flags.value(row)));
    }
    let mut keys = TraceKeys::with_capacity(table.rows);
    for array in &trace_id.arrays {
        array.each(0..array.len(), |_, text| keys.push_text(text));
    }
    keys.settle(|row| trace_id.text(row));
    let mut found: Vec<i64> = Vec::new();
    let mut spans: Vec<(&str, u32)> = Vec::new();
    keys.each_trace(&keys.order(), |rows| {
        let mut of = rows.iter().map(|&row| is_assembled[row as usize]);
        let first = of.next();
        if of.all(|other| Some(other) == first) || is_blank(trace_id.text(rows[0]).as_bytes()) {
            return;
        }
        spans.clear();
        spans.extend(rows.iter().map(|&row| (span_id.text(row), row)));
        spans.sort_unstable();
        for copies in spans.chunk_by(|a, b| a.0 == b.0).filter(|copies| !is_blank(copies[0].0.as_bytes())) {
            if copies.iter().any(|&(_, row)| !is_assembled[row as usize]) {
                let assembled = copies.iter().filter(|&&(_, row)| is_assembled[row as usize]);
                found.extend(assembled.map(|&(_, row)| i64::from(row)));
            }
        }
    });
    found.sort_unstable();
    let mut columns = Columns::default();
    columns.numbers::<Int64Type>("row", found);
    columns.batch().map_err(|e| e.to_string())
}
