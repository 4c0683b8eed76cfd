//! From columns to Arrow record batches, each table in the order of its file.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema};

use crate::columns::Column;
use crate::sink::Sink;

pub type Tables = Vec<(&'static str, RecordBatch)>;

fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array)| array).collect())
}

fn constant(name: &str, value: i64, rows: usize) -> (String, ArrayRef) {
    (name.to_string(), Arc::new(Int64Array::from(vec![value; rows])))
}

/// Row numbers `0..rows` ordered by a key.
fn order_by<K: Ord>(rows: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_unstable_by_key(|&row| (key(row as usize), row));
    order
}

impl Sink {
    /// Every table, sorted; the sink is used up. `ingest_batch` is written into each row.
    pub fn finish(self, ingest_batch: i64) -> Result<Tables, ArrowError> {
        let mut tables = Tables::new();
        self.finish_spans(ingest_batch, &mut tables)?;
        self.finish_logs(ingest_batch, &mut tables)?;
        self.finish_points(ingest_batch, &mut tables)?;
        self.finish_entities(&mut tables)?;
        let order: Vec<u32> = (0..self.rejects.file_key.len() as u32).collect();
        let mut columns = self.rejects.columns(&order);
        columns.push(constant("batch_id", ingest_batch, order.len()));
        tables.push(("rejects", batch(columns)?));
        Ok(tables)
    }

    fn finish_spans(&self, ingest_batch: i64, tables: &mut Tables) -> Result<(), ArrowError> {
        let spans = &self.spans;
        let order = self.span_order();
        let mut rank = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(at, &row)| rank[row as usize] = at as u32);
        let mut columns = spans.columns(&order);
        columns.push(constant("ingest_batch", ingest_batch, order.len()));
        columns.extend(self.promoted.spans.columns(&order));
        tables.push(("spans_landing", batch(columns)?));

        // Children lie in the order of their spans.
        let children = |span_of: &[u32]| {
            let order = order_by(span_of.len(), |row| rank[span_of[row] as usize]);
            let parents: Vec<u32> = order.iter().map(|&row| span_of[row as usize]).collect();
            let inherited = vec![
                ("event_date".to_string(), spans.event_date.take(&parents)),
                ("content_key".to_string(), spans.content_key.take(&parents)),
                constant("ingest_batch", ingest_batch, order.len()),
            ];
            (order, inherited)
        };
        let (order, mut columns) = children(&self.event_span);
        columns.extend(self.events.columns(&order));
        columns.extend(self.promoted.events.columns(&order));
        tables.push(("span_events_landing", batch(columns)?));
        let (order, mut columns) = children(&self.link_span);
        columns.extend(self.links.columns(&order));
        tables.push(("span_links_landing", batch(columns)?));
        Ok(())
    }

    /// By event date, trace id, start, span id. The first 16 digits of a trace id decide almost always.
    fn span_order(&self) -> Vec<u32> {
        let spans = &self.spans;
        let leading = |row: usize| {
            let mut digits = [0u8; 16];
            let id = spans.trace_id.0.get(row);
            let n = id.len().min(16);
            digits[..n].copy_from_slice(&id[..n]);
            u128::from_be_bytes(digits)
        };
        let mut keyed: Vec<(i32, u128, u32)> =
            (0..spans.flags.len()).map(|row| (spans.event_date.0[row], leading(row), row as u32)).collect();
        let rest = |row: u32| {
            let row = row as usize;
            (spans.trace_id.0.get(row), spans.start_time_unix_nano[row], spans.span_id.0.get(row), row)
        };
        keyed.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| rest(a.2).cmp(&rest(b.2))));
        keyed.into_iter().map(|(_, _, row)| row).collect()
    }

    fn finish_logs(&self, ingest_batch: i64, tables: &mut Tables) -> Result<(), ArrowError> {
        let logs = &self.logs;
        let order = order_by(logs.flags.len(), |row| {
            (logs.event_date.0[row], logs.service_name.get(row), logs.time_unix_nano[row])
        });
        let mut columns = logs.columns(&order);
        columns.push(constant("ingest_batch", ingest_batch, order.len()));
        columns.extend(self.promoted.logs.columns(&order));
        tables.push(("log_records", batch(columns)?));
        Ok(())
    }

    fn finish_points(&self, ingest_batch: i64, tables: &mut Tables) -> Result<(), ArrowError> {
        macro_rules! points {
            ($name:literal, $t:expr, $time:ident, $start:ident) => {{
                let t = $t;
                let order = order_by(t.stream_key.len(), |row| {
                    (t.event_date.0[row], t.stream_key[row], t.$time[row], t.$start[row])
                });
                let mut columns = t.columns(&order);
                columns.push(constant("ingest_batch", ingest_batch, order.len()));
                tables.push(($name, batch(columns)?));
            }};
        }
        points!("number_points", &self.numbers, time_unix_nano, start_time_unix_nano);
        points!("histogram_points", &self.histograms, time_unix_nano, start_time_unix_nano);
        points!("exponential_histogram_points", &self.exponentials, time_unix_nano, start_time_unix_nano);
        points!("summary_points", &self.summaries, time_unix_nano, start_time_unix_nano);
        points!("exemplars", &self.exemplars, point_time_unix_nano, time_unix_nano);
        Ok(())
    }

    fn finish_entities(&self, tables: &mut Tables) -> Result<(), ArrowError> {
        let streams = &self.streams;
        let mut order = order_by(streams.stream_key.len(), |row| streams.stream_key[row]);
        order.retain(|&row| self.stream_is_new[row as usize]);
        tables.push(("metric_streams", batch(streams.columns(&order))?));
        let order = order_by(self.resources.resource_key.len(), |row| self.resources.resource_key[row]);
        let mut columns = self.resources.columns(&order);
        columns.extend(self.promoted.resources.columns(&order));
        tables.push(("resources", batch(columns)?));
        let order = order_by(self.scopes.scope_key.len(), |row| self.scopes.scope_key[row]);
        tables.push(("scopes", batch(self.scopes.columns(&order))?));
        Ok(())
    }
}
