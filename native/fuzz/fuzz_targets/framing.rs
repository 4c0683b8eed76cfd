//! Any bytes as messages behind their lengths: no crash, every table can be read out, and walking over messages finds
//! the same begins in one walk or in two.
#![no_main]

use _native::proto::framing::{Framing, decode_length_prefixed, decode_varint_prefixed, next_begin};
use _native::sink::Sink;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut sink = Sink::new(Default::default(), 1_700_000_000_000_000_000);
    for decode in [decode_length_prefixed, decode_varint_prefixed] {
        let taken = decode(data, 0, false, &mut sink).consumed;
        assert!(taken <= data.len());
        let rest = decode(&data[taken..], taken as u64, true, &mut sink).consumed;
        assert!(taken + rest <= data.len());
    }
    sink.finish(1, None).expect("every table can be read out");
    for framing in [Framing::Uint32, Framing::Varint, Framing::ZstdFrames] {
        let (half, end) = (data.len() as u64 / 2, data.len() as u64);
        let Some(first) = next_begin(data, framing, half) else { continue };
        let Some(rest) = data.get(first as usize..) else { continue };
        let second = next_begin(rest, framing, end - first).map(|at| first + at);
        assert_eq!(next_begin(data, framing, end), second);
    }
});
