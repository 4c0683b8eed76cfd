//! Whole traces: spans of a range of trace ids, as they arrived and as they were assembled before, become one row a
//! span with its place in the trace, one row a trace, and findings.
//!
//! Row numbers in every output are positions in the spans input. All work is iterative and takes n log n steps at
//! most, whatever the ids, edges and times are.
//!
//! Where the definitions are silent: a service name that is empty counts as none. A cycle is one finding for each of
//! its members; a span on a cycle of parents is not reported again for links. How far a child lies outside its parent
//! is the greater of the two sides. Conflicting copies are found on the date of the row that stays, and mark it; they
//! are seen in the run alone in which they meet, so whoever assembles the row again passes its IC1 as a known issue.
//! Services without a share of the critical path are not listed. Rows without valid ids still tell that their
//! service, host or destination is instrumented.

mod assembly;
mod causality;
mod codes;
mod colliding;
mod columns;
mod constraints;
mod context;
mod dates;
mod hashing;
mod ids;
mod input;
mod links;
mod losers;
mod order;
mod peers;
mod rows;
mod skew;
mod spans;
mod summary;
mod survey;
mod timing;
mod trace;
mod violations;

use arrow_array::RecordBatch;

pub use assembly::assemble;
pub use colliding::colliding_rows;
pub use context::ContextTables;
pub use input::{Error, Table};
pub use peers::columns as peer_columns;
pub use survey::survey;

/// Output tables by name.
pub type Tables = Vec<(&'static str, RecordBatch)>;
