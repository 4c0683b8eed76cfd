//! Traces drawn by hand: what goes into the kernel and what comes out, by row.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, MapArray, RecordBatch, StringArray,
};
use arrow_schema::{Field, Schema};

use _native::assemble::{ContextTables, Table, Tables, assemble, survey};

pub const DAY: i32 = 20_000;
/// Nanoseconds since 1970 at which drawn times begin.
pub const ZERO: i64 = DAY as i64 * 86_400_000_000_000;

pub fn id(number: u64) -> String {
    format!("{number:016x}")
}

pub fn trace(number: u128) -> String {
    format!("{number:032x}")
}

#[derive(Clone)]
pub struct Drawn {
    pub trace_id: String,
    pub span_id: String,
    pub parent: Option<String>,
    pub start: i64,
    pub duration: i64,
    pub kind: i32,
    pub status: i32,
    pub resource: i64,
    pub service: Option<&'static str>,
    pub date: i32,
    pub content: Option<i64>,
    pub is_assembled: bool,
    pub duplicates: i32,
    pub known: i32,
    /// Service, host, destination, database.
    pub peers: [Option<&'static str>; 4],
}

/// A span of trace 1; parent 0 is none. Times are nanoseconds after `ZERO`.
pub fn span(number: u64, parent: u64, start: i64, end: i64) -> Drawn {
    Drawn {
        trace_id: trace(1),
        span_id: id(number),
        parent: (parent > 0).then(|| id(parent)),
        start: ZERO + start,
        duration: end - start,
        kind: 1,
        status: 0,
        resource: 1,
        service: Some("shop"),
        date: DAY,
        content: Some(number as i64),
        is_assembled: false,
        duplicates: 0,
        known: 0,
        peers: [None; 4],
    }
}

/// A link of a span of trace 1 to another one of it.
#[derive(Clone)]
pub struct DrawnLink {
    pub from: Drawn,
    pub trace_id: String,
    pub span_id: String,
}

pub fn link(from: &Drawn, to: &Drawn) -> DrawnLink {
    DrawnLink { from: from.clone(), trace_id: to.trace_id.clone(), span_id: to.span_id.clone() }
}

fn table(name: &'static str, columns: Vec<(&str, ArrayRef)>) -> Table {
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|(_, a)| a).collect()).unwrap();
    Table::new(name, schema, vec![batch]).unwrap()
}

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn longs(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn ints(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Int32Array>())
}

fn dates(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Date32Array>())
}

pub fn span_table(spans: &[Drawn]) -> Table {
    let s = || spans.iter();
    table(
        "spans",
        vec![
            ("event_date", dates(s().map(|s| s.date))),
            ("trace_id", texts(s().map(|s| Some(&s.trace_id)))),
            ("span_id", texts(s().map(|s| Some(&s.span_id)))),
            ("parent_span_id", texts(s().map(|s| s.parent.as_ref()))),
            ("kind", ints(s().map(|s| s.kind))),
            ("status_code", ints(s().map(|s| s.status))),
            ("start_time_unix_nano", longs(s().map(|s| Some(s.start)))),
            ("duration_nano", longs(s().map(|s| Some(s.duration)))),
            ("resource_key", longs(s().map(|s| Some(s.resource)))),
            ("service_name", texts(s().map(|s| s.service))),
            ("content_key", longs(s().map(|s| s.content))),
            ("is_assembled", Arc::new(BooleanArray::from_iter(s().map(|s| Some(s.is_assembled))))),
            ("duplicate_count", ints(s().map(|s| s.duplicates))),
            ("known_issues", ints(s().map(|s| s.known))),
            ("service_peer_name", texts(s().map(|s| s.peers[0]))),
            ("server_address", texts(s().map(|s| s.peers[1]))),
            ("messaging_destination_name", texts(s().map(|s| s.peers[2]))),
            ("db_namespace", texts(s().map(|s| s.peers[3]))),
        ],
    )
}

pub fn link_table(links: &[DrawnLink]) -> Table {
    let l = || links.iter();
    table(
        "links",
        vec![
            ("event_date", dates(l().map(|l| l.from.date))),
            ("trace_id", texts(l().map(|l| Some(&l.from.trace_id)))),
            ("span_id", texts(l().map(|l| Some(&l.from.span_id)))),
            ("content_key", longs(l().map(|l| l.from.content))),
            ("linked_trace_id", texts(l().map(|l| Some(&l.trace_id)))),
            ("linked_span_id", texts(l().map(|l| Some(&l.span_id)))),
        ],
    )
}

/// What is known of whole dates.
#[derive(Default)]
pub struct Known {
    pub names: Vec<(&'static str, &'static str)>,
    pub consumed: Vec<Drawn>,
    /// Child's resource, parent's resource, nanoseconds.
    pub bounds: Vec<(i64, i64, i64)>,
}

