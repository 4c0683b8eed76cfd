//! From rows of the lake to OTLP export requests: resources, scopes, records.
//!
//! Rows come ordered by resource, scope and (for points) stream; children name their row in `parent_row` and are
//! ordered by it.

use std::collections::HashMap;
use std::ops::Range;

use crate::encode::out::{Field, Out};
use crate::encode::rows::Rows;
use crate::records::MetricKind;

const ATTRIBUTES: (&str, &str) = ("attributes", "attribute_types");
const KEY: Field = Field(1, "key");
const VALUE: Field = Field(2, "value");

/// Promoted columns to turn back into attributes: column, attribute key, type letter.
pub type Promoted = Vec<(String, String, u8)>;

/// Everything one request is made of.
pub struct Request {
    pub rows: Rows,
    pub resources: Rows,
    pub scopes: Rows,
    /// Events, links or exemplars by what they are, with the run of rows that belongs to each parent.
    pub children: HashMap<String, Children>,
    /// By table: `rows`, `resources`, and names of children.
    pub promoted: HashMap<String, Promoted>,
}

/// Rows of resources and scopes by their keys.
pub struct Entities {
    resources: HashMap<i64, usize>,
    scopes: HashMap<i64, usize>,
}

pub struct Children {
    rows: Rows,
    run_of: HashMap<i64, (usize, usize)>,
}

impl Children {
    pub fn new(rows: Rows) -> Self {
        let run_of = rows
            .runs("parent_row", 0, rows.len())
            .into_iter()
            .map(|(row, first, end)| (row, (first, end)))
            .collect();
        Children { rows, run_of }
    }

    pub(super) fn of(&self, row: usize) -> (&Rows, usize, usize) {
        let (first, end) = self.run_of.get(&(row as i64)).copied().unwrap_or_default();
        (&self.rows, first, end)
    }
}

/// What the rows are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Spans,
    Logs,
    Points(MetricKind),
}

impl Kind {
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "spans" => Kind::Spans,
            "log_records" => Kind::Logs,
            "gauge" => Kind::Points(MetricKind::Gauge),
            "sum" => Kind::Points(MetricKind::Sum),
            "histogram" => Kind::Points(MetricKind::Histogram),
            "exponential_histogram" => Kind::Points(MetricKind::ExponentialHistogram),
            "summary" => Kind::Points(MetricKind::Summary),
            _ => return None,
        })
    }

    /// JSON names of the lists of resources, scopes and records.
    fn lists(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Kind::Spans => ("resourceSpans", "scopeSpans", "spans"),
            Kind::Logs => ("resourceLogs", "scopeLogs", "logRecords"),
            Kind::Points(_) => ("resourceMetrics", "scopeMetrics", "metrics"),
        }
    }
}

impl Request {
    pub fn write<O: Out>(&self, out: &mut O, kind: Kind) {
        self.write_rows(out, kind, &self.entities(), 0..self.rows.len());
    }

    /// Where resources and scopes stand, by key.
    pub fn entities(&self) -> Entities {
        Entities { resources: self.resources.index("resource_key"), scopes: self.scopes.index("scope_key") }
    }

    /// A request of some of the rows.
    pub fn write_rows<O: Out>(&self, out: &mut O, kind: Kind, known: &Entities, rows: Range<usize>) {
        let Entities { resources, scopes } = known;
        let (resource_list, scope_list, _) = kind.lists();
        let groups = self.rows.runs("resource_key", rows.start, rows.end);
        out.list(Field(1, resource_list), groups.len(), |out, i| {
            let (key, first, end) = groups[i];
            if let Some(&row) = resources.get(&key) {
                out.message(Field(1, "resource"), |out| self.resource(out, row));
                out.text(Field(3, "schemaUrl"), self.resources.text("schema_url", row));
            }
            let groups = self.rows.runs("scope_key", first, end);
            out.list(Field(2, scope_list), groups.len(), |out, i| {
                let (key, first, end) = groups[i];
                if let Some(&row) = scopes.get(&key) {
                    out.message(Field(1, "scope"), |out| self.scope(out, row));
                    out.text(Field(3, "schemaUrl"), self.scopes.text("schema_url", row));
                }
                self.records(out, kind, first, end);
            });
        });
    }

    fn records<O: Out>(&self, out: &mut O, kind: Kind, first: usize, end: usize) {
        let list = Field(2, kind.lists().2);
        match kind {
            Kind::Spans => out.list(list, end - first, |out, i| self.span(out, first + i)),
            Kind::Logs => out.list(list, end - first, |out, i| self.log(out, first + i)),
            Kind::Points(kind) => {
                let streams = self.rows.runs("stream_key", first, end);
                out.list(list, streams.len(), |out, i| self.metric(out, kind, streams[i].1, streams[i].2));
            }
        }
    }

    pub(super) fn attributes<O: Out>(&self, out: &mut O, field: Field, rows: &Rows, table: &str, row: usize) {
        self.map(out, field, rows, ATTRIBUTES, table, row);
    }

