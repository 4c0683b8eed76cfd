//! A message read piece by piece: the same rows and rejects whatever the pieces, and looked up ahead or not; and
//! those of the message read whole, when all of it can be taken.
#![no_main]

mod pieces;

use _native::proto::classify::signal_of;
use _native::proto::framing::decode_message;
use _native::proto::stream::MessageStream;
use libfuzzer_sys::fuzz_target;
use pieces::{feed, rejects, sink, told};

fuzz_target!(|data: &[u8]| {
    let Some((&piece, data)) = data.split_first() else { return };
    // The signal follows from the first piece.
    let (first, piece) = (data.len() / 2, usize::from(piece) + 1);
    if signal_of(&data[..first]) != signal_of(data) {
        return;
    }
    let mut at_once = sink();
    feed::<MessageStream>(data, data.len(), 1, false, &mut at_once);
    let mut in_pieces = sink();
    feed::<MessageStream>(data, first, piece, false, &mut in_pieces);
    assert_eq!(told(&at_once), told(&in_pieces), "rows whatever the pieces");
    assert_eq!(rejects(&at_once), rejects(&in_pieces), "rejects whatever the pieces");
    let mut looked_ahead = sink();
    let (end, _) = feed::<MessageStream>(data, first, piece, true, &mut looked_ahead);
    if rejects(&at_once).is_empty() {
        assert_eq!(told(&at_once), told(&looked_ahead), "rows when ends are looked up");
        assert_eq!(rejects(&looked_ahead), [], "rejects when ends are looked up");
    }
    let mut whole = sink();
    decode_message(data, 0, &mut whole);
    if rejects(&at_once).is_empty() && rejects(&whole).is_empty() && end == data.len() {
        assert_eq!(told(&at_once), told(&whole), "rows of the message read whole");
    }
    in_pieces.finish(1, None).expect("every table can be read out");
});
