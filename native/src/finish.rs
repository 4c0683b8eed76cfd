//! From columns to Parquet files, each table in the order of its files.

use std::collections::HashMap;

use crate::columns::{Column, Gathered, Values};
use crate::parquet::{ParquetFile, TableFormat, TableWriter};
use crate::sink::Sink;
use crate::text::are_equal;

pub type Formats = HashMap<String, TableFormat>;

/// The files made so far, with the names of their tables.
pub struct Files<'f> {
    /// Without formats columns are read out and dropped: fuzzing needs no more.
    formats: Option<&'f Formats>,
    made: Vec<(&'static str, ParquetFile)>,
}

/// Takes one column of a table.
type Take<'t> = dyn FnMut(&str, &Gathered) -> Result<(), String> + 't;

impl Files<'_> {
    /// `fill` hands out every column of the table. No file is made for a table without rows, or
    /// whose format has no columns.
    fn table(
        &mut self,
        name: &'static str,
        rows: usize,
        dates: Option<&[i32]>,
        fill: impl FnOnce(&mut Take) -> Result<(), String>,
    ) -> Result<(), String> {
        let Some(formats) = self.formats else { return fill(&mut |_, _| Ok(())) };
        let format = formats.get(name).ok_or_else(|| format!("table {name} has no format"))?;
        if rows == 0 || format.columns.is_empty() {
            return Ok(());
        }
        let mut writer = TableWriter::new(format, rows, dates)?;
        fill(&mut |column, values| writer.column(column, values))?;
        let files = writer.finish().map_err(|e| format!("table {name}: {e}"))?;
        self.made.extend(files.into_iter().map(|file| (name, file)));
        Ok(())
    }
}

fn constant(value: i64, rows: usize) -> Gathered<'static> {
    Gathered::all(Values::Long(vec![value; rows]))
}

fn pick<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|&row| values[row as usize]).collect()
}

/// Row numbers `0..rows` ordered by a key.
fn order_by<K: Ord>(rows: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_unstable_by_key(|&row| (key(row as usize), row));
    order
}

impl Sink {
    /// Every table's rows, sorted, as files; the sink is used up. `ingest_batch` is written into each row.
    pub fn finish(
        self,
        ingest_batch: i64,
        formats: Option<&Formats>,
    ) -> Result<Vec<(&'static str, ParquetFile)>, String> {
        let mut files = Files { formats, made: Vec::new() };
        self.finish_spans(ingest_batch, &mut files)?;
        self.finish_logs(ingest_batch, &mut files)?;
        self.finish_points(ingest_batch, &mut files)?;
        self.finish_entities(&mut files)?;
        let order: Vec<u32> = (0..self.rejects.file_key.len() as u32).collect();
        files.table("rejects", order.len(), None, |take| {
            take("batch_id", &constant(ingest_batch, order.len()))?;
            self.rejects.columns(&order, take)
        })?;
        Ok(files.made)
    }

