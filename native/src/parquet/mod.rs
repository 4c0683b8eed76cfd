//! Columns to Parquet files: what the lake's landing files need of the format and no more.
//!
//! A table's columns come one at a time, each with all rows; every row group of a column is encoded at once
//! (`chunk`), and the files are put together when the last column has come (`table`). Data pages are of version 1.

mod bounds;
mod chunk;
mod delta;
mod dictionary;
mod footer;
pub mod format;
mod hybrid;
mod levels;
mod pages;
mod present;
mod table;
mod thrift;

pub use format::TableFormat;
pub use table::{ParquetFile, TableWriter};
