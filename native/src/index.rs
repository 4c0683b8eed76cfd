//! Entry numbers of distinct values, found by hash.

/// Open addressing; hashes are kept, so that growing asks for no value.
#[derive(Default)]
pub struct Index {
    /// Upper half of the hash, entry number plus one; 0 is free.
    slots: Vec<(u32, u32)>,
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
            self.slots.resize(FIRST_SLOTS, (0, 0));
        }
        let mask = self.slots.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                (_, 0) => break,
                (known, entry) if known == tag && is_same(entry - 1) => return entry - 1,
                _ => at = (at + 1) & mask,
            }
        }
        self.hashes.push(hash);
        let entry = self.hashes.len() as u32;
        self.slots[at] = (tag, entry);
        if self.hashes.len() * 2 > self.slots.len() {
            self.grow();
        }
        entry - 1
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, (0, 0));
        for (entry, &hash) in self.hashes.iter().enumerate() {
            let mut at = hash as usize & (size - 1);
            while self.slots[at].1 != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = ((hash >> 32) as u32, entry as u32 + 1);
        }
    }
}
