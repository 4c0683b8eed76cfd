//! OTLP protobuf messages into the sink: what to keep and what to reject when something is wrong.

use crate::entity_refs::EntityRefsJson;
use crate::error::{Reason, Result, Stop};
use crate::ordinals::Ordinals;
use crate::proto::classify::signal_of;
use crate::proto::containers::{read_resource, read_scope};
use crate::proto::points::{read_header, read_point};
use crate::proto::records::{read_log, read_span};
use crate::proto::values::text;
use crate::proto::wire::{Message, Value, offset_in};
use crate::records::{LogRecord, MetricHeader, PointRecord, ResourceRecord, ScopeRecord, SpanRecord};
use crate::sink::{Place, Signal, Sink};

const PROFILE: Reason = Reason { word: "unsupported_signal", detail: "profiles are not taken" };
pub(super) const UNKNOWN: Reason =
    Reason { word: "unknown_signal", detail: "the records are neither spans, log records nor metrics" };

pub struct ProtoDecoder<'a, 's> {
    data: &'a [u8],
    base: u64,
    pub(super) sink: &'s mut Sink,
    pub(super) ordinals: Ordinals,
    signal: Option<Signal>,
    span: SpanRecord<'a>,
    log: LogRecord<'a>,
    point: PointRecord<'a>,
}

impl<'a, 's> ProtoDecoder<'a, 's> {
    /// `data` begins at offset `base` of the file; messages handed in are slices of it.
    pub fn new(data: &'a [u8], base: u64, sink: &'s mut Sink) -> Self {
        ProtoDecoder {
            data,
            base,
            sink,
            ordinals: Ordinals::default(),
            signal: None,
            span: SpanRecord::default(),
            log: LogRecord::default(),
            point: PointRecord::default(),
        }
    }

    /// Takes one export request. A message that does not parse becomes one reject.
    pub fn message(&mut self, bytes: &'a [u8]) {
        let mark = self.sink.mark();
        self.ordinals = Ordinals::default();
        self.signal = signal_of(bytes);
        if let Err(stop) = self.request(bytes) {
            self.sink.rollback(&mark);
            self.reject(Signal::Message, bytes, &reason_of(stop));
        }
    }

    /// Goes on within a message.
    pub(super) fn go_on(&mut self, ordinals: Ordinals, signal: Option<Signal>) {
        (self.ordinals, self.signal) = (ordinals, signal);
    }

    fn request(&mut self, bytes: &'a [u8]) -> Result {
        let mut message = Message::new(bytes);
        while let Some(field) = message.field()? {
            if let (1, Value::Bytes(group)) = field {
                self.resource_group(group)?;
            }
        }
        Ok(())
    }

    fn resource_group(&mut self, bytes: &'a [u8]) -> Result {
        let (mark, ordinals) = (self.sink.mark(), self.ordinals);
        let mut resource = ResourceRecord::default();
        let read = self.resource_members(bytes, &mut resource);
        match read.and_then(|()| self.sink.end_resource(&resource, &mark)) {
            Err(Stop::Bad(reason)) => {
                self.sink.rollback(&mark);
                self.ordinals = ordinals;
                let before = self.sink.rejected;
                let mut message = Message::new(bytes);
                while let Some(field) = message.field()? {
                    if let (2, Value::Bytes(scope)) = field {
                        self.reject_scope(scope, &reason)?;
                    }
                }
                if self.sink.rejected == before {
                    self.reject(Signal::Message, bytes, &reason);
                }
                Ok(())
            }
            other => other,
        }
    }

    fn resource_members(&mut self, bytes: &'a [u8], resource: &mut ResourceRecord<'a>) -> Result {
        let mut refs = EntityRefsJson::default();
        let mut message = Message::new(bytes);
        while let Some(field) = message.field()? {
            match field {
                (1, Value::Bytes(value)) => read_resource(value, resource, &mut refs)?,
                (2, Value::Bytes(scope)) => self.scope_group(scope)?,
                (3, Value::Bytes(value)) => resource.schema_url = text(value)?,
                _ => {}
            }
        }
        resource.entity_refs = refs.finish();
        Ok(())
    }

    fn scope_group(&mut self, bytes: &'a [u8]) -> Result {
        let (mark, ordinals) = (self.sink.mark(), self.ordinals);
        let mut scope = ScopeRecord::default();
        let read = self.scope_members(bytes, &mut scope);
        match read.and_then(|()| self.sink.end_scope(&scope)) {
            Err(Stop::Bad(reason)) => {
                self.sink.rollback(&mark);
                self.ordinals = ordinals;
                let before = self.sink.rejected;
                self.reject_scope(bytes, &reason)?;
                if self.sink.rejected == before {
                    self.reject(Signal::Message, bytes, &reason);
                }
                Ok(())
            }
            other => other,
        }
    }

