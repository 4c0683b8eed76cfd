//! What a document that is read piece by piece holds: into containers, out of them, and over members and records.

use crate::error::{Reason, Result, Stop};
use crate::json::containers::{end_group, end_scope, read_resource, read_scope};
use crate::json::decoder::{JsonDecoder, NO_MESSAGE, PROFILE};
use crate::json::lexer::Lexer;
use crate::json::names::{is_group_list, is_scope_list};
use crate::json::stream::{DocumentStream, Open};
use crate::ordinals::Ordinals;
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::Signal;

impl DocumentStream {
    /// Into a container, out of one, or over one member or record; nothing at all when the text ends before that.
    pub(super) fn step(&mut self, decoder: &mut JsonDecoder) -> Result {
        let Some(top) = self.open.len().checked_sub(1) else {
            self.begin(decoder)?;
            return whole_number(&decoder.lexer);
        };
        let mut members = self.open[top].0;
        match self.open[top].1 {
            Open::Texts | Open::Groups | Open::Scopes | Open::Records(_) => {
                if !decoder.lexer.element(&mut members)? {
                    self.open.pop();
                    return Ok(());
                }
                self.element(decoder, top)?;
            }
            Open::Message { .. } | Open::Group(_) | Open::Scope(_) => {
                let Some(name) = decoder.lexer.key(&mut members)? else { return self.close(decoder) };
                self.member(decoder, top, &name)?;
            }
        }
        whole_number(&decoder.lexer)?;
        self.open[top].0 = members;
        Ok(())
    }

    fn begin(&mut self, decoder: &mut JsonDecoder) -> Result {
        if decoder.lexer.peek()? != b'[' {
            return self.message(decoder);
        }
        self.open.push((decoder.lexer.open_array()?, Open::Texts));
        Ok(())
    }

    fn message(&mut self, decoder: &mut JsonDecoder) -> Result {
        let begin = decoder.here()?;
        match decoder.lexer.open_object() {
            Ok(members) => self.open.push((members, Open::Message { begin, is_otlp: false, is_empty: true })),
            Err(Stop::Bad(_)) => decoder.reject(Signal::Message, decoder.lexer.at, &NO_MESSAGE)?,
            Err(stop) => return Err(stop),
        }
        decoder.messages += 1;
        decoder.ordinals = Ordinals::default();
        Ok(())
    }

    fn element(&mut self, decoder: &mut JsonDecoder, top: usize) -> Result {
        let is_group = match self.open[top].1 {
            Open::Records(signal) => return self.record(decoder, signal),
            Open::Texts => return self.message(decoder),
            Open::Groups => true,
            _ => false,
        };
        let begin = decoder.here()?;
        match decoder.lexer.open_object() {
            Ok(members) => {
                let opened = match is_group {
                    true => Open::Group(self.ends.open(begin, end_group, decoder.sink)),
                    false => Open::Scope(self.ends.open(begin, end_scope, decoder.sink)),
                };
                self.open.push((members, opened));
                Ok(())
            }
            Err(Stop::Bad(reason)) => decoder.reject_group(&reason),
            Err(stop) => Err(stop),
        }
    }

    fn record(&mut self, decoder: &mut JsonDecoder, signal: Signal) -> Result {
        decoder.lexer.peek()?;
        if self.ends.is_looking() {
            return decoder.lexer.skip();
        }
        let spoilt = self.containers().find_map(|container| container.reason.as_ref());
        match (spoilt, signal) {
            (Some(reason), Signal::MetricPoint) => decoder.reject_group(reason),
            (Some(reason), _) => decoder.reject(signal, decoder.lexer.at, reason),
            (None, Signal::Span) => decoder.span(),
            (None, Signal::LogRecord) => decoder.log(),
            (None, _) => decoder.metric(),
        }
    }

