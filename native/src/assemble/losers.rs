//! Rows that lost against another one with their ids.

use arrow_array::RecordBatch;
use arrow_array::types::Int64Type;
use arrow_schema::ArrowError;

use crate::assemble::columns::Columns;
use crate::assemble::trace::Loser;

pub fn table(losers: &[Loser]) -> Result<RecordBatch, ArrowError> {
    let mut columns = Columns::default();
    columns.numbers::<Int64Type>("row", losers.iter().map(|loser| i64::from(loser.row)));
    columns.numbers::<Int64Type>("winner_row", losers.iter().map(|loser| i64::from(loser.winner)));
    columns.booleans("is_conflict", losers.len(), |i| losers[i].is_conflict, None);
    columns.batch()
}
