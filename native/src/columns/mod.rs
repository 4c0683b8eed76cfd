//! Growing columns: plain vectors that can be cut back to a mark, and become Arrow arrays in any row order.

mod map;
mod numbers;
mod sparse;
mod texts;

use arrow_array::ArrayRef;

pub use map::Map;
pub use numbers::{Dates, List};
pub use sparse::Sparse;
pub use texts::{Binary, Bytes, OptionalText, Text, TextOrNull};

/// A column under construction.
pub trait Column {
    /// Forgets every row from `rows` on.
    fn truncate(&mut self, rows: usize);
    /// The Arrow array whose row `i` is this column's row `order[i]`.
    fn take(&self, order: &[u32]) -> ArrayRef;
}
