//! Where decoded records land: the columns of every table, and what is known only when a container closes.
//!
//! Resource and scope may follow their records in the input, so `resource_key`, `scope_key`, `service_name` and the
//! keys made from them are filled when the scope or the resource ends.

use std::collections::{HashMap, HashSet};

use crate::attributes::AttributeWriter;
use crate::error::{Reason, Result, bad};
use crate::keys::{AttributesDigest, Canonical, operation_key};
use crate::promoted::Promoted;
use crate::records::{
    EMPTY, LogRecord, MetricHeader, MetricKind, PointRecord, ResourceRecord, ScopeRecord, SpanRecord,
    entries_len,
};
use crate::sampling::adjusted_count;
use crate::tables::{
    Events, Exemplars, ExponentialHistogramPoints, HistogramPoints, Links, Logs, NumberPoints, Rejects,
    Resources, Scopes, Spans, Streams, SummaryPoints,
};

const DAY: i64 = 86_400_000_000_000;
const FIRST_TIME: i64 = 10_957 * DAY; // 2000-01-01
const RAW_LIMIT: usize = 64 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// Heights of all tables, to go back to.
#[derive(Clone, Copy, Default)]
pub struct Mark {
    pub spans: usize,
    pub events: usize,
    pub links: usize,
    pub logs: usize,
    streams: usize,
    pub numbers: usize,
    pub histograms: usize,
    pub exponentials: usize,
    pub summaries: usize,
    pub exemplars: usize,
    resources: usize,
    scopes: usize,
    seen_streams: usize,
    rejects: usize,
    pending: usize,
    pub rejected: Rejected,
}

/// Keys met so far, able to forget the newest.
#[derive(Default)]
struct Seen {
    keys: HashSet<i64>,
    log: Vec<i64>,
}

impl Seen {
    fn insert(&mut self, key: i64) -> bool {
        let new = self.keys.insert(key);
        if new {
            self.log.push(key);
        }
        new
    }

    fn truncate(&mut self, len: usize) {
        for key in self.log.drain(len..) {
            self.keys.remove(&key);
        }
    }
}

/// The promoted attributes of each table that has some.
#[derive(Default)]
pub struct PromotedColumns {
    pub spans: Promoted,
    pub events: Promoted,
    pub logs: Promoted,
    pub resources: Promoted,
}

#[derive(Default)]
pub struct Sink {
    pub spans: Spans,
    pub events: Events,
    pub links: Links,
    pub logs: Logs,
    pub streams: Streams,
    pub numbers: NumberPoints,
    pub histograms: HistogramPoints,
    pub exponentials: ExponentialHistogramPoints,
    pub summaries: SummaryPoints,
    pub exemplars: Exemplars,
    pub resources: Resources,
    pub scopes: Scopes,
    pub rejects: Rejects,
    pub promoted: PromotedColumns,
    /// Row in `spans` of each event and link.
    pub event_span: Vec<u32>,
    pub link_span: Vec<u32>,
    /// Which rows of `streams` are the first of their key.
    pub stream_is_new: Vec<bool>,
    pub rejected: Rejected,
    pub writer: AttributeWriter,
    seen_resources: Seen,
    seen_scopes: Seen,
    seen_streams: Seen,
    /// Hashes of the streams of the resource being read; points hold the index here until it ends.
    pending: Vec<i64>,
    pending_in_scope: HashMap<i64, usize>,
    canonical: Canonical,
    text_total: usize,
    last_time: i64,
    file_key: i64,
    path: Vec<u8>,
}

impl Sink {
    pub fn new(promoted: PromotedColumns, now: i64) -> Self {
        Sink { promoted, last_time: now + DAY, ..Default::default() }
    }

    pub fn set_file(&mut self, file_key: i64, path: &str) {
        self.file_key = file_key;
        self.path = path.as_bytes().to_vec();
    }

    pub fn mark(&self) -> Mark {
        Mark {
            spans: self.spans.flags.len(),
            events: self.event_span.len(),
            links: self.link_span.len(),
            logs: self.logs.flags.len(),
            streams: self.streams.is_monotonic.len(),
            numbers: self.numbers.flags.len(),
            histograms: self.histograms.flags.len(),
            exponentials: self.exponentials.flags.len(),
            summaries: self.summaries.flags.len(),
            exemplars: self.exemplars.stream_key.len(),
            resources: self.seen_resources.log.len(),
            scopes: self.seen_scopes.log.len(),
            seen_streams: self.seen_streams.log.len(),
            rejects: self.rejects.file_key.len(),
            pending: self.pending.len(),
            rejected: self.rejected,
        }
    }

