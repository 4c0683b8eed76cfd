//! Files of one table, put together from the chunks of its columns.

use std::ops::Range;

use crate::columns::Gathered;
use crate::parquet::bounds::{Statistics, delta_statistics};
use crate::parquet::chunk::{Chunk, ChunkEncoder, physical_type};
use crate::parquet::footer::{MAGIC, RowGroup, write_footer};
use crate::parquet::format::TableFormat;

/// One file's bytes and what is told about them.
pub struct ParquetFile {
    /// Days since 1970-01-01 that all rows belong to, for a table with a date partition.
    pub date: Option<i32>,
    pub bytes: Vec<u8>,
    pub rows: usize,
    /// Delta's statistics as JSON.
    pub statistics: Vec<u8>,
}

struct Group {
    file: usize,
    rows: Range<usize>,
    /// Chunks of the leaves of each column of the format, empty until it has come.
    columns: Vec<Vec<Chunk>>,
}

/// Takes a table's columns one at a time.
pub struct TableWriter<'f> {
    format: &'f TableFormat,
    encoder: ChunkEncoder,
    /// Date of each file.
    dates: Vec<Option<i32>>,
    groups: Vec<Group>,
}

impl<'f> TableWriter<'f> {
    /// For a table of `rows` rows; `dates` holds the ascending date of each when they partition the table.
    pub fn new(format: &'f TableFormat, rows: usize, dates: Option<&[i32]>) -> Result<Self, String> {
        let encoder = ChunkEncoder::new(format.zstd_level)?;
        let mut writer = TableWriter { format, encoder, dates: Vec::new(), groups: Vec::new() };
        match dates {
            None => writer.add_file(None, 0..rows),
            Some(dates) => {
                let mut begin = 0;
                for run in dates.chunk_by(|a, b| a == b) {
                    writer.add_file(Some(run[0]), begin..begin + run.len());
                    begin += run.len();
                }
            }
        }
        Ok(writer)
    }

    fn add_file(&mut self, date: Option<i32>, rows: Range<usize>) {
        for begin in rows.clone().step_by(self.format.row_group) {
            let end = rows.end.min(begin + self.format.row_group);
            let columns = self.format.columns.iter().map(|_| Vec::new()).collect();
            self.groups.push(Group { file: self.dates.len(), rows: begin..end, columns });
        }
        self.dates.push(date);
    }

    /// Takes a column. One that the files do not hold, such as that of the partition, is passed over.
    pub fn column(&mut self, name: &str, column: &Gathered) -> Result<(), String> {
        let Some(at) = self.format.columns.iter().position(|c| c.name == name) else { return Ok(()) };
        let format = &self.format.columns[at];
        if physical_type(column) != format.physical() {
            return Err(format!("column {name} is not of the type that its table says"));
        }
        for group in &mut self.groups {
            group.columns[at] = self.encoder.encode(column, group.rows.clone(), format)?;
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Vec<ParquetFile>, String> {
        for (i, column) in self.format.columns.iter().enumerate() {
            if self.groups.iter().any(|g| g.columns[i].len() != column.leaf_paths().len()) {
                return Err(format!("column {} was not decoded", column.name));
            }
        }
        let files = self.groups.chunk_by(|a, b| a.file == b.file);
        Ok(files.map(|groups| file(self.format, groups, self.dates[groups[0].file])).collect())
    }
}

fn file(format: &TableFormat, groups: &[Group], date: Option<i32>) -> ParquetFile {
    let mut bytes = MAGIC.to_vec();
    let mut footer = Vec::new();
    for group in groups {
        let mut leaves = Vec::new();
        for (column, chunks) in format.columns.iter().zip(&group.columns) {
            for (path, chunk) in column.leaf_paths().iter().zip(chunks) {
                leaves.push((bytes.len(), column, *path, chunk));
                bytes.extend_from_slice(&chunk.packed.bytes);
            }
        }
        footer.push(RowGroup { rows: group.rows.len(), leaves });
    }
    write_footer(&mut bytes, format, &footer);
    let rows = groups.iter().map(|g| g.rows.len()).sum();
    ParquetFile { date, bytes, rows, statistics: delta_statistics(rows, &statistics(format, groups)) }
}

/// Of each column with statistics what is known of it, row group by row group.
fn statistics<'g>(
    format: &'g TableFormat,
    groups: &'g [Group],
) -> Vec<(&'g str, Vec<(&'g Statistics, usize)>)> {
    let of_column = |at: usize| {
        let known =
            groups.iter().filter_map(move |g| Some((g.columns[at][0].statistics.as_ref()?, g.rows.len())));
        known.collect::<Vec<_>>()
    };
    let columns = format.columns.iter().enumerate().filter(|(_, c)| c.has_statistics);
    columns.map(|(at, column)| (column.name.as_str(), of_column(at))).collect()
}
