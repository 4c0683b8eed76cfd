//! OTLP/JSON, read tolerantly, straight from bytes into the sink.

pub mod containers;
pub mod decoder;
pub mod framing;
pub mod lexer;
mod logs;
mod points;
mod spans;
mod values;
