//! Numbers and enums in OTLP/JSON: bare or quoted, and names where a number may stand.

use std::borrow::Cow;

use crate::error::{Result, Stop, bad};
use crate::json::lexer::Lexer;
use crate::records::Text;

impl<'a> Lexer<'a> {
    /// The characters of a number.
    pub(super) fn number(&mut self) -> Result<&'a [u8]> {
        if !matches!(self.peek()?, b'-' | b'0'..=b'9') {
            return self.wrong_type();
        }
        let begin = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
        }
        let text = &self.bytes[begin..self.at];
        if is_json_number(text) {
            Ok(text)
        } else if self.at == self.bytes.len() {
            Err(Stop::Incomplete)
        } else {
            Err(Stop::Malformed("a JSON number is misspelt"))
        }
    }

    /// The characters of a number, bare or quoted.
    #[inline]
    fn quoted_or_bare_number(&mut self) -> Result<Text<'a>> {
        if self.peek()? == b'"' { self.text() } else { self.number().map(Cow::Borrowed) }
    }

    /// A non-negative integer in its plain form, not after white space.
    #[inline]
    fn usual_integer(&mut self) -> Option<u64> {
        let rest = &self.bytes[self.at..];
        let is_quoted = rest.first() == Some(&b'"');
        let digits = &rest[usize::from(is_quoted)..];
        let (value, count) = leading_digits(digits)?;
        match (digits.get(count)?, is_quoted) {
            (b'"', true) => self.at += count + 2,
            (b',' | b'}' | b']', false) if count == 1 || digits[0] != b'0' => self.at += count,
            _ => return None,
        }
        Some(value)
    }

    /// An integer as number or string, also in the form `1.0` or `1e3`.
    #[inline]
    pub fn integer(&mut self) -> Result<i128> {
        if let Some(value) = self.usual_integer() {
            return Ok(i128::from(value));
        }
        let text = self.quoted_or_bare_number()?;
        match parse_digits(&text) {
            Some(value) => Ok(value),
            None => parse_whole_double(&text),
        }
    }

    /// An integer in the range of `T`.
    #[inline]
    pub fn int<T: TryFrom<i128>>(&mut self) -> Result<T> {
        let value = self.integer()?;
        T::try_from(value)
            .or_else(|_| bad("number_out_of_range", "an integer is outside the range of its field"))
    }

    /// A fixed64 time that fits the lake's signed columns.
    #[inline]
    pub fn time(&mut self) -> Result<i64> {
        let value = self.integer()?;
        match i64::try_from(value) {
            Ok(time) if time >= 0 => Ok(time),
            _ => bad("time_out_of_range", "a time is not in [0, 2^63) nanoseconds"),
        }
    }

    /// A uint64 count that fits the lake's signed columns.
    pub fn count(&mut self) -> Result<i64> {
        let value = self.integer()?;
        match i64::try_from(value) {
            Ok(count) if count >= 0 => Ok(count),
            _ => bad("count_out_of_range", "a count is not in [0, 2^63)"),
        }
    }

    /// An int64 as decimal text, borrowed when it is written canonically.
    #[inline]
    pub fn int_text(&mut self) -> Result<Text<'a>> {
        let text = self.quoted_or_bare_number()?;
        if is_canonical_int(&text) {
            return Ok(text);
        }
        let value = parse_digits(&text).map_or_else(|| parse_whole_double(&text), Ok)?;
        match i64::try_from(value) {
            Ok(value) => Ok(Cow::Owned(value.to_string().into_bytes())),
            Err(_) => bad("number_out_of_range", "an integer is outside the range of its field"),
        }
    }

    /// A double as number or string, with `NaN`, `Infinity` and `-Infinity`.
    pub fn double(&mut self) -> Result<f64> {
        let text = self.quoted_or_bare_number()?;
        parse_double(&text)
    }

    /// An enum as number, or as name with or without its prefix.
    pub fn enumeration(&mut self, prefix: &str, names: &[&str]) -> Result<i32> {
        if self.peek()? != b'"' {
            return self.int();
        }
        let begin = self.at;
        let text = self.text()?;
        if text.first().is_some_and(|c| c.is_ascii_digit() || *c == b'-') {
            self.at = begin;
            return self.int();
        }
        let name = text.strip_prefix(prefix.as_bytes()).unwrap_or(&text);
        match names.iter().position(|known| known.as_bytes() == name) {
            Some(value) => Ok(value as i32),
            None => bad("unknown_enum_name", "an enum field names no member of its enum"),
        }
    }
}