    /// Promoted columns first, then the map.
    pub(super) fn map<O: Out>(
        &self,
        out: &mut O,
        field: Field,
        rows: &Rows,
        map: (&str, &str),
        table: &str,
        row: usize,
    ) {
        let mut entries: Vec<(&str, u8, String)> = Vec::new();
        for (column, key, letter) in self.promoted.get(table).into_iter().flatten() {
            let text = match letter {
                b's' => rows.optional_text(column, row).map(str::to_string),
                b'i' => rows.optional_int(column, row).map(|v| v.to_string()),
                b'b' => rows.optional_boolean(column, row).map(|v| v.to_string()),
                _ => rows.optional_double(column, row).map(|v| {
                    let mut text = Vec::new();
                    crate::text::write_double(&mut text, v);
                    String::from_utf8(text).unwrap_or_default()
                }),
            };
            entries.extend(text.map(|text| (key.as_str(), *letter, text)));
        }
        entries.extend(rows.entries(map.0, map.1, row).map(|(k, letter, v)| (k, letter, v.to_string())));
        out.list(field, entries.len(), |out, i| {
            let (key, letter, text) = &entries[i];
            out.text(KEY, key);
            out.value(VALUE, *letter, text);
        });
    }

    fn resource<O: Out>(&self, out: &mut O, row: usize) {
        let t = &self.resources;
        self.attributes(out, Field(1, "attributes"), t, "resources", row);
        out.varint(Field(2, "droppedAttributesCount"), t.int("dropped_attributes_count", row));
        let refs = crate::entity_refs::read(t.text("entity_refs", row));
        out.list(Field(3, "entityRefs"), refs.len(), |out, i| {
            out.text(Field(1, "schemaUrl"), &refs[i].schema_url);
            out.text(Field(2, "type"), &refs[i].kind);
            out.texts(Field(3, "idKeys"), &refs[i].ids);
            out.texts(Field(4, "descriptionKeys"), &refs[i].descriptions);
        });
    }

    fn scope<O: Out>(&self, out: &mut O, row: usize) {
        let t = &self.scopes;
        out.text(Field(1, "name"), t.text("name", row));
        out.text(Field(2, "version"), t.text("version", row));
        self.attributes(out, Field(3, "attributes"), t, "scopes", row);
        out.varint(Field(4, "droppedAttributesCount"), t.int("dropped_attributes_count", row));
    }

    fn span<O: Out>(&self, out: &mut O, row: usize) {
        let t = &self.rows;
        let start = t.int("start_time_unix_nano", row);
        out.id(Field(1, "traceId"), t.text("trace_id", row));
        out.id(Field(2, "spanId"), t.text("span_id", row));
        out.text(Field(3, "traceState"), t.text("trace_state", row));
        out.id(Field(4, "parentSpanId"), t.text("parent_span_id", row));
        out.text(Field(5, "name"), t.text("name", row));
        out.varint(Field(6, "kind"), t.int("kind", row));
        out.fixed64(Field(7, "startTimeUnixNano"), start);
        out.fixed64(Field(8, "endTimeUnixNano"), start + t.int("duration_nano", row));
        self.attributes(out, Field(9, "attributes"), t, "spans", row);
        out.varint(Field(10, "droppedAttributesCount"), t.int("dropped_attributes_count", row));
        let (events, first, end) = self.children["span_events"].of(row);
        out.list(Field(11, "events"), end - first, |out, i| {
            let row = first + i;
            out.fixed64(Field(1, "timeUnixNano"), events.int("time_unix_nano", row));
            out.text(Field(2, "name"), events.text("name", row));
            self.attributes(out, Field(3, "attributes"), events, "span_events", row);
            out.varint(Field(4, "droppedAttributesCount"), events.int("dropped_attributes_count", row));
        });
        out.varint(Field(12, "droppedEventsCount"), t.int("dropped_events_count", row));
        let (links, first, end) = self.children["span_links"].of(row);
        out.list(Field(13, "links"), end - first, |out, i| {
            let row = first + i;
            out.id(Field(1, "traceId"), links.text("linked_trace_id", row));
            out.id(Field(2, "spanId"), links.text("linked_span_id", row));
            out.text(Field(3, "traceState"), links.text("trace_state", row));
            self.attributes(out, Field(4, "attributes"), links, "span_links", row);
            out.varint(Field(5, "droppedAttributesCount"), links.int("dropped_attributes_count", row));
            out.fixed32(Field(6, "flags"), links.int("flags", row) as u32);
        });
        out.varint(Field(14, "droppedLinksCount"), t.int("dropped_links_count", row));
        let (code, message) = (t.int("status_code", row), t.text("status_message", row));
        if code != 0 || !message.is_empty() {
            out.message(Field(15, "status"), |out| {
                out.text(Field(2, "message"), message);
                out.varint(Field(3, "code"), code);
            });
        }
        out.fixed32(Field(16, "flags"), t.int("flags", row) as u32);
    }

    fn log<O: Out>(&self, out: &mut O, row: usize) {
        let t = &self.rows;
        out.fixed64(Field(1, "timeUnixNano"), t.int("time_unix_nano", row));
        out.varint(Field(2, "severityNumber"), t.int("severity_number", row));
        out.text(Field(3, "severityText"), t.text("severity_text", row));
        if let (Some(body), Some(letter)) =
            (t.optional_text("body", row), t.text("body_type", row).bytes().next())
        {
            out.value(Field(5, "body"), letter, body);
        }
        self.attributes(out, Field(6, "attributes"), t, "log_records", row);
        out.varint(Field(7, "droppedAttributesCount"), t.int("dropped_attributes_count", row));
        out.fixed32(Field(8, "flags"), t.int("flags", row) as u32);
        out.id(Field(9, "traceId"), t.text("trace_id", row));
        out.id(Field(10, "spanId"), t.text("span_id", row));
        out.fixed64(Field(11, "observedTimeUnixNano"), t.int("observed_time_unix_nano", row));
        out.text(Field(12, "eventName"), t.text("event_name", row));
    }
}
