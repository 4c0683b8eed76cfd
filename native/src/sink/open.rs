//! Containers of a message that is read piece by piece: what has to be known until they close.

use std::collections::HashSet;

use crate::error::{Reason, Result, Stop};
use crate::sink::{Mark, Place, Selection, Signal, Sink};

/// Of larger containers looking ahead keeps what their end tells.
const LARGE: u64 = 16 * 1024 * 1024;

/// A resource group or scope group whose end was not seen yet.
#[derive(Clone)]
pub struct Container {
    /// Offset in the file of its first byte of which nothing was handed out.
    pub begin: u64,
    pub mark: Mark,
    /// The resource or scope, and the schema URL, as they are written.
    pub own: Vec<u8>,
    pub schema_url: Vec<u8>,
    /// Why none of its records can be taken.
    pub reason: Option<Reason>,
    /// Whether `own` and `schema_url` are those of its end, which was looked up.
    pub is_known: bool,
    /// Whether rows of it were handed out, or rejects.
    is_begun: bool,
    /// Makes its resource or scope known to the rows below.
    finish: fn(&mut Sink, &Container) -> Result,
}

impl Container {
    /// The resource or scope and the schema URL, as they come; those of the end are not overwritten.
    pub fn add_own(&mut self, message: &[u8]) {
        if !self.is_known {
            self.own.extend(message);
        }
    }

    pub fn set_own(&mut self, text: &[u8]) {
        if !self.is_known {
            self.own = text.to_vec();
        }
    }

    pub fn set_schema_url(&mut self, url: &[u8]) {
        if !self.is_known {
            self.schema_url = url.to_vec();
        }
    }

    /// Nothing of the container can be taken: what was is one reject, up to `end`, and what follows is rejected
    /// record by record.
    pub fn spoil(&mut self, reason: Reason, end: u64, sink: &mut Sink) {
        if self.reason.is_some() {
            return;
        }
        if sink.mark() != self.mark {
            sink.rollback(&self.mark);
            sink.reject_message(self.begin, end, &reason, &self.own);
        }
        self.reason = Some(reason);
    }
}

/// Closes containers; or looks ahead for their ends, so that rows need not wait for them.
#[derive(Clone, Default)]
pub struct Ends {
    /// Looking ahead began at this offset.
    looks_from: Option<u64>,
    /// Containers of which the end was seen.
    found: Vec<Container>,
}

impl Ends {
    /// Looks for the ends of what is open at offset `at`, over a sink that takes nothing.
    pub fn look_from<'c>(at: u64, open: impl Iterator<Item = &'c mut Container>) -> Self {
        open.for_each(|container| container.mark = Mark::default());
        Ends { looks_from: Some(at), found: Vec::new() }
    }

    /// Whether records are passed over.
    pub fn is_looking(&self) -> bool {
        self.looks_from.is_some()
    }

    pub fn open(&self, begin: u64, finish: fn(&mut Sink, &Container) -> Result, sink: &Sink) -> Container {
        let found = self.found.iter().find(|found| !self.is_looking() && found.begin == begin);
        let mut container = Container {
            begin,
            mark: sink.mark(),
            own: Vec::new(),
            schema_url: Vec::new(),
            reason: None,
            is_known: false,
            is_begun: false,
            finish,
        };
        if let Some(found) = found {
            learn(&mut container, found);
        }
        container
    }

    /// The container ends. One that cannot be taken and holds no record is a reject itself.
    pub fn close(&mut self, mut container: Container, end: u64, sink: &mut Sink) {
        if let Some(at) = self.looks_from {
            if container.begin < at || end - container.begin > LARGE {
                self.found.push(container);
            }
            return;
        }
        match &container.reason {
            Some(reason) if sink.mark() == container.mark && !container.is_begun => {
                let reason = reason.clone();
                sink.reject_message(container.begin, end, &reason, &container.own);
            }
            Some(_) => {}
            None => {
                if let Err(Stop::Bad(reason)) = (container.finish)(sink, &container) {
                    container.spoil(reason, end, sink);
                }
            }
        }
    }

    /// Takes over what was found ahead of offset `at`. Containers that cannot be taken are spoilt from there on.
    pub fn learn<'c>(
        &mut self,
        ahead: Ends,
        open: impl Iterator<Item = &'c mut Container>,
        at: u64,
        sink: &mut Sink,
    ) {
        self.found = ahead.found;
        for container in open {
            let Some(found) = self.found.iter().find(|found| found.begin == container.begin) else {
                continue;
            };
            match &found.reason {
                Some(reason) => container.spoil(reason.clone(), at, sink),
                None => learn(container, found),
            }
        }
    }
}

fn learn(container: &mut Container, found: &Container) {
    if found.reason.is_none() {
        container.own.clone_from(&found.own);
        container.schema_url.clone_from(&found.schema_url);
        container.is_known = true;
    }
}

/// Whether rows lack what the end of a container tells, outermost first: none may be taken out of the sink then.
pub fn lacks<'c>(open: impl Iterator<Item = &'c Container>) -> bool {
    open.take_while(|container| container.reason.is_none()).any(|container| !container.is_known)
}

/// Completes the rows of what is open, innermost first, before all rows are taken out of the sink at offset `at`.
pub fn hand_out<'c>(open: impl Iterator<Item = &'c mut Container>, at: u64, sink: &mut Sink) {
    for container in open {
        container.is_begun |= sink.mark() != container.mark;
        if container.reason.is_none()
            && let Err(Stop::Bad(reason)) = (container.finish)(sink, container)
        {
            container.spoil(reason, at, sink);
        }
        (container.begin, container.mark) = (at, Mark::default());
    }
}

impl Sink {
    /// A sink that takes nothing.
    pub fn nothing() -> Self {
        Sink { selection: Some(Selection::new(Vec::new(), HashSet::new())), ..Default::default() }
    }

    /// Bytes `begin` to `end` of the file are one reject.
    pub fn reject_message(&mut self, begin: u64, end: u64, reason: &Reason, raw: &[u8]) {
        let place = Place { offset: begin, ordinal: 0 };
        self.reject(Signal::Message, place, end - begin, reason, raw);
    }
}
