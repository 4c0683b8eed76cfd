//! The Python door of `assemble`: Arrow IPC streams in, Arrow C streams out, the GIL released meanwhile.

use std::collections::HashMap;

use arrow_buffer::Buffer;
use bytes::Bytes;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::assemble::{self as kernel, Tables};
use crate::door::Stream;

/// A buffer over Python's bytes.
fn shared(py: Python<'_>, data: &PyBackedBytes) -> Buffer {
    Buffer::from(Bytes::from_owner(data.clone_ref(py)))
}

fn streams(tables: Result<Tables, String>) -> PyResult<HashMap<&'static str, Stream>> {
    let tables = tables.map_err(PyValueError::new_err)?;
    Ok(tables.into_iter().map(|(name, table)| (name, Stream::new(table))).collect())
}

/// Assembled rows, traces, violations and losing copies; see `assemble::assemble`.
#[pyfunction]
fn assemble(
    py: Python<'_>,
    spans: PyBackedBytes,
    links: PyBackedBytes,
    context: HashMap<String, PyBackedBytes>,
    trace_limit: usize,
) -> PyResult<HashMap<&'static str, Stream>> {
    let (spans, links) = (shared(py, &spans), shared(py, &links));
    let context = context.iter().map(|(name, data)| (name.clone(), shared(py, data))).collect();
    streams(py.detach(|| kernel::assemble(spans, links, context, trace_limit)))
}

/// What a range of traces tells about whole dates; see `assemble::survey`.
#[pyfunction]
fn survey(
    py: Python<'_>,
    spans: PyBackedBytes,
    links: PyBackedBytes,
) -> PyResult<HashMap<&'static str, Stream>> {
    let (spans, links) = (shared(py, &spans), shared(py, &links));
    streams(py.detach(|| kernel::survey(spans, links)))
}

/// Assembled rows that arrived again; see `assemble::colliding_rows`.
#[pyfunction]
fn colliding_rows(py: Python<'_>, spans: PyBackedBytes) -> PyResult<Stream> {
    let spans = shared(py, &spans);
    let rows = py.detach(|| kernel::colliding_rows(spans)).map_err(PyValueError::new_err)?;
    Ok(Stream::new(rows))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(assemble, m)?)?;
    m.add_function(wrap_pyfunction!(survey, m)?)?;
    m.add_function(wrap_pyfunction!(colliding_rows, m)?)
}
