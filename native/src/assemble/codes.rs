//! Repeated texts as small numbers.

use std::collections::HashMap;

use arrow_array::Array;

use crate::assemble::hashing::Seeded;
use crate::assemble::input::{Text, Texts};

/// Code of no text: null or empty.
pub const NONE: u32 = 0;

/// Distinct texts; the code of a text is its place.
pub struct Codes<'a> {
    pub texts: Vec<&'a str>,
    codes: HashMap<&'a str, u32, Seeded>,
}

impl Default for Codes<'_> {
    fn default() -> Self {
        Codes { texts: vec![""], codes: HashMap::default() }
    }
}

impl<'a> Codes<'a> {
    pub fn code(&mut self, text: &'a str) -> u32 {
        if text.is_empty() {
            return NONE;
        }
        *self.codes.entry(text).or_insert_with(|| {
            self.texts.push(text);
            (self.texts.len() - 1) as u32
        })
    }

    /// Code of each row of a column.
    pub fn column(&mut self, column: &Texts<'a>) -> Vec<u32> {
        let mut codes = Vec::with_capacity(column.arrays.iter().map(Text::len).sum());
        for array in &column.arrays {
            match array.dictionary() {
                Some((keys, values)) => {
                    let of: Vec<u32> =
                        (0..values.len()).map(|i| self.code(values.get(i).unwrap_or_default())).collect();
                    match keys.nulls() {
                        None => codes.extend(keys.values().iter().map(|&key| of[key as usize])),
                        Some(nulls) => codes.extend(
                            keys.values()
                                .iter()
                                .enumerate()
                                .map(|(row, &key)| if nulls.is_valid(row) { of[key as usize] } else { NONE }),
                        ),
                    }
                }
                None => self.plain(array, &mut codes),
            }
        }
        codes
    }

    fn plain(&mut self, array: &Text<'a>, codes: &mut Vec<u32>) {
        let mut last = ("", NONE);
        for row in 0..array.len() {
            let text = array.get(row).unwrap_or_default();
            if text != last.0 {
                last = (text, self.code(text));
            }
            codes.push(last.1);
        }
    }
}
