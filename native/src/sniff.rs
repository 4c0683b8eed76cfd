//! What a file is, told from its first bytes and never from its name.

use crate::error::Stop;
use crate::json::lexer::Lexer;
use crate::proto::wire::{Message, Value};

/// Name of the form; see the Python stub for the list.
pub fn sniff(head: &[u8], is_whole: bool) -> &'static str {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return "empty";
    }
    match head {
        [0x1f, 0x8b, ..] => return "gzip",
        [b'P', b'A', b'R', b'1', ..] => return "parquet",
        _ if is_zstd(head) => return "zstd",
        [_, _, _, _, rest @ ..] if is_zstd(rest) => return "zstd_length_prefixed",
        _ => {}
    }
    if matches!(text[0], b'{' | b'[') {
        return json_form(text);
    }
    if let Some(form) = proto_form(head, is_whole) {
        return form;
    }
    if has_otlp_line(head) {
        return "json_lines";
    }
    "unknown"
}

fn is_zstd(bytes: &[u8]) -> bool {
    matches!(bytes, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Lines when the first value ends on its line, or when that line is broken off and the next one opens a value.
fn json_form(text: &[u8]) -> &'static str {
    let line_end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let mut lexer = Lexer::new(&text[..line_end]);
    match lexer.skip() {
        Ok(()) => "json_lines",
        Err(_) if line_end == text.len() => "json_lines",
        Err(stop) => {
            let next = text[line_end + 1..].iter().find(|b| !matches!(b, b'\r' | b'\n'));
            let next_opens = next.is_some_and(|b| *b == b'{');
            // An array of unindented objects is a document although its second line opens a value.
            let is_open_array = stop == Stop::Incomplete && text[..line_end].trim_ascii_end().ends_with(b"[");
            if next_opens && !is_open_array { "json_lines" } else { "json" }
        }
    }
}

/// Log text with OTLP/JSON lines between.
fn has_otlp_line(head: &[u8]) -> bool {
    const KEYS: [&[u8]; 6] = [
        b"\"resourceSpans\"",
        b"\"resourceLogs\"",
        b"\"resourceMetrics\"",
        b"\"scopeSpans\"",
        b"\"scopeLogs\"",
        b"\"scopeMetrics\"",
    ];
    head.split(|&b| b == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        line.starts_with(b"{") && KEYS.iter().any(|key| memchr::memmem::find(line, key).is_some())
    })
}

fn proto_form(head: &[u8], is_whole: bool) -> Option<&'static str> {
    if is_request(head, is_whole) {
        return Some("proto");
    }
    if let Some((prefix, rest)) = head.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*prefix) as usize;
        let is_cut = length > rest.len();
        let message = &rest[..length.min(rest.len())];
        if length > 0 && is_request(message, !is_cut) || length == 0 && rest.first().is_none_or(|b| *b == 0) {
            return Some("proto_length_prefixed");
        }
    }
    let mut message = Message::new(head);
    if let Ok(length) = message.varint() {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let is_cut = length > message.rest.len();
        let body = &message.rest[..length.min(message.rest.len())];
        if length > 1 && !(is_cut && is_whole) && is_request(body, !is_cut) {
            return Some("proto_varint_prefixed");
        }
    }
    is_otap(head).then_some("otap")
}

/// Whether the bytes are one whole export request that is not empty.
pub(crate) fn is_whole_request(bytes: &[u8]) -> bool {
    is_request(bytes, true)
}

/// An export request: nothing but fields 1, each a group of fields 1 to 3 with scopes that look alike.
fn is_request(bytes: &[u8], is_whole: bool) -> bool {
    levels_fit(bytes, is_whole, 0) && !bytes.is_empty()
}

/// Level 0 request, 1 resource group, 2 scope group.
fn levels_fit(bytes: &[u8], is_whole: bool, level: usize) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut message = Message::new(rest);
        let before = message;
        let value = match message.field() {
            Ok(Some((1..=3, Value::Bytes(value)))) => value,
            Ok(Some((1000, _))) if level == 1 => {
                rest = message.rest;
                continue;
            }
            Ok(_) => return false,
            Err(_) => return !is_whole && cut_field_fits(before, level),
        };
        let number = rest[0] >> 3;
        rest = message.rest;
        let fits = match (level, number) {
            (0, 1) => levels_fit(value, true, 1),
            (0, _) => false,
            (1, 2) => levels_fit(value, true, 2),
            (_, 3) => std::str::from_utf8(value).is_ok(),
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    true
}

/// The field that the end of the head cuts: its tag fits and so does what is there of it.
fn cut_field_fits(mut message: Message, level: usize) -> bool {
    let Ok(tag) = message.varint() else { return message.rest.len() < 2 };
    if message.varint().is_err() {
        return matches!(tag, 10 | 18 | 26);
    }
    match (level, tag) {
        (0, 10) => levels_fit(message.rest, false, 1),
        (1, 18) => levels_fit(message.rest, false, 2),
        (1 | 2, 10 | 18 | 26) => true,
        _ => false,
    }
}

/// OTAP BatchArrowRecords: a varint batch id, then Arrow payloads.
fn is_otap(head: &[u8]) -> bool {
    let mut message = Message::new(head);
    matches!(message.field(), Ok(Some((1, Value::Varint(_)))))
        && memchr::memmem::find(head, b"\xff\xff\xff\xff").is_some()
}
