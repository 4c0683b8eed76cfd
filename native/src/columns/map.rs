//! Columns of string maps.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, MapArray, StructArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};

use crate::columns::{Bytes, Column};

/// `MAP<string, string>`: the entries of a row lie together, so reordering copies two runs of bytes a row.
#[derive(Default)]
pub struct Map {
    ends: Vec<u32>,
    keys: Bytes,
    values: Bytes,
}

impl Map {
    pub fn push_entry(&mut self, key: &[u8], value: &[u8]) {
        self.keys.push(key);
        self.values.push(value);
    }

    pub fn end_row(&mut self) {
        self.ends.push(self.keys.len() as u32);
    }

    fn entries(&self, row: usize) -> (usize, usize) {
        let first = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        (first, self.ends[row] as usize)
    }
}

impl Column for Map {
    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        let entries = self.ends.last().map_or(0, |&end| end as usize);
        self.keys.truncate(entries);
        self.values.truncate(entries);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let (mut keys, mut values) = (self.keys.empty_copy(), self.values.empty_copy());
        let mut offsets = Vec::with_capacity(order.len() + 1);
        offsets.push(0i32);
        for &row in order {
            let (first, last) = self.entries(row as usize);
            keys.append_run(&self.keys, first, last);
            values.append_run(&self.values, first, last);
            offsets.push(keys.len() as i32);
        }
        let fields = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Utf8, true),
        ]);
        let columns: Vec<ArrayRef> = vec![Arc::new(keys.into_array(None)), Arc::new(values.into_array(None))];
        let entries = StructArray::new(fields, columns, None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        Arc::new(MapArray::new(field, OffsetBuffer::new(ScalarBuffer::from(offsets)), entries, None, false))
    }
}
