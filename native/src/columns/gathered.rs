//! The rows of a column in the order of a file.

use std::borrow::Cow;

use crate::columns::Bytes;

/// Which rows have a value.
pub enum Validity {
    All,
    None,
    Some(Vec<bool>),
}

impl Validity {
    /// From one flag a row; says so when all are equal.
    pub fn new(flags: Vec<bool>) -> Self {
        match flags.iter().filter(|&&flag| flag).count() {
            0 => Validity::None,
            n if n == flags.len() => Validity::All,
            _ => Validity::Some(flags),
        }
    }
}

/// Values of rows; a row without a value has any. With `Validity::None` there may be none at all.
pub enum Values<'a> {
    Int(Vec<i32>),
    Long(Vec<i64>),
    Double(Vec<f64>),
    Boolean(Vec<bool>),
    Text(Texts<'a>),
}

/// Texts or bytes: that of row `i` is entry `rows[i]` of `texts`.
pub struct Texts<'a> {
    pub rows: Cow<'a, [u32]>,
    pub texts: &'a Bytes,
    /// Whether rows that hold the same text mostly name the same entry.
    pub come_again: bool,
}

/// A column, or each side of a nested one.
pub enum Gathered<'a> {
    Flat(Values<'a>, Validity),
    /// `ends[i]..ends[i + 1]` are the elements of row `i`.
    List(Vec<u32>, Values<'a>),
    /// As `List`, with the entries' keys and values.
    Map(Vec<u32>, [Texts<'a>; 2]),
}

impl<'a> Gathered<'a> {
    pub fn all(values: Values<'a>) -> Self {
        Gathered::Flat(values, Validity::All)
    }
}
