//! Log records into columns.

use crate::error::Result;
use crate::records::LogRecord;
use crate::sink::{Place, Signal, Sink};

impl Sink {
    pub fn push_log(&mut self, log: &LogRecord, place: Place) -> Result {
        if self.leaves_out(Signal::LogRecord, place) {
            return Ok(());
        }
        self.fits(log.text_len())?;
        let row = self.logs.flags.len();
        let date = self.event_date(if log.time != 0 { log.time } else { log.observed_time });
        let t = &mut self.logs;
        t.event_date.push(date);
        t.time_unix_nano.push(log.time);
        t.observed_time_unix_nano.push(log.observed_time);
        t.severity_number.push(log.severity_number);
        t.severity_text.push(&log.severity_text);
        t.body.push(log.body.as_ref().map(|(_, text)| &**text));
        t.body_type.push(log.body.as_ref().map_or(&[][..], |(letter, _)| std::slice::from_ref(letter)));
        t.event_name.push(&log.event_name);
        t.trace_id.push(&log.trace_id);
        t.span_id.push(&log.span_id);
        t.flags.push(i64::from(log.flags));
        t.dropped_attributes_count.push(i64::from(log.dropped_attributes));
        let promoted = Some((&mut self.promoted.logs, row));
        self.writer.write(&log.entries, &mut t.attributes, &mut t.attribute_types, promoted);
        Ok(())
    }
}
