//! Documents and messages read piece by piece: the same rows and rejects whatever the pieces. The short ones were
//! found by fuzzing.

#[path = "../../fuzz/fuzz_targets/pieces.rs"]
mod pieces;

use _native::json::framing::decode_documents;
use _native::json::stream::DocumentStream;
use _native::proto::framing::decode_message;
use _native::proto::stream::MessageStream;
use _native::sink::Sink;
use pieces::{Stream, feed, rejects, sink, told};

/// Read in pieces of every size, from `first` bytes on, and looked ahead.
fn in_any_pieces<S: Stream>(data: &[u8], first: usize) -> Sink {
    let mut at_once = sink();
    feed::<S>(data, data.len(), 1, false, &mut at_once);
    for piece in 1..=data.len() {
        for looks_ahead in [false, true] {
            let mut in_pieces = sink();
            feed::<S>(data, first.max(piece), piece, looks_ahead, &mut in_pieces);
            if !looks_ahead || rejects(&at_once).is_empty() {
                assert_eq!(told(&at_once), told(&in_pieces), "rows, {piece} bytes at a time");
                assert_eq!(rejects(&at_once), rejects(&in_pieces), "rejects, {piece} bytes at a time");
            }
        }
    }
    at_once
}

const SCOPES: &str = r#""scopeSpans":[{"spans":[
    {"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","startTimeUnixNano":1},
    {"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","startTimeUnixNano":2}
    ],"scope":{"name":"a"},"schemaUrl":"https://example.test/a"}],"schemaUrl":"https://example.test/b""#;

#[test]
fn documents() {
    for text in [
        format!(
            r#"{{"other":[1],"resourceSpans":[{{{SCOPES},"resource":{{}}}},{{"resource":{{}},{SCOPES}}}]}}"#
        ),
        format!("[{{{SCOPES}}},{{{SCOPES}}}]"),
        // Numbers that the end of a piece cuts.
        r#"{"flags": 256, "resourceSpans": [12, {"scopeSpans": 34}]}"#.to_owned(),
    ] {
        let read = in_any_pieces::<DocumentStream>(text.as_bytes(), 1);
        let mut whole = sink();
        decode_documents(text.as_bytes(), 0, false, &mut whole);
        assert_eq!(told(&read), told(&whole));
        assert_eq!(rejects(&read).is_empty(), rejects(&whole).is_empty());
    }
}

#[test]
fn documents_that_are_none() {
    for text in
        [&b" 6666666666 \xff! "[..], b"{\"flags\": 256, \"name\": \"kac\x00(", b"\"re#eSp\":z\x863z[]}"]
    {
        in_any_pieces::<DocumentStream>(text, 1);
    }
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, value.len() as u8], value].concat()
}

fn request() -> Vec<u8> {
    let span = [field(1, &[1; 16]), field(2, &[2; 8]), field(5, b"name")].concat();
    let scope = [field(2, &span), field(2, &span), field(1, &field(1, b"scope")), field(3, b"url")].concat();
    field(1, &[field(2, &scope), field(3, b"url"), field(1, b"")].concat())
}

#[test]
fn messages() {
    // Groups of the wire format do not tell their length: what follows them counts.
    let wire_group = [13 << 3 | 3, 1 << 3, 7, 13 << 3 | 4];
    let twice = request().repeat(2);
    for data in [twice.clone(), [&wire_group[..], &twice].concat(), [&twice[..], &wire_group].concat()] {
        let read = in_any_pieces::<MessageStream>(&data, twice.len() - 10);
        let mut whole = sink();
        decode_message(&data, 0, &mut whole);
        assert_eq!(told(&read), told(&whole));
        assert_eq!(read.mark().spans, 4);
        assert_eq!((rejects(&read), rejects(&whole)), (vec![], vec![]));
    }
}

#[test]
fn messages_that_are_damaged() {
    let message = request();
    for damaged in
        [[&message[..], &[13 << 3 | 3, 1 << 3, 7]].concat(), [&message[..], &[7 << 3 | 6, 1]].concat()]
    {
        in_any_pieces::<MessageStream>(&damaged, message.len() / 2);
    }
    let mut spoilt = message.repeat(2);
    let at = spoilt.len() - 4;
    spoilt[at] = 0x80; // no UTF-8
    in_any_pieces::<MessageStream>(&spoilt, message.len());
}
