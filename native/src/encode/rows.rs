//! Typed access to the columns of a record batch.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;

/// The rows of one table.
pub struct Rows {
    batch: RecordBatch,
    /// Position of each column: looked up for every cell.
    position: HashMap<String, usize>,
}

type Error = String;

impl Rows {
    /// One record batch of an Arrow IPC stream.
    pub fn read(name: &str, stream: &[u8]) -> Result<Self, Error> {
        let mut reader = StreamReader::try_new(stream, None).map_err(|e| format!("{name}: {e}"))?;
        let schema = reader.schema();
        let batch = match reader.next() {
            Some(batch) => batch.map_err(|e| format!("{name}: {e}"))?,
            None => RecordBatch::new_empty(schema.clone()),
        };
        let position = schema.fields().iter().enumerate().map(|(i, f)| (f.name().clone(), i)).collect();
        Ok(Rows { batch, position })
    }

    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    fn column(&self, name: &str) -> &dyn Array {
        let position = self.position.get(name).unwrap_or_else(|| panic!("the rows have no column {name}"));
        self.batch.column(*position).as_ref()
    }

    /// Empty when null.
    pub fn text(&self, name: &str, row: usize) -> &str {
        self.optional_text(name, row).unwrap_or_default()
    }

    pub fn optional_text(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.column(name).as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    }

    /// 0 when null.
    pub fn int(&self, name: &str, row: usize) -> i64 {
        self.optional_int(name, row).unwrap_or_default()
    }

    /// Of an int or bigint column.
    pub fn optional_int(&self, name: &str, row: usize) -> Option<i64> {
        let column = self.column(name);
        if column.is_null(row) {
            return None;
        }
        match column.as_primitive_opt::<Int64Type>() {
            Some(longs) => Some(longs.value(row)),
            None => Some(i64::from(column.as_primitive::<Int32Type>().value(row))),
        }
    }

    pub fn optional_double(&self, name: &str, row: usize) -> Option<f64> {
        let column = self.column(name).as_primitive::<Float64Type>();
        column.is_valid(row).then(|| column.value(row))
    }

    pub fn double(&self, name: &str, row: usize) -> f64 {
        self.optional_double(name, row).unwrap_or_default()
    }

    pub fn optional_boolean(&self, name: &str, row: usize) -> Option<bool> {
        let column = self.column(name).as_boolean();
        column.is_valid(row).then(|| column.value(row))
    }

    pub fn doubles(&self, name: &str, row: usize) -> Vec<f64> {
        self.column(name).as_list::<i32>().value(row).as_primitive::<Float64Type>().values().to_vec()
    }

    pub fn ints(&self, name: &str, row: usize) -> Vec<i64> {
        self.column(name).as_list::<i32>().value(row).as_primitive::<Int64Type>().values().to_vec()
    }

    /// Entries of a map column with the type letters of another column.
    pub fn entries<'a>(
        &'a self,
        map: &str,
        types: &str,
        row: usize,
    ) -> impl Iterator<Item = (&'a str, u8, &'a str)> {
        let column = self.column(map).as_map();
        let letters = self.text(types, row).as_bytes();
        let offsets = column.value_offsets();
        let (keys, values) = (column.keys().as_string::<i32>(), column.values().as_string::<i32>());
        let run = offsets[row] as usize..offsets[row + 1] as usize;
        run.zip(letters).map(move |(i, &letter)| (keys.value(i), letter, values.value(i)))
    }

    /// Row of each value of a key column.
    pub fn index(&self, key: &str) -> HashMap<i64, usize> {
        (0..self.len()).map(|row| (self.int(key, row), row)).collect()
    }

    /// Runs of rows with equal values of a column, which the rows are ordered by: (value, first, end).
    pub fn runs(&self, key: &str, first: usize, end: usize) -> Vec<(i64, usize, usize)> {
        let mut runs: Vec<(i64, usize, usize)> = Vec::new();
        for row in first..end {
            let value = self.int(key, row);
            match runs.last_mut() {
                Some(run) if run.0 == value => run.2 = row + 1,
                _ => runs.push((value, row, row + 1)),
            }
        }
        runs
    }
}
