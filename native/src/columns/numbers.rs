//! Columns of numbers, booleans and lists of numbers.

use crate::columns::{Column, Gathered, Validity, Values};

/// A machine number that has a column type.
pub trait Number: Copy + Default {
    fn values(numbers: Vec<Self>) -> Values<'static>;
}
impl Number for i32 {
    fn values(numbers: Vec<Self>) -> Values<'static> {
        Values::Int(numbers)
    }
}
impl Number for i64 {
    fn values(numbers: Vec<Self>) -> Values<'static> {
        Values::Long(numbers)
    }
}
impl Number for f64 {
    fn values(numbers: Vec<Self>) -> Values<'static> {
        Values::Double(numbers)
    }
}
impl Number for bool {
    fn values(numbers: Vec<Self>) -> Values<'static> {
        Values::Boolean(numbers)
    }
}

impl<T: Number> Column for Vec<T> {
    fn truncate(&mut self, rows: usize) {
        Vec::truncate(self, rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        Gathered::all(T::values(order.iter().map(|&row| self[row as usize]).collect()))
    }
}

impl<T: Number> Column for Vec<Option<T>> {
    fn truncate(&mut self, rows: usize) {
        Vec::truncate(self, rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let values = order.iter().map(|&row| self[row as usize].unwrap_or_default()).collect();
        let valid = order.iter().map(|&row| self[row as usize].is_some()).collect();
        Gathered::Flat(T::values(values), Validity::new(valid))
    }
}

/// Lists of numbers, never null.
pub struct List<T> {
    ends: Vec<u32>,
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
        self.ends.push(self.values.len() as u32);
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

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let mut out = List { ends: Vec::with_capacity(order.len() + 1), values: Vec::new() };
        out.ends.push(0);
        order.iter().for_each(|&row| out.push(self.get(row as usize)));
        Gathered::List(out.ends, T::values(out.values))
    }
}
