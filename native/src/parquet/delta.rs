//! DELTA_BINARY_PACKED integers: differences to the value before, packed in as few bits as a stretch needs.

use crate::parquet::thrift::{varint, zigzag};

const BLOCK: usize = 128;
const MINIBLOCKS: usize = 4;
const MINIBLOCK: usize = BLOCK / MINIBLOCKS;

pub fn encode(values: &[i64], out: &mut Vec<u8>) {
    varint(out, BLOCK as u64);
    varint(out, MINIBLOCKS as u64);
    varint(out, values.len() as u64);
    zigzag(out, values.first().copied().unwrap_or(0));
    let mut deltas = [0i64; BLOCK];
    let mut rest = values;
    while let [last, next @ ..] = rest {
        let count = next.len().min(BLOCK);
        if count == 0 {
            break;
        }
        let mut before = *last;
        for (delta, &value) in deltas.iter_mut().zip(next) {
            *delta = value.wrapping_sub(before);
            before = value;
        }
        encode_block(&deltas[..count], out);
        rest = &rest[count..];
    }
}

fn encode_block(deltas: &[i64], out: &mut Vec<u8>) {
    let least = deltas.iter().copied().min().unwrap_or(0);
    zigzag(out, least);
    let widths_at = out.len();
    out.extend_from_slice(&[0; MINIBLOCKS]);
    for (i, part) in deltas.chunks(MINIBLOCK).enumerate() {
        let above = |delta: &i64| delta.wrapping_sub(least) as u64;
        let width = 64 - part.iter().map(above).fold(0, |all, v| all | v).leading_zeros();
        out[widths_at + i] = width as u8;
        pack(part.iter().map(above), width, out);
    }
}

/// A whole miniblock, filled up with zeros.
fn pack(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let end = out.len() + MINIBLOCK * width as usize / 8;
    let (mut word, mut bits) = (0u128, 0);
    for value in values {
        word |= u128::from(value) << bits;
        bits += width;
        if bits >= 64 {
            out.extend_from_slice(&(word as u64).to_le_bytes());
            word >>= 64;
            bits -= 64;
        }
    }
    out.extend_from_slice(&(word as u64).to_le_bytes());
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn one_value_has_no_block() {
        let mut out = Vec::new();
        encode(&[-3], &mut out);
        assert_eq!(out, [128, 1, 4, 1, 5]);
    }

    #[test]
    fn equal_steps_take_no_bits() {
        let mut out = Vec::new();
        encode(&[7, 9, 11, 13], &mut out);
        assert_eq!(out, [128, 1, 4, 4, 14, 4, 0, 0, 0, 0]);
    }
}
