//! Protobuf messages in a file: one bare, or many behind their lengths.

use crate::error::Reason;
use crate::proto::decoder::ProtoDecoder;
use crate::proto::wire::Message;
use crate::sink::{Place, Sink, Taken};
use crate::sniff::is_whole_request;

const PREFIX: usize = 4;
/// A longer message is taken for a damaged length.
const MAX_MESSAGE: u64 = 1 << 30;
/// First byte of a request that is not empty: field 1, length-delimited.
const REQUEST_TAG: u8 = 0x0a;
const ZSTD_MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";

/// The whole of `data` as one message.
pub fn decode_message(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    ProtoDecoder::new(data, base, sink).message(data);
    Taken { consumed: data.len(), messages: 1 }
}

/// How messages are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Behind uint32 big-endian lengths (Collector `format: proto`).
    Uint32,
    /// Behind varint lengths (protobuf's delimited streams; Firehose and CloudWatch metric streams).
    Varint,
    /// Zstd frames behind uint32 big-endian lengths (the Collector's older compression).
    ZstdFrames,
}

/// Messages behind uint32 big-endian lengths.
pub fn decode_length_prefixed(data: &[u8], base: u64, is_last: bool, sink: &mut Sink) -> Taken {
    decode_prefixed(data, base, is_last, sink, Framing::Uint32)
}

/// Messages behind varint lengths.
pub fn decode_varint_prefixed(data: &[u8], base: u64, is_last: bool, sink: &mut Sink) -> Taken {
    decode_prefixed(data, base, is_last, sink, Framing::Varint)
}

/// An incomplete last message is left. Line feeds between messages, as appenders of blobs put them, are passed over.
fn decode_prefixed(data: &[u8], base: u64, is_last: bool, sink: &mut Sink, framing: Framing) -> Taken {
    let mut taken = Taken { consumed: 0, messages: 0 };
    let mut decoder = ProtoDecoder::new(data, base, sink);
    loop {
        let rest = &data[taken.consumed..];
        if framing.is_separator(rest, is_last) {
            taken.consumed += 1;
            continue;
        }
        let Some((length, prefix)) = framing.prefix(rest) else { return taken };
        if length > MAX_MESSAGE {
            let damaged = framing.next_whole_message(rest).unwrap_or(rest.len());
            let place = Place { offset: base + taken.consumed as u64, ordinal: 0 };
            let detail = "a message length passes 1 GiB; unread up to the next whole message";
            let reason = Reason { word: "bad_length_prefix", detail };
            decoder.reject_unread(place, &rest[..damaged], &reason);
            taken.consumed += damaged;
            taken.messages += 1;
            continue;
        }
        let end = prefix + length as usize;
        let Some(message) = rest.get(prefix..end) else { return taken };
        decoder.message(message);
        taken.consumed += end;
        taken.messages += 1;
    }
}

/// The first place at or behind `target` where a message begins, `data` beginning with one; when the bytes end before
/// it, the place where to go on, which may lie behind their end. None where a length is damaged.
pub fn next_begin(data: &[u8], framing: Framing, target: u64) -> Option<u64> {
    let mut at = 0u64;
    while at < target {
        let Some(rest) = usize::try_from(at).ok().and_then(|at| data.get(at..)) else { return Some(at) };
        if framing.is_separator(rest, false) {
            at += 1;
            continue;
        }
        let Some((length, prefix)) = framing.prefix(rest) else { return Some(at) };
        if length > MAX_MESSAGE {
            return None;
        }
        at += prefix as u64 + length;
    }
    Some(at)
}

impl Framing {
    /// Length of the message and of its prefix, none when the prefix is cut.
    fn prefix(self, rest: &[u8]) -> Option<(u64, usize)> {
        if self != Framing::Varint {
            let (prefix, _) = rest.split_first_chunk::<PREFIX>()?;
            return Some((u64::from(u32::from_be_bytes(*prefix)), PREFIX));
        }
        let mut message = Message::new(rest);
        // A varint that does not end within ten bytes is as damaged as a length beyond the limit.
        let is_damaged = rest.len() >= 10;
        let length = message.varint().ok().or(is_damaged.then_some(u64::MAX))?;
        Some((length, rest.len() - message.rest.len()))
    }