    fn member(&mut self, decoder: &mut JsonDecoder, top: usize, name: &[u8]) -> Result {
        if let Open::Message { begin, is_otlp, is_empty } = &mut self.open[top].1 {
            *is_empty = false;
            if name != b"resource" && !is_scope_list(name) {
                let is_list = is_group_list(name);
                *is_otlp |= is_list;
                return if is_list { self.list(decoder, Open::Groups) } else { decoder.lexer.skip() };
            }
            // A bare ResourceSpans-like object. It may hold nothing but a resource.
            self.open[top].1 = Open::Group(self.ends.open(*begin, end_group, decoder.sink));
        }
        let is_group = matches!(self.open[top].1, Open::Group(_));
        match name {
            b"resource" if is_group => self.own(decoder, top, |text| {
                read_resource(&mut Lexer::new(text), &mut ResourceRecord::default())
            }),
            b"scope" | b"instrumentationLibrary" | b"instrumentation_library" if !is_group => {
                self.own(decoder, top, |text| read_scope(&mut Lexer::new(text), &mut ScopeRecord::default()))
            }
            b"schemaUrl" | b"schema_url" => self.schema_url(decoder, top),
            b"scopeProfiles" | b"scope_profiles" if is_group => decoder.reject_lists(&PROFILE),
            name if is_group && is_scope_list(name) => self.list(decoder, Open::Scopes),
            b"spans" if !is_group => self.list(decoder, Open::Records(Signal::Span)),
            b"logRecords" | b"log_records" | b"logs" if !is_group => {
                self.list(decoder, Open::Records(Signal::LogRecord))
            }
            b"metrics" if !is_group => self.list(decoder, Open::Records(Signal::MetricPoint)),
            _ => decoder.lexer.skip(),
        }
    }

    fn list(&mut self, decoder: &mut JsonDecoder, open: Open) -> Result {
        match decoder.lexer.open_array() {
            Ok(members) => self.open.push((members, open)),
            Err(Stop::Bad(reason)) => self.spoil_value(decoder, reason)?,
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    /// The resource or scope: kept as it is written, since its schema URL is still to come.
    fn own(&mut self, decoder: &mut JsonDecoder, top: usize, read: impl Fn(&[u8]) -> Result) -> Result {
        decoder.lexer.peek()?;
        let begin = decoder.lexer.at;
        decoder.lexer.skip()?;
        let text = &decoder.lexer.bytes[begin..decoder.lexer.at];
        match read(text) {
            Err(Stop::Bad(reason)) => self.spoil(decoder, reason),
            read => read?,
        }
        if let Open::Group(container) | Open::Scope(container) = &mut self.open[top].1 {
            container.set_own(text);
        }
        Ok(())
    }

    fn schema_url(&mut self, decoder: &mut JsonDecoder, top: usize) -> Result {
        match decoder.lexer.text() {
            Ok(url) => {
                if let Open::Group(container) | Open::Scope(container) = &mut self.open[top].1 {
                    container.set_schema_url(&url);
                }
            }
            Err(Stop::Bad(reason)) => self.spoil_value(decoder, reason)?,
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    fn spoil_value(&mut self, decoder: &mut JsonDecoder, reason: Reason) -> Result {
        decoder.lexer.skip()?;
        self.spoil(decoder, reason);
        Ok(())
    }

    /// The innermost container cannot be taken; of a message that holds none, its member.
    fn spoil(&mut self, decoder: &mut JsonDecoder, reason: Reason) {
        let end = decoder.base + decoder.lexer.at as u64;
        match self.open.last_mut() {
            Some((_, Open::Group(inner) | Open::Scope(inner))) => inner.spoil(reason, end, decoder.sink),
            Some((_, Open::Message { begin, .. })) => decoder.sink.reject_message(*begin, end, &reason, b""),
            _ => {}
        }
    }

    /// The closing bracket of an object was read.
    fn close(&mut self, decoder: &mut JsonDecoder) -> Result {
        let end = decoder.base + decoder.lexer.at as u64;
        let sink = &mut decoder.sink;
        match self.open.pop() {
            Some((_, Open::Message { begin, is_otlp: false, is_empty: false })) => {
                sink.reject_message(begin, end, &NO_MESSAGE, b"");
            }
            Some((_, Open::Group(container) | Open::Scope(container))) => {
                self.ends.close(container, end, sink)
            }
            _ => {}
        }
        Ok(())
    }
}

/// A number that ends with the bytes at hand may go on behind them.
fn whole_number(lexer: &Lexer) -> Result {
    match lexer.bytes[..lexer.at].last() {
        Some(b'0'..=b'9') if lexer.at == lexer.bytes.len() => Err(Stop::Incomplete),
        _ => Ok(()),
    }
}
