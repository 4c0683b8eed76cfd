//! What was taken and what was not.

use crate::error::Reason;
use crate::sink::Sink;

/// Bytes of a reject that are kept; offset and length find the rest in the file.
pub const RAW_LIMIT: usize = 64 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signal {
    Span,
    LogRecord,
    MetricPoint,
    Profile,
    Message,
}

impl Signal {
    pub fn name(self) -> &'static str {
        match self {
            Signal::Span => "span",
            Signal::LogRecord => "log_record",
            Signal::MetricPoint => "metric_point",
            Signal::Profile => "profile",
            Signal::Message => "message",
        }
    }

    pub fn named(name: &str) -> Option<Signal> {
        let all = [Signal::Span, Signal::LogRecord, Signal::MetricPoint, Signal::Profile, Signal::Message];
        all.into_iter().find(|signal| signal.name() == name)
    }
}

/// Where in the file a record stands.
#[derive(Clone, Copy)]
pub struct Place {
    /// Offset of its first byte in the file.
    pub offset: u64,
    /// Position among the records of its signal in its message.
    pub ordinal: i32,
}

/// What one call took of its bytes.
pub struct Taken {
    /// Bytes from the beginning that are settled; the rest is an incomplete record.
    pub consumed: usize,
    pub messages: u64,
}

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub spans: usize,
    pub log_records: usize,
    pub metric_points: usize,
    pub other: usize,
}

impl Sink {
    /// Notes what cannot be taken. `length` is the whole length; `raw` may be its beginning only.
    pub fn reject(&mut self, signal: Signal, place: Place, length: u64, reason: &Reason, raw: &[u8]) {
        if self.leaves_out(signal, place) {
            return;
        }
        match signal {
            Signal::Span => self.rejected.spans += 1,
            Signal::LogRecord => self.rejected.log_records += 1,
            Signal::MetricPoint => self.rejected.metric_points += 1,
            Signal::Profile | Signal::Message => self.rejected.other += 1,
        }
        self.push_reject(signal.name(), place, length, reason.word, reason.detail, raw);
    }

    pub fn push_reject(
        &mut self,
        signal: &str,
        place: Place,
        length: u64,
        word: &str,
        detail: &str,
        raw: &[u8],
    ) {
        let place = self.placed(place);
        let t = &mut self.rejects;
        t.file_key.push(self.file_key);
        t.path.push(&self.path);
        t.byte_offset.push(place.offset as i64);
        t.length_bytes.push(length as i64);
        t.record_ordinal.push(place.ordinal);
        t.signal.push(signal.as_bytes());
        t.reason.push(word.as_bytes());
        t.detail.push(detail.as_bytes());
        t.raw.push(&raw[..raw.len().min(RAW_LIMIT)]);
    }
}
