//! Which rows have a value and which elements belong to one row: Parquet's definition and repetition levels.

use std::ops::Range;

use crate::columns::Validity;
use crate::parquet::hybrid;

/// The levels of a data page, and how many there are; a page without values has levels all the same.
#[derive(Default)]
pub struct Levels {
    pub encoded: Vec<u8>,
    pub count: usize,
    /// Values that the page holds.
    pub values: usize,
}

/// Runs of bits behind their length in bytes.
fn sized(out: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend_from_slice(&[0; 4]);
    encode(out);
    let length = (out.len() - begin - 4) as u32;
    out[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
}

impl Levels {
    /// Of a flat column that cannot be null.
    pub fn required(rows: &Range<usize>) -> Self {
        Levels { encoded: Vec::new(), count: rows.len(), values: rows.len() }
    }

    /// Of a flat column that can be null.
    pub fn optional(rows: &Range<usize>, valid: &Validity) -> Self {
        let mut encoded = Vec::new();
        let count = rows.len();
        let values = match valid {
            Validity::All => count,
            Validity::None => 0,
            Validity::Some(flags) => flags[rows.clone()].iter().filter(|&&flag| flag).count(),
        };
        sized(&mut encoded, |out| match valid {
            Validity::Some(flags) => hybrid::encode(&flags[rows.clone()], 1, out),
            _ => hybrid::encode_run(u32::from(values > 0), count, 1, out),
        });
        Levels { encoded, count, values }
    }

    /// Of the elements of a list or map that cannot be null; `ends` as in `Gathered::List`.
    pub fn repeated(rows: &Range<usize>, ends: &[u32]) -> Self {
        let ends = &ends[rows.start..=rows.end];
        let values = (ends[ends.len() - 1] - ends[0]) as usize;
        let (mut goes_on, mut exists) = (Vec::with_capacity(values), Vec::with_capacity(values));
        for pair in ends.windows(2) {
            let elements = (pair[1] - pair[0]) as usize;
            goes_on.push(false);
            exists.push(elements > 0);
            goes_on.resize(goes_on.len() + elements.saturating_sub(1), true);
            exists.resize(goes_on.len(), true);
        }
        let mut encoded = Vec::new();
        sized(&mut encoded, |out| hybrid::encode(&goes_on, 1, out));
        sized(&mut encoded, |out| hybrid::encode(&exists, 1, out));
        Levels { encoded, count: goes_on.len(), values }
    }
}
