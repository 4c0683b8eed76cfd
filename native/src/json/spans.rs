//! Spans in OTLP/JSON.

use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::{EventRecord, LinkRecord, SpanRecord};

const KINDS: [&str; 6] = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUS_CODES: [&str; 3] = ["UNSET", "OK", "ERROR"];

/// Reads members of a span that stand next and just as the Collector writes them; those that do not are passed.
macro_rules! usual_members {
    ($lexer:ident, $span:ident, $($name:literal)*) => {$(
        if $lexer.eat_text(concat!(",\"", $name, "\":")) && !$lexer.null()? {
            read_member($lexer, $span, $name.as_bytes())?;
        }
    )*};
}

/// Reads the span that comes next into a cleared record.
pub fn read_span<'a>(lexer: &mut Lexer<'a>, span: &mut SpanRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    if lexer.eat_first(&mut object, b"\"traceId\":")? {
        read_member(lexer, span, b"traceId")?;
        usual_members!(lexer, span, "spanId" "traceState" "parentSpanId" "flags" "name" "kind"
            "startTimeUnixNano" "endTimeUnixNano" "attributes" "droppedAttributesCount" "events"
            "droppedEventsCount" "links" "droppedLinksCount" "status");
    }
    while let Some(name) = lexer.key(&mut object)? {
        read_member(lexer, span, &name)?;
    }
    Ok(())
}

/// Always inlined: of a name that is known only the one arm stays.
#[inline(always)]
fn read_member<'a>(lexer: &mut Lexer<'a>, span: &mut SpanRecord<'a>, name: &[u8]) -> Result {
    match name {
        b"traceId" | b"trace_id" => lexer.id(&mut span.trace_id, 16)?,
        b"spanId" | b"span_id" => lexer.id(&mut span.span_id, 8)?,
        b"parentSpanId" | b"parent_span_id" => lexer.id(&mut span.parent_span_id, 8)?,
        b"name" => span.name = lexer.text()?,
        b"kind" => span.kind = lexer.enumeration("SPAN_KIND_", &KINDS)?,
        b"startTimeUnixNano" | b"start_time_unix_nano" => span.start = lexer.time()?,
        b"endTimeUnixNano" | b"end_time_unix_nano" => span.end = lexer.time()?,
        b"attributes" => {
            let first = span.entries.len();
            lexer.attributes(&mut span.entries)?;
            span.attributes = first..span.entries.len();
        }
        b"events" => read_events(lexer, span)?,
        b"links" => read_links(lexer, span)?,
        b"status" => read_status(lexer, span)?,
        b"flags" => span.flags = lexer.int()?,
        b"traceState" | b"trace_state" => span.trace_state = lexer.text()?,
        b"droppedAttributesCount" | b"dropped_attributes_count" => span.dropped_attributes = lexer.int()?,
        b"droppedEventsCount" | b"dropped_events_count" => span.dropped_events = lexer.int()?,
        b"droppedLinksCount" | b"dropped_links_count" => span.dropped_links = lexer.int()?,
        _ => lexer.skip()?,
    }
    Ok(())
}

fn read_status<'a>(lexer: &mut Lexer<'a>, span: &mut SpanRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"code" => span.status_code = lexer.enumeration("STATUS_CODE_", &STATUS_CODES)?,
            b"message" => span.status_message = lexer.text()?,
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

fn read_events<'a>(lexer: &mut Lexer<'a>, span: &mut SpanRecord<'a>) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let mut event = EventRecord::default();
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"timeUnixNano" | b"time_unix_nano" => event.time = lexer.time()?,
                b"name" => event.name = lexer.text()?,
                b"attributes" => {
                    let first = span.entries.len();
                    lexer.attributes(&mut span.entries)?;
                    event.attributes = first..span.entries.len();
                }
                b"droppedAttributesCount" | b"dropped_attributes_count" => {
                    event.dropped_attributes = lexer.int()?
                }
                _ => lexer.skip()?,
            }
        }
        span.events.push(event);
    }
    Ok(())
}

fn read_links<'a>(lexer: &mut Lexer<'a>, span: &mut SpanRecord<'a>) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let mut link = LinkRecord::default();
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"traceId" | b"trace_id" => lexer.id(&mut link.trace_id, 16)?,
                b"spanId" | b"span_id" => lexer.id(&mut link.span_id, 8)?,
                b"traceState" | b"trace_state" => link.trace_state = lexer.text()?,
                b"flags" => link.flags = lexer.int()?,
                b"attributes" => {
                    let first = span.entries.len();
                    lexer.attributes(&mut span.entries)?;
                    link.attributes = first..span.entries.len();
                }
                b"droppedAttributesCount" | b"dropped_attributes_count" => {
                    link.dropped_attributes = lexer.int()?
                }
                _ => lexer.skip()?,
            }
        }
        span.links.push(link);
    }
    Ok(())
}
