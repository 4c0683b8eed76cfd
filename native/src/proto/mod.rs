//! OTLP protobuf, read off the wire into the sink.

pub mod classify;
pub mod decoder;
pub mod framing;
mod points;
mod records;
mod values;
pub mod wire;
