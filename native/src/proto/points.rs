//! Metrics and their data points in OTLP protobuf.

use crate::error::Result;
use crate::proto::records::id;
use crate::proto::values::{count, key_value, text, time};
use crate::proto::wire::{Message, Value};
use crate::records::{EMPTY, Entry, ExemplarRecord, MetricHeader, MetricKind, NumberValue, PointRecord};

/// Data points of a metric, still encoded.
#[derive(Default)]
pub struct Data<'a> {
    pub points: Vec<&'a [u8]>,
    /// Why the points are not taken, when their kind is one that OTLP has removed.
    pub removed: Option<&'static str>,
}

/// Removed kinds by their field; those of doubles live on under other names and the same numbers.
fn removed_kind(number: u32) -> Option<&'static str> {
    match number {
        4 => Some("an int_gauge of opentelemetry-proto 0.7 or older, which OTLP has removed"),
        6 => Some("an int_sum of opentelemetry-proto 0.7 or older, which OTLP has removed"),
        8 => Some("an int_histogram of opentelemetry-proto 0.7 or older, which OTLP has removed"),
        _ => None,
    }
}

/// Reads all of a metric but its points.
pub fn read_header<'a>(bytes: &'a [u8], metric: &mut MetricHeader<'a>) -> Result<Data<'a>> {
    let mut data = Data::default();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        let (kind, body) = match field {
            (1, Value::Bytes(value)) => {
                metric.name = text(value)?;
                continue;
            }
            (2, Value::Bytes(value)) => {
                metric.description = text(value)?;
                continue;
            }
            (3, Value::Bytes(value)) => {
                metric.unit = text(value)?;
                continue;
            }
            (12, Value::Bytes(value)) => {
                key_value(value, &mut metric.metadata)?;
                continue;
            }
            (number @ (4 | 6 | 8), Value::Bytes(body)) => {
                data = Data { points: read_data(body, metric)?, removed: removed_kind(number) };
                continue;
            }
            (5, Value::Bytes(body)) => (MetricKind::Gauge, body),
            (7, Value::Bytes(body)) => (MetricKind::Sum, body),
            (9, Value::Bytes(body)) => (MetricKind::Histogram, body),
            (10, Value::Bytes(body)) => (MetricKind::ExponentialHistogram, body),
            (11, Value::Bytes(body)) => (MetricKind::Summary, body),
            _ => continue,
        };
        // Equal members of a oneof are merged by protobuf; different ones replace each other.
        let mut points = if metric.kind == kind { std::mem::take(&mut data.points) } else { Vec::new() };
        if metric.kind != kind {
            (metric.temporality, metric.is_monotonic) = (0, false);
        }
        metric.kind = kind;
        points.extend(read_data(body, metric)?);
        data = Data { points, removed: None };
    }
    Ok(data)
}

fn read_data<'a>(bytes: &'a [u8], metric: &mut MetricHeader) -> Result<Vec<&'a [u8]>> {
    let mut points = Vec::new();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => points.push(value),
            (2, Value::Varint(value)) => metric.temporality = value as i32,
            (3, Value::Varint(value)) => metric.is_monotonic = value != 0,
            _ => {}
        }
    }
    Ok(points)
}

/// Reads a data point of any kind into a cleared record.
pub fn read_point<'a>(bytes: &'a [u8], kind: MetricKind, point: &mut PointRecord<'a>) -> Result {
    let (mut exemplars, mut labels) = (Vec::new(), Vec::new());
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) if kind != MetricKind::ExponentialHistogram => labels.push(value),
            (2, Value::Fixed64(value)) => point.start = time(value)?,
            (3, Value::Fixed64(value)) => point.time = time(value)?,
            field => match kind {
                MetricKind::Gauge | MetricKind::Sum => number_field(field, point, &mut exemplars)?,
                MetricKind::Histogram => histogram_field(field, point, &mut exemplars)?,
                MetricKind::ExponentialHistogram => exponential_field(field, point, &mut exemplars)?,
                MetricKind::Summary => summary_field(field, point)?,
            },
        }
    }
    read_labels(&labels, 0, point)?;
    point.attributes = 0..point.entries.len();
    exemplars.into_iter().try_for_each(|exemplar| read_exemplar(exemplar, point))
}

/// Labels of opentelemetry-proto 0.7 (CloudWatch metric streams) are attributes that are strings. Messages of the
/// versions between may repeat their attributes as labels.
fn read_labels<'a>(labels: &[&'a [u8]], first: usize, point: &mut PointRecord<'a>) -> Result {
    if point.entries.len() > first {
        return Ok(());
    }
    for label in labels {
        let (mut key, mut value) = (EMPTY, EMPTY);
        let mut message = Message::new(label);
        while let Some(field) = message.field()? {
            match field {
                (1, Value::Bytes(bytes)) => key = text(bytes)?,
                (2, Value::Bytes(bytes)) => value = text(bytes)?,
                _ => {}
            }
        }
        point.entries.push(Entry::new(key, b's', value));
    }
    Ok(())
}

type Field<'a> = (u32, Value<'a>);

fn number_field<'a>(field: Field<'a>, point: &mut PointRecord<'a>, exemplars: &mut Vec<&'a [u8]>) -> Result {
    match field {
        (4, Value::Fixed64(value)) => point.value = NumberValue::Double(f64::from_bits(value)),
        (5, Value::Bytes(value)) => exemplars.push(value),
        (6, Value::Fixed64(value)) => point.value = NumberValue::Int(value as i64),
        (7, Value::Bytes(value)) => key_value(value, &mut point.entries)?,
        (8, Value::Varint(value)) => point.flags = value as u32,
        _ => {}
    }
    Ok(())
}

