//! A protobuf message that is too large to be held, record by record; see `json::stream`.

use crate::entity_refs::EntityRefsJson;
use crate::error::{Reason, Result, Stop};
use crate::ordinals::Ordinals;
use crate::proto::classify::signal_of;
use crate::proto::containers::{end_group, end_scope, read_resource, read_scope};
use crate::proto::decoder::{ProtoDecoder, UNKNOWN, reason_of};
use crate::proto::values::text;
use crate::proto::wire::Message;
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::{Container, Signal, Sink, Taken};

const BYTES: u64 = 2;
const GROUP: u64 = 1 << 3 | BYTES;
const SCOPES: u64 = 2 << 3 | BYTES;
/// Bytes of the longest tag and the longest number behind it.
const LONGEST_HEADER: usize = 20;

/// What is open, from outside in, each with the offset in the file of its end.
#[derive(Default)]
pub struct MessageStream {
    open: Vec<(u64, Open)>,
    signal: Option<Signal>,
    ordinals: Ordinals,
    /// Where bytes begin that are rejected, and why.
    damage: Option<(u64, Reason)>,
}

enum Open {
    Request,
    Group(Container),
    Scope(Container),
}

impl MessageStream {
    /// Goes on with the message, or begins one. Of a damaged message the rest is passed over.
    pub fn feed(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken {
        let is_new = self.open.is_empty() && self.damage.is_none();
        if is_new {
            self.signal = signal_of(data);
            self.open.push((u64::MAX, Open::Request));
        }
        let mut decoder = ProtoDecoder::new(data, base, sink);
        decoder.go_on(self.ordinals, self.signal);
        let (mut consumed, mut between) = (0, None);
        while self.damage.is_none() {
            self.close_ended(base + consumed as u64, decoder.sink);
            if !self.is_in_group() {
                between = Some((consumed, decoder.sink.mark(), decoder.ordinals));
            }
            match self.step(&mut decoder, data, consumed, base) {
                Ok(0) => {
                    // A group that began in these bytes is read again, so that rows can be taken out before it.
                    if let (true, Some((at, mark, ordinals))) = (self.is_in_group(), between)
                        && at > 0
                    {
                        self.open.truncate(1);
                        decoder.sink.rollback(&mark);
                        (decoder.ordinals, consumed) = (ordinals, at);
                    }
                    break;
                }
                Ok(size) => consumed += size,
                Err(stop) => self.damage = Some((base + consumed as u64, reason_of(stop))),
            }
        }
        self.ordinals = decoder.ordinals;
        let consumed = if self.damage.is_some() { data.len() } else { consumed };
        Taken { consumed, messages: u64::from(is_new) }
    }

    /// Whether the message has not been left yet.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether rows lack their resource still, so that none may be taken out of the sink.
    pub fn is_in_group(&self) -> bool {
        self.open.len() > 1
    }

    /// Leaves the message behind `end`, the offset that was consumed. Returns where to go on: `end`, unless a group
    /// is still open, which is forgotten.
    pub fn leave(&mut self, end: u64, sink: &mut Sink) -> u64 {
        self.ordinals = Ordinals::default();
        let damage = self.damage.take();
        let end_of_good = damage.as_ref().map_or(end, |(begin, _)| *begin);
        self.close_ended(end_of_good, sink);
        let group = self.open.drain(..).find_map(|(_, open)| match open {
            Open::Group(group) => Some(group),
            _ => None,
        });
        let begin = group.map_or(end_of_good, |group| {
            sink.rollback(&group.mark);
            group.begin
        });
        let Some((_, reason)) = damage else { return begin };
        sink.reject_message(begin, end, &reason, b"");
        end
    }

    /// Over one field or into a container; returns the bytes that were passed, none when the data ends before that.
    fn step<'a>(
        &mut self,
        decoder: &mut ProtoDecoder<'a, '_>,
        data: &'a [u8],
        at: usize,
        base: u64,
    ) -> Result<usize> {
        let here = base + at as u64;
        let Some(&(end, _)) = self.open.last() else { return Ok(0) };
        let left = usize::try_from(end - here).unwrap_or(usize::MAX);
        let rest = &data[at..data.len().min(at.saturating_add(left))];
        let is_cut = rest.len() < left;
        let mut message = Message::new(rest);
        let (tag, length) = match header(&mut message) {
            Ok(header) => header,
            Err(_) if is_cut && rest.len() < LONGEST_HEADER => return Ok(0),
            Err(stop) => return Err(stop),
        };
        let before = rest.len() - message.rest.len();
        let size = before.saturating_add(length);
        if size > left {
            return Err(Stop::Malformed("a protobuf field is longer than its message"));
        }
        let opened = match (&self.open[self.open.len() - 1].1, tag) {
            (Open::Request, GROUP) => Open::Group(decoder.sink.open(here)),
            (Open::Group(_), SCOPES) => Open::Scope(decoder.sink.open(here)),
            _ if size > rest.len() => return Ok(0),
            _ => {
                self.field(decoder, tag, &rest[before..size], here + size as u64)?;
                return Ok(size);
            }
        };
        self.open.push((here + size as u64, opened));
        Ok(before)
    }

    fn field<'a>(
        &mut self,
        decoder: &mut ProtoDecoder<'a, '_>,
        tag: u64,
        value: &'a [u8],
        end: u64,
    ) -> Result {
        let is_spoilt = |open: &Open| match open {
            Open::Group(container) | Open::Scope(container) => container.reason.clone(),
            Open::Request => None,
        };
        let spoilt = self.open.iter().find_map(|(_, open)| is_spoilt(open));
        let Some((_, open)) = self.open.last_mut() else { return Ok(()) };
        let read = match (&mut *open, tag) {
            (Open::Group(container), GROUP) => {
                container.own.extend(value);
                read_resource(value, &mut ResourceRecord::default(), &mut EntityRefsJson::default())
            }
            (Open::Scope(container), GROUP) => {
                container.own.extend(value);
                read_scope(value, &mut ScopeRecord::default())
            }
            (Open::Group(container) | Open::Scope(container), tag) if tag == (3 << 3 | BYTES) => {
                container.schema_url = value.to_vec();
                text(value).map(drop)
            }
            (Open::Scope(_), SCOPES) => match (spoilt, self.signal) {
                (Some(reason), _) => return decoder.reject_record(value, &reason),
                (None, None) => {
                    decoder.reject_record(value, &UNKNOWN)?;
                    return Ok(());
                }
                (None, Some(_)) => decoder.record(value),
            },
            _ => Ok(()),
        };
        match (read, open) {
            (Err(Stop::Bad(reason)), Open::Group(container) | Open::Scope(container)) => {
                decoder.sink.spoil(container, reason, end);
                Ok(())
            }
            (read, _) => read,
        }
    }

    /// Closes what ends at this offset.
    fn close_ended(&mut self, here: u64, sink: &mut Sink) {
        while self.open.last().is_some_and(|(end, _)| *end == here) {
            match self.open.pop() {
                Some((_, Open::Group(container))) => sink.close(container, here, end_group),
                Some((_, Open::Scope(container))) => sink.close(container, here, end_scope),
                _ => {}
            }
        }
    }
}

/// The tag that comes next, and the bytes of its value behind its length.
fn header(message: &mut Message) -> Result<(u64, usize)> {
    let begin = *message;
    let tag = message.varint()?;
    if tag & 7 == BYTES {
        let length = message.varint()?;
        return Ok((tag, usize::try_from(length).unwrap_or(usize::MAX)));
    }
    // A number, or a group, which are passed over.
    *message = begin;
    message.field()?;
    Ok((tag, 0))
}
