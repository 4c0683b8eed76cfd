//! Parquet's hybrid of run lengths and bit packing, for levels and dictionary indices.

use crate::parquet::thrift::varint;

/// Values are bit-packed in groups of so many.
const GROUP: usize = 8;

/// Appends `values`, each of at most `width` bits (1 to 32).
pub fn encode<T: Copy + PartialEq + Into<u32>>(values: &[T], width: u8, out: &mut Vec<u8>) {
    let (mut packed, mut at) = (0, 0);
    while at < values.len() {
        let run = match values[at..].first_chunk::<GROUP>() {
            Some(group) if group.iter().all(|v| *v == group[0]) => run_length(&values[at..]),
            _ => 0,
        };
        if run < GROUP {
            at += GROUP.min(values.len() - at);
            continue;
        }
        pack(&values[packed..at], width, out);
        encode_run(values[at].into(), run, width, out);
        at += run;
        packed = at;
    }
    pack(&values[packed..], width, out);
}

/// Appends one value `count` times.
pub fn encode_run(value: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    varint(out, (count as u64) << 1);
    out.extend_from_slice(&value.to_le_bytes()[..usize::from(width.div_ceil(8))]);
}

/// Bits that hold every index of a dictionary.
pub fn index_width(entries: usize) -> u8 {
    let last = entries.saturating_sub(1).max(1);
    (usize::BITS - last.leading_zeros()) as u8
}

fn run_length<T: Copy + PartialEq>(values: &[T]) -> usize {
    let first = values[0];
    values.iter().position(|&v| v != first).unwrap_or(values.len())
}

/// Whole groups, the last filled up with zeros.
fn pack<T: Copy + Into<u32>>(values: &[T], width: u8, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(GROUP);
    varint(out, (groups as u64) << 1 | 1);
    let end = out.len() + groups * usize::from(width);
    let (mut word, mut bits) = (0u64, 0);
    for &value in values {
        word |= u64::from(value.into()) << bits;
        bits += width;
        if bits >= 32 {
            out.extend_from_slice(&(word as u32).to_le_bytes());
            word >>= 32;
            bits -= 32;
        }
    }
    out.extend_from_slice(&word.to_le_bytes());
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(values: &[u32], width: u8) -> Vec<u8> {
        let mut out = Vec::new();
        encode(values, width, &mut out);
        out
    }

    #[test]
    fn packs_from_the_lowest_bit() {
        // The example of the Parquet specification: 0 to 7 in three bits.
        assert_eq!(encoded(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    }

    #[test]
    fn long_runs_are_counted_and_the_rest_is_packed() {
        let mut values = vec![1; 20];
        values.extend([0, 1, 1]);
        assert_eq!(encoded(&values, 1), [40, 1, 3, 0b110]);
        assert_eq!(encoded(&[300; 9], 9), [18, 44, 1]);
        assert!(encoded(&[], 1).is_empty());
    }

    #[test]
    fn widths_hold_the_last_index() {
        assert_eq!([1, 2, 3, 4, 5, 256, 257].map(index_width), [1, 1, 2, 2, 3, 8, 9]);
    }
}
