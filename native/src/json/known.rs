//! Beginnings of attributes met before: the same keys come again and again, mostly in the same order.

use crate::keys::hash;

const SLOTS: usize = 256;

/// A key and the kind of its value, as they were written.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// From the opening bracket to the quote that opens the value.
    pub begin: &'a [u8],
    pub key: &'a [u8],
    pub key_hash: u64,
    pub letter: u8,
    /// Slot of the one that came after it last time.
    next: u8,
}

/// A key may drive another out of its slot.
#[derive(Default)]
pub struct KnownKeys<'a> {
    /// None until a key is learnt, then `SLOTS`.
    slots: Vec<Known<'a>>,
    last: u8,
}

impl<'a> KnownKeys<'a> {
    /// What followed the last one before, when the text goes on with it.
    #[inline]
    pub fn expected(&mut self, text: &[u8]) -> Option<Known<'a>> {
        let next = self.slots.get(usize::from(self.last))?.next;
        let known = self.slots[usize::from(next)];
        if known.begin.is_empty() || !text.starts_with(known.begin) {
            return None;
        }
        self.last = next;
        Some(known)
    }

    pub fn learn(&mut self, begin: &'a [u8], key: &'a [u8], letter: u8) -> Known<'a> {
        self.slots.resize(SLOTS, Known::default());
        let key_hash = hash(key);
        let slot = (key_hash as u8).wrapping_add(letter);
        self.slots[usize::from(self.last)].next = slot;
        self.last = slot;
        let at = &mut self.slots[usize::from(slot)];
        if at.begin != begin {
            *at = Known { begin, key, key_hash, letter, next: slot };
        }
        *at
    }
}
