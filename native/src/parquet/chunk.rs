//! One column of one row group.

use std::ops::Range;

use zstd::bulk::Compressor;

use crate::columns::{Gathered, Validity};
use crate::parquet::bounds::Statistics;
use crate::parquet::delta;
use crate::parquet::dictionary::{Dictionary, DictionaryMaker, Indices};
use crate::parquet::format::{ColumnFormat, Encoding, Physical};
use crate::parquet::hybrid;
use crate::parquet::levels::Levels;
use crate::parquet::pages::{DELTA_BINARY_PACKED, PLAIN, Packed, Page, Pages, RLE_DICTIONARY};
use crate::parquet::present::{Present, physical_of};

/// Plain texts of one data page, about.
const PAGE_BYTES: usize = 1024 * 1024;

/// A leaf's pages and what the footer says of them.
pub struct Chunk {
    pub packed: Packed,
    /// Levels, which is to say values and nulls and empty lists.
    pub count: usize,
    /// Encoding of the data pages, and how many there are.
    pub encoding: i32,
    pub data_pages: usize,
    pub statistics: Option<Statistics>,
}

/// Encodes column chunks one after the other; keeps the memory it needs.
pub struct ChunkEncoder {
    zstd: Compressor<'static>,
    dictionaries: DictionaryMaker,
    pages: Pages,
    scratch: Vec<u8>,
}

impl ChunkEncoder {
    pub fn new(zstd_level: i32) -> Result<Self, String> {
        let zstd = Compressor::new(zstd_level).map_err(|e| e.to_string())?;
        Ok(ChunkEncoder {
            zstd,
            dictionaries: DictionaryMaker::default(),
            pages: Pages::default(),
            scratch: Vec::new(),
        })
    }

    /// The leaves of a column's rows `rows`.
    pub fn encode(
        &mut self,
        column: &Gathered,
        rows: Range<usize>,
        format: &ColumnFormat,
    ) -> Result<Vec<Chunk>, String> {
        let elements = |ends: &[u32]| ends[rows.start] as usize..ends[rows.end] as usize;
        match column {
            Gathered::Flat(values, valid) => {
                if !format.is_nullable && !matches!(valid, Validity::All) {
                    return Err(format!("column {} has rows without a value", format.name));
                }
                let present = Present::new(values, rows.clone(), valid);
                let levels = page_rows(&rows, &[&present])
                    .map(|page| match format.is_nullable {
                        true => Levels::optional(&page, valid),
                        false => Levels::required(&page),
                    })
                    .collect::<Vec<_>>();
                Ok(vec![self.leaf(&present, &levels, rows.len(), format)?])
            }
            Gathered::List(ends, values) => {
                let present = Present::new(values, elements(ends), &Validity::All);
                let levels = [Levels::repeated(&rows, ends)];
                Ok(vec![self.leaf(&present, &levels, rows.len(), format)?])
            }
            Gathered::Map(ends, sides) => {
                let sides = [0, 1].map(|i| Present::of_texts(&sides[i], elements(ends), &Validity::All));
                let pages = page_rows(&rows, &[&sides[0], &sides[1]]);
                let levels: Vec<_> = pages.map(|page| Levels::repeated(&page, ends)).collect();
                sides.iter().map(|side| self.leaf(side, &levels, rows.len(), format)).collect()
            }
        }
    }

    fn leaf(
        &mut self,
        present: &Present,
        levels: &[Levels],
        rows: usize,
        format: &ColumnFormat,
    ) -> Result<Chunk, String> {
        self.pages.clear();
        let wants_dictionary = format.encoding == Encoding::Dictionary;
        let dictionary =
            wants_dictionary.then(|| self.dictionaries.dictionary(present, format.has_statistics)).flatten();
        let encoding = match (&dictionary, format.encoding) {
            (Some(_), _) => RLE_DICTIONARY,
            (None, Encoding::Delta) => DELTA_BINARY_PACKED,
            (None, _) => PLAIN,
        };
        if let Some(found) = &dictionary {
            self.pages.bytes.extend_from_slice(&found.page);
            self.pages.end(Page::Dictionary { entries: found.entries });
        }
        let mut first = 0;
        for page in levels {
            let range = first..first + page.values;
            first = range.end;
            let out = &mut self.pages.bytes;
            out.extend_from_slice(&page.encoded);
            match (&dictionary, present) {
                (Some(dictionary), _) => write_indices(dictionary, range, out),
                (None, Present::Longs(values)) if encoding == DELTA_BINARY_PACKED => {
                    delta::encode(&values[range], out);
                }
                (None, present) => present.write_plain(range, out),
            }
            self.pages.end(Page::Data { values: page.count, encoding });
        }
        let statistics = format.has_statistics.then(|| Statistics {
            nulls: rows - first.min(rows),
            bounds: dictionary.map_or_else(|| present.bounds(), |d| d.bounds),
        });
        let packed = self.pages.pack(&mut self.zstd, &mut self.scratch).map_err(|e| e.to_string())?;
        let count = levels.iter().map(|page| page.count).sum();
        Ok(Chunk { packed, count, encoding, data_pages: levels.len(), statistics })
    }
}

fn write_indices(dictionary: &Dictionary, range: Range<usize>, out: &mut Vec<u8>) {
    let width = hybrid::index_width(dictionary.entries);
    out.push(width);
    match &dictionary.indices {
        Indices::Same if range.is_empty() => {}
        Indices::Same => hybrid::encode_run(0, range.len(), width, out),
        Indices::Each(indices) => hybrid::encode(&indices[range], width, out),
    }
}

/// Rows page by page, so that no page holds much more than `PAGE_BYTES` of text.
fn page_rows(rows: &Range<usize>, leaves: &[&Present]) -> impl Iterator<Item = Range<usize>> + use<> {
    let text = leaves.iter().map(|leaf| leaf.text_len()).max().unwrap_or(0);
    let step = rows.len().div_ceil(text.div_ceil(PAGE_BYTES).max(1)).max(1);
    let end = rows.end;
    rows.clone().step_by(step).map(move |begin| begin..end.min(begin + step))
}

/// Parquet's type of the leaves of a column.
pub fn physical_type(column: &Gathered) -> Physical {
    match column {
        Gathered::Flat(values, _) | Gathered::List(_, values) => physical_of(values),
        Gathered::Map(..) => Physical::ByteArray,
    }
}
