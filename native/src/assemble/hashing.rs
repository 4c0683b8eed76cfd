//! Hashes of texts for tables in memory.

use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Makes hashers from a seed that nobody can know, so that chosen texts cannot collide. Nothing that is told depends
/// on it.
#[derive(Clone, Copy)]
pub struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Seeded(RandomState::new().hash_one(0u8))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Chained;

    fn build_hasher(&self) -> Chained {
        Chained(self.0)
    }
}

/// XXH3 of each piece at once, seeded by the hash of the pieces before.
pub struct Chained(u64);

impl Hasher for Chained {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// The end of a text: the next one is seeded by it, which tells the two apart.
    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.0 = self.0.wrapping_add(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
