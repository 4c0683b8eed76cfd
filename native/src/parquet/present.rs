//! The values of some rows, without the rows that have none.

use std::borrow::Cow;
use std::ops::Range;

use crate::columns::{Texts, Validity, Values};
use crate::parquet::bounds::Bounds;
use crate::parquet::format::Physical;

pub enum Present<'a> {
    Ints(Cow<'a, [i32]>),
    Longs(Cow<'a, [i64]>),
    Doubles(Cow<'a, [f64]>),
    Booleans(Cow<'a, [bool]>),
    Texts(Cow<'a, [u32]>, &'a Texts<'a>),
}

/// The physical type of a column's values.
pub fn physical_of(values: &Values) -> Physical {
    match values {
        Values::Int(_) => Physical::Int32,
        Values::Long(_) => Physical::Int64,
        Values::Double(_) => Physical::Double,
        Values::Boolean(_) => Physical::Boolean,
        Values::Text(_) => Physical::ByteArray,
    }
}

fn pick<'a, T: Copy>(all: &'a [T], rows: Range<usize>, valid: &Validity) -> Cow<'a, [T]> {
    match valid {
        Validity::All => Cow::Borrowed(&all[rows]),
        Validity::None => Cow::Borrowed(&[]),
        Validity::Some(flags) => {
            let kept = all[rows.clone()].iter().zip(&flags[rows]).filter(|(_, flag)| **flag);
            Cow::Owned(kept.map(|(value, _)| *value).collect())
        }
    }
}

impl<'a> Present<'a> {
    pub fn new(values: &'a Values, rows: Range<usize>, valid: &Validity) -> Self {
        match values {
            Values::Int(all) => Present::Ints(pick(all, rows, valid)),
            Values::Long(all) => Present::Longs(pick(all, rows, valid)),
            Values::Double(all) => Present::Doubles(pick(all, rows, valid)),
            Values::Boolean(all) => Present::Booleans(pick(all, rows, valid)),
            Values::Text(texts) => Present::of_texts(texts, rows, valid),
        }
    }

    pub fn of_texts(texts: &'a Texts, rows: Range<usize>, valid: &Validity) -> Self {
        Present::Texts(pick(&texts.rows, rows, valid), texts)
    }

    pub fn bounds(&self) -> Option<Bounds> {
        match self {
            Present::Ints(values) => Bounds::of_ints(values),
            Present::Longs(values) => Bounds::of_longs(values),
            Present::Texts(rows, texts) => {
                Bounds::of_texts(rows.iter().map(|&row| texts.texts.get(row as usize)))
            }
            Present::Doubles(_) | Present::Booleans(_) => None,
        }
    }

    /// Bytes of the texts in plain encoding; 0 for other types, whose values are small.
    pub fn text_len(&self) -> usize {
        match self {
            Present::Texts(rows, texts) => {
                rows.iter().map(|&row| 4 + texts.texts.get(row as usize).len()).sum()
            }
            _ => 0,
        }
    }

    /// Appends values `range` in plain encoding.
    pub fn write_plain(&self, range: Range<usize>, out: &mut Vec<u8>) {
        match self {
            Present::Ints(values) => out.extend(values[range].iter().flat_map(|v| v.to_le_bytes())),
            Present::Longs(values) => out.extend(values[range].iter().flat_map(|v| v.to_le_bytes())),
            Present::Doubles(values) => out.extend(values[range].iter().flat_map(|v| v.to_le_bytes())),
            Present::Booleans(values) => out.extend(values[range].chunks(8).map(|flags| {
                flags.iter().enumerate().fold(0, |byte, (bit, &flag)| byte | u8::from(flag) << bit)
            })),
            Present::Texts(rows, texts) => {
                rows[range].iter().for_each(|&row| write_text(texts.texts.get(row as usize), out))
            }
        }
    }
}

/// A text in plain encoding: its length and its bytes.
pub fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}
