//! Any bytes as JSON lines and as documents: no crash, nothing invented, every table can be read out.
#![no_main]

use _native::json::framing::{decode_documents, decode_lines};
use _native::sink::Sink;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for is_last in [false, true] {
        let mut sink = Sink::new(Default::default(), 1_700_000_000_000_000_000);
        let taken = decode_lines(data, 0, is_last, &mut sink);
        assert!(taken.consumed <= data.len());
        sink.finish(1, None).expect("every table can be read out");
    }
    let mut sink = Sink::new(Default::default(), 1_700_000_000_000_000_000);
    assert!(decode_documents(data, 0, false, &mut sink).consumed <= data.len());
    sink.finish(1, None).expect("every table can be read out");
});
