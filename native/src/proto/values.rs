//! AnyValue, attributes and scalars of OTLP protobuf.

use std::borrow::Cow;

use crate::error::{Result, bad};
use crate::proto::wire::{Message, Value};
use crate::records::{EMPTY, Entry, Text};
use crate::text::{
    MAX_VALUE_DEPTH, ValueText, write_base64, write_bool, write_double, write_int, write_json_double,
    write_json_string,
};

/// Tags of the key and the value of a KeyValue, and of a string in an AnyValue.
const KEY: u8 = 0x0a;
const VALUE: u8 = 0x12;
const STRING: u8 = 0x0a;

/// A string field.
#[inline]
pub fn text(bytes: &[u8]) -> Result<Text<'_>> {
    // Most are short and ASCII, which is quicker to see.
    if !bytes.is_ascii() && simdutf8::basic::from_utf8(bytes).is_err() {
        return bad("invalid_utf8", "a string is not UTF-8");
    }
    Ok(Cow::Borrowed(bytes))
}

/// A fixed64 time that fits the lake's signed columns.
#[inline]
pub fn time(value: u64) -> Result<i64> {
    i64::try_from(value).or_else(|_| bad("time_out_of_range", "a time is not in [0, 2^63) nanoseconds"))
}

/// A uint64 count that fits the lake's signed columns.
#[inline]
pub fn count(value: u64) -> Result<i64> {
    i64::try_from(value).or_else(|_| bad("count_out_of_range", "a count is not in [0, 2^63)"))
}

/// A KeyValue, appended to `entries`.
pub fn key_value<'a>(bytes: &'a [u8], entries: &mut Vec<Entry<'a>>) -> Result {
    if let Some((key, value)) = usual_parts(bytes) {
        let key = text(key)?;
        let (letter, value) = any_value(value)?.unwrap_or((b'n', EMPTY.into()));
        entries.push(Entry::new(key, letter, value));
        return Ok(());
    }
    let (mut key, mut value) = (EMPTY, (b'n', EMPTY.into()));
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(bytes)) => key = text(bytes)?,
            (2, Value::Bytes(bytes)) => {
                if let Some(found) = any_value(bytes)? {
                    value = found;
                }
            }
            _ => {}
        }
    }
    entries.push(Entry::new(key, value.0, value.1));
    Ok(())
}

/// Key and value when nothing else is there and each is shorter than 128 bytes.
#[inline]
fn usual_parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[KEY, length @ 0..=0x7f], rest) = bytes.split_first_chunk()? else { return None };
    let (key, rest) = rest.split_at_checked(usize::from(length))?;
    let (&[VALUE, length @ 0..=0x7f], value) = rest.split_first_chunk()? else { return None };
    (value.len() == usize::from(length)).then_some((key, value))
}

/// An AnyValue as type letter and text; none when it is empty.
pub fn any_value(bytes: &[u8]) -> Result<Option<(u8, ValueText<'_>)>> {
    if let [STRING, length @ 0..=0x7f, value @ ..] = bytes
        && value.len() == usize::from(*length)
    {
        return Ok(Some((b's', text(value)?.into())));
    }
    let mut found = None;
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        let mut out = Vec::new();
        let letter = match field {
            (1, Value::Bytes(value)) => {
                found = Some((b's', text(value)?.into()));
                continue;
            }
            (2, Value::Varint(value)) => {
                write_bool(&mut out, value != 0);
                b'b'
            }
            (3, Value::Varint(value)) => {
                found = Some((b'i', ValueText::int(value as i64)));
                continue;
            }
            (4, Value::Fixed64(value)) => {
                write_double(&mut out, f64::from_bits(value));
                b'd'
            }
            (5, Value::Bytes(values)) => {
                values_json(&mut out, values, 2, false)?;
                b'a'
            }
            (6, Value::Bytes(values)) => {
                values_json(&mut out, values, 2, true)?;
                b'm'
            }
            (7, Value::Bytes(value)) => {
                write_base64(&mut out, value);
                b'y'
            }
            _ => continue,
        };
        found = Some((letter, Text::from(out).into()));
    }
    Ok(found)
}

/// ArrayValue or KeyValueList as compact OTLP/JSON, its elements at `depth`.
fn values_json(out: &mut Vec<u8>, bytes: &[u8], depth: usize, keyed: bool) -> Result {
    if depth > MAX_VALUE_DEPTH {
        return bad("nesting_too_deep", "an attribute value nests deeper than 128");
    }
    out.extend_from_slice(b"{\"values\":[");
    let begin = out.len();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        let (1, Value::Bytes(element)) = field else { continue };
        if out.len() > begin {
            out.push(b',');
        }
        if keyed {
            key_value_json(out, element, depth)?;
        } else {
            any_value_json(out, element, depth)?;
        }
    }
    out.extend_from_slice(b"]}");
    Ok(())
}

fn key_value_json(out: &mut Vec<u8>, bytes: &[u8], depth: usize) -> Result {
    let (mut key, mut value): (Text, &[u8]) = (EMPTY, b"");
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(bytes)) => key = text(bytes)?,
            (2, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    out.extend_from_slice(b"{\"key\":");
    write_json_string(out, &key);
    out.extend_from_slice(b",\"value\":");
    any_value_json(out, value, depth)?;
    out.push(b'}');
    Ok(())
}

fn any_value_json(out: &mut Vec<u8>, bytes: &[u8], depth: usize) -> Result {
    out.push(b'{');
    let begin = out.len();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        if !matches!(field.0, 1..=7) {
            continue;
        }
        out.truncate(begin); // of several kinds, which OTLP forbids, the last wins
        match field {
            (1, Value::Bytes(value)) => {
                out.extend_from_slice(b"\"stringValue\":");
                write_json_string(out, &text(value)?);
            }
            (2, Value::Varint(value)) => {
                out.extend_from_slice(b"\"boolValue\":");
                write_bool(out, value != 0);
            }
            (3, Value::Varint(value)) => {
                out.extend_from_slice(b"\"intValue\":\"");
                write_int(out, value as i64);
                out.push(b'"');
            }
            (4, Value::Fixed64(value)) => {
                out.extend_from_slice(b"\"doubleValue\":");
                write_json_double(out, f64::from_bits(value));
            }
            (5, Value::Bytes(values)) => {
                out.extend_from_slice(b"\"arrayValue\":");
                values_json(out, values, depth + 1, false)?;
            }
            (6, Value::Bytes(values)) => {
                out.extend_from_slice(b"\"kvlistValue\":");
                values_json(out, values, depth + 1, true)?;
            }
            (7, Value::Bytes(value)) => {
                out.extend_from_slice(b"\"bytesValue\":\"");
                write_base64(out, value);
                out.push(b'"');
            }
            _ => {}
        }
    }
    out.push(b'}');
    Ok(())
}