/// The number that 1 to 19 digits make, and how many they are; none when there are more or none.
#[inline]
fn leading_digits(text: &[u8]) -> Option<(u64, usize)> {
    let (mut value, mut count) = (0, 0);
    while count < 16
        && let Some(eight) = text.get(count..).and_then(<[u8]>::first_chunk).and_then(eight_digits)
    {
        value = value * 100_000_000 + eight;
        count += 8;
    }
    for &byte in text.get(count..)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if count == 19 {
            return None;
        }
        value = value * 10 + u64::from(digit);
        count += 1;
    }
    (count > 0).then_some((value, count))
}

/// The number that eight digits make: neighbours are joined to pairs, pairs to fours, fours to the whole.
#[inline]
fn eight_digits(text: &[u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(*text);
    let above = word.wrapping_add(0x0606_0606_0606_0606);
    if (word & above) & 0xf0f0_f0f0_f0f0_f0f0 != 0x3030_3030_3030_3030 {
        return None;
    }
    let digits = word & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// Decimal digits that are the shortest form of an int64 (and short enough to be sure).
pub fn is_canonical_int(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    (1..=18).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (digits[0] != b'0' || text == b"0")
}

/// Plain decimal digits of at most 20 places with an optional sign.
#[inline]
fn parse_digits(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    let mut small = 0u64;
    let head = digits.len().min(19);
    for &digit in &digits[..head] {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        small = small * 10 + u64::from(value);
    }
    let mut value = i128::from(small);
    if let Some(&digit) = digits.get(head) {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i128::from(digit - b'0');
    }
    Some(if negative { -value } else { value })
}

fn parse_whole_double(text: &[u8]) -> Result<i128> {
    let value = parse_double(text)?;
    if value.fract() == 0.0 && value.abs() < 1e19 {
        return Ok(value as i128);
    }
    bad("bad_number", "a field that holds an integer has another value")
}

fn parse_double(text: &[u8]) -> Result<f64> {
    let named = match text {
        b"NaN" => Some(f64::NAN),
        b"Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    let digits = text.first().is_some_and(|c| c.is_ascii_digit() || matches!(c, b'-' | b'+' | b'.'));
    let parsed = || std::str::from_utf8(text).ok().filter(|_| digits)?.parse::<f64>().ok();
    match named.or_else(parsed) {
        Some(value) => Ok(value),
        None => bad("bad_number", "a field that holds a number has another value"),
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_json_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> (usize, &[u8]) {
        let n = text.iter().take_while(|c| c.is_ascii_digit()).count();
        (n, &text[n..])
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, mut rest) = digits(text);
    if whole == 0 || whole > 1 && text[0] == b'0' {
        return false;
    }
    if let Some(after) = rest.strip_prefix(b".") {
        let (places, after) = digits(after);
        if places == 0 {
            return false;
        }
        rest = after;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let (places, after) = digits(after.strip_prefix(b"+").or(after.strip_prefix(b"-")).unwrap_or(after));
        return places > 0 && after.is_empty();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_json_number;

    #[test]
    fn numbers_follow_the_grammar() {
        for good in ["0", "-0", "10", "1.5", "1e3", "-1.25E-7", "1e+10"] {
            assert!(is_json_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "1.2.3", "1-2", "1e", "1e+", "+1", "--1"] {
            assert!(!is_json_number(bad.as_bytes()), "{bad}");
        }
    }
}
