//! OTLP/JSON messages into the sink: what to keep and what to reject when something is wrong.

use crate::error::{Reason, Result, Stop, bad};
use crate::json::containers::{read_resource, read_scope};
use crate::json::lexer::Lexer;
use crate::json::logs::read_log;
use crate::json::names::{is_group_list, is_scope_list};
use crate::json::points::{Data, read_header, read_point};
use crate::json::spans::read_span;
use crate::ordinals::Ordinals;
use crate::records::{LogRecord, MetricHeader, PointRecord, ResourceRecord, ScopeRecord, SpanRecord};
use crate::sink::{Place, Signal, Sink};

pub struct JsonDecoder<'a, 's> {
    pub lexer: Lexer<'a>,
    pub sink: &'s mut Sink,
    /// Offset in the file of the text's first byte.
    pub base: u64,
    pub messages: u64,
    pub(super) ordinals: Ordinals,
    span: SpanRecord<'a>,
    log: LogRecord<'a>,
    point: PointRecord<'a>,
}

const REMOVED_KIND: Reason = Reason {
    word: "removed_metric_kind",
    detail: "OTLP has removed this kind of metric (int_gauge, int_sum …)",
};
pub(super) const PROFILE: Reason = Reason { word: "unsupported_signal", detail: "profiles are not taken" };

pub(super) const NO_MESSAGE: Reason =
    Reason { word: "no_otlp_key", detail: "the JSON object has no key of an OTLP message" };

impl<'a, 's> JsonDecoder<'a, 's> {
    pub fn new(text: &'a [u8], base: u64, sink: &'s mut Sink) -> Self {
        JsonDecoder {
            lexer: Lexer::new(text),
            sink,
            base,
            messages: 0,
            ordinals: Ordinals::default(),
            span: SpanRecord::default(),
            log: LogRecord::default(),
            point: PointRecord::default(),
        }
    }

    /// Takes the JSON value that comes next: a message, or an array of messages. When the text is not well-formed
    /// nothing of it is kept and the lexer stands anywhere within it.
    pub fn text(&mut self) -> Result {
        let mark = self.sink.mark();
        let messages = self.messages;
        let done = self.messages();
        if done.is_err() {
            self.sink.rollback(&mark);
            self.messages = messages;
        }
        done
    }

    fn messages(&mut self) -> Result {
        if self.lexer.peek()? != b'[' {
            return self.message();
        }
        let mut array = self.lexer.open_array()?;
        while self.lexer.element(&mut array)? {
            self.message()?;
        }
        Ok(())
    }

    fn message(&mut self) -> Result {
        self.lexer.peek()?;
        let begin = self.lexer.at;
        let mark = self.sink.mark();
        self.messages += 1;
        self.ordinals = Ordinals::default();
        match self.message_members(begin) {
            Err(Stop::Bad(reason)) => {
                self.sink.rollback(&mark);
                self.reject(Signal::Message, begin, &reason)
            }
            other => other,
        }
    }

    fn message_members(&mut self, begin: usize) -> Result {
        let mut object = match self.lexer.open_object() {
            Err(Stop::Bad(_)) => return bad("no_otlp_key", "the JSON value is no OTLP message"),
            other => other?,
        };
        let (mut is_otlp, mut is_empty) = (false, true);
        while let Some(name) = self.lexer.key(&mut object)? {
            is_empty = false;
            match name.as_ref() {
                name if is_group_list(name) => {
                    is_otlp = true;
                    let mut array = self.lexer.open_array()?;
                    while self.lexer.element(&mut array)? {
                        self.resource_group()?;
                    }
                }
                b"resource" => {
                    // A bare ResourceSpans-like object. It may hold nothing but a resource.
                    self.lexer.at = begin;
                    return self.resource_group();
                }
                name if is_scope_list(name) => {
                    self.lexer.at = begin;
                    return self.resource_group();
                }
                _ => self.lexer.skip()?,
            }
        }
        if is_otlp || is_empty {
            return Ok(());
        }
        Err(Stop::Bad(NO_MESSAGE))
    }

    /// A ResourceSpans, ResourceLogs or ResourceMetrics. A bad resource rejects every record below it.
    fn resource_group(&mut self) -> Result {
        self.lexer.peek()?;
        let begin = self.lexer.at;
        let (mark, ordinals) = (self.sink.mark(), self.ordinals);
        let mut resource = ResourceRecord::default();
        let taken = match self.resource_members(&mut resource) {
            Ok(()) => self.sink.end_resource(&resource, &mark),
            Err(stop) => Err(stop),
        };
        match taken {
            Err(Stop::Bad(reason)) => {
                self.sink.rollback(&mark);
                self.ordinals = ordinals;
                self.lexer.at = begin;
                self.reject_group(&reason)
            }
            other => other,
        }
    }

