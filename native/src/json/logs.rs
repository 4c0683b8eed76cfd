//! Log records in OTLP/JSON.

use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::LogRecord;

#[rustfmt::skip]
const SEVERITIES: [&str; 25] = [
    "UNSPECIFIED",
    "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4",
    "INFO", "INFO2", "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4",
    "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL", "FATAL2", "FATAL3", "FATAL4",
];

/// Reads the log record that comes next into a cleared record.
pub fn read_log<'a>(lexer: &mut Lexer<'a>, log: &mut LogRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"timeUnixNano" | b"time_unix_nano" => log.time = lexer.time()?,
            b"observedTimeUnixNano" | b"observed_time_unix_nano" => log.observed_time = lexer.time()?,
            b"severityNumber" | b"severity_number" => {
                log.severity_number = lexer.enumeration("SEVERITY_NUMBER_", &SEVERITIES)?;
            }
            b"severityText" | b"severity_text" => log.severity_text = lexer.text()?,
            b"body" => log.body = Some(lexer.any_value().map(|(letter, text)| (letter, text.into()))?),
            b"attributes" => {
                log.entries.clear();
                lexer.attributes(&mut log.entries)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                log.dropped_attributes = lexer.int()?
            }
            b"flags" => log.flags = lexer.int()?,
            b"traceId" | b"trace_id" => lexer.id(&mut log.trace_id, 16)?,
            b"spanId" | b"span_id" => lexer.id(&mut log.span_id, 8)?,
            b"eventName" | b"event_name" => log.event_name = lexer.text()?,
            _ => lexer.skip()?,
        }
    }
    Ok(())
}
