//! Containers of a message that is read piece by piece: what has to be known until they close.

use crate::error::{Reason, Result, Stop};
use crate::sink::{Mark, Place, Signal, Sink};

/// A resource group or scope group whose end was not seen yet.
pub struct Container {
    /// Offset in the file of its first byte.
    pub begin: u64,
    pub mark: Mark,
    /// The resource or scope, and the schema URL, as they are written.
    pub own: Vec<u8>,
    pub schema_url: Vec<u8>,
    /// Why none of its records can be taken.
    pub reason: Option<Reason>,
}

impl Sink {
    pub fn open(&self, begin: u64) -> Container {
        Container { begin, mark: self.mark(), own: Vec::new(), schema_url: Vec::new(), reason: None }
    }

    /// Nothing of the container can be taken: what was is one reject, up to `end`, and what follows is rejected
    /// record by record.
    pub fn spoil(&mut self, container: &mut Container, reason: Reason, end: u64) {
        if container.reason.is_some() {
            return;
        }
        if self.mark() != container.mark {
            self.rollback(&container.mark);
            self.reject_message(container.begin, end, &reason, &container.own);
        }
        container.reason = Some(reason);
    }

    /// The container ends. `finish` makes its resource or scope known; one that cannot be taken and holds no record
    /// is a reject itself.
    pub fn close(
        &mut self,
        mut container: Container,
        end: u64,
        finish: impl Fn(&mut Sink, &Container) -> Result,
    ) {
        match &container.reason {
            Some(reason) if self.mark() == container.mark => {
                let reason = reason.clone();
                self.reject_message(container.begin, end, &reason, &container.own);
            }
            Some(_) => {}
            None => {
                if let Err(Stop::Bad(reason)) = finish(self, &container) {
                    self.spoil(&mut container, reason, end);
                }
            }
        }
    }

    /// Bytes `begin` to `end` of the file are one reject.
    pub fn reject_message(&mut self, begin: u64, end: u64, reason: &Reason, raw: &[u8]) {
        let place = Place { offset: begin, ordinal: 0 };
        self.reject(Signal::Message, place, end - begin, reason, raw);
    }
}
