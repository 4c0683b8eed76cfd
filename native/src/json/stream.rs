//! A JSON document that is too large to be held, record by record.
//!
//! What is held is one record, resource or scope, and the rows of the resource group that is open: its resource may
//! follow them. Unlike a document that is read whole, one that proves malformed keeps the groups before the damage.

use crate::error::{Reason, Result, Stop};
use crate::json::containers::{end_group, end_scope, read_resource, read_scope};
use crate::json::decoder::{JsonDecoder, NO_MESSAGE, PROFILE};
use crate::json::framing::{NOT_UTF8, next_document, reason_of, valid_up_to};
use crate::json::lexer::{Lexer, Members};
use crate::json::names::{is_group_list, is_scope_list};
use crate::ordinals::Ordinals;
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::{Container, RAW_LIMIT, Signal, Sink, Taken};

/// What is open, from outside in.
#[derive(Default)]
pub struct DocumentStream {
    open: Vec<(Members, Open)>,
    ordinals: Ordinals,
    /// Where bytes begin that are rejected, why, and the first of them that were at hand.
    damage: Option<(u64, Reason, Vec<u8>)>,
}

enum Open {
    Texts,
    Message { begin: u64, is_otlp: bool, is_empty: bool },
    Groups,
    Group(Container),
    Scopes,
    Scope(Container),
    Records(Signal),
}

impl DocumentStream {
    /// Goes on with the document, or begins one.
    pub fn feed(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken {
        if self.damage.is_some() {
            return Taken { consumed: self.pass_over(data, 0, base, sink), messages: 0 };
        }
        let valid = valid_up_to(data, 0);
        let mut decoder = JsonDecoder::new(&data[..valid], base, sink);
        decoder.ordinals = self.ordinals;
        let (mut consumed, mut between) = (0, None);
        loop {
            let (mark, ordinals) = (decoder.sink.mark(), decoder.ordinals);
            if !self.is_in_group() {
                between = self.open.last().map(|top| (consumed, self.open.len(), top.0, mark, ordinals));
            }
            match self.step(&mut decoder) {
                Ok(()) => consumed = decoder.lexer.at,
                Err(stop) => {
                    decoder.sink.rollback(&mark);
                    decoder.ordinals = ordinals;
                    // Three bytes may be the beginning of a character.
                    if stop == Stop::Incomplete && data.len() - valid < 4 {
                        // A group that began in these bytes is read again, so that rows can be taken out before it.
                        if let (true, Some((at, depth, members, mark, ordinals))) =
                            (self.is_in_group(), between)
                            && at > 0
                        {
                            self.open.truncate(depth);
                            self.open[depth - 1].0 = members;
                            decoder.sink.rollback(&mark);
                            (decoder.ordinals, consumed) = (ordinals, at);
                        }
                        break;
                    }
                    let stop = if stop == Stop::Incomplete { NOT_UTF8 } else { stop };
                    let begin = self.leave(base + consumed as u64, decoder.sink);
                    let raw = data[consumed..].iter().take(RAW_LIMIT).copied().collect();
                    self.damage = Some((begin, reason_of(stop), raw));
                    consumed = self.pass_over(data, consumed, base, decoder.sink);
                }
            }
            if self.open.is_empty() {
                break;
            }
        }
        self.ordinals = decoder.ordinals;
        Taken { consumed, messages: decoder.messages }
    }

    /// Whether the document has not ended yet.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty() || self.damage.is_some()
    }

    /// Whether rows lack their resource still, so that none may be taken out of the sink.
    pub fn is_in_group(&self) -> bool {
        self.open.iter().any(|(_, open)| matches!(open, Open::Group(_)))
    }

    /// Leaves the document, which ends early at offset `end`: forgets the group that is open. Returns where to go on.
    pub fn leave(&mut self, end: u64, sink: &mut Sink) -> u64 {
        let group = self.open.drain(..).find_map(|(_, open)| match open {
            Open::Group(group) => Some(group),
            _ => None,
        });
        self.ordinals = Ordinals::default();
        self.reject_damage(end, sink);
        group.map_or(end, |group| {
            sink.rollback(&group.mark);
            group.begin
        })
    }

    /// Behind damage: on to where a document may begin. Returns that place in `data`, or its end.
    fn pass_over(&mut self, data: &[u8], at: usize, base: u64, sink: &mut Sink) -> usize {
        let end = next_document(data, at);
        if end == data.len() {
            // The line feed before a document may be the last byte.
            return end - usize::from(data.ends_with(b"\n"));
        }
        self.reject_damage(base + end as u64, sink);
        end
    }

    fn reject_damage(&mut self, end: u64, sink: &mut Sink) {
        if let Some((begin, reason, raw)) = self.damage.take() {
            sink.reject_message(begin, end, &reason, &raw);
        }
    }

    /// Into a container, out of one, or over one member or record; nothing at all when the text ends before that.
    fn step(&mut self, decoder: &mut JsonDecoder) -> Result {
        let Some(top) = self.open.len().checked_sub(1) else { return self.begin(decoder) };
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
                let container = decoder.sink.open(begin);
                self.open
                    .push((members, if is_group { Open::Group(container) } else { Open::Scope(container) }));
                Ok(())
            }
            Err(Stop::Bad(reason)) => decoder.reject_group(&reason),
            Err(stop) => Err(stop),
        }
    }

    fn record(&mut self, decoder: &mut JsonDecoder, signal: Signal) -> Result {
        let spoilt = self.open.iter().find_map(|(_, open)| match open {
            Open::Group(container) | Open::Scope(container) => container.reason.as_ref(),
            _ => None,
        });
        decoder.lexer.peek()?;
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
            self.open[top].1 = Open::Group(decoder.sink.open(*begin));
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
            container.own = text.to_vec();
        }
        Ok(())
    }

    fn schema_url(&mut self, decoder: &mut JsonDecoder, top: usize) -> Result {
        match decoder.lexer.text() {
            Ok(url) => {
                if let Open::Group(container) | Open::Scope(container) = &mut self.open[top].1 {
                    container.schema_url = url.into_owned();
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
            Some((_, Open::Group(inner) | Open::Scope(inner))) => decoder.sink.spoil(inner, reason, end),
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
            Some((_, Open::Group(container))) => sink.close(container, end, end_group),
            Some((_, Open::Scope(container))) => sink.close(container, end, end_scope),
            _ => {}
        }
        Ok(())
    }
}
