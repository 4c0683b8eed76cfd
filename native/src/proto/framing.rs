//! Protobuf messages in a file: one bare, or many behind their lengths.

use crate::error::Reason;
use crate::proto::decoder::ProtoDecoder;
use crate::proto::wire::Message;
use crate::sink::{Place, Signal, Sink, Taken};

const PREFIX: usize = 4;
/// A longer message is taken for a damaged length.
const MAX_MESSAGE: u64 = 1 << 30;
/// First byte of a request that is not empty: field 1, length-delimited.
const REQUEST_TAG: u8 = 0x0a;

/// The whole of `data` as one message.
pub fn decode_message(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    ProtoDecoder::new(data, base, sink).message(data);
    Taken { consumed: data.len(), messages: 1 }
}

/// Messages behind uint32 big-endian lengths (Collector `format: proto`).
pub fn decode_length_prefixed(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    decode_prefixed(data, base, sink, |rest| {
        let (prefix, _) = rest.split_first_chunk::<PREFIX>()?;
        Some((u64::from(u32::from_be_bytes(*prefix)), PREFIX))
    })
}

/// Messages behind varint lengths (protobuf's delimited streams; Firehose and CloudWatch metric streams).
pub fn decode_varint_prefixed(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    decode_prefixed(data, base, sink, |rest| {
        let mut message = Message::new(rest);
        // A varint that does not end within ten bytes is as damaged as a length beyond the limit.
        let is_damaged = rest.len() >= 10;
        let length = message.varint().ok().or(is_damaged.then_some(u64::MAX))?;
        Some((length, rest.len() - message.rest.len()))
    })
}

/// `read_prefix` gives the length of the message and of its prefix, none when the prefix is cut. An incomplete last
/// message is left. Line feeds between messages, as appenders of blobs put them, are passed over.
fn decode_prefixed(
    data: &[u8],
    base: u64,
    sink: &mut Sink,
    read_prefix: impl Fn(&[u8]) -> Option<(u64, usize)>,
) -> Taken {
    let mut taken = Taken { consumed: 0, messages: 0 };
    let mut decoder = ProtoDecoder::new(data, base, sink);
    loop {
        let rest = &data[taken.consumed..];
        if is_separator(rest, &read_prefix) {
            taken.consumed += 1;
            continue;
        }
        let Some((length, prefix)) = read_prefix(rest) else { return taken };
        if length > MAX_MESSAGE {
            let place = Place { offset: base + taken.consumed as u64, ordinal: 0 };
            let detail = "a message length passes 1 GiB; the rest is unread";
            let reason = Reason { word: "bad_length_prefix", detail };
            sink.reject(Signal::Message, place, rest.len() as u64, &reason, rest);
            return Taken { consumed: data.len(), messages: taken.messages + 1 };
        }
        let end = prefix + length as usize;
        let Some(message) = rest.get(prefix..end) else { return taken };
        decoder.message(message);
        taken.consumed += end;
        taken.messages += 1;
    }
}

/// A line feed that is no length: what it would announce is out of bounds or no request, and what follows it is one.
fn is_separator(rest: &[u8], read_prefix: &impl Fn(&[u8]) -> Option<(u64, usize)>) -> bool {
    let Some((b'\n', after)) = rest.split_first() else { return false };
    let announces_request = |bytes: &[u8]| {
        read_prefix(bytes).is_some_and(|(length, prefix)| {
            let message = usize::try_from(length)
                .ok()
                .and_then(|length| bytes.get(prefix..prefix.checked_add(length)?));
            message.is_some_and(|message| message.first().is_none_or(|tag| *tag == REQUEST_TAG))
        })
    };
    !announces_request(rest) && (after.is_empty() || announces_request(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = &[0x0a, 0x00];

    fn sink() -> Sink {
        Sink::new(Default::default(), 0)
    }

    #[test]
    fn line_feeds_between_messages_are_no_messages() {
        let prefixed = [&2u32.to_be_bytes()[..], REQUEST].concat();
        let data = [&prefixed[..], b"\n", &prefixed, b"\n"].concat();
        let taken = decode_length_prefixed(&data, 0, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (data.len(), 2));
    }

    #[test]
    fn a_varint_length_of_ten_is_no_line_feed() {
        let request = [0x0a, 0x08, 0x1a, 0x06, b'a', b'b', b'c', b'd', b'e', b'f'];
        let data = [&[10][..], &request, &[10], &request].concat();
        let taken = decode_varint_prefixed(&data, 0, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (data.len(), 2));
    }

    #[test]
    fn an_incomplete_message_is_left() {
        let taken = decode_varint_prefixed(&[2, 0x0a, 0x00, 2, 0x0a], 0, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (3, 1));
        assert_eq!(decode_varint_prefixed(&[0x80], 0, &mut sink()).consumed, 0);
    }

    #[test]
    fn a_damaged_length_rejects_the_rest() {
        let mut sink = sink();
        let taken = decode_varint_prefixed(&[0xff; 12], 0, &mut sink);
        assert_eq!((taken.consumed, sink.rejected.other), (12, 1));
    }
}
