//! Columns of string maps.

use crate::columns::{Bytes, Column, Gathered, Texts};

/// `MAP<string, string>`: the entries of a row lie together.
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

    fn entries(&self, row: usize) -> std::ops::Range<u32> {
        let first = if row == 0 { 0 } else { self.ends[row - 1] };
        first..self.ends[row]
    }
}

impl Column for Map {
    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        let entries = self.ends.last().map_or(0, |&end| end as usize);
        self.keys.truncate(entries);
        self.values.truncate(entries);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let mut ends = Vec::with_capacity(order.len() + 1);
        ends.push(0);
        let mut rows = Vec::with_capacity(self.keys.len());
        for &row in order {
            rows.extend(self.entries(row as usize));
            ends.push(rows.len() as u32);
        }
        let keys = Texts { rows: rows.clone().into(), texts: &self.keys };
        Gathered::Map(ends, [keys, Texts { rows: rows.into(), texts: &self.values }])
    }
}
