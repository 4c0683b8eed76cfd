//! Columns of numbers, booleans, dates and lists of numbers.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{ArrayRef, ListArray, PrimitiveArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::Field;

use crate::columns::Column;

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
