//! The Python door: OTLP bytes in, Parquet files out, the GIL released meanwhile.

use std::collections::HashMap;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict};

use crate::door_counts::counts;
use crate::door_formats::{DeclaredTable, new_formats};
use crate::input::Input;
use crate::json::framing::{decode_documents, decode_lines};
use crate::json::stream::DocumentStream;
use crate::parquet::ParquetFile;
use crate::promoted::Promoted;
use crate::proto::framing::{
    Framing, decode_length_prefixed, decode_message, decode_varint_prefixed, next_begin,
};
use crate::proto::stream::MessageStream;
use crate::sink::{Place, PromotedColumns, Selection, Signal, Sink, Taken};

/// One table as an Arrow stream (`__arrow_c_stream__`).
#[pyclass(frozen, module = "warehouse._native")]
pub struct Stream(RecordBatch);

impl Stream {
    pub fn new(table: RecordBatch) -> Self {
        Stream(table)
    }
}

#[pymethods]
impl Stream {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'p>(
        &self,
        py: Python<'p>,
        requested_schema: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'p, PyCapsule>> {
        let _ = requested_schema; // the protocol allows a producer to ignore it
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }
}

/// Decodes OTLP bytes of any number of files into the lake's tables.
#[pyclass(module = "warehouse._native")]
pub struct Decoder {
    sink: Sink,
    promoted: Vec<(String, String, String)>,
    ingest_batch: i64,
    now: i64,
    document: DocumentStream,
    message: MessageStream,
    /// Copies of the two that look ahead.
    ahead: Option<(DocumentStream, MessageStream)>,
}

fn new_sink(promoted: &[(String, String, String)], now: i64) -> Result<Sink, String> {
    let of = |table: &str| -> Result<Promoted, String> {
        let declared: Vec<(String, String)> = promoted
            .iter()
            .filter(|(t, _, _)| t == table)
            .map(|(_, key, kind)| (key.clone(), kind.clone()))
            .collect();
        Promoted::new(&declared)
    };
    let columns = PromotedColumns {
        spans: of("spans")?,
        events: of("span_events")?,
        logs: of("log_records")?,
        resources: of("resources")?,
    };
    Ok(Sink::new(columns, now))
}

#[pymethods]
impl Decoder {
    /// `promoted`: (table, attribute key, type) of each promoted attribute. `now_unix_nano` bounds event dates.
    #[new]
    fn new(promoted: Vec<(String, String, String)>, ingest_batch: i64, now_unix_nano: i64) -> PyResult<Self> {
        let sink = new_sink(&promoted, now_unix_nano).map_err(PyValueError::new_err)?;
        Ok(Decoder {
            sink,
            promoted,
            ingest_batch,
            now: now_unix_nano,
            document: DocumentStream::default(),
            message: MessageStream::default(),
            ahead: None,
        })
    }

    /// Takes of what is fed from now on only what begins in one of the ranges (begin, end), or is one of the records
    /// (signal, offset, position in its message); everything when `ranges` is none.
    #[pyo3(signature = (ranges, records=Vec::new()))]
    fn select(&mut self, ranges: Option<Vec<(u64, u64)>>, records: Vec<(String, u64, i32)>) -> PyResult<()> {
        let named = |(name, offset, ordinal): (String, u64, i32)| {
            let unknown = || PyValueError::new_err(format!("unknown signal {name}"));
            Ok::<_, PyErr>((Signal::named(&name).ok_or_else(unknown)?, offset, ordinal))
        };
        let records = records.into_iter().map(named).collect::<PyResult<_>>()?;
        self.sink.selection = ranges.map(|ranges| Selection::new(ranges, records));
        Ok(())
    }

