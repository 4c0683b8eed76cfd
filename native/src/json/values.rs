//! AnyValue and attributes in OTLP/JSON.

use std::borrow::Cow;

use crate::error::{Result, bad};
use crate::json::known::Known;
use crate::json::lexer::Lexer;
use crate::json::numbers::is_canonical_int;
use crate::records::{EMPTY, Entry, Text};
use crate::text::{
    MAX_VALUE_DEPTH, decode_base64, write_base64, write_double, write_id, write_json_double,
    write_json_string, write_lower_hex,
};

impl<'a> Lexer<'a> {
    /// An id of `size` bytes as lower-case hex.
    #[inline]
    pub fn id(&mut self, out: &mut Vec<u8>, size: usize) -> Result {
        self.peek()?;
        if let Some([b'"', digits @ .., b'"']) = self.bytes[self.at..].get(..2 * size + 2) {
            out.clear();
            if write_lower_hex(out, digits) {
                self.at += 2 * size + 2;
                return Ok(());
            }
        }
        let text = self.text()?;
        if write_id(out, &text, size) {
            return Ok(());
        }
        bad("bad_id", "an id is neither hex nor base64")
    }

    /// An array of KeyValue, appended to `entries`.
    pub fn attributes(&mut self, entries: &mut Vec<Entry<'a>>) -> Result {
        let mut array = self.open_array()?;
        while self.element(&mut array)? {
            let begin = self.at;
            if let Some(entry) = self.usual_attribute() {
                entries.push(entry);
                continue;
            }
            self.at = begin;
            let mut object = self.open_object()?;
            let (mut key, mut value) = (EMPTY, (b'n', EMPTY));
            while let Some(name) = self.key(&mut object)? {
                match name.as_ref() {
                    b"key" => key = self.text()?,
                    b"value" => value = self.any_value()?,
                    _ => self.skip()?,
                }
            }
            entries.push(Entry::new(key, value.0, value.1));
        }
        Ok(())
    }

