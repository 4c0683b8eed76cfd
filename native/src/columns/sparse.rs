//! Columns that few rows have a value for.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, new_null_array};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::columns::{Bytes, Column};

/// Marks a row without a value.
const NONE: u32 = u32::MAX;

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

    /// Index of each row's value, `NONE` where it has none.
    fn slot_of_row(&self, rows: usize) -> Vec<u32> {
        let mut slots = vec![NONE; rows];
        self.rows().iter().enumerate().for_each(|(slot, &row)| slots[row as usize] = slot as u32);
        slots
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
        let slot_of_row = self.slot_of_row(order.len());
        let slots = order.iter().map(|&row| slot_of_row[row as usize]);
        let nulls: NullBuffer = slots.clone().map(|slot| slot != NONE).collect();
        match self {
            Sparse::Text(_, values) => {
                let mut out = values.with_room_for(order.len());
                slots.for_each(|slot| out.push(if slot == NONE { b"" } else { values.get(slot as usize) }));
                Arc::new(out.into_array(Some(nulls)))
            }
            Sparse::Int(_, values) => Arc::new(Int64Array::new(gather(slots, values), Some(nulls))),
            Sparse::Double(_, values) => Arc::new(Float64Array::new(gather(slots, values), Some(nulls))),
            Sparse::Boolean(_, values) => {
                let bits: BooleanBuffer = slots.map(|slot| slot != NONE && values[slot as usize]).collect();
                Arc::new(BooleanArray::new(bits, Some(nulls)))
            }
        }
    }
}

fn gather<T: ArrowNativeType>(slots: impl Iterator<Item = u32>, values: &[T]) -> ScalarBuffer<T> {
    slots.map(|slot| if slot == NONE { T::default() } else { values[slot as usize] }).collect()
}
