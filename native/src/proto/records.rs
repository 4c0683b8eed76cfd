//! Spans and log records of OTLP protobuf.

use crate::error::Result;
use crate::proto::values::{any_value, key_value, text, time};
use crate::proto::wire::{Message, Value};
use crate::records::{EMPTY, EventRecord, LinkRecord, LogRecord, SpanRecord};
use crate::text::write_hex;

/// Sets an id from its bytes.
pub fn id(out: &mut Vec<u8>, bytes: &[u8]) {
    out.clear();
    write_hex(out, bytes);
}

/// Reads a span into a cleared record. Fields may come in any order, so children wait until the span's own
/// attributes are complete.
pub fn read_span<'a>(bytes: &'a [u8], span: &mut SpanRecord<'a>) -> Result {
    let (mut events, mut links) = (Vec::new(), Vec::new());
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => id(&mut span.trace_id, value),
            (2, Value::Bytes(value)) => id(&mut span.span_id, value),
            (3, Value::Bytes(value)) => span.trace_state = text(value)?,
            (4, Value::Bytes(value)) => id(&mut span.parent_span_id, value),
            (5, Value::Bytes(value)) => span.name = text(value)?,
            (6, Value::Varint(value)) => span.kind = value as i32,
            (7, Value::Fixed64(value)) => span.start = time(value)?,
            (8, Value::Fixed64(value)) => span.end = time(value)?,
            (9, Value::Bytes(value)) => key_value(value, &mut span.entries)?,
            (10, Value::Varint(value)) => span.dropped_attributes = value as u32,
            (11, Value::Bytes(value)) => events.push(value),
            (12, Value::Varint(value)) => span.dropped_events = value as u32,
            (13, Value::Bytes(value)) => links.push(value),
            (14, Value::Varint(value)) => span.dropped_links = value as u32,
            (15, Value::Bytes(value)) => read_status(value, span)?,
            (16, Value::Fixed32(value)) => span.flags = value,
            _ => {}
        }
    }
    span.attributes = 0..span.entries.len();
    events.into_iter().try_for_each(|event| read_event(event, span))?;
    links.into_iter().try_for_each(|link| read_link(link, span))
}

fn read_status<'a>(bytes: &'a [u8], span: &mut SpanRecord<'a>) -> Result {
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (2, Value::Bytes(value)) => span.status_message = text(value)?,
            (3, Value::Varint(value)) => span.status_code = value as i32,
            _ => {}
        }
    }
    Ok(())
}

fn read_event<'a>(bytes: &'a [u8], span: &mut SpanRecord<'a>) -> Result {
    let first = span.entries.len();
    let mut event = EventRecord::default();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Fixed64(value)) => event.time = time(value)?,
            (2, Value::Bytes(value)) => event.name = text(value)?,
            (3, Value::Bytes(value)) => key_value(value, &mut span.entries)?,
            (4, Value::Varint(value)) => event.dropped_attributes = value as u32,
            _ => {}
        }
    }
    event.attributes = first..span.entries.len();
    span.events.push(event);
    Ok(())
}

fn read_link<'a>(bytes: &'a [u8], span: &mut SpanRecord<'a>) -> Result {
    let first = span.entries.len();
    let mut link = LinkRecord::default();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => id(&mut link.trace_id, value),
            (2, Value::Bytes(value)) => id(&mut link.span_id, value),
            (3, Value::Bytes(value)) => link.trace_state = text(value)?,
            (4, Value::Bytes(value)) => key_value(value, &mut span.entries)?,
            (5, Value::Varint(value)) => link.dropped_attributes = value as u32,
            (6, Value::Fixed32(value)) => link.flags = value,
            _ => {}
        }
    }
    link.attributes = first..span.entries.len();
    span.links.push(link);
    Ok(())
}

/// Reads a log record into a cleared record.
pub fn read_log<'a>(bytes: &'a [u8], log: &mut LogRecord<'a>) -> Result {
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Fixed64(value)) => log.time = time(value)?,
            (2, Value::Varint(value)) => log.severity_number = value as i32,
            (3, Value::Bytes(value)) => log.severity_text = text(value)?,
            (5, Value::Bytes(value)) => log.body = Some(any_value(value)?.unwrap_or((b'n', EMPTY.into()))),
            (6, Value::Bytes(value)) => key_value(value, &mut log.entries)?,
            (7, Value::Varint(value)) => log.dropped_attributes = value as u32,
            (8, Value::Fixed32(value)) => log.flags = value,
            (9, Value::Bytes(value)) => id(&mut log.trace_id, value),
            (10, Value::Bytes(value)) => id(&mut log.span_id, value),
            (11, Value::Fixed64(value)) => log.observed_time = time(value)?,
            (12, Value::Bytes(value)) => log.event_name = text(value)?,
            _ => {}
        }
    }
    Ok(())
}
