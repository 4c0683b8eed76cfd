//! Columns that few rows have a value for.

use crate::columns::{Column, Gathered, Repeated, Validity, Values};

/// Marks a row without a value.
const NONE: u32 = u32::MAX;

/// Values of a column that few rows have: (row, value) pairs until the column is read out.
pub enum Sparse {
    Text(Vec<u32>, Repeated),
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

    /// For each row of `order` the index of its value, `NONE` where it has none.
    fn slots(&self, order: &[u32]) -> Vec<u32> {
        let mut slot_of_row = vec![NONE; order.len()];
        self.rows().iter().enumerate().for_each(|(slot, &row)| slot_of_row[row as usize] = slot as u32);
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

    /// `order` holds every row once.
    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let slots = if self.rows().is_empty() { Vec::new() } else { self.slots(order) };
        let valid = Validity::new(slots.iter().map(|&slot| slot != NONE).collect());
        let values = match self {
            Sparse::Text(_, texts) => Values::Text(texts.pick(slots.into_iter())),
            Sparse::Int(_, values) => Values::Long(pick(&slots, values)),
            Sparse::Double(_, values) => Values::Double(pick(&slots, values)),
            Sparse::Boolean(_, values) => Values::Boolean(pick(&slots, values)),
        };
        Gathered::Flat(values, valid)
    }
}

fn pick<T: Copy + Default>(slots: &[u32], values: &[T]) -> Vec<T> {
    slots.iter().map(|&slot| values.get(slot as usize).copied().unwrap_or_default()).collect()
}