    fn resource_members(&mut self, resource: &mut ResourceRecord<'a>) -> Result {
        let mut object = self.lexer.open_object()?;
        while let Some(name) = self.lexer.key(&mut object)? {
            match name.as_ref() {
                b"resource" => read_resource(&mut self.lexer, resource)?,
                b"schemaUrl" | b"schema_url" => resource.schema_url = self.lexer.text()?,
                b"scopeProfiles" | b"scope_profiles" => self.reject_lists(&PROFILE)?,
                name if is_scope_list(name) => {
                    let mut array = self.lexer.open_array()?;
                    while self.lexer.element(&mut array)? {
                        self.scope_group()?;
                    }
                }
                _ => self.lexer.skip()?,
            }
        }
        Ok(())
    }

    /// A ScopeSpans, ScopeLogs or ScopeMetrics. A bad scope rejects every record in it.
    fn scope_group(&mut self) -> Result {
        self.lexer.peek()?;
        let begin = self.lexer.at;
        let (mark, ordinals) = (self.sink.mark(), self.ordinals);
        let mut scope = ScopeRecord::default();
        let taken = match self.scope_members(&mut scope) {
            Ok(()) => self.sink.end_scope(&scope),
            Err(stop) => Err(stop),
        };
        match taken {
            Err(Stop::Bad(reason)) => {
                self.sink.rollback(&mark);
                self.ordinals = ordinals;
                self.lexer.at = begin;
                self.reject_group(&reason)
            }
            other => other,
        }
    }

    fn scope_members(&mut self, scope: &mut ScopeRecord<'a>) -> Result {
        let mut object = self.lexer.open_object()?;
        while let Some(name) = self.lexer.key(&mut object)? {
            match name.as_ref() {
                b"scope" | b"instrumentationLibrary" | b"instrumentation_library" => {
                    read_scope(&mut self.lexer, scope)?;
                }
                b"schemaUrl" | b"schema_url" => scope.schema_url = self.lexer.text()?,
                b"spans" => self.each(Self::span)?,
                b"logRecords" | b"log_records" | b"logs" => self.each(Self::log)?,
                b"metrics" => self.each(Self::metric)?,
                _ => self.lexer.skip()?,
            }
        }
        Ok(())
    }

    fn each(&mut self, take: impl Fn(&mut Self) -> Result) -> Result {
        let mut array = self.lexer.open_array()?;
        while self.lexer.element(&mut array)? {
            take(self)?;
        }
        Ok(())
    }

    pub(super) fn span(&mut self) -> Result {
        let (begin, place) = self.place(Signal::Span)?;
        self.span.clear();
        let read = read_span(&mut self.lexer, &mut self.span);
        let taken = read.and_then(|()| self.sink.push_span(&self.span, place));
        self.settle(taken, Signal::Span, begin, place)
    }

    pub(super) fn log(&mut self) -> Result {
        let (begin, place) = self.place(Signal::LogRecord)?;
        self.log.clear();
        let read = read_log(&mut self.lexer, &mut self.log);
        let taken = read.and_then(|()| self.sink.push_log(&self.log, place));
        self.settle(taken, Signal::LogRecord, begin, place)
    }

    /// A metric whose header is bad rejects all of its points.
    pub(super) fn metric(&mut self) -> Result {
        self.lexer.peek()?;
        let begin = self.lexer.at;
        let mut metric = MetricHeader::default();
        let (points, reason) = match read_header(&mut self.lexer, &mut metric) {
            Ok(Data::Points(points)) => (points, None),
            Ok(Data::None | Data::Removed(None)) => return Ok(()),
            Ok(Data::Removed(Some(points))) => (points, Some(REMOVED_KIND)),
            Err(Stop::Bad(reason)) => {
                self.lexer.at = begin;
                return self.reject_group(&reason);
            }
            Err(stop) => return Err(stop),
        };
        let end = self.lexer.at;
        self.lexer.at = points;
        match reason {
            Some(reason) => self.reject_elements(Signal::MetricPoint, &reason)?,
            None => self.points(&metric)?,
        }
        self.lexer.at = end;
        Ok(())
    }

    fn points(&mut self, metric: &MetricHeader<'a>) -> Result {
        let mut array = self.lexer.open_array()?;
        while self.lexer.element(&mut array)? {
            let (begin, place) = self.place(Signal::MetricPoint)?;
            self.point.clear();
            let read = read_point(&mut self.lexer, &mut self.point);
            let taken = read.and_then(|()| self.sink.push_point(metric, &self.point, place));
            self.settle(taken, Signal::MetricPoint, begin, place)?;
        }
        Ok(())
    }

    /// Offset in the file of the value that comes next.
    pub(super) fn here(&mut self) -> Result<u64> {
        self.lexer.peek()?;
        Ok(self.base + self.lexer.at as u64)
    }

    fn place(&mut self, signal: Signal) -> Result<(usize, Place)> {
        let offset = self.here()?;
        Ok((self.lexer.at, Place { offset, ordinal: self.ordinals.next(signal) }))
    }

    /// Turns a bad record into a reject.
    fn settle(&mut self, taken: Result, signal: Signal, begin: usize, place: Place) -> Result {
        match taken {
            Err(Stop::Bad(reason)) => self.reject_at(signal, begin, place, &reason),
            other => other,
        }
    }
}
