//! Which signal a protobuf message carries: OTLP files have no type tag, and the three requests look alike down to
//! the records.

use crate::proto::wire::{Message, Value};
use crate::sink::Signal;

/// Wire types that a field number may have: bit 0 varint, 1 fixed64, 2 bytes, 3 fixed32.
type Shape = &'static [(u32, u8)];

const VARINT: u8 = 1;
const FIXED64: u8 = 2;
const BYTES: u8 = 4;
const FIXED32: u8 = 8;

#[rustfmt::skip]
const SPAN: Shape = &[
    (1, BYTES), (2, BYTES), (3, BYTES), (4, BYTES), (5, BYTES), (6, VARINT), (7, FIXED64), (8, FIXED64), (9, BYTES),
    (10, VARINT), (11, BYTES), (12, VARINT), (13, BYTES), (14, VARINT), (15, BYTES), (16, FIXED32),
];
#[rustfmt::skip]
const LOG_RECORD: Shape = &[
    (1, FIXED64), (2, VARINT), (3, BYTES), (5, BYTES), (6, BYTES), (7, VARINT), (8, FIXED32), (9, BYTES), (10, BYTES),
    (11, FIXED64), (12, BYTES),
];
#[rustfmt::skip]
const METRIC: Shape = &[
    (1, BYTES), (2, BYTES), (3, BYTES), (4, BYTES), (5, BYTES), (6, BYTES), (7, BYTES), (8, BYTES), (9, BYTES),
    (10, BYTES), (11, BYTES), (12, BYTES),
];
#[rustfmt::skip]
const PROFILE: Shape = &[
    (1, BYTES), (2, BYTES), (3, FIXED64 | VARINT), (4, VARINT | BYTES), (5, BYTES), (6, VARINT | BYTES), (7, BYTES | VARINT),
    (8, BYTES | VARINT), (9, BYTES), (10, BYTES | VARINT), (11, BYTES),
];
const SHAPES: [(Signal, Shape); 4] = [
    (Signal::Span, SPAN),
    (Signal::LogRecord, LOG_RECORD),
    (Signal::MetricPoint, METRIC),
    (Signal::Profile, PROFILE),
];

/// Records looked at before the most likely of several possible signals is taken.
const MAX_LOOK: usize = 64;

/// The signal of a message, none when it holds no record that tells.
pub fn signal_of(bytes: &[u8]) -> Option<Signal> {
    let mut candidates = Vec::from(SHAPES);
    let mut likely = [0usize; 4];
    let mut seen = 0;
    for record in records(bytes).filter(|r| !r.is_empty()).take(MAX_LOOK) {
        seen += 1;
        candidates.retain(|(_, shape)| fits(record, shape));
        match candidates.as_slice() {
            [] => return None,
            [(only, _)] => return Some(*only),
            _ => SHAPES
                .iter()
                .zip(&mut likely)
                .for_each(|((signal, _), n)| *n += usize::from(looks_like(*signal, record))),
        }
    }
    if seen == 0 {
        return None;
    }
    let score =
        |signal: Signal| SHAPES.iter().zip(likely).find(|((s, _), _)| *s == signal).map_or(0, |(_, n)| n);
    // Of equal scores the earlier in SHAPES.
    candidates.iter().rev().max_by_key(|(signal, _)| score(*signal)).map(|(signal, _)| *signal)
}

/// Every record (fields 1, 2, 2 down) of a request, or of the beginning of one, as far as it can be read.
fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    containers(bytes, 1).flat_map(|group| containers(group, 2)).flat_map(|scope| members(scope, 2))
}

/// As `members`; of the last one, which the end may cut, what there is of it.
fn containers(bytes: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    let whole = members(bytes, number);
    whole.chain(std::iter::once_with(move || cut_member(bytes, number)).flatten())
}

fn cut_member(bytes: &[u8], number: u32) -> Option<&[u8]> {
    let mut message = Message::new(bytes);
    loop {
        let mut cut = message;
        match message.field() {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(_) => {
                let tag = cut.varint().ok()?;
                cut.varint().ok()?;
                return (tag == u64::from(number) << 3 | 2).then_some(cut.rest);
            }
        }
    }
}

fn members(bytes: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    let mut message = Message::new(bytes);
    std::iter::from_fn(move || {
        loop {
            match message.field() {
                Ok(Some((n, Value::Bytes(value)))) if n == number => return Some(value),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return None,
            }
        }
    })
}

fn fits(record: &[u8], shape: Shape) -> bool {
    let mut message = Message::new(record);
    loop {
        match message.field() {
            Ok(None) => return true,
            Err(_) => return false,
            Ok(Some((number, value))) => {
                let wire = match value {
                    Value::Varint(_) => VARINT,
                    Value::Fixed64(_) => FIXED64,
                    Value::Bytes(_) => BYTES,
                    Value::Fixed32(_) => FIXED32,
                };
                let known = shape.iter().find(|(n, _)| *n == number);
                if known.is_some_and(|(_, wires)| wires & wire == 0) {
                    return false;
                }
            }
        }
    }
}

/// Content that only a record of this signal is likely to have; asked when wire types do not decide.
fn looks_like(signal: Signal, record: &[u8]) -> bool {
    let length = |number| members(record, number).next().map(<[u8]>::len);
    let unknown = |shape: Shape| {
        let mut message = Message::new(record);
        std::iter::from_fn(move || message.field().ok().flatten())
            .any(|(n, _)| shape.iter().all(|(k, _)| *k != n))
    };
    let has_ids = length(1) == Some(16) && length(2) == Some(8);
    let has_point = || {
        let data = [5, 7, 9, 10, 11].iter().flat_map(|n| members(record, *n));
        data.take(1).any(|body| members(body, 1).next().is_some_and(is_point))
    };
    match signal {
        Signal::Span => has_ids && !has_point(),
        Signal::LogRecord => {
            !unknown(LOG_RECORD) && length(1).is_none() && length(5).is_some() && !has_point()
        }
        Signal::MetricPoint => {
            let name = members(record, 1).next().unwrap_or_default();
            let is_named = !name.is_empty() && !has_ids && std::str::from_utf8(name).is_ok();
            has_point() || is_named
        }
        Signal::Profile => length(1).is_none_or(|n| n != 16) && length(2).is_some() && length(7) == Some(16),
        Signal::Message => false,
    }
}

/// A data point of any kind states its time as a fixed64 field 3.
fn is_point(bytes: &[u8]) -> bool {
    let mut message = Message::new(bytes);
    std::iter::from_fn(|| message.field().ok().flatten())
        .any(|(n, value)| n == 3 && matches!(value, Value::Fixed64(_)))
}
