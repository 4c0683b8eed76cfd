//! JSON text, token by token, over bytes that are known to be UTF-8.
//!
//! A value that ends early is `Incomplete`, a wrong byte is `Malformed`, a well-formed value of the wrong type is
//! `Bad`. Values of `null` are passed over like missing ones, as OTLP wants.

use std::borrow::Cow;

use crate::error::{Result, Stop, bad};
use crate::json::escapes::unescape;
use crate::json::known::KnownKeys;
use crate::records::Text;

pub struct Lexer<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    pub(super) keys: KnownKeys<'a>,
}

/// Iteration over the members of an object or the elements of an array.
#[derive(Clone, Copy)]
pub struct Members {
    pub(super) first: bool,
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
        Lexer { bytes, at: 0, keys: KnownKeys::default() }
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
    pub(super) fn expect(&mut self, byte: u8) -> Result {
        if self.peek()? != byte {
            return Err(Stop::Malformed("a JSON separator is missing"));
        }
        self.at += 1;
        Ok(())
    }

    /// A value that is there but has another type than OTLP says; `Malformed` when it is no value at all.
    pub(super) fn wrong_type<T>(&mut self) -> Result<T> {
        match self.peek()? {
            b'"' | b'{' | b'[' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                bad("wrong_type", "a field has another JSON type than OTLP says")
            }
            _ => Err(Stop::Malformed("a JSON value is missing")),
        }
    }

    pub(super) fn literal(&mut self, text: &'static [u8]) -> Result {
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

    /// Consumes `first`, a key and its colon, when exactly that opens the object and its value is not null.
    #[inline]
    pub(super) fn eat_first<const N: usize>(
        &mut self,
        object: &mut Members,
        first: &[u8; N],
    ) -> Result<bool> {
        if !self.eat(first) {
            return Ok(false);
        }
        object.first = false;
        Ok(!self.null()?)
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
    pub(super) fn advance(&mut self, members: &mut Members, close: u8) -> Result<bool> {
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
    pub(super) fn raw(&mut self) -> Result<(&'a [u8], bool)> {
        if self.peek()? != b'"' {
            return self.wrong_type();
        }
        self.at += 1;
        self.raw_rest()
    }

    /// As `raw`, standing behind the opening quote.
    #[inline]
    fn raw_rest(&mut self) -> Result<(&'a [u8], bool)> {
        let begin = self.at;
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

    /// Consumes `literal` when exactly that comes next. Its length is a constant so that no call is made to compare.
    #[inline]
    pub(super) fn eat<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        let found = self.bytes[self.at..].first_chunk::<N>() == Some(literal);
        if found {
            self.at += N;
        }
        found
    }

    /// As `eat`. Inlined with its literal, whose length is then a constant as well.
    #[inline(always)]
    pub(super) fn eat_text(&mut self, literal: &'static str) -> bool {
        let found = self.bytes[self.at..].starts_with(literal.as_bytes());
        if found {
            self.at += literal.len();
        }
        found
    }

    /// A string without escapes, standing behind its opening quote.
    #[inline]
    pub(super) fn plain_rest(&mut self) -> Option<&'a [u8]> {
        match self.raw_rest() {
            Ok((text, false)) => Some(text),
            _ => None,
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

    pub fn boolean(&mut self) -> Result<bool> {
        match self.peek()? {
            b't' => self.literal(b"true").map(|()| true),
            b'f' => self.literal(b"false").map(|()| false),
            _ => self.wrong_type(),
        }
    }
}
