//! Dictionaries of column chunks: distinct values in the order of their first appearance.

use crate::columns::Texts;
use crate::index::Index;
use crate::keys::hash;
use crate::parquet::bounds::Bounds;
use crate::parquet::present::{Present, write_text};

/// A larger dictionary is given up: the chunk is written plainly.
const LARGEST: usize = 1024 * 1024;

pub struct Dictionary {
    /// Its entries in plain encoding.
    pub page: Vec<u8>,
    pub entries: usize,
    pub indices: Indices,
    pub bounds: Option<Bounds>,
}

pub enum Indices {
    /// All values are the one entry.
    Same,
    Each(Vec<u32>),
}

/// Makes dictionaries; kept from chunk to chunk for its memory.
#[derive(Default)]
pub struct DictionaryMaker {
    index: Index,
    /// For each text of a column whose texts come again: the dictionary that held it last, and its entry there.
    known: Vec<(u32, u32)>,
    dictionaries: u32,
}

impl DictionaryMaker {
    /// The dictionary of the values; none when it would be too large, or useless as for booleans.
    pub fn dictionary(&mut self, present: &Present, wants_bounds: bool) -> Option<Dictionary> {
        match present {
            Present::Ints(values) => {
                let mut found = self.of_numbers(values, |v| v as u64, |v| v.to_le_bytes())?;
                found.bounds = wants_bounds.then(|| Bounds::of_ints(values)).flatten();
                Some(found)
            }
            Present::Longs(values) => {
                let mut found = self.of_numbers(values, |v| v as u64, |v| v.to_le_bytes())?;
                found.bounds = wants_bounds.then(|| Bounds::of_longs(values)).flatten();
                Some(found)
            }
            Present::Doubles(values) => self.of_numbers(values, f64::to_bits, |v| v.to_le_bytes()),
            Present::Booleans(_) => None,
            Present::Texts(rows, texts) => self.of_texts(rows, texts, wants_bounds),
        }
    }

    fn of_numbers<T: Copy, const N: usize>(
        &mut self,
        values: &[T],
        bits: impl Fn(T) -> u64,
        plain: impl Fn(T) -> [u8; N],
    ) -> Option<Dictionary> {
        let Some(&first) = values.first() else {
            return Some(Dictionary { page: Vec::new(), entries: 0, indices: Indices::Same, bounds: None });
        };
        if values.iter().fold(0, |all, &v| all | (bits(v) ^ bits(first))) == 0 {
            let indices = Indices::Same;
            return Some(Dictionary { page: plain(first).to_vec(), entries: 1, indices, bounds: None });
        }
        self.index.clear();
        let mut distinct: Vec<u64> = Vec::new();
        let mut page = Vec::new();
        let mut indices = Vec::with_capacity(values.len());
        let mut last = (bits(first), self.index.find(spread(bits(first)), |_| false));
        distinct.push(last.0);
        page.extend_from_slice(&plain(first));
        for &value in values {
            let value_bits = bits(value);
            if value_bits != last.0 {
                let entry =
                    self.index.find(spread(value_bits), |entry| distinct[entry as usize] == value_bits);
                if entry as usize == distinct.len() {
                    distinct.push(value_bits);
                    page.extend_from_slice(&plain(value));
                    if page.len() > LARGEST {
                        return None;
                    }
                }
                last = (value_bits, entry);
            }
            indices.push(last.1);
        }
        Some(Dictionary { page, entries: distinct.len(), indices: Indices::Each(indices), bounds: None })
    }

    fn of_texts(&mut self, rows: &[u32], texts: &Texts, wants_bounds: bool) -> Option<Dictionary> {
        self.index.clear();
        self.dictionaries += 1;
        if texts.come_again && self.known.len() < texts.texts.len() {
            self.known.resize(texts.texts.len(), (0, 0));
        }
        let mut distinct: Vec<&[u8]> = Vec::new();
        let mut page = Vec::new();
        let mut indices = Vec::with_capacity(rows.len());
        for &row in rows {
            if texts.come_again && self.known[row as usize].0 == self.dictionaries {
                indices.push(self.known[row as usize].1);
                continue;
            }
            let text = texts.texts.get(row as usize);
            let entry = self.index.find(hash(text), |entry| distinct[entry as usize] == text);
            if entry as usize == distinct.len() {
                distinct.push(text);
                write_text(text, &mut page);
                if page.len() > LARGEST {
                    return None;
                }
            }
            if texts.come_again {
                self.known[row as usize] = (self.dictionaries, entry);
            }
            indices.push(entry);
        }
        let bounds = wants_bounds.then(|| Bounds::of_texts(distinct.iter().copied())).flatten();
        let entries = distinct.len();
        let indices = if entries < 2 { Indices::Same } else { Indices::Each(indices) };
        Some(Dictionary { page, entries, indices, bounds })
    }
}

/// Spreads the bits of a number: neighbours must not share slots.
#[inline]
fn spread(bits: u64) -> u64 {
    let product = u128::from(bits ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Bytes;

    fn each(dictionary: &Dictionary) -> Vec<u32> {
        match &dictionary.indices {
            Indices::Same => unreachable!("there are several entries"),
            Indices::Each(indices) => indices.clone(),
        }
    }

    #[test]
    fn entries_stand_in_the_order_of_appearance() {
        let values: Vec<i64> = (0..5000).map(|i| [7, -1, i][i as usize % 3]).collect();
        let found =
            DictionaryMaker::default().dictionary(&Present::Longs(values.clone().into()), true).unwrap();
        assert_eq!(
            found.page[..24],
            [7i64.to_le_bytes(), (-1i64).to_le_bytes(), 2i64.to_le_bytes()].concat()
        );
        let entry = |i: u32| {
            let begin = i as usize * 8;
            i64::from_le_bytes(found.page[begin..begin + 8].try_into().unwrap())
        };
        assert_eq!(each(&found).into_iter().map(entry).collect::<Vec<_>>(), values);
        assert_eq!(found.bounds, Some(Bounds::Long(-1, 4997)));
    }

    #[test]
    fn one_value_needs_no_indices() {
        let found =
            DictionaryMaker::default().dictionary(&Present::Doubles(vec![0.5; 9].into()), false).unwrap();
        assert!(matches!(found.indices, Indices::Same));
        let zeros =
            DictionaryMaker::default().dictionary(&Present::Doubles(vec![0.0, -0.0].into()), false).unwrap();
        assert_eq!(zeros.entries, 2);
    }

    #[test]
    fn a_dictionary_that_grows_too_large_is_given_up() {
        let mut bytes = Bytes::default();
        (0..20u32).for_each(|i| bytes.push(&[i as u8; 60_000]));
        let rows: Vec<u32> = (0..20).collect();
        let texts = Texts { rows: (&rows).into(), texts: &bytes, come_again: false };
        let present = Present::Texts(rows.as_slice().into(), &texts);
        assert!(DictionaryMaker::default().dictionary(&present, false).is_none());
    }

    #[test]
    fn one_text_has_one_entry_however_often_it_is_kept() {
        let mut bytes = Bytes::default();
        [&b"a"[..], b"b", b"a"].iter().for_each(|text| bytes.push(text));
        let mut maker = DictionaryMaker::default();
        for rows in [vec![0, 1, 2, 0, 2], vec![2, 1, 0, 2, 0]] {
            let texts = Texts { rows: rows.into(), texts: &bytes, come_again: true };
            let found = maker.dictionary(&Present::Texts(texts.rows.clone(), &texts), true).unwrap();
            assert_eq!((found.entries, each(&found)), (2, vec![0, 1, 0, 0, 0]));
        }
    }
}
