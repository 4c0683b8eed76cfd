//! Where decoded records land: the columns of every table, and what is known only when a container closes.
//!
//! Resource and scope may follow their records in the input, so `resource_key`, `scope_key`, `service_name` and the
//! keys made from them are filled when the scope or the resource ends.

mod accounting;
mod containers;
mod logs;
mod open;
mod points;
mod selection;
mod spans;

use std::collections::{HashMap, HashSet};

pub use accounting::{Place, RAW_LIMIT, Rejected, Signal, Taken};
pub use open::{Container, Ends, hand_out, lacks};
pub use selection::Selection;

use crate::attributes::AttributeWriter;
use crate::error::{Result, bad};
use crate::keys::Canonical;
use crate::promoted::Promoted;
use crate::tables::{
    Events, Exemplars, ExponentialHistogramPoints, HistogramPoints, Links, Logs, NumberPoints, Rejects,
    Resources, Scopes, Spans, Streams, SummaryPoints,
};

const DAY: i64 = 86_400_000_000_000;
const FIRST_TIME: i64 = 10_957 * DAY; // 2000-01-01

/// Heights of all tables, to go back to.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Mark {
    pub spans: usize,
    pub events: usize,
    pub links: usize,
    pub logs: usize,
    streams: usize,
    pub numbers: usize,
    pub histograms: usize,
    pub exponentials: usize,
    pub summaries: usize,
    pub exemplars: usize,
    resources: usize,
    scopes: usize,
    seen_streams: usize,
    rejects: usize,
    pending: usize,
    pub rejected: Rejected,
}

/// Keys met so far, able to forget the newest.
#[derive(Default)]
struct Seen {
    keys: HashSet<i64>,
    log: Vec<i64>,
}

impl Seen {
    fn insert(&mut self, key: i64) -> bool {
        let new = self.keys.insert(key);
        if new {
            self.log.push(key);
        }
        new
    }

    fn truncate(&mut self, len: usize) {
        for key in self.log.drain(len..) {
            self.keys.remove(&key);
        }
    }
}

/// The promoted attributes of each table that has some.
#[derive(Default)]
pub struct PromotedColumns {
    pub spans: Promoted,
    pub events: Promoted,
    pub logs: Promoted,
    pub resources: Promoted,
}

#[derive(Default)]
pub struct Sink {
    pub spans: Spans,
    pub events: Events,
    pub links: Links,
    pub logs: Logs,
    pub streams: Streams,
    pub numbers: NumberPoints,
    pub histograms: HistogramPoints,
    pub exponentials: ExponentialHistogramPoints,
    pub summaries: SummaryPoints,
    pub exemplars: Exemplars,
    pub resources: Resources,
    pub scopes: Scopes,
    pub rejects: Rejects,
    pub promoted: PromotedColumns,
    /// Row in `spans` of each event and link.
    pub event_span: Vec<u32>,
    pub link_span: Vec<u32>,
    /// Which rows of `streams` are the first of their key.
    pub stream_is_new: Vec<bool>,
    pub rejected: Rejected,
    /// What to take of the file; none: everything.
    pub selection: Option<Selection>,
    /// Where everything that is fed is said to stand.
    pub frame_offset: Option<u64>,
    pub writer: AttributeWriter,
    seen_resources: Seen,
    seen_scopes: Seen,
    seen_streams: Seen,
    /// Hashes of the streams of the resource being read; points hold the index here until it ends.
    pending: Vec<i64>,
    pending_in_scope: HashMap<i64, usize>,
    canonical: Canonical,
    text_total: usize,
    last_time: i64,
    file_key: i64,
    path: Vec<u8>,
}

impl Sink {
    pub fn new(promoted: PromotedColumns, now: i64) -> Self {
        Sink { promoted, last_time: now + DAY, ..Default::default() }
    }

    pub fn set_file(&mut self, file_key: i64, path: &str) {
        self.file_key = file_key;
        self.path = path.as_bytes().to_vec();
    }

    pub fn mark(&self) -> Mark {
        Mark {
            spans: self.spans.flags.len(),
            events: self.event_span.len(),
            links: self.link_span.len(),
            logs: self.logs.flags.len(),
            streams: self.streams.is_monotonic.len(),
            numbers: self.numbers.flags.len(),
            histograms: self.histograms.flags.len(),
            exponentials: self.exponentials.flags.len(),
            summaries: self.summaries.flags.len(),
            exemplars: self.exemplars.stream_key.len(),
            resources: self.seen_resources.log.len(),
            scopes: self.seen_scopes.log.len(),
            seen_streams: self.seen_streams.log.len(),
            rejects: self.rejects.file_key.len(),
            pending: self.pending.len(),
            rejected: self.rejected,
        }
    }

    /// Forgets everything since the mark.
    pub fn rollback(&mut self, mark: &Mark) {
        self.spans.truncate(mark.spans);
        self.promoted.spans.truncate(mark.spans);
        self.events.truncate(mark.events);
        self.promoted.events.truncate(mark.events);
        self.event_span.truncate(mark.events);
        self.links.truncate(mark.links);
        self.link_span.truncate(mark.links);
        self.logs.truncate(mark.logs);
        self.promoted.logs.truncate(mark.logs);
        self.streams.truncate(mark.streams);
        self.stream_is_new.truncate(mark.streams);
        self.numbers.truncate(mark.numbers);
        self.histograms.truncate(mark.histograms);
        self.exponentials.truncate(mark.exponentials);
        self.summaries.truncate(mark.summaries);
        self.exemplars.truncate(mark.exemplars);
        self.resources.truncate(mark.resources);
        self.promoted.resources.truncate(mark.resources);
        self.scopes.truncate(mark.scopes);
        self.rejects.truncate(mark.rejects);
        self.seen_resources.truncate(mark.resources);
        self.seen_scopes.truncate(mark.scopes);
        self.seen_streams.truncate(mark.seen_streams);
        self.pending.truncate(mark.pending);
        self.pending_in_scope.clear();
        self.rejected = mark.rejected;
    }

    /// Arrow strings hold 2 GiB a column; a record that would pass that in sum is refused.
    fn fits(&mut self, text: usize) -> Result {
        if self.text_total + text > i32::MAX as usize {
            return bad("record_too_large", "the texts of one batch would pass 2 GiB");
        }
        self.text_total += text;
        Ok(())
    }

    fn event_date(&self, time: i64) -> i32 {
        if (FIRST_TIME..=self.last_time).contains(&time) { (time / DAY) as i32 } else { 0 }
    }
}
