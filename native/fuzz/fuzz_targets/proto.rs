//! Any bytes as one protobuf message and as length-prefixed ones: no crash, every table can be read out.
#![no_main]

use _native::proto::framing::{decode_length_prefixed, decode_message};
use _native::sink::Sink;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut sink = Sink::new(Default::default(), 1_700_000_000_000_000_000);
    decode_message(data, 0, &mut sink);
    assert!(decode_length_prefixed(data, 0, true, &mut sink).consumed <= data.len());
    sink.finish(1, None).expect("every table can be read out");
});