    /// A string or integer attribute written just as the Collector writes it. Most are; the lexer stands anywhere
    /// after another.
    #[inline]
    fn usual_attribute(&mut self) -> Option<Entry<'a>> {
        let Known { key, key_hash, letter, .. } = match self.keys.expected(&self.bytes[self.at..]) {
            Some(known) => {
                self.at += known.begin.len();
                known
            }
            None => self.usual_key()?,
        };
        let text = self.plain_rest()?;
        if letter == b'i' && !is_canonical_int(text) {
            return None;
        }
        let (key, text) = (Cow::Borrowed(key), Cow::Borrowed(text).into());
        self.eat(b"}}").then_some(Entry { key, key_hash, letter, text })
    }

    /// The beginning of such an attribute.
    fn usual_key(&mut self) -> Option<Known<'a>> {
        let begin = self.at;
        if !self.eat(b"{\"key\":\"") {
            return None;
        }
        let key = self.plain_rest()?;
        if !self.eat(b",\"value\":{\"") {
            return None;
        }
        let letter = if self.eat(b"stringValue\":\"") {
            b's'
        } else if self.eat(b"intValue\":\"") {
            b'i'
        } else {
            return None;
        };
        Some(self.keys.learn(&self.bytes[begin..self.at], key, letter))
    }

    /// An AnyValue as type letter and text.
    pub fn any_value(&mut self) -> Result<(u8, Text<'a>)> {
        let mut object = self.open_object()?;
        let mut value = (b'n', EMPTY);
        while let Some(name) = self.key(&mut object)? {
            value = match name.as_ref() {
                b"stringValue" | b"string_value" => (b's', self.text()?),
                b"intValue" | b"int_value" => (b'i', self.int_text()?),
                b"boolValue" | b"bool_value" => {
                    (b'b', Cow::Borrowed(if self.boolean()? { b"true" } else { b"false" }))
                }
                b"doubleValue" | b"double_value" => {
                    let mut text = Vec::new();
                    write_double(&mut text, self.double()?);
                    (b'd', text.into())
                }
                b"bytesValue" | b"bytes_value" => {
                    let mut text = Vec::new();
                    self.base64(&mut text)?;
                    (b'y', text.into())
                }
                b"arrayValue" | b"array_value" => {
                    let mut text = Vec::new();
                    self.values_json(&mut text, 2, false)?;
                    (b'a', text.into())
                }
                b"kvlistValue" | b"kvlist_value" => {
                    let mut text = Vec::new();
                    self.values_json(&mut text, 2, true)?;
                    (b'm', text.into())
                }
                _ => {
                    self.skip()?;
                    continue;
                }
            }
        }
        Ok(value)
    }

    fn base64(&mut self, out: &mut Vec<u8>) -> Result {
        let text = self.text()?;
        match decode_base64(&text) {
            Some(bytes) => write_base64(out, &bytes),
            None => return bad("bad_base64", "a bytes value is not base64"),
        }
        Ok(())
    }

    /// ArrayValue or KeyValueList as compact OTLP/JSON, its elements at `depth`.
    fn values_json(&mut self, out: &mut Vec<u8>, depth: usize, keyed: bool) -> Result {
        if depth > MAX_VALUE_DEPTH {
            return bad("nesting_too_deep", "an attribute value nests deeper than 128");
        }
        out.extend_from_slice(b"{\"values\":[");
        let begin = out.len();
        let mut object = self.open_object()?;
        while let Some(name) = self.key(&mut object)? {
            if name.as_ref() != b"values" {
                self.skip()?;
                continue;
            }
            let mut array = self.open_array()?;
            while self.element_or_null(&mut array)? {
                if out.len() > begin {
                    out.push(b',');
                }
                if keyed {
                    self.key_value_json(out, depth)?;
                } else {
                    self.any_value_json(out, depth)?;
                }
            }
        }
        out.extend_from_slice(b"]}");
        Ok(())
    }

    fn key_value_json(&mut self, out: &mut Vec<u8>, depth: usize) -> Result {
        let (mut key, mut value) = (EMPTY, Vec::new());
        if !self.null()? {
            let mut object = self.open_object()?;
            while let Some(name) = self.key(&mut object)? {
                match name.as_ref() {
                    b"key" => key = self.text()?,
                    b"value" => {
                        value.clear();
                        self.any_value_json(&mut value, depth)?;
                    }
                    _ => self.skip()?,
                }
            }
        }
        out.extend_from_slice(b"{\"key\":");
        write_json_string(out, &key);
        out.extend_from_slice(b",\"value\":");
        out.extend_from_slice(if value.is_empty() { b"{}" } else { &value });
        out.push(b'}');
        Ok(())
    }

    fn any_value_json(&mut self, out: &mut Vec<u8>, depth: usize) -> Result {
        out.push(b'{');
        let begin = out.len();
        if !self.null()? {
            let mut object = self.open_object()?;
            while let Some(name) = self.key(&mut object)? {
                if !is_value_kind(&name) {
                    self.skip()?;
                    continue;
                }
                out.truncate(begin); // of several kinds, which OTLP forbids, the last wins
                self.member_json(out, &name, depth)?;
            }
        }
        out.push(b'}');
        Ok(())
    }

    /// Writes `"kind":value`.
    fn member_json(&mut self, out: &mut Vec<u8>, name: &[u8], depth: usize) -> Result {
        match name {
            b"stringValue" | b"string_value" => {
                out.extend_from_slice(b"\"stringValue\":");
                write_json_string(out, &self.text()?);
            }
            b"intValue" | b"int_value" => {
                out.extend_from_slice(b"\"intValue\":\"");
                out.extend_from_slice(&self.int_text()?);
                out.push(b'"');
            }
            b"boolValue" | b"bool_value" => {
                let value = self.boolean()?;
                out.extend_from_slice(if value { b"\"boolValue\":true" } else { b"\"boolValue\":false" });
            }
            b"doubleValue" | b"double_value" => {
                out.extend_from_slice(b"\"doubleValue\":");
                write_json_double(out, self.double()?);
            }
            b"bytesValue" | b"bytes_value" => {
                out.extend_from_slice(b"\"bytesValue\":\"");
                self.base64(out)?;
                out.push(b'"');
            }
            b"arrayValue" | b"array_value" => {
                out.extend_from_slice(b"\"arrayValue\":");
                self.values_json(out, depth + 1, false)?;
            }
            _ => {
                out.extend_from_slice(b"\"kvlistValue\":");
                self.values_json(out, depth + 1, true)?;
            }
        }
        Ok(())
    }
}

fn is_value_kind(name: &[u8]) -> bool {
    const KINDS: [&str; 7] = ["string", "int", "bool", "double", "bytes", "array", "kvlist"];
    let kind = name.strip_suffix(b"Value").or_else(|| name.strip_suffix(b"_value"));
    kind.is_some_and(|kind| KINDS.iter().any(|known| known.as_bytes() == kind))
}
