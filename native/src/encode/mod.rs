//! Rows of the lake back to OTLP: what came in goes out.

mod json;
mod messages;
mod metrics;
mod out;
mod proto;
mod rows;

use std::collections::HashMap;

use json::JsonOut;
use messages::{Children, Kind, Request};
use proto::ProtoOut;
use rows::Rows;

pub use messages::Promoted;

/// One export request. `kind` says what the rows are (`spans`, `log_records`, or a kind of metric); `tables` are Arrow
/// IPC streams of `rows`, `resources`, `scopes` and the children (`span_events`, `span_links`, `exemplars`).
///
/// JSON comes as one line with its line feed, protobuf behind its length (uint32, big endian).
pub fn encode(
    form: &str,
    kind: &str,
    tables: HashMap<String, Vec<u8>>,
    promoted: HashMap<String, Promoted>,
) -> Result<Vec<u8>, String> {
    let kind = Kind::of(kind).ok_or_else(|| format!("unknown kind of rows {kind}"))?;
    let request = request(kind, tables, promoted)?;
    match form {
        "json" => {
            let mut out = JsonOut::default();
            out.object(|out| request.write(out, kind));
            out.bytes.push(b'\n');
            Ok(out.bytes)
        }
        "proto" => {
            let mut out = ProtoOut::default();
            request.write(&mut out, kind);
            let length = u32::try_from(out.bytes.len()).map_err(|_| "a message passes 4 GiB")?;
            Ok([&length.to_be_bytes()[..], &out.bytes].concat())
        }
        _ => Err(format!("unknown form {form}")),
    }
}

/// Every span as a protobuf request of its own: the first `limit` bytes of each, and the length of the whole.
pub fn encode_each(
    tables: HashMap<String, Vec<u8>>,
    promoted: HashMap<String, Promoted>,
    limit: usize,
) -> Result<Vec<(Vec<u8>, usize)>, String> {
    let request = request(Kind::Spans, tables, promoted)?;
    let known = request.entities();
    let message = |row: usize| {
        let mut out = ProtoOut::default();
        request.write_rows(&mut out, Kind::Spans, &known, row..row + 1);
        let length = out.bytes.len();
        out.bytes.truncate(limit);
        (out.bytes, length)
    };
    Ok((0..request.rows.len()).map(message).collect())
}

fn request(
    kind: Kind,
    mut tables: HashMap<String, Vec<u8>>,
    promoted: HashMap<String, Promoted>,
) -> Result<Request, String> {
    let mut take = |name: &str| {
        let stream = tables.remove(name).ok_or_else(|| format!("the table {name} is missing"))?;
        Rows::read(name, &stream)
    };
    let (rows, resources, scopes) = (take("rows")?, take("resources")?, take("scopes")?);
    let mut children = HashMap::new();
    let needed: &[&str] = match kind {
        Kind::Spans => &["span_events", "span_links"],
        Kind::Logs => &[],
        Kind::Points(_) => &["exemplars"],
    };
    for name in needed {
        children.insert(name.to_string(), Children::new(take(name)?));
    }
    Ok(Request { rows, resources, scopes, children, promoted })
}