    fn finish_spans(&self, ingest_batch: i64, files: &mut Files) -> Result<(), String> {
        let spans = &self.spans;
        let order = self.span_order();
        let dates = pick(&spans.event_date, &order);
        files.table("spans_landing", order.len(), Some(&dates), |take| {
            take("ingest_batch", &constant(ingest_batch, order.len()))?;
            spans.columns(&order, &mut *take)?;
            self.promoted.spans.columns(&order, take)
        })?;
        let mut rank = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(at, &row)| rank[row as usize] = at as u32);
        let (order, parents, dates) = self.children(&self.event_span, &rank);
        files.table("span_events_landing", order.len(), Some(&dates), |take| {
            take("ingest_batch", &constant(ingest_batch, order.len()))?;
            take("content_key", &spans.content_key.gather(&parents))?;
            self.events.columns(&order, &mut *take)?;
            self.promoted.events.columns(&order, take)
        })?;
        let (order, parents, dates) = self.children(&self.link_span, &rank);
        files.table("span_links_landing", order.len(), Some(&dates), |take| {
            take("ingest_batch", &constant(ingest_batch, order.len()))?;
            take("content_key", &spans.content_key.gather(&parents))?;
            self.links.columns(&order, take)
        })
    }

    /// Children in the order of their spans: their rows, the rows of their spans, and their dates.
    fn children(&self, span_of: &[u32], rank: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<i32>) {
        let order = order_by(span_of.len(), |row| rank[span_of[row] as usize]);
        let parents = pick(span_of, &order);
        let dates = pick(&self.spans.event_date, &parents);
        (order, parents, dates)
    }

    /// By event date, trace id, start, span id. The first 16 digits of a trace id tell traces apart almost always.
    fn span_order(&self) -> Vec<u32> {
        let spans = &self.spans;
        let leading = |row: usize| {
            let id = spans.trace_id.0.get(row);
            let digits = id.iter().chain(std::iter::repeat(&b'0')).take(16);
            digits.fold(0, |all, digit| (all << 4) | (u64::from(digit & 15) + 9 * u64::from(digit >> 6)))
        };
        let mut keyed: Vec<(i32, u64, u32)> =
            (0..spans.flags.len()).map(|row| (spans.event_date[row], leading(row), row as u32)).collect();
        keyed.sort_unstable();
        let trace_id = |row: u32| spans.trace_id.0.get(row as usize);
        let rest =
            |row: u32| (spans.start_time_unix_nano[row as usize], spans.span_id.0.get(row as usize), row);
        for run in keyed.chunk_by_mut(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if run.iter().all(|(.., row)| are_equal(trace_id(*row), trace_id(run[0].2))) {
                run.sort_unstable_by(|a, b| rest(a.2).cmp(&rest(b.2)));
            } else {
                run.sort_unstable_by(|a, b| (trace_id(a.2), rest(a.2)).cmp(&(trace_id(b.2), rest(b.2))));
            }
        }
        keyed.into_iter().map(|(.., row)| row).collect()
    }

    fn finish_logs(&self, ingest_batch: i64, files: &mut Files) -> Result<(), String> {
        let logs = &self.logs;
        let order = order_by(logs.flags.len(), |row| {
            (logs.event_date[row], logs.service_name.get(row), logs.time_unix_nano[row])
        });
        let dates = pick(&logs.event_date, &order);
        files.table("log_records", order.len(), Some(&dates), |take| {
            take("ingest_batch", &constant(ingest_batch, order.len()))?;
            logs.columns(&order, &mut *take)?;
            self.promoted.logs.columns(&order, take)
        })
    }

    fn finish_points(&self, ingest_batch: i64, files: &mut Files) -> Result<(), String> {
        macro_rules! points {
            ($name:literal, $t:expr, $time:ident, $start:ident) => {{
                let t = $t;
                let order = order_by(t.stream_key.len(), |row| {
                    (t.event_date[row], t.stream_key[row], t.$time[row], t.$start[row])
                });
                let dates = pick(&t.event_date, &order);
                files.table($name, order.len(), Some(&dates), |take| {
                    take("ingest_batch", &constant(ingest_batch, order.len()))?;
                    t.columns(&order, take)
                })?;
            }};
        }
        points!("number_points", &self.numbers, time_unix_nano, start_time_unix_nano);
        points!("histogram_points", &self.histograms, time_unix_nano, start_time_unix_nano);
        points!("exponential_histogram_points", &self.exponentials, time_unix_nano, start_time_unix_nano);
        points!("summary_points", &self.summaries, time_unix_nano, start_time_unix_nano);
        points!("exemplars", &self.exemplars, point_time_unix_nano, time_unix_nano);
        Ok(())
    }

    fn finish_entities(&self, files: &mut Files) -> Result<(), String> {
        let streams = &self.streams;
        let mut order = order_by(streams.stream_key.len(), |row| streams.stream_key[row]);
        order.retain(|&row| self.stream_is_new[row as usize]);
        files.table("metric_streams", order.len(), None, |take| streams.columns(&order, take))?;
        let order = order_by(self.resources.resource_key.len(), |row| self.resources.resource_key[row]);
        files.table("resources", order.len(), None, |take| {
            self.resources.columns(&order, &mut *take)?;
            self.promoted.resources.columns(&order, take)
        })?;
        let order = order_by(self.scopes.scope_key.len(), |row| self.scopes.scope_key[row]);
        files.table("scopes", order.len(), None, |take| self.scopes.columns(&order, take))
    }
}
