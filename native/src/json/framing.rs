//! JSON texts in a file: one a line, or documents spread over lines.

use crate::error::{Reason, Result, Stop};
use crate::json::decoder::JsonDecoder;
use crate::json::lexer::Lexer;
use crate::sink::{Place, Signal, Sink, Taken};

const BOM: &[u8] = b"\xef\xbb\xbf";
pub(super) const NOT_UTF8: Stop = Stop::Malformed("the text is not UTF-8");

/// JSON lines. A last line without line feed is taken when it is complete, and left when it may still grow.
pub fn decode_lines(data: &[u8], base: u64, is_last: bool, sink: &mut Sink) -> Taken {
    let is_utf8 = simdutf8::basic::from_utf8(data).is_ok();
    let mut decoder = JsonDecoder::new(data, base, sink);
    let mut begin = 0;
    while begin < data.len() {
        let line_feed = memchr::memchr(b'\n', &data[begin..]).map(|n| begin + n);
        if line_feed.is_none() && !is_last {
            break;
        }
        let line_end = line_feed.unwrap_or(data.len());
        let text = skip_blank(&data[..line_end], begin)..begin + data[begin..line_end].trim_ascii_end().len();
        if text.start < text.end {
            let valid = is_utf8 || simdutf8::basic::from_utf8(&data[text.clone()]).is_ok();
            let done = if valid { take_line(&mut decoder, data, text.clone()) } else { Err(NOT_UTF8) };
            match done {
                Err(Stop::Incomplete) if line_feed.is_none() => break,
                Err(stop) => reject(&mut decoder, text.start, &data[text], stop),
                Ok(()) => {}
            }
        }
        begin = line_feed.map_or(data.len(), |n| n + 1);
    }
    Taken { consumed: begin, messages: decoder.messages }
}

/// One line: usually one value, or several one after the other, all or none of which are taken.
fn take_line<'a>(decoder: &mut JsonDecoder<'a, '_>, data: &'a [u8], text: std::ops::Range<usize>) -> Result {
    let (mark, messages) = (decoder.sink.mark(), decoder.messages);
    decoder.lexer.bytes = &data[..text.end];
    decoder.lexer.at = text.start;
    while !decoder.lexer.is_at_end() {
        if let Err(stop) = decoder.text() {
            decoder.sink.rollback(&mark);
            decoder.messages = messages;
            return Err(stop);
        }
    }
    Ok(())
}

/// JSON documents, one or several, each over any number of lines. An incomplete last one is left. The `rest` of a
/// document are its resource groups: what stands between and behind them is passed over.
pub fn decode_documents(data: &[u8], base: u64, is_rest: bool, sink: &mut Sink) -> Taken {
    let skip = if is_rest { skip_between_groups } else { skip_blank };
    let mut valid = valid_up_to(data, 0);
    let mut decoder = JsonDecoder::new(data, base, sink);
    let mut begin = skip(data, 0);
    while begin < data.len() {
        if is_rest && data[begin] == b'"' && list_behind_key(data, begin) == Err(Stop::Incomplete) {
            break;
        }
        decoder.lexer.bytes = &data[..valid.max(begin)];
        decoder.lexer.at = begin;
        let end = match decoder.text() {
            Ok(()) => decoder.lexer.at,
            Err(Stop::Incomplete) if valid == data.len() => break,
            Err(stop) => {
                let end = next_document(data, begin);
                let stop = if stop == Stop::Incomplete { NOT_UTF8 } else { stop };
                reject(&mut decoder, begin, data[begin..end].trim_ascii_end(), stop);
                end
            }
        };
        if end > valid {
            valid = valid_up_to(data, end);
        }
        begin = skip(data, end);
    }
    Taken { consumed: begin, messages: decoder.messages }
}

pub(super) fn valid_up_to(data: &[u8], begin: usize) -> usize {
    match simdutf8::compat::from_utf8(&data[begin..]) {
        Ok(_) => data.len(),
        Err(error) => begin + error.valid_up_to(),
    }
}

/// Where the document after a malformed one begins: the next line that opens one, else the end.
pub(super) fn next_document(data: &[u8], begin: usize) -> usize {
    memchr::memchr_iter(b'\n', &data[begin..])
        .map(|n| begin + n + 1)
        .find(|&at| matches!(data.get(at), Some(b'{' | b'[')))
        .unwrap_or(data.len())
}

/// Begin of the text after white space and byte order marks.
fn skip_blank(data: &[u8], mut at: usize) -> usize {
    loop {
        let rest = &data[at..];
        at += rest.len() - rest.trim_ascii_start().len();
        if !data[at..].starts_with(BOM) {
            return at;
        }
        at += BOM.len();
    }
}

fn skip_between_groups(data: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_blank(data, at);
        at = match data.get(at) {
            Some(b',' | b']' | b'}') => at + 1,
            Some(b'"') => match list_behind_key(data, at) {
                Ok(Some(list)) => list,
                _ => return at,
            },
            _ => return at,
        };
    }
}

/// Where the elements of the list begin that is the value of the key at `at`; none when another value follows it.
fn list_behind_key(data: &[u8], at: usize) -> Result<Option<usize>> {
    let mut lexer = Lexer::new(data);
    lexer.at = at;
    lexer.text()?;
    for byte in [b':', b'['] {
        if lexer.peek()? != byte {
            return Ok(None);
        }
        lexer.at += 1;
    }
    Ok(Some(lexer.at))
}

fn reject(decoder: &mut JsonDecoder, begin: usize, text: &[u8], stop: Stop) {
    decoder.messages += 1;
    let place = Place { offset: decoder.base + begin as u64, ordinal: 0 };
    decoder.sink.reject(Signal::Message, place, text.len() as u64, &reason_of(stop), text);
}

pub(super) fn reason_of(stop: Stop) -> Reason {
    match stop {
        Stop::Malformed(detail) => Reason { word: "malformed_json", detail },
        Stop::Incomplete => Reason { word: "malformed_json", detail: "the JSON text ends early" },
        Stop::Bad(reason) => reason,
    }
}
