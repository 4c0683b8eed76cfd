//! Passing over JSON values that are not read.

use crate::error::{Result, Stop};
use crate::json::escapes::unescape;
use crate::json::lexer::{Lexer, Members};

/// Brackets may nest this deep.
const MAX_NESTING: usize = 10_000;

impl Lexer<'_> {
    fn skip_string(&mut self) -> Result {
        let (raw, escaped) = self.raw()?;
        if escaped { unescape(raw).map(drop) } else { Ok(()) }
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
                b'"' => self.skip_string()?,
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
                        self.skip_string()?;
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
