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
    mut tables: HashMap<String, Vec<u8>>,
    promoted: HashMap<String, Promoted>,
) -> Result<Vec<u8>, String> {
    let kind = Kind::of(kind).ok_or_else(|| format!("unknown kind of rows {kind}"))?;
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
    let request = Request { rows, resources, scopes, children, promoted };
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
