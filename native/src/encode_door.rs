//! The Python door of `encode`: rows of the lake in, OTLP bytes out, the GIL released meanwhile.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Rows of the lake as one OTLP export request; see `encode::encode`. Raises ValueError for rows that do not fit.
#[pyfunction]
fn encode<'p>(
    py: Python<'p>,
    form: &str,
    kind: &str,
    tables: HashMap<String, Vec<u8>>,
    promoted: DeclaredPromoted,
) -> PyResult<Bound<'p, PyBytes>> {
    let promoted = declared(promoted);
    let encoded = py.detach(|| crate::encode::encode(form, kind, tables, promoted));
    encoded.map(|bytes| PyBytes::new(py, &bytes)).map_err(PyValueError::new_err)
}

/// Spans as requests of their own, cut to a limit, and their whole lengths; see `encode::encode_each`.
#[pyfunction]
fn encode_each<'p>(
    py: Python<'p>,
    tables: HashMap<String, Vec<u8>>,
    promoted: DeclaredPromoted,
    limit: usize,
) -> PyResult<Vec<(Bound<'p, PyBytes>, usize)>> {
    let promoted = declared(promoted);
    let encoded = py.detach(|| crate::encode::encode_each(tables, promoted, limit));
    let made = encoded.map_err(PyValueError::new_err)?;
    Ok(made.into_iter().map(|(bytes, length)| (PyBytes::new(py, &bytes), length)).collect())
}

type DeclaredPromoted = HashMap<String, Vec<(String, String, char)>>;

fn declared(promoted: DeclaredPromoted) -> HashMap<String, crate::encode::Promoted> {
    let letters = |columns: Vec<(String, String, char)>| {
        columns.into_iter().map(|(column, key, letter)| (column, key, letter as u8)).collect()
    };
    promoted.into_iter().map(|(table, columns)| (table, letters(columns))).collect()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(encode, m)?)?;
    m.add_function(wrap_pyfunction!(encode_each, m)?)
}
