//! From the entries of a record to a map column, promoted columns and a digest.

use crate::columns::{Map, Text};
use crate::keys::{AttributesDigest, hash};
use crate::promoted::Promoted;
use crate::records::Entry;

/// Scratch for one attribute set at a time.
#[derive(Default)]
pub struct AttributeWriter {
    key_hashes: Vec<u64>,
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
        types: &mut Text,
        mut promoted: Option<(&mut Promoted, usize)>,
    ) -> AttributesDigest {
        let unique = self.hash_keys(entries);
        let mut digest = AttributesDigest::default();
        self.letters.clear();
        for (i, entry) in entries.iter().enumerate() {
            let key_hash = self.key_hashes[i];
            if !unique && self.key_hashes[i + 1..].contains(&key_hash) {
                self.duplicates += 1;
                continue;
            }
            digest.add(key_hash, entry.letter, &entry.text);
            if let Some((columns, row)) = &mut promoted
                && columns.take_value(*row, key_hash, entry.letter, &entry.text)
            {
                continue;
            }
            map.push_entry(&entry.key, &entry.text);
            self.letters.push(entry.letter);
        }
        map.end_row();
        types.push(&self.letters);
        digest
    }

    /// Hashes every key (64 bits tell keys apart); true when no two are equal.
    fn hash_keys(&mut self, entries: &[Entry]) -> bool {
        self.key_hashes.clear();
        let mut seen = 0u64;
        let mut unique = true;
        for entry in entries {
            let key_hash = hash(&entry.key);
            let bit = 1 << (key_hash >> 58);
            if seen & bit != 0 && unique {
                unique = !self.key_hashes.contains(&key_hash);
            }
            seen |= bit;
            self.key_hashes.push(key_hash);
        }
        unique
    }
}
