//! Any bytes are some form.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    _native::sniff::sniff(data, false);
    _native::sniff::sniff(data, true);
});
