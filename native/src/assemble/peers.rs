//! The names that spans give to their peers, or that SERVER and CONSUMER spans go under themselves.

use crate::assemble::context::{Context, DESTINATION, HOST, SERVICE};
use crate::assemble::input::{Error, Table, Texts};
use crate::assemble::spans::Span;

pub struct Peers<'a> {
    pub service: Texts<'a>,
    pub host: Texts<'a>,
    pub destination: Texts<'a>,
    pub database: Texts<'a>,
}

impl<'a> Peers<'a> {
    pub fn load(table: &'a Table) -> Result<Self, Error> {
        Ok(Peers {
            service: table.texts("peer_service")?,
            host: table.texts("peer_host")?,
            destination: table.texts("peer_destination")?,
            database: table.texts("peer_database")?,
        })
    }

    /// What is wrong with a span that calls and has no counterpart, if anything: a peer that nothing instruments is
    /// inferred instead.
    pub fn finding(&self, span: &Span, context: &Context<'_>) -> Option<&'static str> {
        let (service, host) = (self.service.text(span.row), self.host.text(span.row));
        let destination = self.destination.text(span.row);
        let named = [(SERVICE, service), (HOST, host), (DESTINATION, destination)];
        if named.iter().any(|(category, name)| context.is_instrumented(category, span.date, name)) {
            return Some("uninstrumented_callee");
        }
        let is_unnamed =
            named.iter().all(|(_, name)| name.is_empty()) && self.database.text(span.row).is_empty();
        is_unnamed.then_some("unnamed_peer")
    }
}
