//! Values as the text that attribute columns hold, and ids as lower-case hex.

use std::borrow::Cow;
use std::io::Write;
use std::ops::Deref;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, TOLERANT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, TOLERANT);

/// Deepest AnyValue that is taken; a plain value has depth 1.
pub const MAX_VALUE_DEPTH: usize = 128;

/// Bytes of the smallest int64.
pub const LONGEST_INT: usize = 20;

/// Whether two texts are equal. Most are short, and a call of memcmp takes longer than comparing them.
#[inline]
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let size = one.len();
    if size != other.len() {
        return false;
    }
    if size > 32 {
        return one == other;
    }
    // Their beginnings and their ends, which may overlap.
    if let (Some(a), Some(b)) = (one.first_chunk::<16>(), other.first_chunk::<16>()) {
        return a == b && one.last_chunk::<16>() == other.last_chunk::<16>();
    }
    if let (Some(a), Some(b)) = (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        return a == b && one.last_chunk::<8>() == other.last_chunk::<8>();
    }
    if let (Some(a), Some(b)) = (one.first_chunk::<4>(), other.first_chunk::<4>()) {
        return a == b && one.last_chunk::<4>() == other.last_chunk::<4>();
    }
    one.iter().zip(other).all(|(a, b)| a == b)
}

/// Decimal form.
pub fn write_int(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0; LONGEST_INT];
    let begin = write_digits(&mut digits, value);
    out.extend_from_slice(&digits[begin..]);
}

/// Puts the decimal form at the end of `digits` and returns where it begins.
pub fn write_digits(digits: &mut [u8; LONGEST_INT], value: i64) -> usize {
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    at
}

/// Shortest form that reads back as the same double: `1.0`, `1e-7`, `-0.0`, `NaN`, `Infinity`, `-Infinity`.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else {
        write!(out, "{value:?}").expect("writing to a vector cannot fail");
    }
}

pub fn write_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Standard base64 with padding.
pub fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
}

/// Standard or URL-safe, padded or not.
pub fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

pub fn write_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    /// The digit of the low half of a byte, without a table so that many are made at once.
    fn digit(half: u8) -> u8 {
        half + b'0' + (b'a' - b'0' - 10) * u8::from(half > 9)
    }
    let begin = out.len();
    out.resize(begin + 2 * bytes.len(), 0);
    for (digits, byte) in out[begin..].chunks_exact_mut(2).zip(bytes) {
        digits.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

/// A JSON string with its quotes.
pub fn write_json_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut plain = 0;
    for (i, &byte) in text.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x08 => b"\\b",
            0x0c => b"\\f",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text[plain..i]);
        plain = i + 1;
        if escape.is_empty() {
            out.extend_from_slice(b"\\u00");
            write_hex(out, &[byte]);
        } else {
            out.extend_from_slice(escape);
        }
    }
    out.extend_from_slice(&text[plain..]);
    out.push(b'"');
}

/// Double inside OTLP/JSON: a number, or a quoted name where JSON has no number for it.
pub fn write_json_double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        write_double(out, value);
    } else {
        out.push(b'"');
        write_double(out, value);
        out.push(b'"');
    }
}

/// Appends hex digits of either case in lower case; false, with anything appended, when some are none.
#[inline]
pub fn write_lower_hex(out: &mut Vec<u8>, text: &[u8]) -> bool {
    let begin = out.len();
    out.extend_from_slice(text);
    let mut bad = false;
    for digit in &mut out[begin..] {
        let lower = *digit | 0x20;
        bad |= !(digit.wrapping_sub(b'0') < 10 || lower.wrapping_sub(b'a') < 6);
        *digit = lower;
    }
    !bad
}

/// An id of `size` bytes from JSON as lower-case hex; false when the text is neither hex nor base64.
///
/// Hex of the right length comes first, then base64 of the right length, then either of another length, whose bytes
/// are kept as they are.
pub fn write_id(out: &mut Vec<u8>, text: &[u8], size: usize) -> bool {
    out.clear();
    if text.len() == 2 * size && write_lower_hex(out, text) {
        return true;
    }
    let is_hex = text.len().is_multiple_of(2) && text.iter().all(u8::is_ascii_hexdigit);
    out.clear();
    match decode_base64(text) {
        Some(bytes) if bytes.len() == size || !is_hex => write_hex(out, &bytes),
        _ if is_hex => out.extend(text.iter().map(u8::to_ascii_lowercase)),
        _ => return false,
    }
    true
}

/// The text of a value. That of an integer needs no memory of its own.
pub enum ValueText<'a> {
    Text(Cow<'a, [u8]>),
    /// Digits, and where they begin.
    Int([u8; LONGEST_INT], u8),
}

impl ValueText<'_> {
    pub fn int(value: i64) -> Self {
        let mut digits = [0; LONGEST_INT];
        let begin = write_digits(&mut digits, value);
        ValueText::Int(digits, begin as u8)
    }
}

impl Deref for ValueText<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            ValueText::Text(text) => text,
            ValueText::Int(digits, begin) => &digits[usize::from(*begin)..],
        }
    }
}

impl<'a> From<Cow<'a, [u8]>> for ValueText<'a> {
    fn from(text: Cow<'a, [u8]>) -> Self {
        ValueText::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str, size: usize) -> Option<String> {
        let mut out = Vec::new();
        write_id(&mut out, text.as_bytes(), size).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn texts_are_equal_when_all_bytes_are() {
        let text: Vec<u8> = (0..40).collect();
        for size in 0..40 {
            let same = text[..size].to_vec();
            assert!(are_equal(&text[..size], &same));
            assert!(!are_equal(&text[..size], &text[..size + 1]));
            for at in 0..size {
                let mut other = text[..size].to_vec();
                other[at] ^= 0x80;
                assert!(!are_equal(&text[..size], &other), "byte {at} of {size}");
            }
        }
    }

    #[test]
    fn ids_are_hex_then_base64() {
        assert_eq!(id("EEE19B7EC3C1B174", 8).as_deref(), Some("eee19b7ec3c1b174"));
        assert_eq!(id("7uGbfsPBsXQ=", 8).as_deref(), Some("eee19b7ec3c1b174"));
        assert_eq!(id("7uGbfsPBsXQ", 8).as_deref(), Some("eee19b7ec3c1b174"));
        assert_eq!(id("abcd", 8).as_deref(), Some("abcd"));
        assert_eq!(id("", 8).as_deref(), Some(""));
        assert_eq!(id("not an id", 8), None);
    }

    #[test]
    fn doubles_are_shortest() {
        let text = |v| {
            let mut out = Vec::new();
            write_double(&mut out, v);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(1.0), "1.0");
        assert_eq!(text(-0.0), "-0.0");
        assert_eq!(text(1e16), "1e16");
        assert_eq!(text(0.1), "0.1");
        assert_eq!(text(f64::NEG_INFINITY), "-Infinity");
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut out = Vec::new();
        write_json_string(&mut out, b"a\"\\\n\x01\xc3\xa9");
        assert_eq!(out, b"\"a\\\"\\\\\\n\\u0001\xc3\xa9\"");
    }
}
