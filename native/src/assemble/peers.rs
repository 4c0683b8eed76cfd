//! The names that spans give to their peers, or that SERVER and CONSUMER spans go under themselves.
//!
//! Numeric addresses of peers and hosts within URLs are no names. Few spans are asked, so nothing is prepared for all.

use crate::assemble::context::{Context, DESTINATION, HOST, SERVICE};
use crate::assemble::input::{Error, Maps, Table, Texts};
use crate::assemble::spans::{SERVER, Span};

/// Attributes that name a peer, in the order in which they are asked; promoted ones first.
const SERVICE_KEYS: &[&str] = &["service.peer.name", "peer.service"];
const HOST_KEYS: &[&str] = &["server.address"];
const DESTINATION_KEYS: &[&str] = &["messaging.destination.name", "messaging.destination"];
const DATABASE_KEYS: &[&str] = &["db.namespace", "db.system.name", "db.name", "db.system"];
/// Before `server.address`: the callee on the caller's side, and the span's own host on a SERVER span.
const OLD_PEER_HOST: &str = "net.peer.name";
const OLD_OWN_HOST: &str = "net.host.name";

/// The finding that names the peer.
pub const UNINSTRUMENTED_CALLEE: &str = "uninstrumented_callee";

/// The columns that promoted attributes which name peers would have.
pub fn columns() -> impl Iterator<Item = String> {
    [SERVICE_KEYS, HOST_KEYS, DESTINATION_KEYS, DATABASE_KEYS].into_iter().flatten().map(|key| column(key))
}

fn column(key: &str) -> String {
    key.replace('.', "_")
}

/// What names a peer of one kind.
struct Named<'a> {
    promoted: Vec<Texts<'a>>,
    keys: &'static [&'static str],
}

impl<'a> Named<'a> {
    fn load(table: &'a Table, keys: &'static [&'static str]) -> Result<Self, Error> {
        let promoted = keys.iter().map(|key| column(key)).filter(|column| table.has(column));
        Ok(Named { promoted: promoted.map(|column| table.texts(&column)).collect::<Result<_, _>>()?, keys })
    }

    /// The first name that is stated and not empty; empty when there is none.
    fn of(&self, row: u32, attributes: &Maps<'a>) -> &'a str {
        let promoted = self.promoted.iter().map(|column| column.text(row));
        let others = self.keys.iter().map(|key| attributes.text(row, key));
        promoted.chain(others).find(|name| !name.is_empty()).unwrap_or_default()
    }
}

pub struct Peers<'a> {
    service: Named<'a>,
    host: Named<'a>,
    destination: Named<'a>,
    database: Named<'a>,
    attributes: Maps<'a>,
}

impl<'a> Peers<'a> {
    pub fn load(table: &'a Table) -> Result<Self, Error> {
        Ok(Peers {
            service: Named::load(table, SERVICE_KEYS)?,
            host: Named::load(table, HOST_KEYS)?,
            destination: Named::load(table, DESTINATION_KEYS)?,
            database: Named::load(table, DATABASE_KEYS)?,
            attributes: table.maps("attributes")?,
        })
    }

    pub fn host(&self, span: &Span) -> &'a str {
        let older = if span.kind == SERVER { OLD_OWN_HOST } else { OLD_PEER_HOST };
        match self.host.of(span.row, &self.attributes) {
            "" => self.attributes.text(span.row, older),
            name => name,
        }
    }

    pub fn destination(&self, span: &Span) -> &'a str {
        self.destination.of(span.row, &self.attributes)
    }

    /// What is wrong with a span that calls and has no counterpart, if anything: a peer that nothing instruments is
    /// inferred instead.
    pub fn finding(&self, span: &Span, context: &Context<'_>) -> Option<&'static str> {
        let [service, host, destination, database] = self.names(span);
        let named = [(SERVICE, service), (HOST, host), (DESTINATION, destination)];
        if named.iter().any(|(category, name)| context.is_instrumented(category, span.date, name)) {
            return Some(UNINSTRUMENTED_CALLEE);
        }
        let is_unnamed = [service, host, destination, database].iter().all(|name| name.is_empty());
        is_unnamed.then_some("unnamed_peer")
    }

    /// The name under which a sentence speaks of the peer.
    pub fn told(&self, span: &Span) -> Option<&'a str> {
        let [service, host, destination, database] = self.names(span);
        [service, destination, host, database].into_iter().find(|name| !name.is_empty())
    }

    fn names(&self, span: &Span) -> [&'a str; 4] {
        let of = |named: &Named<'a>| named.of(span.row, &self.attributes);
        [of(&self.service), self.host(span), of(&self.destination), of(&self.database)]
    }
}
