//! Growing columns: plain vectors that can be cut back to a mark, and are read out in any row order.

mod gathered;
mod map;
mod numbers;
mod repeated;
mod sparse;
mod texts;

pub use gathered::{Gathered, Texts, Validity, Values};
pub use map::Map;
pub use numbers::List;
pub use repeated::{OptionalText, Repeated};
pub use sparse::Sparse;
pub use texts::{Binary, Bytes, Text, TextOrNull};

/// A column under construction.
pub trait Column {
    /// Forgets every row from `rows` on.
    fn truncate(&mut self, rows: usize);
    /// The column whose row `i` is this column's row `order[i]`.
    fn gather<'a>(&'a self, order: &'a [u32]) -> Gathered<'a>;
}
