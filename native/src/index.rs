//! Entry numbers of distinct values, found by hash.

/// Open addressing; hashes are kept, so that growing asks for no value.
#[derive(Default)]
pub struct Index {
    /// Entry numbers plus one; 0 is free.
    slots: Vec<u32>,
    hashes: Vec<u64>,
}

const FIRST_SLOTS: usize = 64;

impl Index {
    /// Forgets all entries and keeps memory.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.hashes.clear();
    }

    /// The entry that `is_same` accepts, or the number of a new one.
    #[inline]
    pub fn find(&mut self, hash: u64, is_same: impl Fn(u32) -> bool) -> u32 {
        if self.slots.is_empty() {
            self.slots.resize(FIRST_SLOTS, 0);
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => break,
                slot if self.hashes[slot as usize - 1] == hash && is_same(slot - 1) => return slot - 1,
                _ => at = (at + 1) & mask,
            }
        }
        self.hashes.push(hash);
        let entry = self.hashes.len() as u32;
        self.slots[at] = entry;
        if self.hashes.len() * 2 > self.slots.len() {
            self.grow();
        }
        entry - 1
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, 0);
        for (entry, &hash) in self.hashes.iter().enumerate() {
            let mut at = hash as usize & (size - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = entry as u32 + 1;
        }
    }
}