    fn scope_members(&mut self, bytes: &'a [u8], scope: &mut ScopeRecord<'a>) -> Result {
        let mut message = Message::new(bytes);
        while let Some(field) = message.field()? {
            match field {
                (1, Value::Bytes(value)) => read_scope(value, scope)?,
                (2, Value::Bytes(record)) => self.record(record)?,
                (3, Value::Bytes(value)) => scope.schema_url = text(value)?,
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn record(&mut self, bytes: &'a [u8]) -> Result {
        match self.signal {
            Some(Signal::Span) => {
                let place = self.place(Signal::Span, bytes);
                self.span.clear();
                let read = read_span(bytes, &mut self.span);
                let taken = read.and_then(|()| self.sink.push_span(&self.span, place));
                self.settle(taken, Signal::Span, bytes, place)
            }
            Some(Signal::LogRecord) => {
                let place = self.place(Signal::LogRecord, bytes);
                self.log.clear();
                let read = read_log(bytes, &mut self.log);
                let taken = read.and_then(|()| self.sink.push_log(&self.log, place));
                self.settle(taken, Signal::LogRecord, bytes, place)
            }
            Some(Signal::MetricPoint) => self.metric(bytes),
            Some(Signal::Profile) => {
                self.reject(Signal::Profile, bytes, &PROFILE);
                Ok(())
            }
            Some(Signal::Message) | None => Err(Stop::Bad(UNKNOWN)),
        }
    }

    /// A metric whose header is bad rejects all of its points.
    fn metric(&mut self, bytes: &'a [u8]) -> Result {
        let mut metric = MetricHeader::default();
        let data = match read_header(bytes, &mut metric) {
            Ok(data) => data,
            Err(Stop::Bad(reason)) => return self.reject_metric(bytes, &reason),
            Err(stop) => return Err(stop),
        };
        if let Some(detail) = data.removed {
            let reason = Reason { word: "removed_metric_kind", detail };
            data.points.iter().for_each(|point| self.reject(Signal::MetricPoint, point, &reason));
            return Ok(());
        }
        for bytes in data.points {
            let place = self.place(Signal::MetricPoint, bytes);
            self.point.clear();
            let read = read_point(bytes, metric.kind, &mut self.point);
            let taken = read.and_then(|()| self.sink.push_point(&metric, &self.point, place));
            self.settle(taken, Signal::MetricPoint, bytes, place)?;
        }
        Ok(())
    }

    fn place(&mut self, signal: Signal, bytes: &[u8]) -> Place {
        Place { offset: self.base + offset_in(self.data, bytes) as u64, ordinal: self.ordinals.next(signal) }
    }

    fn settle(&mut self, taken: Result, signal: Signal, bytes: &[u8], place: Place) -> Result {
        match taken {
            Err(Stop::Bad(reason)) => {
                self.sink.reject(signal, place, bytes.len() as u64, &reason, bytes);
                Ok(())
            }
            other => other,
        }
    }

    /// Rejects bytes of the file that are no message.
    pub fn reject_unread(&mut self, place: Place, bytes: &[u8], reason: &Reason) {
        self.sink.reject(Signal::Message, place, bytes.len() as u64, reason, bytes);
    }

    fn reject(&mut self, signal: Signal, bytes: &[u8], reason: &Reason) {
        let place = self.place(signal, bytes);
        self.sink.reject(signal, place, bytes.len() as u64, reason, bytes);
    }

    fn reject_scope(&mut self, bytes: &'a [u8], reason: &Reason) -> Result {
        let mut message = Message::new(bytes);
        while let Some(field) = message.field()? {
            if let (2, Value::Bytes(record)) = field {
                self.reject_record(record, reason)?;
            }
        }
        Ok(())
    }

    pub(super) fn reject_record(&mut self, record: &'a [u8], reason: &Reason) -> Result {
        match self.signal {
            Some(Signal::MetricPoint) => self.reject_metric(record, reason),
            signal => {
                self.reject(signal.unwrap_or(Signal::Message), record, reason);
                Ok(())
            }
        }
    }

    fn reject_metric(&mut self, bytes: &'a [u8], reason: &Reason) -> Result {
        let mut message = Message::new(bytes);
        while let Some(field) = message.field()? {
            let (4..=11, Value::Bytes(body)) = field else { continue };
            let mut body = Message::new(body);
            while let Some(field) = body.field()? {
                if let (1, Value::Bytes(point)) = field {
                    self.reject(Signal::MetricPoint, point, reason);
                }
            }
        }
        Ok(())
    }
}

pub(super) fn reason_of(stop: Stop) -> Reason {
    match stop {
        Stop::Bad(reason) => reason,
        Stop::Malformed(detail) => Reason { word: "malformed_protobuf", detail },
        Stop::Incomplete => Reason { word: "malformed_protobuf", detail: "the message ends early" },
    }
}
