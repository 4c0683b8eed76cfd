//! The native core of otlp-warehouse: OTLP bytes to Parquet files.
//!
//! Two readers (`json`, `proto`) fill one record at a time (`records`); the sink (`sink`, `tables`, `columns`)
//! appends it to plain vectors that become files (`finish`, `parquet`). `door` is what Python sees. No I/O beyond the
//! bytes handed in, no clock, no configuration.

#![forbid(unsafe_code)]

pub mod assemble;
#[cfg(feature = "python")]
mod assembly_door;
mod attributes;
mod columns;
#[cfg(feature = "python")]
mod door;
#[cfg(feature = "python")]
mod door_counts;
#[cfg(feature = "python")]
mod door_formats;
pub mod encode;
#[cfg(feature = "python")]
mod encode_door;
mod entity_refs;
pub mod error;
pub mod finish;
mod index;
#[cfg(feature = "python")]
mod input;
pub mod json;
mod keys;
mod ordinals;
mod parquet;
mod promoted;
pub mod proto;
mod records;
mod sampling;
pub mod sink;
pub mod sniff;
mod tables;
mod text;
