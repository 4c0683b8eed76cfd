//! The Python door of `assemble`: Arrow C streams in and out, the GIL released meanwhile.

use std::collections::HashMap;

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::PyArrowType;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::assemble::{self as kernel, ContextTables, Error, Table, Tables};
use crate::door::Stream;

/// A table of Python, whose columns are not copied.
type Given = PyArrowType<RecordBatchStreamReader>;

fn table(name: &'static str, PyArrowType(given): Given) -> Result<Table, Error> {
    let schema = given.schema();
    let batches = given.collect::<Result<_, _>>().map_err(|e| format!("{name}: {e}"))?;
    Table::new(name, schema, batches)
}

fn context_tables(mut context: HashMap<String, Given>) -> Result<ContextTables, Error> {
    let mut table = |name: &'static str| match context.remove(name) {
        Some(given) => table(name, given),
        None => Err(format!("the context has no {name}")),
    };
    Ok(ContextTables {
        names: table("names")?,
        consumer_links: table("consumer_links")?,
        bounds: table("bounds")?,
    })
}

fn streams(tables: Result<Tables, Error>) -> PyResult<HashMap<&'static str, Stream>> {
    let tables = tables.map_err(PyValueError::new_err)?;
    Ok(tables.into_iter().map(|(name, table)| (name, Stream::new(table))).collect())
}

/// Assembled rows, traces, violations and losing copies; see `assemble::assemble`. `context`: tables `names`,
/// `consumer_links` and `bounds`.
#[pyfunction]
fn assemble(
    py: Python<'_>,
    spans: Given,
    links: Given,
    context: HashMap<String, Given>,
    trace_limit: usize,
) -> PyResult<HashMap<&'static str, Stream>> {
    streams(py.detach(|| {
        let context = context_tables(context)?;
        kernel::assemble(&table("spans", spans)?, &table("links", links)?, &context, trace_limit)
    }))
}

/// What a range of traces tells about whole dates; see `assemble::survey`.
#[pyfunction]
fn survey(py: Python<'_>, spans: Given, links: Given) -> PyResult<HashMap<&'static str, Stream>> {
    streams(py.detach(|| kernel::survey(&table("spans", spans)?, &table("links", links)?)))
}

/// Assembled rows that arrived again; see `assemble::colliding_rows`.
#[pyfunction]
fn colliding_rows(py: Python<'_>, spans: Given) -> PyResult<Stream> {
    let rows =
        py.detach(|| kernel::colliding_rows(&table("spans", spans)?)).map_err(PyValueError::new_err)?;
    Ok(Stream::new(rows))
}

/// The span columns besides `attributes` that name peers, where attributes are promoted to them.
#[pyfunction]
fn peer_columns() -> Vec<String> {
    kernel::peer_columns().collect()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(assemble, m)?)?;
    m.add_function(wrap_pyfunction!(survey, m)?)?;
    m.add_function(wrap_pyfunction!(colliding_rows, m)?)?;
    m.add_function(wrap_pyfunction!(peer_columns, m)?)
}
