//! A JSON document that is too large to be held, record by record.
//!
//! What is held is one record, resource or scope, and the rows of the containers that are open: what is said of them
//! may follow. Of large ones it is looked up ahead. Unlike a document that is read whole, one that proves malformed
//! keeps the groups before the damage.

use crate::error::{Reason, Stop};
use crate::json::decoder::JsonDecoder;
use crate::json::framing::{NOT_UTF8, next_document, reason_of, valid_up_to};
use crate::json::lexer::Members;
use crate::ordinals::Ordinals;
use crate::sink::{Container, Ends, RAW_LIMIT, Signal, Sink, Taken, hand_out, lacks};

/// What is open, from outside in.
#[derive(Clone, Default)]
pub struct DocumentStream {
    pub(super) open: Vec<(Members, Open)>,
    pub(super) ends: Ends,
    ordinals: Ordinals,
    /// Offset in the file of the first byte that was not consumed.
    at: u64,
    damage: Option<Damage>,
}

#[derive(Clone)]
pub(super) enum Open {
    Texts,
    Message { begin: u64, is_otlp: bool, is_empty: bool },
    Groups,
    Group(Container),
    Scopes,
    Scope(Container),
    Records(Signal),
}

/// Bytes that are rejected.
#[derive(Clone)]
struct Damage {
    begin: u64,
    /// Where the text is damaged: behind it a document may begin.
    at: u64,
    reason: Reason,
    /// The first bytes that were at hand.
    raw: Vec<u8>,
}

impl DocumentStream {
    /// Goes on with the document, or begins one.
    pub fn feed(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken {
        let taken = self.feed_from(data, base, sink);
        self.at = base + taken.consumed as u64;
        taken
    }

    fn feed_from(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken {
        if let Some(damage) = &self.damage {
            let at = usize::try_from(damage.at.saturating_sub(base)).unwrap_or(usize::MAX).min(data.len());
            return Taken { consumed: self.pass_over(data, at, base, sink), messages: 0 };
        }
        let valid = valid_up_to(data, 0);
        let mut decoder = JsonDecoder::new(&data[..valid], base, sink);
        decoder.ordinals = self.ordinals;
        let (mut consumed, mut between) = (0, None);
        loop {
            let (mark, ordinals, messages) = (decoder.sink.mark(), decoder.ordinals, decoder.messages);
            if !self.lacks() {
                between = self.open.last().map(|top| (consumed, self.open.len(), top.0, mark, ordinals));
            }
            match self.step(&mut decoder) {
                Ok(()) => consumed = decoder.lexer.at,
                Err(stop) => {
                    decoder.sink.rollback(&mark);
                    (decoder.ordinals, decoder.messages) = (ordinals, messages);
                    // Three bytes may be the beginning of a character.
                    if stop == Stop::Incomplete && data.len() - valid < 4 {
                        // A container that began in these bytes is read again, so that rows can be taken out before it.
                        if let (true, Some((at, depth, members, mark, ordinals))) = (self.lacks(), between)
                            && at > 0
                        {
                            self.open.truncate(depth);
                            self.open[depth - 1].0 = members;
                            decoder.sink.rollback(&mark);
                            (decoder.ordinals, consumed) = (ordinals, at);
                        }
                        break;
                    }
                    let reason = reason_of(if stop == Stop::Incomplete { NOT_UTF8 } else { stop });
                    let at = base + consumed as u64;
                    let raw = data[consumed..].iter().take(RAW_LIMIT).copied().collect();
                    let begin = self.leave(at, decoder.sink);
                    self.damage = Some(Damage { begin, at, reason, raw });
                    if !self.ends.is_looking() {
                        consumed = self.pass_over(data, consumed, base, decoder.sink);
                    }
                }
            }
            if self.open.is_empty() || self.ends.is_looking() && !self.is_in_group() {
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

    pub fn is_in_group(&self) -> bool {
        self.containers().next().is_some()
    }

    /// Whether rows lack what the end of a container tells, so that none may be taken out of the sink.
    pub fn lacks(&self) -> bool {
        lacks(self.containers())
    }

    /// Completes the rows of containers that are open, before all rows are taken out of the sink.
    pub fn hand_out(&mut self, sink: &mut Sink) {
        let at = self.at;
        hand_out(containers_mut(&mut self.open).rev(), at, sink);
    }

    /// A stream that passes over records to the end of the group that is open, to be fed what comes next.
    pub fn look_ahead(&self) -> Self {
        let mut ahead = self.clone();
        ahead.ends = Ends::look_from(self.at, containers_mut(&mut ahead.open));
        ahead
    }

    /// Takes over what looking ahead found, to the end of the group or to damage.
    pub fn learn(&mut self, ahead: Self, sink: &mut Sink) {
        self.ends.learn(ahead.ends, containers_mut(&mut self.open), self.at, sink);
        if ahead.damage.is_some() {
            self.leave(self.at, sink);
            self.damage = ahead.damage;
        }
    }

    pub(super) fn containers(&self) -> impl Iterator<Item = &Container> {
        self.open.iter().filter_map(|(_, open)| match open {
            Open::Group(container) | Open::Scope(container) => Some(container),
            _ => None,
        })
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
        if let Some(damage) = self.damage.take() {
            sink.reject_message(damage.begin, end, &damage.reason, &damage.raw);
        }
    }
}

fn containers_mut(open: &mut [(Members, Open)]) -> impl DoubleEndedIterator<Item = &mut Container> {
    open.iter_mut().filter_map(|(_, open)| match open {
        Open::Group(container) | Open::Scope(container) => Some(container),
        _ => None,
    })
}
