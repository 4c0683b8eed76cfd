//! A protobuf message that is too large to be held, record by record; see `json::stream`.

use crate::entity_refs::EntityRefsJson;
use crate::error::{Reason, Result, Stop};
use crate::ordinals::Ordinals;
use crate::proto::classify::signal_of;
use crate::proto::containers::{end_group, end_scope, read_resource, read_scope};
use crate::proto::decoder::{ProtoDecoder, UNKNOWN, reason_of};
use crate::proto::values::text;
use crate::proto::wire::{self, Message};
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::{Container, Ends, Signal, Sink, Taken, hand_out, lacks};

const BYTES: u64 = 2;
/// The resource groups of a request; the resource of a group; the scope of a scope group.
const FIRST: (u32, u64) = (1, BYTES);
/// The scope groups of a resource group; the records of a scope group.
const SECOND: (u32, u64) = (2, BYTES);
const SCHEMA_URL: (u32, u64) = (3, BYTES);
/// Bytes of the longest tag and the longest number behind it.
const LONGEST_HEADER: usize = 20;

/// What is open, from outside in, each with the offset in the file of its end.
#[derive(Clone, Default)]
pub struct MessageStream {
    open: Vec<(u64, Open)>,
    ends: Ends,
    signal: Option<Signal>,
    ordinals: Ordinals,
    /// Offset in the file of the first byte that was not consumed.
    at: u64,
    /// Where bytes begin that are rejected, and why.
    damage: Option<(u64, Reason)>,
}

#[derive(Clone)]
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
            if self.ends.is_looking() && !self.is_in_group() {
                break;
            }
            if !self.lacks() {
                between = Some((consumed, self.open.len(), decoder.sink.mark(), decoder.ordinals));
            }
            match self.step(&mut decoder, data, consumed, base) {
                Ok(0) => {
                    // A container that began in these bytes is read again, so that rows can be taken out before it.
                    if let (true, Some((at, depth, mark, ordinals))) = (self.lacks(), between)
                        && at > 0
                    {
                        self.open.truncate(depth);
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
        self.at = base + consumed as u64;
        Taken { consumed, messages: u64::from(is_new) }
    }

    /// Whether the message has not been left yet.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub fn is_in_group(&self) -> bool {
        self.open.len() > 1
    }

    /// As `lacks`, `hand_out`, `look_ahead` and `learn` of `json::stream`.
    pub fn lacks(&self) -> bool {
        lacks(self.containers())
    }

    pub fn hand_out(&mut self, sink: &mut Sink) {
        let at = self.at;
        hand_out(containers_mut(&mut self.open).rev(), at, sink);
    }

    pub fn look_ahead(&self) -> Self {
        let mut ahead = self.clone();
        ahead.ends = Ends::look_from(self.at, containers_mut(&mut ahead.open));
        ahead
    }

    pub fn learn(&mut self, ahead: Self, sink: &mut Sink) {
        self.ends.learn(ahead.ends, containers_mut(&mut self.open), self.at, sink);
        self.damage = ahead.damage;
    }

    fn containers(&self) -> impl Iterator<Item = &Container> {
        self.open.iter().filter_map(|(_, open)| match open {
            Open::Group(container) | Open::Scope(container) => Some(container),
            Open::Request => None,
        })
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
            Err(_) if is_cut && (rest.len() < LONGEST_HEADER || begins_group(rest)) => return Ok(0),
            Err(stop) => return Err(stop),
        };
        let before = rest.len() - message.rest.len();
        let size = before.saturating_add(length);
        if size > left {
            return Err(Stop::Malformed("a protobuf field is longer than its message"));
        }
        let opened = match (&self.open[self.open.len() - 1].1, tag) {
            (Open::Request, FIRST) => Open::Group(self.ends.open(here, end_group, decoder.sink)),
            (Open::Group(_), SECOND) => Open::Scope(self.ends.open(here, end_scope, decoder.sink)),
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
        tag: (u32, u64),
        value: &'a [u8],
        end: u64,
    ) -> Result {
        let spoilt = self.containers().find_map(|container| container.reason.clone());
        let Some((_, open)) = self.open.last_mut() else { return Ok(()) };
        let read = match (&mut *open, tag) {
            (Open::Group(container), FIRST) => {
                container.add_own(value);
                read_resource(value, &mut ResourceRecord::default(), &mut EntityRefsJson::default())
            }
            (Open::Scope(container), FIRST) => {
                container.add_own(value);
                read_scope(value, &mut ScopeRecord::default())
            }
            (Open::Group(container) | Open::Scope(container), tag) if tag == SCHEMA_URL => {
                container.set_schema_url(value);
                text(value).map(drop)
            }
            (Open::Scope(_), SECOND) if self.ends.is_looking() => Ok(()),
            (Open::Scope(_), SECOND) => match (spoilt, self.signal) {
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
                container.spoil(reason, end, decoder.sink);
                Ok(())
            }
            (read, _) => read,
        }
    }

    /// Closes what ends at this offset.
    fn close_ended(&mut self, here: u64, sink: &mut Sink) {
        while self.open.last().is_some_and(|(end, _)| *end == here) {
            if let Some((_, Open::Group(container) | Open::Scope(container))) = self.open.pop() {
                self.ends.close(container, here, sink);
            }
        }
    }
}

fn containers_mut(open: &mut [(u64, Open)]) -> impl DoubleEndedIterator<Item = &mut Container> {
    open.iter_mut().filter_map(|(_, open)| match open {
        Open::Group(container) | Open::Scope(container) => Some(container),
        Open::Request => None,
    })
}

/// Number and wire type of the field that comes next, and the bytes of its value behind its length.
fn header(message: &mut Message) -> Result<((u32, u64), usize)> {
    let begin = *message;
    let tag = message.tag()?;
    if tag.1 == BYTES {
        let length = message.varint()?;
        return Ok((tag, usize::try_from(length).unwrap_or(usize::MAX)));
    }
    *message = begin;
    message.pass_over()?;
    Ok((tag, 0))
}

/// Whether a group of the wire format comes next, which does not tell where it ends.
fn begins_group(bytes: &[u8]) -> bool {
    Message::new(bytes).tag().is_ok_and(|(_, wire)| wire == wire::GROUP)
}
