//! Layouts of Parquet files, as Python declares them.

use std::collections::HashMap;

use crate::finish::Formats;
use crate::parquet::TableFormat;
use crate::parquet::format::ColumnFormat;

pub type DeclaredColumn = (String, String, bool, String, bool);
pub type DeclaredTable = (Vec<DeclaredColumn>, usize, i32);

pub fn new_formats(declared: HashMap<String, DeclaredTable>) -> Result<Formats, String> {
    let column = |(name, kind, is_nullable, encoding, has_statistics): DeclaredColumn| {
        ColumnFormat::new(name, &kind, is_nullable, &encoding, has_statistics)
    };
    let table = |(columns, row_group, zstd_level): DeclaredTable| -> Result<TableFormat, String> {
        let columns = columns.into_iter().map(column).collect::<Result<_, _>>()?;
        Ok(TableFormat { columns, row_group: row_group.max(1), zstd_level })
    };
    declared.into_iter().map(|(name, declared)| Ok((name, table(declared)?))).collect()
}