    /// Decodes bytes of one file; what cannot be taken becomes rejects. Returns counts and bytes consumed. What is
    /// `in_frame` is said to stand where the frame begins, at `base_offset`.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (data, form, file_key, path, base_offset, is_last, in_frame=false))]
    fn feed<'p>(
        &mut self,
        py: Python<'p>,
        data: &Bound<'_, PyAny>,
        form: &str,
        file_key: i64,
        path: &str,
        base_offset: u64,
        is_last: bool,
        in_frame: bool,
    ) -> PyResult<Bound<'p, PyDict>> {
        let before = self.sink.mark();
        self.sink.set_file(file_key, path);
        self.sink.frame_offset = in_frame.then_some(base_offset);
        let input = Input::new(py, data)?;
        let (sink, input) = (&mut self.sink, input.bytes());
        let (document, message) = (&mut self.document, &mut self.message);
        let taken = py.detach(|| match form {
            "json_stream" => Some(document.feed(input, base_offset, sink)),
            "proto_stream" => Some(message.feed(input, base_offset, sink)),
            _ => decode(input, form, base_offset, is_last, sink),
        });
        let Some(taken) = taken else {
            return Err(PyValueError::new_err(format!("unknown form {form}")));
        };
        let found = counts(py, &before, &self.sink.mark(), &taken)?;
        found.set_item("is_open", self.document.is_open() || self.message.is_open())?;
        found.set_item("lacks", self.document.lacks() || self.message.lacks())?;
        Ok(found)
    }

    /// Looks for the end of the resource group that is open: feeds what was not consumed, and what follows it, without
    /// decoding records. Returns the bytes consumed, and whether the group goes on behind them.
    fn look_ahead(
        &mut self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        base_offset: u64,
    ) -> PyResult<(usize, bool)> {
        let (document, message) =
            self.ahead.get_or_insert_with(|| (self.document.look_ahead(), self.message.look_ahead()));
        let input = Input::new(py, data)?;
        let input = input.bytes();
        Ok(py.detach(|| match document.is_in_group() {
            true => {
                (document.feed(input, base_offset, &mut Sink::nothing()).consumed, document.is_in_group())
            }
            false => (message.feed(input, base_offset, &mut Sink::nothing()).consumed, message.is_in_group()),
        }))
    }

    /// Makes what was found ahead known to the containers that are open, so that their rows need not wait; or forgets it.
    fn learn(&mut self, is_found: bool) {
        if let (Some((document, message)), true) = (self.ahead.take(), is_found) {
            self.document.learn(document, &mut self.sink);
            self.message.learn(message, &mut self.sink);
        }
    }

    /// Leaves a document or message that was fed piece by piece, behind offset `end`, to which it was consumed. A group
    /// that did not end is forgotten, and `consumed` is then the place where it begins, else `end`.
    fn leave<'p>(&mut self, py: Python<'p>, end: u64) -> PyResult<Bound<'p, PyDict>> {
        let before = self.sink.mark();
        self.ahead = None;
        let end = match self.document.is_open() {
            true => self.document.leave(end, &mut self.sink),
            false => self.message.leave(end, &mut self.sink),
        };
        let taken = Taken { consumed: end as usize, messages: 0 };
        counts(py, &before, &self.sink.mark(), &taken)
    }

    /// Adds a reject row that the caller found (a file of an unsupported form, a record too large to read), unless it
    /// is not selected; says whether it did.
    #[allow(clippy::too_many_arguments)]
    fn reject(
        &mut self,
        file_key: i64,
        path: &str,
        byte_offset: u64,
        length: u64,
        reason: &str,
        detail: Option<&str>,
        raw: &[u8],
    ) -> bool {
        self.sink.set_file(file_key, path);
        self.sink.frame_offset = None;
        let place = Place { offset: byte_offset, ordinal: 0 };
        let signal = Signal::Message;
        let takes = !self.sink.leaves_out(signal, place);
        if takes {
            let detail = detail.unwrap_or_default();
            self.sink.push_reject(signal.name(), place, length, reason, detail, raw);
        }
        takes
    }

    /// Hands out all rows as Parquet files and starts anew: (table, days since 1970-01-01 of the partition, bytes,
    /// rows, Delta's statistics). `formats`: by table, its columns (none: not wanted) as (name, type, nullable, encoding, statistics),
    /// the rows of a row group and the level of zstd.
    fn finish<'p>(
        &mut self,
        py: Python<'p>,
        formats: HashMap<String, DeclaredTable>,
    ) -> PyResult<Vec<File<'p>>> {
        let formats = new_formats(formats).map_err(PyValueError::new_err)?;
        let mut fresh = new_sink(&self.promoted, self.now).map_err(PyValueError::new_err)?;
        fresh.selection = self.sink.selection.take();
        self.document.hand_out(&mut self.sink);
        self.message.hand_out(&mut self.sink);
        let sink = std::mem::replace(&mut self.sink, fresh);
        let batch = self.ingest_batch;
        let files = py.detach(|| sink.finish(batch, Some(&formats))).map_err(PyRuntimeError::new_err)?;
        let file = |(table, made): (&'static str, ParquetFile)| {
            let statistics = String::from_utf8_lossy(&made.statistics).into_owned();
            (table, made.date, PyBytes::new(py, &made.bytes), made.rows, statistics)
        };
        Ok(files.into_iter().map(file).collect())
    }
}

type File<'p> = (&'static str, Option<i32>, Bound<'p, PyBytes>, usize, String);

fn decode(data: &[u8], form: &str, base: u64, is_last: bool, sink: &mut Sink) -> Option<Taken> {
    Some(match form {
        "json_lines" => decode_lines(data, base, is_last, sink),
        "json" => decode_documents(data, base, false, sink),
        "json_rest" => decode_documents(data, base, true, sink),
        "proto" => decode_message(data, base, sink),
        "proto_length_prefixed" => decode_length_prefixed(data, base, is_last, sink),
        "proto_varint_prefixed" => decode_varint_prefixed(data, base, is_last, sink),
        _ => return None,
    })
}

/// Form of a file, from its first bytes.
#[pyfunction]
fn sniff(head: &[u8], is_whole_file: bool) -> &'static str {
    crate::sniff::sniff(head, is_whole_file)
}

/// Where a message begins at or behind `target`; see `proto::framing::next_begin`.
#[pyfunction]
fn next_message(py: Python<'_>, data: &[u8], form: &str, target: u64) -> PyResult<Option<u64>> {
    let framing = match form {
        "proto_length_prefixed" => Framing::Uint32,
        "proto_varint_prefixed" => Framing::Varint,
        "zstd_length_prefixed" => Framing::ZstdFrames,
        _ => return Err(PyValueError::new_err(format!("unknown framing {form}"))),
    };
    Ok(py.detach(|| next_begin(data, framing, target)))
}

/// xxh3-64 of bytes as a signed integer.
#[pyfunction]
fn xxh3_64(py: Python<'_>, data: &[u8]) -> i64 {
    py.detach(|| crate::keys::hash(data) as i64)
}

#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Decoder>()?;
    m.add_class::<Stream>()?;
    crate::assembly_door::register(m)?;
    crate::encode_door::register(m)?;
    m.add_function(wrap_pyfunction!(next_message, m)?)?;
    m.add_function(wrap_pyfunction!(sniff, m)?)?;
    m.add_function(wrap_pyfunction!(xxh3_64, m)?)
}