    /// Forgets everything since the mark.
    pub fn rollback(&mut self, mark: &Mark) {
        self.spans.truncate(mark.spans);
        self.promoted.spans.truncate(mark.spans);
        self.events.truncate(mark.events);
        self.promoted.events.truncate(mark.events);
        self.event_span.truncate(mark.events);
        self.links.truncate(mark.links);
        self.link_span.truncate(mark.links);
        self.logs.truncate(mark.logs);
        self.promoted.logs.truncate(mark.logs);
        self.streams.truncate(mark.streams);
        self.stream_is_new.truncate(mark.streams);
        self.numbers.truncate(mark.numbers);
        self.histograms.truncate(mark.histograms);
        self.exponentials.truncate(mark.exponentials);
        self.summaries.truncate(mark.summaries);
        self.exemplars.truncate(mark.exemplars);
        self.resources.truncate(mark.resources);
        self.promoted.resources.truncate(mark.resources);
        self.scopes.truncate(mark.scopes);
        self.rejects.truncate(mark.rejects);
        self.seen_resources.truncate(mark.resources);
        self.seen_scopes.truncate(mark.scopes);
        self.seen_streams.truncate(mark.seen_streams);
        self.pending.truncate(mark.pending);
        self.pending_in_scope.clear();
        self.rejected = mark.rejected;
    }

    /// Arrow strings hold 2 GiB a column; a record that would pass that in sum is refused.
    fn fits(&mut self, text: usize) -> Result {
        if self.text_total + text > i32::MAX as usize {
            return bad("record_too_large", "the texts of one batch would pass 2 GiB");
        }
        self.text_total += text;
        Ok(())
    }

    fn event_date(&self, time: i64) -> i32 {
        if (FIRST_TIME..=self.last_time).contains(&time) { (time / DAY) as i32 } else { 0 }
    }

