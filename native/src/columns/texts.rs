//! Columns of strings and bytes.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use crate::columns::Column;

/// Byte strings back to back. Rows must be UTF-8: Arrow checks it when the array is made.
#[derive(Clone)]
pub struct Bytes {
    ends: Vec<i32>,
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
        self.ends.push(self.data.len() as i32);
    }

    pub fn get(&self, row: usize) -> &[u8] {
        &self.data[self.ends[row] as usize..self.ends[row + 1] as usize]
    }

    /// No rows, but room for as many as here.
    pub(super) fn empty_copy(&self) -> Self {
        self.with_room_for(self.len())
    }

    /// No rows, but room for so many and all the text that is here.
    pub(super) fn with_room_for(&self, rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Bytes { ends, data: Vec::with_capacity(self.data.len()) }
    }

    /// Appends rows `first..last` of another column.
    pub(super) fn append_run(&mut self, from: &Bytes, first: usize, last: usize) {
        let shift = self.data.len() as i32 - from.ends[first];
        let run = from.ends[first] as usize..from.ends[last] as usize;
        self.data.extend_from_slice(&from.data[run]);
        self.ends.extend(from.ends[first + 1..=last].iter().map(|end| end + shift));
    }

    /// Late-filled columns may hold fewer rows than the mark says.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let end = *self.ends.last().expect("the first offset stays");
        self.data.truncate(end as usize);
    }

    fn take_array(&self, order: &[u32], nulls: Option<NullBuffer>) -> StringArray {
        let mut out = self.empty_copy();
        for &row in order {
            out.push(self.get(row as usize));
        }
        out.into_array(nulls)
    }

    pub(super) fn into_array(self, nulls: Option<NullBuffer>) -> StringArray {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        StringArray::new(offsets, Buffer::from_vec(self.data), nulls)
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

    fn take(&self, order: &[u32]) -> ArrayRef {
        Arc::new(self.0.take_array(order, None))
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

    fn take(&self, order: &[u32]) -> ArrayRef {
        let nulls = order.iter().map(|&row| !self.0.get(row as usize).is_empty()).collect();
        Arc::new(self.0.take_array(order, Some(nulls)))
    }
}

/// Strings with presence: an empty string is not null.
#[derive(Default)]
pub struct OptionalText {
    text: Bytes,
    present: Vec<bool>,
}

impl OptionalText {
    pub fn push(&mut self, text: Option<&[u8]>) {
        self.text.push(text.unwrap_or_default());
        self.present.push(text.is_some());
    }

    pub fn get(&self, row: usize) -> &[u8] {
        self.text.get(row)
    }

    pub fn len(&self) -> usize {
        self.present.len()
    }
}

impl Column for OptionalText {
    fn truncate(&mut self, rows: usize) {
        self.text.truncate(rows);
        self.present.truncate(rows);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let nulls = order.iter().map(|&row| self.present[row as usize]).collect();
        Arc::new(self.text.take_array(order, Some(nulls)))
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

    fn take(&self, order: &[u32]) -> ArrayRef {
        let mut out = BinaryBuilder::with_capacity(order.len(), self.0.data.len());
        order.iter().for_each(|&row| out.append_value(self.0.get(row as usize)));
        Arc::new(out.finish())
    }
}
