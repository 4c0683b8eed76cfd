//! Columns of string maps.

use crate::columns::{Column, Gathered, Repeated};

/// `MAP<string, string>`: the entries of a row lie together.
#[derive(Default)]
pub struct Map {
    ends: Vec<u32>,
    keys: Repeated,
    values: Repeated,
}

impl Map {
    /// Key and value come with their hashes, see `Repeated::push_hashed`.
    #[inline]
    pub fn push_entry(&mut self, (key_hash, key): (u64, &[u8]), (value_hash, value): (u64, &[u8])) {
        self.keys.push_hashed(key_hash, key);
        self.values.push_hashed(value_hash, value);
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
        let mut rows: Vec<u32> = Vec::with_capacity(self.keys.len());
        for &row in order {
            rows.extend(self.entries(row as usize));
            ends.push(rows.len() as u32);
        }
        Gathered::Map(ends, [&self.keys, &self.values].map(|side| side.pick(rows.iter().copied())))
    }
}
