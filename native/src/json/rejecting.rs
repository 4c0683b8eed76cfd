//! Walking over records that are rejected, without decoding them.

use crate::error::{Reason, Result};
use crate::json::decoder::JsonDecoder;
use crate::json::names::is_scope_list;
use crate::sink::{Place, Signal};

impl JsonDecoder<'_, '_> {
    pub(super) fn reject(&mut self, signal: Signal, begin: usize, reason: &Reason) -> Result {
        let place = Place { offset: self.base + begin as u64, ordinal: self.ordinals.next(signal) };
        self.reject_at(signal, begin, place, reason)
    }

    pub(super) fn reject_at(
        &mut self,
        signal: Signal,
        begin: usize,
        place: Place,
        reason: &Reason,
    ) -> Result {
        self.lexer.at = begin;
        self.lexer.skip()?;
        let raw = &self.lexer.bytes[begin..self.lexer.at];
        self.sink.reject(signal, place, raw.len() as u64, reason, raw);
        Ok(())
    }

    /// Rejects every record below the object that comes next, or the object itself when it holds none.
    pub(super) fn reject_group(&mut self, reason: &Reason) -> Result {
        let begin = self.lexer.at;
        let before = self.sink.rejected;
        self.reject_below(reason)?;
        if self.sink.rejected == before {
            self.reject(Signal::Message, begin, reason)?;
        }
        Ok(())
    }

    fn reject_below(&mut self, reason: &Reason) -> Result {
        if self.lexer.peek()? != b'{' {
            return self.lexer.skip();
        }
        let mut object = self.lexer.open_object()?;
        while let Some(name) = self.lexer.key(&mut object)? {
            match name.as_ref() {
                b"spans" => self.reject_elements(Signal::Span, reason)?,
                b"logRecords" | b"log_records" | b"logs" => {
                    self.reject_elements(Signal::LogRecord, reason)?
                }
                b"dataPoints" | b"data_points" => self.reject_elements(Signal::MetricPoint, reason)?,
                b"profiles" => self.reject_elements(Signal::Profile, reason)?,
                b"metrics" => self.reject_lists(reason)?,
                b"scopeProfiles" | b"scope_profiles" => self.reject_lists(reason)?,
                name if is_scope_list(name) => self.reject_lists(reason)?,
                name if is_metric_data(name) => self.reject_below(reason)?,
                _ => self.lexer.skip()?,
            }
        }
        Ok(())
    }

    pub(super) fn reject_lists(&mut self, reason: &Reason) -> Result {
        if self.lexer.peek()? != b'[' {
            return self.lexer.skip();
        }
        let mut array = self.lexer.open_array()?;
        while self.lexer.element(&mut array)? {
            self.reject_below(reason)?;
        }
        Ok(())
    }

    pub(super) fn reject_elements(&mut self, signal: Signal, reason: &Reason) -> Result {
        if self.lexer.peek()? != b'[' {
            return self.lexer.skip();
        }
        let mut array = self.lexer.open_array()?;
        while self.lexer.element(&mut array)? {
            self.lexer.peek()?;
            let begin = self.lexer.at;
            self.reject(signal, begin, reason)?;
        }
        Ok(())
    }
}

fn is_metric_data(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).replace('_', "").to_ascii_lowercase();
    ["gauge", "sum", "histogram", "summary"].iter().any(|kind| name.ends_with(kind))
}
