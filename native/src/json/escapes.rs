//! Escapes in JSON strings.

use crate::error::{Result, Stop};

/// A string's escapes resolved; lone surrogates become U+FFFD.
#[cold]
pub fn unescape(raw: &[u8]) -> Result<Vec<u8>> {
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