    /// A line feed that is no length: what it would announce is out of bounds or no message, and what follows it
    /// begins one, or nothing at the end of the file.
    fn is_separator(self, rest: &[u8], is_last: bool) -> bool {
        let Some((b'\n', after)) = rest.split_first() else { return false };
        let is_message = self.message(rest).is_some_and(|(message, is_cut)| !is_cut && self.begins(message));
        !is_message
            && (after.is_empty() && is_last || self.message(after).is_some_and(|(m, _)| self.begins(m)))
    }

    /// The message in front as far as the bytes hold it, and whether they end before it does.
    fn message(self, bytes: &[u8]) -> Option<(&[u8], bool)> {
        let (length, prefix) = self.prefix(bytes).filter(|(length, _)| *length <= MAX_MESSAGE)?;
        let rest = &bytes[prefix..];
        let held = rest.len().min(length as usize);
        // Of a message that the bytes hold nothing of nothing can be said.
        (held > 0 || length == 0).then_some((&rest[..held], (held as u64) < length))
    }

    /// Where behind a damaged length a message stands that is there to its end and is no chance hit: a request in
    /// which everything down to the scopes fits.
    fn next_whole_message(self, bytes: &[u8]) -> Option<usize> {
        (1..bytes.len()).find(|&at| {
            self.message(&bytes[at..]).is_some_and(|(message, is_cut)| {
                !is_cut && message.len() > PREFIX && is_whole_request(message)
            })
        })
    }

    fn begins(self, message: &[u8]) -> bool {
        match self {
            Framing::ZstdFrames => ZSTD_MAGIC.starts_with(&message[..message.len().min(ZSTD_MAGIC.len())]),
            _ => message.first().is_none_or(|tag| *tag == REQUEST_TAG),
        }
    }
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
        let taken = decode_length_prefixed(&data, 0, true, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (data.len(), 2));
    }

    #[test]
    fn a_varint_length_of_ten_is_no_line_feed() {
        let request = [0x0a, 0x08, 0x1a, 0x06, b'a', b'b', b'c', b'd', b'e', b'f'];
        let data = [&[10][..], &request, &[10], &request].concat();
        let taken = decode_varint_prefixed(&data, 0, true, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (data.len(), 2));
    }

    #[test]
    fn an_incomplete_message_is_left() {
        let taken = decode_varint_prefixed(&[2, 0x0a, 0x00, 2, 0x0a], 0, true, &mut sink());
        assert_eq!((taken.consumed, taken.messages), (3, 1));
        assert_eq!(decode_varint_prefixed(&[0x80], 0, true, &mut sink()).consumed, 0);
    }

    #[test]
    fn a_damaged_length_rejects_the_rest() {
        let mut sink = sink();
        let taken = decode_varint_prefixed(&[0xff; 12], 0, true, &mut sink);
        assert_eq!((taken.consumed, sink.rejected.other), (12, 1));
    }

    #[test]
    fn reading_goes_on_at_the_next_whole_message() {
        let request = [0x0a, 0x08, 0x1a, 0x06, b'a', b'b', b'c', b'd', b'e', b'f'];
        let prefixed = [&10u32.to_be_bytes()[..], &request].concat();
        let data =
            [&prefixed[..], &[0xff, 0xff, 0x0a, 0x00, 0x0a, 0x02, 0x01], &prefixed, &prefixed].concat();
        let mut sink = sink();
        let taken = decode_length_prefixed(&data, 0, true, &mut sink);
        assert_eq!((taken.consumed, taken.messages, sink.rejected.other), (data.len(), 4, 1));
    }

    #[test]
    fn a_line_feed_before_a_cut_message_is_no_length() {
        let message = [&100u32.to_be_bytes()[..], &[0x0a]].concat();
        let data = [&2u32.to_be_bytes()[..], REQUEST, b"\n", &message].concat();
        assert_eq!(decode_length_prefixed(&data, 0, true, &mut sink()).consumed, 7);
        assert_eq!(decode_length_prefixed(&data[..9], 0, true, &mut sink()).consumed, 6);
    }

    #[test]
    fn messages_are_walked_without_decoding_them() {
        let data =
            [&2u32.to_be_bytes()[..], REQUEST, b"\n", &2u32.to_be_bytes(), REQUEST, &[0, 0, 1, 0]].concat();
        let walk = |target| next_begin(&data, Framing::Uint32, target);
        assert_eq!([walk(0), walk(1), walk(6), walk(7)], [Some(0), Some(6), Some(6), Some(7)]);
        assert_eq!(walk(14), Some(13 + 4 + 256));
        assert_eq!(next_begin(&[0xff; 4], Framing::Uint32, 1), None);
    }
}
