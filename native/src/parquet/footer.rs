//! The end of a Parquet file: schema, row groups and where their columns are.

use crate::parquet::bounds::Statistics;
use crate::parquet::chunk::Chunk;
use crate::parquet::format::{ColumnFormat, Kind, TableFormat};
use crate::parquet::pages::{DATA, DICTIONARY, PLAIN, RLE, RLE_DICTIONARY};
use crate::parquet::thrift::{Elements, Struct, element, text, zigzag};

pub const MAGIC: &[u8; 4] = b"PAR1";
const CREATED_BY: &str = concat!("otlp-warehouse version ", env!("CARGO_PKG_VERSION"));

const REQUIRED: i32 = 0;
const OPTIONAL: i32 = 1;
const REPEATED: i32 = 2;

/// A row group whose column chunks stand in the file, leaf by leaf.
pub struct RowGroup<'c> {
    pub rows: usize,
    /// Offset in the file, with the column that the leaf belongs to and its path.
    pub leaves: Vec<(usize, &'c ColumnFormat, &'static [&'static str], &'c Chunk)>,
}

/// Appends the footer, its length and the closing magic.
pub fn write_footer(out: &mut Vec<u8>, format: &TableFormat, groups: &[RowGroup]) {
    let begin = out.len();
    let rows: usize = groups.iter().map(|g| g.rows).sum();
    let leaves: usize = format.columns.iter().map(|c| c.leaf_paths().len()).sum();
    element(out, |file| {
        let elements = 1 + format.columns.iter().map(schema_elements).sum::<usize>();
        file.i32(1, 2)
            .list(2, Elements::Structs, elements, |out| write_schema(out, format))
            .i64(3, rows as i64)
            .list(4, Elements::Structs, groups.len(), |out| {
                for (ordinal, group) in groups.iter().enumerate() {
                    element(out, |inner| write_row_group(inner, group, ordinal));
                }
            })
            .bytes(6, CREATED_BY.as_bytes())
            // Bounds are ordered as the type says: without this readers ignore them.
            .list(7, Elements::Structs, leaves, |out| {
                (0..leaves).for_each(|_| element(out, |order| order.empty(1)));
            });
    });
    let length = (out.len() - begin) as u32;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(MAGIC);
}

fn schema_elements(column: &ColumnFormat) -> usize {
    match column.kind {
        Kind::Map => 4,
        Kind::DoubleList | Kind::LongList => 3,
        _ => 1,
    }
}

fn write_schema(out: &mut Vec<u8>, format: &TableFormat) {
    const MAP: (i32, i16) = (1, 2);
    const LIST: (i32, i16) = (3, 3);
    write_group(out, "schema", REQUIRED, format.columns.len(), None);
    for column in &format.columns {
        let repetition = if column.is_nullable { OPTIONAL } else { REQUIRED };
        match column.kind {
            Kind::Map => {
                write_group(out, &column.name, repetition, 1, Some(MAP));
                write_group(out, "key_value", REPEATED, 2, None);
                write_leaf(out, "key", REQUIRED, column);
                write_leaf(out, "value", REQUIRED, column);
            }
            Kind::DoubleList | Kind::LongList => {
                write_group(out, &column.name, repetition, 1, Some(LIST));
                write_group(out, "list", REPEATED, 1, None);
                write_leaf(out, "element", REQUIRED, column);
            }
            _ => write_leaf(out, &column.name, repetition, column),
        }
    }
}

/// `meaning`: number of the converted type and of the logical type's member.
fn write_group(out: &mut Vec<u8>, name: &str, repetition: i32, children: usize, meaning: Option<(i32, i16)>) {
    element(out, |group| {
        group.i32(3, repetition).bytes(4, name.as_bytes()).i32(5, children as i32);
        if let Some((converted, logical)) = meaning {
            group.i32(6, converted).nested(10, |union| union.empty(logical));
        }
    });
}

fn write_leaf(out: &mut Vec<u8>, name: &str, repetition: i32, column: &ColumnFormat) {
    const UTF8: i32 = 0;
    const STRING: i16 = 1;
    element(out, |leaf| {
        leaf.i32(1, column.physical() as i32).i32(3, repetition).bytes(4, name.as_bytes());
        if matches!(column.kind, Kind::Text | Kind::Map) {
            leaf.i32(6, UTF8).nested(10, |union| union.empty(STRING));
        }
    });
}

fn write_row_group(out: &mut Struct, group: &RowGroup, ordinal: usize) {
    let uncompressed: usize = group.leaves.iter().map(|(_, _, _, chunk)| chunk.packed.uncompressed).sum();
    let compressed: usize = group.leaves.iter().map(|(_, _, _, chunk)| chunk.packed.bytes.len()).sum();
    let begin = group.leaves.first().map_or(0, |(offset, ..)| *offset);
    out.list(1, Elements::Structs, group.leaves.len(), |out| {
        for &(offset, column, path, chunk) in &group.leaves {
            element(out, |inner| {
                inner.i64(2, 0).nested(3, |meta| write_chunk(meta, offset, column, path, chunk));
            });
        }
    })
    .i64(2, uncompressed as i64)
    .i64(3, group.rows as i64)
    .i64(5, begin as i64)
    .i64(6, compressed as i64)
    .i16(7, ordinal as i16);
}

fn write_chunk(out: &mut Struct, offset: usize, column: &ColumnFormat, path: &[&str], chunk: &Chunk) {
    const UNCOMPRESSED: i32 = 0;
    const ZSTD: i32 = 6;
    let has_dictionary = chunk.encoding == RLE_DICTIONARY;
    // Levels are RLE, dictionaries themselves PLAIN.
    let encodings = &[chunk.encoding, RLE, PLAIN][..if has_dictionary { 3 } else { 2 }];
    let packed = &chunk.packed;
    out.i32(1, column.physical() as i32)
        .list(2, Elements::Ints, encodings.len(), |out| {
            encodings.iter().for_each(|&e| zigzag(out, i64::from(e)))
        })
        .list(3, Elements::Texts, 1 + path.len(), |out| {
            text(out, column.name.as_bytes());
            path.iter().for_each(|name| text(out, name.as_bytes()));
        })
        .i32(4, if packed.is_compressed { ZSTD } else { UNCOMPRESSED })
        .i64(5, chunk.count as i64)
        .i64(6, packed.uncompressed as i64)
        .i64(7, packed.bytes.len() as i64)
        .i64(9, (offset + packed.data_offset) as i64);
    if has_dictionary {
        out.i64(11, offset as i64);
    }
    if let Some(statistics) = &chunk.statistics {
        out.nested(12, |inner| write_statistics(inner, statistics));
    }
    out.list(13, Elements::Structs, 1 + usize::from(has_dictionary), |out| {
        if has_dictionary {
            write_page_count(out, DICTIONARY, PLAIN, 1);
        }
        write_page_count(out, DATA, chunk.encoding, chunk.data_pages);
    });
}

fn write_page_count(out: &mut Vec<u8>, kind: i32, encoding: i32, pages: usize) {
    element(out, |count| {
        count.i32(1, kind).i32(2, encoding).i32(3, pages as i32);
    });
}

fn write_statistics(out: &mut Struct, statistics: &Statistics) {
    out.i64(3, statistics.nulls as i64);
    if let Some(bounds) = &statistics.bounds {
        let [low, high] = bounds.bytes();
        out.bytes(5, &high).bytes(6, &low).bool(7, true).bool(8, true);
    }
}
