//! Columns that few rows have a value for.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};

use crate::columns::{Bytes, Column};

/// Values of a column that few rows have: (row, value) pairs until the array is made.
pub enum Sparse {
    Text(Vec<u32>, Bytes),
    Int(Vec<u32>, Vec<i64>),
    Double(Vec<u32>, Vec<f64>),
    Boolean(Vec<u32>, Vec<bool>),
}

impl Sparse {
    fn rows(&self) -> &Vec<u32> {
        match self {
            Sparse::Text(rows, _)
            | Sparse::Int(rows, _)
            | Sparse::Double(rows, _)
            | Sparse::Boolean(rows, _) => rows,
        }
    }

    /// For each output row the index of its value, if it has one.
    fn slots(&self, order: &[u32]) -> Vec<Option<u32>> {
        let rows = self.rows();
        let height = order.iter().max().map_or(0, |&row| row as usize + 1);
        let mut slot_of_row = vec![None; height];
        for (slot, &row) in rows.iter().enumerate() {
            if let Some(cell) = slot_of_row.get_mut(row as usize) {
                *cell = Some(slot as u32);
            }
        }
        order.iter().map(|&row| slot_of_row[row as usize]).collect()
    }
}

impl Column for Sparse {
    fn truncate(&mut self, rows: usize) {
        let keep = self.rows().partition_point(|&row| (row as usize) < rows);
        match self {
            Sparse::Text(at, values) => {
                at.truncate(keep);
                values.truncate(keep);
            }
            Sparse::Int(at, values) => {
                at.truncate(keep);
                values.truncate(keep);
            }
            Sparse::Double(at, values) => {
                at.truncate(keep);
                values.truncate(keep);
            }
            Sparse::Boolean(at, values) => {
                at.truncate(keep);
                values.truncate(keep);
            }
        }
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let slots = self.slots(order);
        match self {
            Sparse::Text(_, values) => Arc::new(
                slots.iter().map(|s| s.map(|s| text(values.get(s as usize)))).collect::<StringArray>(),
            ),
            Sparse::Int(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s as usize])).collect::<Int64Array>())
            }
            Sparse::Double(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s as usize])).collect::<Float64Array>())
            }
            Sparse::Boolean(_, values) => {
                let mut out = BooleanBuilder::with_capacity(order.len());
                slots.iter().for_each(|s| out.append_option(s.map(|s| values[s as usize])));
                Arc::new(out.finish())
            }
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("decoders hand in UTF-8 only")
}
