//! Growing columns: plain vectors that can be cut back to a mark, and become Arrow arrays in any row order.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder};
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};

/// A column under construction.
pub trait Column {
    /// Forgets every row from `rows` on.
    fn truncate(&mut self, rows: usize);
    /// The Arrow array whose row `i` is this column's row `order[i]`.
    fn take(&self, order: &[u32]) -> ArrayRef;
}

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

    fn range(&self, first: usize, last: usize) -> &[u8] {
        &self.data[self.ends[first] as usize..self.ends[last] as usize]
    }

    /// Late-filled columns may hold fewer rows than the mark says.
    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let end = *self.ends.last().expect("the first offset stays");
        self.data.truncate(end as usize);
    }

    fn take_array(&self, order: &[u32], nulls: Option<NullBuffer>) -> StringArray {
        let mut out =
            Bytes { ends: Vec::with_capacity(order.len() + 1), data: Vec::with_capacity(self.data.len()) };
        out.ends.push(0);
        for &row in order {
            out.push(self.get(row as usize));
        }
        out.into_array(nulls)
    }

    fn into_array(self, nulls: Option<NullBuffer>) -> StringArray {
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

/// A machine number that has an Arrow type.
pub trait Number: ArrowNativeType + Default {
    type Arrow: ArrowPrimitiveType<Native = Self>;
}
impl Number for i32 {
    type Arrow = Int32Type;
}
impl Number for i64 {
    type Arrow = Int64Type;
}
impl Number for f64 {
    type Arrow = Float64Type;
}

impl<T: Number> Column for Vec<T> {
    fn truncate(&mut self, rows: usize) {
        Vec::truncate(self, rows);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let values: Vec<T> = order.iter().map(|&row| self[row as usize]).collect();
        Arc::new(PrimitiveArray::<T::Arrow>::new(ScalarBuffer::from(values), None))
    }
}

impl<T: Number> Column for Vec<Option<T>> {
    fn truncate(&mut self, rows: usize) {
        Vec::truncate(self, rows);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let values: Vec<T> = order.iter().map(|&row| self[row as usize].unwrap_or_default()).collect();
        let nulls: NullBuffer = order.iter().map(|&row| self[row as usize].is_some()).collect();
        Arc::new(PrimitiveArray::<T::Arrow>::new(ScalarBuffer::from(values), Some(nulls)))
    }
}

impl Column for Vec<Option<bool>> {
    fn truncate(&mut self, rows: usize) {
        Vec::truncate(self, rows);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let mut out = BooleanBuilder::with_capacity(order.len());
        order.iter().for_each(|&row| out.append_option(self[row as usize]));
        Arc::new(out.finish())
    }
}

/// Lists of numbers, never null.
pub struct List<T> {
    ends: Vec<i32>,
    values: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { ends: vec![0], values: Vec::new() }
    }
}

impl<T: Number> List<T> {
    pub fn push(&mut self, values: &[T]) {
        self.values.extend_from_slice(values);
        self.ends.push(self.values.len() as i32);
    }

    fn get(&self, row: usize) -> &[T] {
        &self.values[self.ends[row] as usize..self.ends[row + 1] as usize]
    }
}

impl<T: Number> Column for List<T> {
    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        self.values.truncate(self.ends[rows] as usize);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let mut out = List { ends: vec![0], values: Vec::with_capacity(self.values.len()) };
        order.iter().for_each(|&row| out.push(self.get(row as usize)));
        let values = PrimitiveArray::<T::Arrow>::new(ScalarBuffer::from(out.values), None);
        let item = Arc::new(Field::new("element", T::Arrow::DATA_TYPE, false));
        Arc::new(ListArray::new(
            item,
            OffsetBuffer::new(ScalarBuffer::from(out.ends)),
            Arc::new(values),
            None,
        ))
    }
}

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

/// Copies entries `first..last` of `from` behind those of `to`.
fn append_run(to: &mut Bytes, from: &Bytes, first: usize, last: usize) {
    let shift = to.data.len() as i32 - from.ends[first];
    to.data.extend_from_slice(from.range(first, last));
    to.ends.extend(from.ends[first + 1..=last].iter().map(|end| end + shift));
}

impl Column for Map {
    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        let entries = self.ends.last().map_or(0, |&end| end as usize);
        self.keys.truncate(entries);
        self.values.truncate(entries);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let room = |from: &Bytes| {
            let mut ends = Vec::with_capacity(from.ends.len());
            ends.push(0);
            Bytes { ends, data: Vec::with_capacity(from.data.len()) }
        };
        let (mut keys, mut values) = (room(&self.keys), room(&self.values));
        let mut offsets = Vec::with_capacity(order.len() + 1);
        offsets.push(0i32);
        for &row in order {
            let (first, last) = self.entries(row as usize);
            append_run(&mut keys, &self.keys, first, last);
            append_run(&mut values, &self.values, first, last);
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

/// Values of a column that few rows have: (row, value) pairs until the array is made.
pub enum Sparse {
    Text(Vec<u32>, Bytes),
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

    /// For each output row the index of its value, if it has one.
    fn slots(&self, order: &[u32]) -> Vec<Option<u32>> {
        let rows = self.rows();
        let height = order.iter().max().map_or(0, |&row| row as usize + 1);
        let mut slot_of_row = vec![None; height];
        for (slot, &row) in rows.iter().enumerate() {
            if let Some(cell) = slot_of_row.get_mut(row as usize) {
                *cell = Some(slot as u32);
            }
        }
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

    fn take(&self, order: &[u32]) -> ArrayRef {
        let slots = self.slots(order);
        match self {
            Sparse::Text(_, values) => Arc::new(
                slots.iter().map(|s| s.map(|s| text(values.get(s as usize)))).collect::<StringArray>(),
            ),
            Sparse::Int(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s as usize])).collect::<Int64Array>())
            }
            Sparse::Double(_, values) => {
                Arc::new(slots.iter().map(|s| s.map(|s| values[s as usize])).collect::<Float64Array>())
            }
            Sparse::Boolean(_, values) => {
                let mut out = BooleanBuilder::with_capacity(order.len());
                slots.iter().for_each(|s| out.append_option(s.map(|s| values[s as usize])));
                Arc::new(out.finish())
            }
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("decoders hand in UTF-8 only")
}

/// Days since 1970-01-01.
#[derive(Default)]
pub struct Dates(pub Vec<i32>);

impl Column for Dates {
    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn take(&self, order: &[u32]) -> ArrayRef {
        let values: Vec<i32> = order.iter().map(|&row| self.0[row as usize]).collect();
        Arc::new(PrimitiveArray::<Date32Type>::new(ScalarBuffer::from(values), None))
    }
}
