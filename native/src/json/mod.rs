//! OTLP/JSON, read tolerantly, straight from bytes into the sink.

pub mod containers;
pub mod decoder;
mod escapes;
pub mod framing;
mod known;
pub mod lexer;
mod logs;
mod members;
mod names;
mod numbers;
mod points;
mod rejecting;
mod skipping;
mod spans;
pub mod stream;
mod values;
