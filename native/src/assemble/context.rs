//! Facts about whole dates, which the surveys of all ranges give.

use std::collections::{HashMap, HashSet};

use crate::assemble::hashing::Seeded;
use crate::assemble::input::{Error, Table};

/// Differences of clocks that are never a violation.
pub const ALLOWED_SKEW: i64 = 1_000_000;

/// Categories of names.
pub const SERVICE: &str = "service";
pub const HOST: &str = "host";
pub const DESTINATION: &str = "destination";

/// The tables of a context.
pub struct ContextTables {
    pub names: Table,
    pub consumer_links: Table,
    pub bounds: Table,
}

pub struct Context<'a> {
    names: HashSet<(&'a str, i32, &'a str), Seeded>,
    consumer_links: HashSet<(i32, &'a str, &'a str), Seeded>,
    bounds: HashMap<(i32, i64, i64), i64, Seeded>,
}

impl<'a> Context<'a> {
    /// Keeps of the consumers' links those to traces between `low` and `high`.
    pub fn load(tables: &'a ContextTables, low: &str, high: &str) -> Result<Self, Error> {
        let rows = |table: &Table| 0..table.rows as u32;
        let names = &tables.names;
        let (date, category, name) =
            (names.dates("event_date")?, names.texts("category")?, names.texts("name")?);
        let names = rows(names)
            .map(|row| (category.text(row), date.get(row).unwrap_or_default(), name.text(row)))
            .collect();
        let links = &tables.consumer_links;
        let (date, trace, span) =
            (links.dates("event_date")?, links.texts("trace_id")?, links.texts("span_id")?);
        let consumer_links = rows(links)
            .filter(|&row| (low..=high).contains(&trace.text(row)))
            .map(|row| (date.get(row).unwrap_or_default(), trace.text(row), span.text(row)))
            .collect();
        let bounds = &tables.bounds;
        let (date, bound) = (bounds.dates("event_date")?, bounds.longs("bound_nano")?);
        let (child, parent) = (bounds.longs("child_resource_key")?, bounds.longs("parent_resource_key")?);
        let bounds = rows(bounds)
            .map(|row| {
                let pair = (child.get(row).unwrap_or_default(), parent.get(row).unwrap_or_default());
                ((date.get(row).unwrap_or_default(), pair.0, pair.1), bound.get(row).unwrap_or_default())
            })
            .collect();
        Ok(Context { names, consumer_links, bounds })
    }

    /// Whether SERVER or CONSUMER spans of the date go under a name.
    pub fn is_instrumented(&self, category: &str, date: i32, name: &str) -> bool {
        !name.is_empty() && self.names.contains(&(category, date, name))
    }

    /// Whether a CONSUMER span of the date links to a span.
    pub fn is_consumed(&self, date: i32, trace_id: &str, span_id: &str) -> bool {
        self.consumer_links.contains(&(date, trace_id, span_id))
    }

    /// Nanoseconds by which a child on another resource may lie outside its parent.
    pub fn bound(&self, date: i32, child: i64, parent: i64) -> i64 {
        self.bounds.get(&(date, child, parent)).map_or(ALLOWED_SKEW, |&bound| bound.max(ALLOWED_SKEW))
    }
}
