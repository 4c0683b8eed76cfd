//! A document read piece by piece: the same rows and rejects whatever the pieces, and looked up ahead or not; and
//! those of the document read whole, when all of it can be taken.
#![no_main]

mod pieces;

use _native::json::framing::decode_documents;
use _native::json::stream::DocumentStream;
use libfuzzer_sys::fuzz_target;
use pieces::{feed, rejects, sink, told};

fuzz_target!(|data: &[u8]| {
    let Some((&piece, data)) = data.split_first() else { return };
    let mut at_once = sink();
    let (end, is_ended) = feed::<DocumentStream>(data, data.len(), 1, false, &mut at_once);
    let mut in_pieces = sink();
    let piece = usize::from(piece) + 1;
    feed::<DocumentStream>(data, piece, piece, false, &mut in_pieces);
    assert_eq!(told(&at_once), told(&in_pieces), "rows whatever the pieces");
    assert_eq!(rejects(&at_once), rejects(&in_pieces), "rejects whatever the pieces");
    let mut looked_ahead = sink();
    feed::<DocumentStream>(data, piece, piece, true, &mut looked_ahead);
    if rejects(&at_once).is_empty() {
        assert_eq!(told(&at_once), told(&looked_ahead), "rows when ends are looked up");
        assert_eq!(rejects(&looked_ahead), [], "rejects when ends are looked up");
    }
    let mut whole = sink();
    decode_documents(&data[..end], 0, false, &mut whole);
    // Of a document that breaks off the groups before are kept, read whole it waits for its end.
    if is_ended && rejects(&at_once).is_empty() && rejects(&whole).is_empty() {
        assert_eq!(told(&at_once), told(&whole), "rows of the document read whole");
    }
    in_pieces.finish(1, None).expect("every table can be read out");
});
