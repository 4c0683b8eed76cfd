//! Columns of strings and bytes.

use crate::columns::{Column, Gathered, Texts, Validity, Values};

/// Byte strings back to back.
#[derive(Clone)]
pub struct Bytes {
    ends: Vec<u32>,
    data: Vec<u8>,
}

impl Default for Bytes {
    fn default() -> Self {
        Bytes { ends: vec![0], data: Vec::new() }
    }
}

impl Bytes {
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// The caller keeps the sum of all texts of a decoder below `i32::MAX` (see `Sink::fits`).
    pub fn push(&mut self, text: &[u8]) {
        self.data.extend_from_slice(text);
        self.ends.push(self.data.len() as u32);
    }

    pub fn get(&self, row: usize) -> &[u8] {
        &self.data[self.ends[row] as usize..self.ends[row + 1] as usize]
    }

    /// Late-filled columns may hold fewer rows than the mark says.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let end = *self.ends.last().expect("the first offset stays");
        self.data.truncate(end as usize);
    }

    fn values<'a>(&'a self, order: &'a [u32]) -> Values<'a> {
        Values::Text(Texts { rows: order.into(), texts: self, come_again: false })
    }
}

/// Strings, never null.
#[derive(Default)]
pub struct Text(pub Bytes);

impl Text {
    pub fn push(&mut self, text: &[u8]) {
        self.0.push(text);
    }
}

impl Column for Text {
    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        Gathered::all(self.0.values(order))
    }
}

/// Strings whose empty form means null (proto3 default of a field without presence).
#[derive(Default)]
pub struct TextOrNull(pub Bytes);

impl TextOrNull {
    pub fn push(&mut self, text: &[u8]) {
        self.0.push(text);
    }
}

impl Column for TextOrNull {
    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let valid = if self.0.data.is_empty() {
            Validity::None
        } else {
            Validity::new(order.iter().map(|&row| !self.0.get(row as usize).is_empty()).collect())
        };
        Gathered::Flat(self.0.values(order), valid)
    }
}

/// Raw bytes, never null.
#[derive(Default)]
pub struct Binary(Bytes);

impl Binary {
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }
}

impl Column for Binary {
    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        Gathered::all(self.0.values(order))
    }
}