    pub fn push_span(&mut self, span: &SpanRecord, place: Place) -> Result {
        self.fits(span.text_len())?;
        let row = self.spans.flags.len();
        let t = &mut self.spans;
        t.trace_id.push(&span.trace_id);
        t.span_id.push(&span.span_id);
        t.parent_span_id.push(&span.parent_span_id);
        t.trace_state.push(&span.trace_state);
        t.flags.push(i64::from(span.flags));
        t.name.push(&span.name);
        t.kind.push(span.kind);
        t.start_time_unix_nano.push(span.start);
        t.duration_nano.push(span.end - span.start);
        t.status_code.push(span.status_code);
        t.status_message.push(&span.status_message);
        t.dropped_attributes_count.push(i64::from(span.dropped_attributes));
        t.dropped_events_count.push(i64::from(span.dropped_events));
        t.dropped_links_count.push(i64::from(span.dropped_links));
        t.event_count.push(span.events.len() as i32);
        t.link_count.push(span.links.len() as i32);
        t.adjusted_count.push(adjusted_count(&span.trace_state));
        t.file_key.push(self.file_key);
        t.byte_offset.push(place.offset as i64);
        t.record_ordinal.push(place.ordinal);
        let promoted = Some((&mut self.promoted.spans, row));
        let entries = &span.entries[span.attributes.clone()];
        let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, promoted);
        let date = self.event_date(span.start);
        self.spans.event_date.0.push(date);
        self.begin_content_key(span, digest);
        self.push_events(span, row);
        self.push_links(span, row);
        let record_hash = self.canonical.key();
        self.spans.content_key.push(record_hash);
        Ok(())
    }

    /// The canonical encoding of a span up to its events; `push_events` and `push_links` go on.
    fn begin_content_key(&mut self, span: &SpanRecord, attributes: AttributesDigest) {
        self.canonical
            .start("")
            .str(&span.trace_id)
            .str(&span.span_id)
            .str(&span.parent_span_id)
            .str(&span.trace_state)
            .i64(i64::from(span.flags))
            .str(&span.name)
            .i64(i64::from(span.kind))
            .i64(span.start)
            .i64(span.end - span.start)
            .i64(i64::from(span.status_code))
            .str(&span.status_message)
            .attributes(attributes)
            .i64(i64::from(span.dropped_attributes))
            .i64(i64::from(span.dropped_events))
            .i64(i64::from(span.dropped_links));
    }

    fn push_events(&mut self, span: &SpanRecord, span_row: usize) {
        self.canonical.i64(span.events.len() as i64);
        let t = &mut self.events;
        for (ordinal, event) in span.events.iter().enumerate() {
            let row = self.event_span.len();
            self.event_span.push(span_row as u32);
            t.trace_id.push(&span.trace_id);
            t.span_id.push(&span.span_id);
            t.ordinal.push(ordinal as i32);
            t.time_unix_nano.push(event.time);
            t.name.push(&event.name);
            t.dropped_attributes_count.push(i64::from(event.dropped_attributes));
            let promoted = Some((&mut self.promoted.events, row));
            let entries = &span.entries[event.attributes.clone()];
            let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, promoted);
            let dropped = i64::from(event.dropped_attributes);
            self.canonical.i64(event.time).str(&event.name).attributes(digest).i64(dropped);
        }
    }

    fn push_links(&mut self, span: &SpanRecord, span_row: usize) {
        self.canonical.i64(span.links.len() as i64);
        let t = &mut self.links;
        for (ordinal, link) in span.links.iter().enumerate() {
            self.link_span.push(span_row as u32);
            t.trace_id.push(&span.trace_id);
            t.span_id.push(&span.span_id);
            t.ordinal.push(ordinal as i32);
            t.linked_trace_id.push(&link.trace_id);
            t.linked_span_id.push(&link.span_id);
            t.trace_state.push(&link.trace_state);
            t.flags.push(i64::from(link.flags));
            t.dropped_attributes_count.push(i64::from(link.dropped_attributes));
            let entries = &span.entries[link.attributes.clone()];
            let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, None);
            self.canonical
                .str(&link.trace_id)
                .str(&link.span_id)
                .str(&link.trace_state)
                .i64(i64::from(link.flags))
                .attributes(digest)
                .i64(i64::from(link.dropped_attributes));
        }
    }

    pub fn push_log(&mut self, log: &LogRecord) -> Result {
        self.fits(log.text_len())?;
        let row = self.logs.flags.len();
        let date = self.event_date(if log.time != 0 { log.time } else { log.observed_time });
        let t = &mut self.logs;
        t.event_date.0.push(date);
        t.time_unix_nano.push(log.time);
        t.observed_time_unix_nano.push(log.observed_time);
        t.severity_number.push(log.severity_number);
        t.severity_text.push(&log.severity_text);
        t.body.push(log.body.as_ref().map(|(_, text)| text.as_ref()));
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

    pub fn push_point(&mut self, metric: &MetricHeader, point: &PointRecord) -> Result {
        let header = metric.name.len() + metric.description.len() + metric.unit.len() + 32;
        self.fits(point.text_len() + header + entries_len(&metric.metadata))?;
        let stream = self.stream(metric, point) as i64;
        let date = self.event_date(point.time);
        macro_rules! common {
            ($t:expr) => {{
                $t.event_date.0.push(date);
                $t.stream_key.push(stream);
                $t.time_unix_nano.push(point.time);
                $t.start_time_unix_nano.push(point.start);
                $t.flags.push(i64::from(point.flags));
            }};
        }
        match metric.kind {
            MetricKind::Gauge | MetricKind::Sum => {
                let t = &mut self.numbers;
                common!(t);
                t.value_double.push(point.value.double());
                t.value_int.push(point.value.int());
            }
            MetricKind::Histogram => {
                let t = &mut self.histograms;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum);
                t.min.push(point.min);
                t.max.push(point.max);
                t.explicit_bounds.push(&point.bounds);
                t.bucket_counts.push(&point.bucket_counts);
            }
            MetricKind::ExponentialHistogram => {
                let t = &mut self.exponentials;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum);
                t.min.push(point.min);
                t.max.push(point.max);
                t.scale.push(point.scale);
                t.zero_count.push(point.zero_count);
                t.zero_threshold.push(point.zero_threshold);
                t.positive_offset.push(point.positive_offset);
                t.positive_bucket_counts.push(&point.positive_counts);
                t.negative_offset.push(point.negative_offset);
                t.negative_bucket_counts.push(&point.negative_counts);
            }
            MetricKind::Summary => {
                let t = &mut self.summaries;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum.unwrap_or_default());
                t.quantiles.push(&point.quantiles);
                t.quantile_values.push(&point.quantile_values);
            }
        }
        self.push_exemplars(point, stream, date);
        Ok(())
    }

    fn push_exemplars(&mut self, point: &PointRecord, stream: i64, date: i32) {
        let t = &mut self.exemplars;
        for exemplar in &point.exemplars {
            t.event_date.0.push(date);
            t.stream_key.push(stream);
            t.point_time_unix_nano.push(point.time);
            t.time_unix_nano.push(exemplar.time);
            t.value_double.push(exemplar.value.double());
            t.value_int.push(exemplar.value.int());
            t.trace_id.push(&exemplar.trace_id);
            t.span_id.push(&exemplar.span_id);
            let entries = &point.entries[exemplar.attributes.clone()];
            self.writer.write(entries, &mut t.filtered_attributes, &mut t.filtered_attribute_types, None);
        }
    }

    /// Index in `pending` of the point's stream; its row is written at the first point.
    fn stream(&mut self, metric: &MetricHeader, point: &PointRecord) -> usize {
        let t = &mut self.streams;
        let row = t.is_monotonic.len();
        let entries = &point.entries[point.attributes.clone()];
        let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, None);
        let has_temporality = !matches!(metric.kind, MetricKind::Gauge | MetricKind::Summary);
        let temporality = match metric.temporality {
            _ if !has_temporality => EMPTY,
            0 => b"unspecified".into(),
            1 => b"delta".into(),
            2 => b"cumulative".into(),
            other => other.to_string().into_bytes().into(),
        };
        let is_monotonic = (metric.kind == MetricKind::Sum).then_some(metric.is_monotonic);
        let hash = self
            .canonical
            .start("")
            .str(&metric.name)
            .str(&metric.unit)
            .str(metric.kind.name().as_bytes())
            .str(&temporality)
            .u8(is_monotonic.map_or(2, u8::from))
            .attributes(digest)
            .key();
        if let Some(&known) = self.pending_in_scope.get(&hash) {
            t.truncate(row);
            return known;
        }
        t.metric_name.push(&metric.name);
        t.description.push(&metric.description);
        t.unit.push(&metric.unit);
        t.metric_type.push(metric.kind.name().as_bytes());
        t.temporality.push(&temporality);
        t.is_monotonic.push(is_monotonic);
        self.writer.write(&metric.metadata, &mut t.metadata, &mut t.metadata_types, None);
        self.pending.push(hash);
        self.pending_in_scope.insert(hash, self.pending.len() - 1);
        self.pending.len() - 1
    }

    /// The scope of every record since the last scope ended; a scope without records leaves no row.
    pub fn end_scope(&mut self, scope: &ScopeRecord) -> Result {
        let (spans, logs) = (self.spans.flags.len(), self.logs.flags.len());
        let streams = self.streams.is_monotonic.len();
        let filled = (self.spans.scope_key.len(), self.logs.scope_key.len(), self.streams.scope_key.len());
        if filled == (spans, logs, streams) {
            return Ok(());
        }
        let text = scope.schema_url.len() + scope.name.len() + scope.version.len();
        self.fits(text + entries_len(&scope.entries))?;
        let t = &mut self.scopes;
        let row = t.dropped_attributes_count.len();
        let digest = self.writer.write(&scope.entries, &mut t.attributes, &mut t.attribute_types, None);
        let key = self
            .canonical
            .start("scope")
            .str(&scope.schema_url)
            .str(&scope.name)
            .str(&scope.version)
            .attributes(digest)
            .i64(i64::from(scope.dropped_attributes))
            .key();
        if self.seen_scopes.insert(key) {
            t.scope_key.push(key);
            t.schema_url.push(&scope.schema_url);
            t.name.push(&scope.name);
            t.version.push(&scope.version);
            t.dropped_attributes_count.push(i64::from(scope.dropped_attributes));
        } else {
            t.truncate(row);
        }
        self.spans.scope_key.resize(spans, key);
        self.logs.scope_key.resize(logs, key);
        self.streams.scope_key.resize(streams, key);
        self.pending_in_scope.clear();
        Ok(())
    }

    /// The resource of every record since `begin`; a resource without records leaves no row.
    pub fn end_resource(&mut self, resource: &ResourceRecord, begin: &Mark) -> Result {
        let (spans, logs) = (self.spans.flags.len(), self.logs.flags.len());
        if (spans, logs) == (begin.spans, begin.logs) && self.pending.is_empty() {
            return Ok(());
        }
        let text = resource.schema_url.len() + resource.entity_refs.len();
        let records =
            self.spans.flags.len() + self.logs.flags.len() + self.pending.len() - begin.spans - begin.logs;
        let service = resource.service_name();
        let names = records * service.map_or(0, <[u8]>::len);
        self.fits(text + entries_len(&resource.entries) + names)?;
        let key = self.push_resource(resource);
        self.fill_spans(key, service, begin.spans);
        self.logs.resource_key.resize(logs, key);
        while self.logs.service_name.len() < logs {
            self.logs.service_name.push(service);
        }
        self.fill_streams(key, service, begin);
        Ok(())
    }

    fn push_resource(&mut self, resource: &ResourceRecord) -> i64 {
        let t = &mut self.resources;
        let row = t.dropped_attributes_count.len();
        let promoted = Some((&mut self.promoted.resources, row));
        let digest =
            self.writer.write(&resource.entries, &mut t.attributes, &mut t.attribute_types, promoted);
        let key = self
            .canonical
            .start("resource")
            .str(&resource.schema_url)
            .attributes(digest)
            .i64(i64::from(resource.dropped_attributes))
            .str(&resource.entity_refs)
            .key();
        if self.seen_resources.insert(key) {
            t.resource_key.push(key);
            t.schema_url.push(&resource.schema_url);
            t.dropped_attributes_count.push(i64::from(resource.dropped_attributes));
            t.entity_refs.push(&resource.entity_refs);
        } else {
            t.truncate(row);
            self.promoted.resources.truncate(row);
        }
        key
    }

    fn fill_spans(&mut self, resource_key: i64, service: Option<&[u8]>, first: usize) {
        let t = &mut self.spans;
        let rows = t.flags.len();
        t.resource_key.resize(rows, resource_key);
        for row in first..rows {
            t.service_name.push(service);
            t.operation_key.push(operation_key(&mut self.canonical, service, t.name.0.get(row), t.kind[row]));
            let record_hash = t.content_key[row];
            t.content_key[row] =
                self.canonical.start("span").i64(resource_key).i64(t.scope_key[row]).i64(record_hash).key();
        }
    }

    fn fill_streams(&mut self, resource_key: i64, service: Option<&[u8]>, begin: &Mark) {
        let t = &mut self.streams;
        let mut any_new = false;
        for (row, hash) in (begin.streams..).zip(&mut self.pending) {
            let key = self.canonical.start("stream").i64(resource_key).i64(t.scope_key[row]).i64(*hash).key();
            *hash = key;
            let is_new = self.seen_streams.insert(key);
            any_new |= is_new;
            t.stream_key.push(key);
            t.resource_key.push(resource_key);
            t.service_name.push(service);
            self.stream_is_new.push(is_new);
        }
        if !any_new {
            t.truncate(begin.streams);
            self.stream_is_new.truncate(begin.streams);
        }
        for (keys, first) in [
            (&mut self.numbers.stream_key, begin.numbers),
            (&mut self.histograms.stream_key, begin.histograms),
            (&mut self.exponentials.stream_key, begin.exponentials),
            (&mut self.summaries.stream_key, begin.summaries),
            (&mut self.exemplars.stream_key, begin.exemplars),
        ] {
            keys[first..].iter_mut().for_each(|key| *key = self.pending[*key as usize]);
        }
        self.pending.clear();
    }

    /// Notes what cannot be taken. `length` is the whole length; `raw` may be its beginning only.
    pub fn reject(&mut self, signal: Signal, place: Place, length: u64, reason: &Reason, raw: &[u8]) {
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
