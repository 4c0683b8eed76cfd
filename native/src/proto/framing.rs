//! Protobuf messages in a file: one bare, or many behind their lengths.

use crate::error::Reason;
use crate::proto::decoder::ProtoDecoder;
use crate::sink::{Place, Signal, Sink, Taken};

const PREFIX: usize = 4;
/// A longer message is taken for a damaged length.
const MAX_MESSAGE: usize = 1 << 30;

/// The whole of `data` as one message.
pub fn decode_message(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    ProtoDecoder::new(data, base, sink).message(data);
    Taken { consumed: data.len(), messages: 1 }
}

/// Messages behind uint32 big-endian lengths (Collector `format: proto`). An incomplete last one is left.
pub fn decode_length_prefixed(data: &[u8], base: u64, sink: &mut Sink) -> Taken {
    let mut taken = Taken { consumed: 0, messages: 0 };
    let mut decoder = ProtoDecoder::new(data, base, sink);
    while let Some((prefix, rest)) = data[taken.consumed..].split_first_chunk::<PREFIX>() {
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > MAX_MESSAGE {
            let raw = &data[taken.consumed..];
            let place = Place { offset: base + taken.consumed as u64, ordinal: 0 };
            let reason = Reason {
                word: "bad_length_prefix",
                detail: "a message length passes 1 GiB; the rest is unread",
            };
            sink.reject(Signal::Message, place, raw.len() as u64, &reason, raw);
            return Taken { consumed: data.len(), messages: taken.messages + 1 };
        }
        let Some(message) = rest.get(..length) else { break };
        decoder.message(message);
        taken.consumed += PREFIX + length;
        taken.messages += 1;
    }
    taken
}
