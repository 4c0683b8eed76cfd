//! JSON text, token by token, over bytes that are known to be UTF-8.
//!
//! A value that ends early is `Incomplete`, a wrong byte is `Malformed`, a well-formed value of the wrong type is
//! `Bad`. Values of `null` are passed over like missing ones, as OTLP wants.

use std::borrow::Cow;

use crate::error::{Result, Stop, bad};
use crate::records::Text;

/// Brackets may nest this deep in text that is skipped.
const MAX_NESTING: usize = 10_000;

pub struct Lexer<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

/// Iteration over the members of an object or the elements of an array.
pub struct Members {
    first: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bit set in the first byte that is a quote, a backslash or a control character (later ones may be wrong).
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    found & HIGHS
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Lexer { bytes, at: 0 }
    }

    /// The next byte that is no white space, not consumed.
    #[inline]
    pub fn peek(&mut self) -> Result<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(&byte) => return Ok(byte),
                None => return Err(Stop::Incomplete),
            }
        }
    }

    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_err()
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result {
        if self.peek()? != byte {
            return Err(Stop::Malformed("a JSON separator is missing"));
        }
        self.at += 1;
        Ok(())
    }

    /// A value that is there but has another type than OTLP says; `Malformed` when it is no value at all.
    fn wrong_type<T>(&mut self) -> Result<T> {
        match self.peek()? {
            b'"' | b'{' | b'[' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                bad("wrong_type", "a field has another JSON type than OTLP says")
            }
            _ => Err(Stop::Malformed("a JSON value is missing")),
        }
    }

    fn literal(&mut self, text: &'static [u8]) -> Result {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(text) {
            self.at += text.len();
            return Ok(());
        }
        if text.starts_with(rest) {
            return Err(Stop::Incomplete);
        }
        Err(Stop::Malformed("a JSON literal is misspelt"))
    }

    /// Consumes `null` if it comes next.
    #[inline]
    pub fn null(&mut self) -> Result<bool> {
        if self.peek()? != b'n' {
            return Ok(false);
        }
        self.literal(b"null").map(|()| true)
    }

    pub fn open_object(&mut self) -> Result<Members> {
        self.open(b'{')
    }

    pub fn open_array(&mut self) -> Result<Members> {
        self.open(b'[')
    }

    #[inline]
    fn open(&mut self, bracket: u8) -> Result<Members> {
        if self.peek()? != bracket {
            return self.wrong_type();
        }
        self.at += 1;
        Ok(Members { first: true })
    }

    /// True before another member, false when the closing bracket was consumed.
    #[inline]
    fn advance(&mut self, members: &mut Members, close: u8) -> Result<bool> {
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            return Ok(false);
        }
        if !members.first {
            if byte != b',' {
                return Err(Stop::Malformed("a JSON separator is missing"));
            }
            self.at += 1;
        }
        members.first = false;
        Ok(true)
    }

    /// The next key whose value is not null, standing before its value.
    #[inline]
    pub fn key(&mut self, object: &mut Members) -> Result<Option<Text<'a>>> {
        while self.advance(object, b'}')? {
            if self.peek()? != b'"' {
                return Err(Stop::Malformed("a JSON key is missing"));
            }
            let key = self.text()?;
            self.expect(b':')?;
            if !self.null()? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// True before the next element that is not null.
    #[inline]
    pub fn element(&mut self, array: &mut Members) -> Result<bool> {
        while self.advance(array, b']')? {
            if !self.null()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// As `element`, but stops at nulls too.
    pub fn element_or_null(&mut self, array: &mut Members) -> Result<bool> {
        self.advance(array, b']')
    }

    /// The bytes between the quotes and whether some are escapes.
    #[inline]
    fn raw(&mut self) -> Result<(&'a [u8], bool)> {
        if self.peek()? != b'"' {
            return self.wrong_type();
        }
        let begin = self.at + 1;
        let mut at = begin;
        let mut escaped = false;
        loop {
            while let Some(chunk) = self.bytes.get(at..at + 8) {
                let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
                let found = special(word);
                if found != 0 {
                    at += found.trailing_zeros() as usize / 8;
                    break;
                }
                at += 8;
            }
            match self.bytes.get(at) {
                None => return Err(Stop::Incomplete),
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok((&self.bytes[begin..at], escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(0..=0x1f) => return Err(Stop::Malformed("a JSON string holds a control character")),
                Some(_) => at += 1,
            }
        }
    }

    /// A string.
    #[inline]
    pub fn text(&mut self) -> Result<Text<'a>> {
        let (raw, escaped) = self.raw()?;
        if escaped {
            return Ok(Cow::Owned(unescape(raw)?));
        }
        Ok(Cow::Borrowed(raw))
    }

    /// The characters of a number.
    fn number(&mut self) -> Result<&'a [u8]> {
        if !matches!(self.peek()?, b'-' | b'0'..=b'9') {
            return self.wrong_type();
        }
        let begin = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
        }
        Ok(&self.bytes[begin..self.at])
    }

    /// The characters of a number, bare or quoted.
    #[inline]
    fn quoted_or_bare_number(&mut self) -> Result<Text<'a>> {
        if self.peek()? == b'"' { self.text() } else { self.number().map(Cow::Borrowed) }
    }

    /// An integer as number or string, also in the form `1.0` or `1e3`.
    #[inline]
    pub fn integer(&mut self) -> Result<i128> {
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
        let digits = text.strip_prefix(b"-").unwrap_or(&text);
        let canonical = (1..=18).contains(&digits.len())
            && digits.iter().all(u8::is_ascii_digit)
            && (digits[0] != b'0' || text.as_ref() == b"0");
        if canonical {
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

    pub fn boolean(&mut self) -> Result<bool> {
        match self.peek()? {
            b't' => self.literal(b"true").map(|()| true),
            b'f' => self.literal(b"false").map(|()| false),
            _ => self.wrong_type(),
        }
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
        match names.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
            Some(value) => Ok(value as i32),
            None => bad("unknown_enum_name", "an enum field names no member of its enum"),
        }
    }

    /// Passes over one value of any kind.
    pub fn skip(&mut self) -> Result {
        let mut open: Vec<Members> = Vec::new();
        let mut closers: Vec<u8> = Vec::new();
        loop {
            match self.peek()? {
                byte @ (b'{' | b'[') => {
                    if open.len() == MAX_NESTING {
                        return Err(Stop::Malformed("brackets nest deeper than 10,000"));
                    }
                    self.at += 1;
                    open.push(Members { first: true });
                    closers.push(byte + 2);
                }
                b'"' => drop(self.raw()?),
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                b'-' | b'0'..=b'9' => drop(self.number()?),
                _ => return Err(Stop::Malformed("a JSON value is missing")),
            }
            loop {
                let (Some(members), Some(&close)) = (open.last_mut(), closers.last()) else { return Ok(()) };
                if self.advance(members, close)? {
                    if close == b'}' {
                        if self.peek()? != b'"' {
                            return Err(Stop::Malformed("a JSON key is missing"));
                        }
                        self.raw()?;
                        self.expect(b':')?;
                    }
                    break;
                }
                open.pop();
                closers.pop();
            }
        }
    }
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

/// A string's escapes resolved; lone surrogates become U+FFFD.
#[cold]
fn unescape(raw: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = *rest.get(at + 1).ok_or(Stop::Malformed("a JSON escape is cut short"))?;
        rest = &rest[at + 2..];
        match escape {
            b'"' | b'\\' | b'/' => out.push(escape),
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'u' => {
                let (character, used) = unicode_escape(rest)?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[used..];
            }
            _ => return Err(Stop::Malformed("an unknown JSON escape")),
        }
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// The character of `XXXX` or of a pair `XXXX\uXXXX`, and how many bytes that took.
fn unicode_escape(rest: &[u8]) -> Result<(char, usize)> {
    let high = hex4(rest)?;
    if (0xd800..0xdc00).contains(&high) && rest[4..].starts_with(b"\\u") {
        let low = hex4(&rest[6..])?;
        if (0xdc00..0xe000).contains(&low) {
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 10));
        }
    }
    Ok((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 4))
}

fn hex4(text: &[u8]) -> Result<u32> {
    let digits = text.get(..4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
    let value = digits.and_then(|d| u32::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
    value.ok_or(Stop::Malformed("a JSON escape is cut short"))
}
