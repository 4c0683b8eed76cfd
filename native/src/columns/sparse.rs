//! Columns that few rows have a value for.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::{ArrayRef, Float64Array, Int64Array, new_null_array};
use arrow_schema::DataType;

use crate::columns::{Bytes, Column};

/// Values of a column that few rows have: (row, value) pairs until the array is made.
pub enum Sparse {
    Text(Vec<u32>, Bytes),
    Int(Vec<u32>, Vec<i64>),
    Double(Vec<u32>, Vec<f64>),
    Boolean(Vec<u32>, Vec<bool>),
}

impl Sparse {
    fn data_type(&self) -> DataType {
        match self {
            Sparse::Text(..) => DataType::Utf8,
            Sparse::Int(..) => DataType::Int64,
            Sparse::Double(..) => DataType::Float64,
            Sparse::Boolean(..) => DataType::Boolean,
        }
    }

    fn rows(&self) -> &Vec<u32> {
        match self {
            Sparse::Text(rows, _)
            | Sparse::Int(rows, _)
            | Sparse::Double(rows, _)
            | Sparse::Boolean(rows, _) => rows,
        }
    }

    /// For each output row the index of its value, if it has one.
    fn slots(&self, order: &[u32]) -> Vec<Option<usize>> {
        const NONE: u32 = u32::MAX;
        let mut slot_of_row = vec![NONE; order.len()];
        self.rows().iter().enumerate().for_each(|(slot, &row)| slot_of_row[row as usize] = slot as u32);
        let slot = |&row: &u32| Some(slot_of_row[row as usize]).filter(|&slot| slot != NONE);
        order.iter().map(|row| slot(row).map(|slot| slot as usize)).collect()
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

    /// `order` holds every row once.
    fn take(&self, order: &[u32]) -> ArrayRef {
        if self.rows().is_empty() {
            return new_null_array(&self.data_type(), order.len());
        }
        let slots = self.slots(order);
        match self {
            Sparse::Text(_, values) => {
                let mut out = values.empty_copy();
                slots.iter().for_each(|slot| out.push(slot.map_or(b"", |slot| values.get(slot))));
                Arc::new(out.into_array(Some(slots.iter().map(Option::is_some).collect())))
            }
            Sparse::Int(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s])).collect::<Int64Array>())
            }
            Sparse::Double(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s])).collect::<Float64Array>())
            }
            Sparse::Boolean(_, values) => {
                let mut out = BooleanBuilder::with_capacity(order.len());
                slots.iter().for_each(|s| out.append_option(s.map(|s| values[s])));
                Arc::new(out.finish())
            }
        }
    }
}
