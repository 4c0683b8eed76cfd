//! Columns of strings that come again: each distinct one is kept once.

use crate::columns::{Bytes, Column, Gathered, Texts, Validity, Values};
use crate::index::Index;
use crate::keys::hash;
use crate::text::are_equal;

/// Whether texts come again shows after so many.
const ENOUGH: u32 = 4096;

/// Of so many texts how many were not there before.
#[derive(Clone, Copy, Default)]
pub(super) struct Trial {
    texts: u32,
    new: u32,
}

impl Trial {
    fn is_varied(self) -> bool {
        self.texts > ENOUGH && self.new > self.texts / 2
    }
}

/// Strings, never null. Of texts that hardly come again each row keeps its own.
#[derive(Default)]
pub struct Repeated {
    /// Entry of `texts` of each row.
    rows: Vec<u32>,
    texts: Bytes,
    /// Entry of `texts` of each text that was looked for.
    index: Index,
    entries: Vec<u32>,
    trial: Trial,
}

impl Repeated {
    pub fn push(&mut self, text: &[u8]) {
        self.push_hashed(hash(text), text);
    }

    /// `hash` may be of more than the text: texts of different hashes are kept apart. Returns the entry.
    #[inline]
    pub fn push_hashed(&mut self, hash: u64, text: &[u8]) -> u32 {
        let mut trial = self.trial;
        let entry = self.push_tried(&mut trial, hash, text);
        self.trial = trial;
        entry
    }

    /// As `push_hashed`, the text being one of those that are tried together. Returns its entry.
    #[inline]
    pub(super) fn push_tried(&mut self, trial: &mut Trial, hash: u64, text: &[u8]) -> u32 {
        let entry = self.entry(trial, hash, text);
        self.rows.push(entry);
        entry
    }

    /// The text for every row up to `rows`.
    fn fill(&mut self, text: &[u8], rows: usize) {
        if self.rows.len() < rows {
            let mut trial = self.trial;
            let entry = self.entry(&mut trial, hash(text), text);
            self.trial = trial;
            self.rows.resize(rows, entry);
        }
    }

    #[inline]
    fn entry(&mut self, trial: &mut Trial, hash: u64, text: &[u8]) -> u32 {
        let new = self.texts.len() as u32;
        if !trial.is_varied() {
            let is_same = |at: u32| are_equal(self.texts.get(self.entries[at as usize] as usize), text);
            let at = self.index.find(hash, is_same) as usize;
            trial.texts += 1;
            if let Some(&entry) = self.entries.get(at) {
                return entry;
            }
            trial.new += 1;
            self.entries.push(new);
        }
        self.texts.push(text);
        new
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, row: usize) -> &[u8] {
        self.texts.get(self.rows[row] as usize)
    }

    /// Texts stay: they may come again.
    pub fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    /// The texts of these rows; of a number that is no row any.
    pub(super) fn pick<'a>(&'a self, rows: impl Iterator<Item = u32>) -> Texts<'a> {
        let entries = rows.map(|row| self.rows.get(row as usize).copied().unwrap_or_default());
        Texts { rows: entries.collect(), texts: &self.texts, come_again: !self.trial.is_varied() }
    }
}

impl Column for Repeated {
    fn truncate(&mut self, rows: usize) {
        self.truncate(rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        Gathered::all(Values::Text(self.pick(order.iter().copied())))
    }
}

/// Strings with presence: an empty string is not null.
#[derive(Default)]
pub struct OptionalText {
    text: Repeated,
    present: Vec<bool>,
}

impl OptionalText {
    pub fn push(&mut self, text: Option<&[u8]>) {
        self.fill(text, self.present.len() + 1);
    }

    /// The text for every row up to `rows`.
    pub fn fill(&mut self, text: Option<&[u8]>, rows: usize) {
        self.text.fill(text.unwrap_or_default(), rows);
        self.present.resize(rows, text.is_some());
    }

    pub fn get(&self, row: usize) -> &[u8] {
        self.text.get(row)
    }
}

impl Column for OptionalText {
    fn truncate(&mut self, rows: usize) {
        self.text.truncate(rows);
        self.present.truncate(rows);
    }

    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a> {
        let valid = order.iter().map(|&row| self.present[row as usize]).collect();
        Gathered::Flat(Values::Text(self.text.pick(order.iter().copied())), Validity::new(valid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_hardly_come_again_are_not_looked_for() {
        let (mut common, mut varied) = (Repeated::default(), Repeated::default());
        let many = 2 * ENOUGH as usize;
        for i in 0..many {
            common.push((i % 7).to_string().as_bytes());
            varied.push(i.to_string().as_bytes());
        }
        varied.truncate(9);
        varied.push(b"0");
        assert_eq!((common.texts.len(), varied.texts.len()), (7, many + 1));
        assert_eq!((common.get(9), varied.get(7), varied.get(9)), (&b"2"[..], &b"7"[..], &b"0"[..]));
    }
}
