//! Columns of string maps.

use crate::columns::repeated::{Repeated, Trial};
use crate::columns::{Column, Gathered};

/// `MAP<string, string>`: the entries of a row lie together.
#[derive(Default)]
pub struct Map {
    ends: Vec<u32>,
    keys: Repeated,
    values: Repeated,
    /// By entry of the key: whether its values come again.
    trials: Vec<Trial>,
}

impl Map {
    /// Key and value come with their hashes, see `Repeated::push_hashed`.
    #[inline]
    pub fn push_entry(&mut self, (key_hash, key): (u64, &[u8]), (value_hash, value): (u64, &[u8])) {
        let key = self.keys.push_hashed(key_hash, key) as usize;
        if key >= self.trials.len() {
            self.trials.resize(key + 1, Trial::default());
        }
        self.values.push_tried(&mut self.trials[key], value_hash, value);
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