impl Known {
    fn tables(&self) -> ContextTables {
        let (n, c, b) = (|| self.names.iter(), || self.consumed.iter(), || self.bounds.iter());
        let names = table(
            "names",
            vec![
                ("event_date", dates(n().map(|_| DAY))),
                ("category", texts(n().map(|n| Some(n.0)))),
                ("name", texts(n().map(|n| Some(n.1)))),
            ],
        );
        let consumer_links = table(
            "consumer_links",
            vec![
                ("event_date", dates(c().map(|c| c.date))),
                ("trace_id", texts(c().map(|c| Some(&c.trace_id)))),
                ("span_id", texts(c().map(|c| Some(&c.span_id)))),
            ],
        );
        let bounds = table(
            "bounds",
            vec![
                ("event_date", dates(b().map(|_| DAY))),
                ("child_resource_key", longs(b().map(|b| Some(b.0)))),
                ("parent_resource_key", longs(b().map(|b| Some(b.1)))),
                ("bound_nano", longs(b().map(|b| Some(b.2)))),
            ],
        );
        ContextTables { names, consumer_links, bounds }
    }
}

/// Finding, row, related row, value.
pub type Found = (String, Option<i64>, Option<i64>, Option<i64>);

/// Output tables of one run.
pub struct Assembled {
    tables: Tables,
    inputs: usize,
}

pub fn assembled(spans: &[Drawn], links: &[DrawnLink], known: &Known, limit: usize) -> Assembled {
    let tables = assemble(&span_table(spans), &link_table(links), &known.tables(), limit).unwrap();
    Assembled { tables, inputs: spans.len() }
}

/// Without links and without context.
pub fn of(spans: &[Drawn]) -> Assembled {
    assembled(spans, &[], &Known::default(), 1_000_000)
}

pub fn surveyed(spans: &[Drawn], links: &[DrawnLink]) -> Vec<(&'static str, RecordBatch)> {
    survey(&span_table(spans), &link_table(links)).unwrap()
}

impl Assembled {
    pub fn table(&self, name: &str) -> &RecordBatch {
        &self.tables.iter().find(|(table, _)| *table == name).unwrap().1
    }

    fn cell(table: &RecordBatch, column: &str, row: usize) -> Option<i64> {
        let array = table.column_by_name(column).unwrap();
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            arrow_schema::DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
            arrow_schema::DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
            arrow_schema::DataType::Date32 => array.as_primitive::<Date32Type>().value(row).into(),
            _ => array.as_boolean().value(row).into(),
        })
    }

    /// Output rows in their order: input row numbers.
    pub fn order(&self) -> Vec<i64> {
        self.table("spans").column_by_name("row").unwrap().as_primitive::<Int64Type>().values().to_vec()
    }

    /// A filled column by input row; None where it is null, -9 where the row did not survive.
    pub fn column(&self, name: &str) -> Vec<Option<i64>> {
        let mut values = vec![Some(-9); self.inputs];
        for (at, row) in self.order().into_iter().enumerate() {
            values[row as usize] = Self::cell(self.table("spans"), name, at);
        }
        values
    }

    pub fn trace(&self, column: &str) -> Option<i64> {
        Self::cell(self.table("traces"), column, 0)
    }

    pub fn text(&self, table: &str, column: &str, row: usize) -> String {
        self.table(table).column_by_name(column).unwrap().as_string::<i32>().value(row).to_string()
    }

    pub fn path_by_service(&self) -> Vec<(String, String)> {
        let column = self.table("traces").column_by_name("critical_path_by_service").unwrap();
        let map: &MapArray = column.as_map();
        let entries = map.value(0);
        let text = |i: usize, row| entries.column(i).as_string::<i32>().value(row).to_string();
        (0..entries.len()).map(|row| (text(0, row), text(1, row))).collect()
    }

    /// Sorted.
    pub fn findings(&self) -> Vec<Found> {
        let table = self.table("violations");
        let cell = |column, row| Self::cell(table, column, row);
        let mut found: Vec<_> = (0..table.num_rows())
            .map(|row| {
                let name = self.text("violations", "finding", row);
                (name, cell("row", row), cell("related_row", row), cell("value", row))
            })
            .collect();
        found.sort();
        found
    }

    /// (row, winner, is conflict), in the order of rows.
    pub fn losers(&self) -> Vec<(i64, i64, bool)> {
        let table = self.table("losers");
        let cell = |column, row| Self::cell(table, column, row).unwrap();
        let mut losers: Vec<_> = (0..table.num_rows())
            .map(|row| (cell("row", row), cell("winner_row", row), cell("is_conflict", row) == 1))
            .collect();
        losers.sort();
        losers
    }
}

/// `Some` of each.
pub fn all<const N: usize>(values: [i64; N]) -> Vec<Option<i64>> {
    values.into_iter().map(Some).collect()
}
