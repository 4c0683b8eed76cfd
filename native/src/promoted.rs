//! Attributes that are typed columns of a table instead of map entries.

use crate::columns::{Column, Gathered, Repeated, Sparse};
use crate::keys::hash;

struct Slot {
    key_hash: u64,
    column: usize,
}

/// The promoted columns of one table, found by the hash of the attribute key: 64 bits tell keys apart.
#[derive(Default)]
pub struct Promoted {
    slots: Vec<Option<Slot>>,
    names: Vec<String>,
    columns: Vec<Sparse>,
}

impl Promoted {
    /// `declared`: attribute keys with their types (`string`, `int`, `double`, `boolean`).
    pub fn new(declared: &[(String, String)]) -> Result<Self, String> {
        let size = (declared.len() * 4).next_power_of_two();
        let mut made = Promoted { slots: (0..size).map(|_| None).collect(), ..Default::default() };
        for (key, kind) in declared {
            made.columns.push(match kind.as_str() {
                "string" => Sparse::Text(Vec::new(), Repeated::default()),
                "int" => Sparse::Int(Vec::new(), Vec::new()),
                "double" => Sparse::Double(Vec::new(), Vec::new()),
                "boolean" => Sparse::Boolean(Vec::new(), Vec::new()),
                other => return Err(format!("promoted attribute {key}: unknown type {other}")),
            });
            made.names.push(key.replace('.', "_"));
            let slot = Slot { key_hash: hash(key.as_bytes()), column: made.columns.len() - 1 };
            let mut at = slot.key_hash as usize % size;
            while made.slots[at].is_some() {
                at = (at + 1) % size;
            }
            made.slots[at] = Some(slot);
        }
        Ok(made)
    }

    /// Puts the value into its column; false when the key is not promoted or the value has another type. `hash`
    /// is that of the value.
    pub fn take_value(&mut self, row: usize, key_hash: u64, letter: u8, hash: u64, text: &[u8]) -> bool {
        let mask = self.slots.len().wrapping_sub(1);
        if self.slots.is_empty() {
            return false;
        }
        let mut at = key_hash as usize & mask;
        let column = loop {
            match &self.slots[at] {
                None => return false,
                Some(slot) if slot.key_hash == key_hash => break slot.column,
                Some(_) => at = (at + 1) & mask,
            }
        };
        let row = row as u32;
        let number = || std::str::from_utf8(text).ok();
        match (&mut self.columns[column], letter) {
            (Sparse::Text(rows, values), b's') => {
                values.push_hashed(hash, text);
                rows.push(row);
            }
            (Sparse::Int(rows, values), b'i') => {
                let Some(value) = number().and_then(|t| t.parse().ok()) else { return false };
                values.push(value);
                rows.push(row);
            }
            (Sparse::Double(rows, values), b'd') => {
                let Some(value) = number().and_then(|t| t.parse().ok()) else { return false };
                values.push(value);
                rows.push(row);
            }
            (Sparse::Boolean(rows, values), b'b') => {
                values.push(text == b"true");
                rows.push(row);
            }
            _ => return false,
        }
        true
    }

    pub fn truncate(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|c| c.truncate(rows));
    }

    /// Hands every column to `take`, its rows in this order.
    pub fn columns<E>(
        &self,
        order: &[u32],
        mut take: impl FnMut(&str, &Gathered) -> Result<(), E>,
    ) -> Result<(), E> {
        self.names.iter().zip(&self.columns).try_for_each(|(name, column)| take(name, &column.gather(order)))
    }
}
