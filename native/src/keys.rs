//! Content-hash keys: xxh3-64 over a canonical encoding, so that any worker in any order makes the same key.
//!
//! `str` is a u32 little-endian byte length and the bytes, `i64` eight little-endian bytes, `u8` one byte.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Digest of a set of attributes, independent of their order.
#[derive(Clone, Copy, Default)]
pub struct AttributesDigest {
    count: i64,
    sum: u64,
}

impl AttributesDigest {
    /// `key_hash` is `hash(key)`; `letter` the type letter of the value. Returns
    /// the hash of all three.
    pub fn add(&mut self, key_hash: u64, letter: u8, text: &[u8]) -> u64 {
        let hash = xxh3_64_with_seed(text, key_hash.wrapping_add(u64::from(letter)));
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash);
        hash
    }
}

pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The canonical encoding of one thing, written field by field.
#[derive(Default)]
pub struct Canonical(Vec<u8>);

impl Canonical {
    pub fn start(&mut self, what: &str) -> &mut Self {
        self.0.clear();
        if !what.is_empty() {
            self.str(what.as_bytes());
        }
        self
    }

    pub fn str(&mut self, text: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text);
        self
    }

    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub fn attributes(&mut self, digest: AttributesDigest) -> &mut Self {
        self.i64(digest.count).i64(digest.sum as i64)
    }

    pub fn key(&self) -> i64 {
        xxh3_64(&self.0) as i64
    }
}

/// Key of an operation: service name, span name and kind.
pub fn operation_key(buffer: &mut Canonical, service: Option<&[u8]>, name: &[u8], kind: i32) -> i64 {
    buffer
        .start("operation")
        .str(service.unwrap_or_default())
        .u8(u8::from(service.is_some()))
        .str(name)
        .i64(i64::from(kind))
        .key()
}