fn histogram_field<'a>(
    field: Field<'a>,
    point: &mut PointRecord<'a>,
    exemplars: &mut Vec<&'a [u8]>,
) -> Result {
    match field {
        (4, Value::Fixed64(value)) => point.count = count(value)?,
        (5, Value::Fixed64(value)) => point.sum = Some(f64::from_bits(value)),
        (6, value) => fixed64_list(value, |value| {
            point.bucket_counts.push(count(value)?);
            Ok(())
        })?,
        (7, value) => fixed64_list(value, |value| {
            point.bounds.push(f64::from_bits(value));
            Ok(())
        })?,
        (8, Value::Bytes(value)) => exemplars.push(value),
        (9, Value::Bytes(value)) => key_value(value, &mut point.entries)?,
        (10, Value::Varint(value)) => point.flags = value as u32,
        (11, Value::Fixed64(value)) => point.min = Some(f64::from_bits(value)),
        (12, Value::Fixed64(value)) => point.max = Some(f64::from_bits(value)),
        _ => {}
    }
    Ok(())
}

fn exponential_field<'a>(
    field: Field<'a>,
    point: &mut PointRecord<'a>,
    exemplars: &mut Vec<&'a [u8]>,
) -> Result {
    match field {
        (1, Value::Bytes(value)) => key_value(value, &mut point.entries)?,
        (4, Value::Fixed64(value)) => point.count = count(value)?,
        (5, Value::Fixed64(value)) => point.sum = Some(f64::from_bits(value)),
        (6, Value::Varint(value)) => point.scale = zigzag(value),
        (7, Value::Fixed64(value)) => point.zero_count = count(value)?,
        (8, Value::Bytes(value)) => {
            read_buckets(value, &mut point.positive_offset, &mut point.positive_counts)?
        }
        (9, Value::Bytes(value)) => {
            read_buckets(value, &mut point.negative_offset, &mut point.negative_counts)?
        }
        (10, Value::Varint(value)) => point.flags = value as u32,
        (11, Value::Bytes(value)) => exemplars.push(value),
        (12, Value::Fixed64(value)) => point.min = Some(f64::from_bits(value)),
        (13, Value::Fixed64(value)) => point.max = Some(f64::from_bits(value)),
        (14, Value::Fixed64(value)) => point.zero_threshold = f64::from_bits(value),
        _ => {}
    }
    Ok(())
}

fn summary_field<'a>(field: Field<'a>, point: &mut PointRecord<'a>) -> Result {
    match field {
        (4, Value::Fixed64(value)) => point.count = count(value)?,
        (5, Value::Fixed64(value)) => point.sum = Some(f64::from_bits(value)),
        (6, Value::Bytes(value)) => {
            let (mut quantile, mut at) = (0.0, 0.0);
            let mut message = Message::new(value);
            while let Some(field) = message.field()? {
                match field {
                    (1, Value::Fixed64(value)) => quantile = f64::from_bits(value),
                    (2, Value::Fixed64(value)) => at = f64::from_bits(value),
                    _ => {}
                }
            }
            point.quantiles.push(quantile);
            point.quantile_values.push(at);
        }
        (7, Value::Bytes(value)) => key_value(value, &mut point.entries)?,
        (8, Value::Varint(value)) => point.flags = value as u32,
        _ => {}
    }
    Ok(())
}

/// A repeated fixed64 field, packed or not.
fn fixed64_list(value: Value, mut push: impl FnMut(u64) -> Result) -> Result {
    match value {
        Value::Fixed64(value) => push(value),
        Value::Bytes(bytes) if bytes.len().is_multiple_of(8) => bytes
            .chunks_exact(8)
            .try_for_each(|c| push(u64::from_le_bytes(c.try_into().expect("eight bytes")))),
        Value::Bytes(_) => Err(crate::error::Stop::Malformed("a packed protobuf field is cut short")),
        _ => Ok(()),
    }
}

fn read_buckets(bytes: &[u8], offset: &mut i32, counts: &mut Vec<i64>) -> Result {
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Varint(value)) => *offset = zigzag(value),
            (2, Value::Varint(value)) => counts.push(count(value)?),
            (2, Value::Bytes(packed)) => {
                let mut packed = Message::new(packed);
                while !packed.rest.is_empty() {
                    counts.push(count(packed.varint()?)?);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn zigzag(value: u64) -> i32 {
    let value = value as u32;
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

fn read_exemplar<'a>(bytes: &'a [u8], point: &mut PointRecord<'a>) -> Result {
    let first = point.entries.len();
    let (mut exemplar, mut labels) = (ExemplarRecord::default(), Vec::new());
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => labels.push(value),
            (2, Value::Fixed64(value)) => exemplar.time = time(value)?,
            (3, Value::Fixed64(value)) => exemplar.value = NumberValue::Double(f64::from_bits(value)),
            (4, Value::Bytes(value)) => id(&mut exemplar.span_id, value),
            (5, Value::Bytes(value)) => id(&mut exemplar.trace_id, value),
            (6, Value::Fixed64(value)) => exemplar.value = NumberValue::Int(value as i64),
            (7, Value::Bytes(value)) => key_value(value, &mut point.entries)?,
            _ => {}
        }
    }
    read_labels(&labels, first, point)?;
    exemplar.attributes = first..point.entries.len();
    point.exemplars.push(exemplar);
    Ok(())
}
