//! One decoded record at a time, on its way from either encoding to the columns.
//!
//! Texts borrow from the input where they can. A record is complete and valid before any column sees it, so a bad
//! one leaves no trace. The scratch is reused: `clear` keeps its memory.

use std::borrow::Cow;
use std::ops::Range;

use crate::keys::hash;
use crate::text::ValueText;

pub type Text<'a> = Cow<'a, [u8]>;

pub const EMPTY: Text<'static> = Cow::Borrowed(b"");

/// One attribute: key, type letter (`s i d b y a m n`) and the value as text.
pub struct Entry<'a> {
    pub key: Text<'a>,
    /// `hash(key)`.
    pub key_hash: u64,
    pub letter: u8,
    pub text: ValueText<'a>,
}

impl<'a> Entry<'a> {
    pub fn new(key: Text<'a>, letter: u8, text: impl Into<ValueText<'a>>) -> Self {
        Entry { key_hash: hash(&key), key, letter, text: text.into() }
    }
}

#[derive(Default)]
pub struct SpanRecord<'a> {
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub parent_span_id: Vec<u8>,
    pub trace_state: Text<'a>,
    pub flags: u32,
    pub name: Text<'a>,
    pub kind: i32,
    pub start: i64,
    pub end: i64,
    pub status_code: i32,
    pub status_message: Text<'a>,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
    pub attributes: Range<usize>,
    pub events: Vec<EventRecord<'a>>,
    pub links: Vec<LinkRecord<'a>>,
    /// Attributes of the span, its events and its links; each names its range.
    pub entries: Vec<Entry<'a>>,
}

#[derive(Default)]
pub struct EventRecord<'a> {
    pub time: i64,
    pub name: Text<'a>,
    pub attributes: Range<usize>,
    pub dropped_attributes: u32,
}

#[derive(Default)]
pub struct LinkRecord<'a> {
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub trace_state: Text<'a>,
    pub flags: u32,
    pub attributes: Range<usize>,
    pub dropped_attributes: u32,
}

impl SpanRecord<'_> {
    pub fn clear(&mut self) {
        let (mut ids, mut events, mut links, mut entries) = (
            [&mut self.trace_id, &mut self.span_id, &mut self.parent_span_id].map(std::mem::take),
            std::mem::take(&mut self.events),
            std::mem::take(&mut self.links),
            std::mem::take(&mut self.entries),
        );
        ids.iter_mut().for_each(Vec::clear);
        events.clear();
        links.clear();
        entries.clear();
        let [trace_id, span_id, parent_span_id] = ids;
        *self =
            SpanRecord { trace_id, span_id, parent_span_id, events, links, entries, ..Default::default() };
    }

    /// Upper bound of the bytes of text this record adds to columns.
    pub fn text_len(&self) -> usize {
        let ids = self.trace_id.len() + self.span_id.len();
        let own = ids
            + self.parent_span_id.len()
            + self.trace_state.len()
            + self.name.len()
            + self.status_message.len();
        let events: usize = self.events.iter().map(|e| ids + e.name.len()).sum();
        let links: usize =
            self.links.iter().map(|l| ids + l.trace_id.len() + l.span_id.len() + l.trace_state.len()).sum();
        own + events + links + entries_len(&self.entries)
    }
}

#[derive(Default)]
pub struct LogRecord<'a> {
    pub time: i64,
    pub observed_time: i64,
    pub severity_number: i32,
    pub severity_text: Text<'a>,
    pub body: Option<(u8, ValueText<'a>)>,
    pub event_name: Text<'a>,
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub flags: u32,
    pub dropped_attributes: u32,
    pub entries: Vec<Entry<'a>>,
}

impl LogRecord<'_> {
    pub fn clear(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        *self = LogRecord { entries, ..Default::default() };
    }

    pub fn text_len(&self) -> usize {
        let body = self.body.as_ref().map_or(0, |(_, text)| text.len() + 1);
        let ids = self.trace_id.len() + self.span_id.len();
        body + ids + self.severity_text.len() + self.event_name.len() + entries_len(&self.entries)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MetricKind {
    #[default]
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl MetricKind {
    pub fn name(self) -> &'static str {
        match self {
            MetricKind::Gauge => "gauge",
            MetricKind::Sum => "sum",
            MetricKind::Histogram => "histogram",
            MetricKind::ExponentialHistogram => "exponential_histogram",
            MetricKind::Summary => "summary",
        }
    }
}

/// What the points of one metric share.
#[derive(Default)]
pub struct MetricHeader<'a> {
    pub name: Text<'a>,
    pub description: Text<'a>,
    pub unit: Text<'a>,
    pub kind: MetricKind,
    pub temporality: i32,
    pub is_monotonic: bool,
    pub metadata: Vec<Entry<'a>>,
}

#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub enum NumberValue {
    #[default]
    None,
    Int(i64),
    Double(f64),
}

impl NumberValue {
    pub fn int(self) -> Option<i64> {
        match self {
            NumberValue::Int(v) => Some(v),
            _ => None,
        }
    }

    pub fn double(self) -> Option<f64> {
        match self {
            NumberValue::Double(v) => Some(v),
            _ => None,
        }
    }
}

/// A data point of any kind of metric; fields of other kinds stay at their defaults.
#[derive(Default)]
pub struct PointRecord<'a> {
    pub time: i64,
    pub start: i64,
    pub flags: u32,
    pub value: NumberValue,
    pub count: i64,
    pub sum: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub bounds: Vec<f64>,
    pub bucket_counts: Vec<i64>,
    pub scale: i32,
    pub zero_count: i64,
    pub zero_threshold: f64,
    pub positive_offset: i32,
    pub positive_counts: Vec<i64>,
    pub negative_offset: i32,
    pub negative_counts: Vec<i64>,
    pub quantiles: Vec<f64>,
    pub quantile_values: Vec<f64>,
    pub exemplars: Vec<ExemplarRecord>,
    pub attributes: Range<usize>,
    /// Attributes of the point and of its exemplars; each names its range.
    pub entries: Vec<Entry<'a>>,
}

#[derive(Default)]
pub struct ExemplarRecord {
    pub time: i64,
    pub value: NumberValue,
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub attributes: Range<usize>,
}

impl PointRecord<'_> {
    pub fn clear(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        *self = PointRecord { entries, ..Default::default() };
    }

    pub fn text_len(&self) -> usize {
        let ids: usize = self.exemplars.iter().map(|e| e.trace_id.len() + e.span_id.len()).sum();
        ids + entries_len(&self.entries)
    }
}

#[derive(Default)]
pub struct ResourceRecord<'a> {
    pub schema_url: Text<'a>,
    pub dropped_attributes: u32,
    /// Entity references as compact OTLP/JSON, empty when there are none.
    pub entity_refs: Vec<u8>,
    pub entries: Vec<Entry<'a>>,
}

impl ResourceRecord<'_> {
    /// `service.name`, when it is a string.
    pub fn service_name(&self) -> Option<&[u8]> {
        let named = self.entries.iter().rev().find(|e| e.key.as_ref() == b"service.name")?;
        (named.letter == b's').then_some(&*named.text)
    }
}

#[derive(Default)]
pub struct ScopeRecord<'a> {
    pub schema_url: Text<'a>,
    pub name: Text<'a>,
    pub version: Text<'a>,
    pub dropped_attributes: u32,
    pub entries: Vec<Entry<'a>>,
}

pub fn entries_len(entries: &[Entry]) -> usize {
    entries.iter().map(|e| e.key.len() + e.text.len() + 1).sum()
}
