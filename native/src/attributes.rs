//! From the entries of a record to a map column, promoted columns and a digest.

use crate::columns::{Map, Repeated};
use crate::keys::AttributesDigest;
use crate::promoted::Promoted;
use crate::records::Entry;

/// Scratch for one attribute set at a time.
#[derive(Default)]
pub struct AttributeWriter {
    letters: Vec<u8>,
    /// Entries dropped because a later one has the same key.
    pub duplicates: u64,
}

impl AttributeWriter {
    /// Appends one row to `map` and `types`. Of duplicate keys the last wins; every entry that stays counts in the
    /// digest, whether it goes to the map or to a promoted column.
    pub fn write(
        &mut self,
        entries: &[Entry],
        map: &mut Map,
        types: &mut Repeated,
        mut promoted: Option<(&mut Promoted, usize)>,
    ) -> AttributesDigest {
        let unique = are_unique(entries);
        let mut digest = AttributesDigest::default();
        self.letters.clear();
        for (i, entry) in entries.iter().enumerate() {
            let key_hash = entry.key_hash;
            if !unique && entries[i + 1..].iter().any(|later| later.key_hash == key_hash) {
                self.duplicates += 1;
                continue;
            }
            let hash = digest.add(key_hash, entry.letter, &entry.text);
            if let Some((columns, row)) = &mut promoted
                && columns.take_value(*row, key_hash, entry.letter, hash, &entry.text)
            {
                continue;
            }
            map.push_entry((key_hash, &entry.key), (hash, &entry.text));
            self.letters.push(entry.letter);
        }
        map.end_row();
        types.push(&self.letters);
        digest
    }
}

/// True when no two keys are equal: 64 bits of hash tell keys apart.
fn are_unique(entries: &[Entry]) -> bool {
    let mut seen = 0u64;
    for (i, entry) in entries.iter().enumerate() {
        let bit = 1 << (entry.key_hash >> 58);
        if seen & bit != 0 && entries[..i].iter().any(|before| before.key_hash == entry.key_hash) {
            return false;
        }
        seen |= bit;
    }
    true
}
