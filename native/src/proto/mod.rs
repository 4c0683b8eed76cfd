//! OTLP protobuf, read off the wire into the sink.

pub mod classify;
mod containers;
pub mod decoder;
pub mod framing;
mod points;
mod records;
pub mod stream;
mod values;
pub mod wire;
