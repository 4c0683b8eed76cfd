//! Pages of a column chunk: headers and compression.

use std::io::Error;

use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use crate::parquet::thrift::element;

/// Parquet's numbers of encodings.
pub const PLAIN: i32 = 0;
pub const RLE: i32 = 3;
pub const DELTA_BINARY_PACKED: i32 = 5;
pub const RLE_DICTIONARY: i32 = 8;

/// Parquet's numbers of kinds of pages.
pub const DATA: i32 = 0;
pub const DICTIONARY: i32 = 2;

/// A chunk smaller than this is not worth compressing.
const SMALLEST: usize = 64;

#[derive(Clone, Copy)]
pub enum Page {
    Dictionary { entries: usize },
    Data { values: usize, encoding: i32 },
}

/// The pages of one chunk before compression, back to back.
#[derive(Default)]
pub struct Pages {
    pub bytes: Vec<u8>,
    pages: Vec<(Page, usize)>,
}

/// The pages of one chunk as they stand in the file.
pub struct Packed {
    pub bytes: Vec<u8>,
    /// With the headers.
    pub uncompressed: usize,
    pub is_compressed: bool,
    /// Where the first data page begins.
    pub data_offset: usize,
}

impl Pages {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pages.clear();
    }

    /// Ends the page whose bytes were appended since the last one.
    pub fn end(&mut self, page: Page) {
        self.pages.push((page, self.bytes.len()));
    }

    pub fn pack(&self, zstd: &mut Compressor, scratch: &mut Vec<u8>) -> Result<Packed, Error> {
        let is_compressed = self.bytes.len() >= SMALLEST;
        let mut bytes = Vec::with_capacity(self.bytes.len() / 2);
        let (mut uncompressed, mut data_offset, mut begin) = (0, None, 0);
        for &(page, end) in &self.pages {
            let raw = &self.bytes[begin..end];
            begin = end;
            if is_compressed {
                scratch.clear();
                scratch.reserve(compress_bound(raw.len()));
                zstd.compress_to_buffer(raw, scratch)?;
            }
            let body = if is_compressed { scratch.as_slice() } else { raw };
            if matches!(page, Page::Data { .. }) {
                data_offset.get_or_insert(bytes.len());
            }
            let head = bytes.len();
            write_header(&mut bytes, page, raw.len(), body.len());
            uncompressed += bytes.len() - head + raw.len();
            bytes.extend_from_slice(body);
        }
        Ok(Packed { bytes, uncompressed, is_compressed, data_offset: data_offset.unwrap_or(0) })
    }
}

fn write_header(out: &mut Vec<u8>, page: Page, uncompressed: usize, compressed: usize) {
    element(out, |header| {
        let kind = if matches!(page, Page::Data { .. }) { DATA } else { DICTIONARY };
        header.i32(1, kind).i32(2, uncompressed as i32).i32(3, compressed as i32);
        match page {
            Page::Data { values, encoding } => header.nested(5, |data| {
                data.i32(1, values as i32).i32(2, encoding).i32(3, RLE).i32(4, RLE);
            }),
            Page::Dictionary { entries } => header.nested(7, |dictionary| {
                dictionary.i32(1, entries as i32).i32(2, PLAIN);
            }),
        };
    });
}
