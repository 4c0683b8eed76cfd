//! Ids as numbers. A regular id is lower-case hex of the right length, so its number orders as its text does.
//! Other texts keep an exact place too: see `monotone` and `assemble::order`.

const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight lower-case hex digits as their number.
fn eight_digits(text: &[u8; 8]) -> Option<u64> {
    let x = u64::from_be_bytes(*text);
    let letters = (x >> 6) & ONES;
    let nibbles = (x & (0x0f * ONES)) + letters * 9;
    let written = nibbles + 0x30 * ONES + letters * 0x27;
    let is_hex =
        written == x && nibbles & (0xf0 * ONES) == 0 && (nibbles + 6 * ONES) & (0x10 * ONES) == letters << 4;
    let pairs = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    is_hex.then_some((quads | quads >> 16) & 0xffff_ffff)
}

/// Number of a regular span id: 16 lower-case hex digits.
#[inline]
pub fn span_number(text: &[u8]) -> Option<u64> {
    let text: &[u8; 16] = text.try_into().ok()?;
    let (high, low) = (text.first_chunk::<8>()?, text.last_chunk::<8>()?);
    Some(eight_digits(high)? << 32 | eight_digits(low)?)
}

/// Number of a regular trace id: 32 lower-case hex digits.
#[inline]
pub fn trace_number(text: &[u8]) -> Option<u128> {
    let text: &[u8; 32] = text.try_into().ok()?;
    let (high, low) = text.split_at(16);
    Some(u128::from(span_number(high)?) << 64 | u128::from(span_number(low)?))
}

/// Whether an id is empty or all zero, of any length: such ids name nothing.
#[inline]
pub fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|&digit| digit == b'0')
}

/// A number for any text that never orders against the texts: `a < b` gives `monotone(a) <= monotone(b)`, and
/// regular trace ids give their own number.
pub fn monotone(text: &[u8]) -> u128 {
    let mut number = 0u128;
    for place in 0..32 {
        let digit = match text.get(place) {
            None => return number.unbounded_shl(4 * (32 - place) as u32),
            Some(&c @ b'0'..=b'9') => c - b'0',
            Some(&c @ b'a'..=b'f') => c - b'a' + 10,
            Some(&c) => {
                // Not a digit: stay below (or above) every text that has a digit here.
                let rest = 4 * (32 - place) as u32;
                let (shifted, ones) = (number.unbounded_shl(rest), u128::MAX.unbounded_shr(128 - rest));
                return match c {
                    c if c < b'0' => shifted,
                    c if c < b'a' => shifted | (ones >> 4) | (9 << (rest - 4)),
                    _ => shifted | ones,
                };
            }
        };
        number = number << 4 | u128::from(digit);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_everything_else_is_refused() {
        for byte in 0..=255u8 {
            for place in 0..16 {
                let mut text = *b"0123456789abcdef";
                text[place] = byte;
                let expected = std::str::from_utf8(&text)
                    .ok()
                    .filter(|t| t.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')))
                    .and_then(|t| u64::from_str_radix(t, 16).ok());
                assert_eq!(span_number(&text), expected, "{byte} at {place}");
            }
        }
        assert_eq!(
            trace_number(b"000102030405060708090a0b0c0d0e0f"),
            Some(0x000102030405060708090a0b0c0d0e0f)
        );
        assert_eq!(span_number(b"abc"), None);
        assert!(is_blank(b"") && is_blank(b"000") && !is_blank(b"01"));
    }

    #[test]
    fn numbers_never_order_against_texts() {
        let digits = b" /059:A`afg~";
        let mut texts: Vec<Vec<u8>> = vec![vec![], vec![b'f'; 32], vec![b'f'; 33], vec![b'0'; 32]];
        for a in digits {
            for b in digits {
                texts.extend([vec![*a], vec![*a, *b], [vec![b'9'; 31], vec![*a, *b]].concat()]);
                texts.push([vec![*a], vec![*b; 31]].concat());
            }
        }
        texts.sort();
        assert!(texts.windows(2).all(|pair| monotone(&pair[0]) <= monotone(&pair[1])));
        assert_eq!(monotone(b"000102030405060708090a0b0c0d0e0f"), 0x000102030405060708090a0b0c0d0e0f);
    }
}
