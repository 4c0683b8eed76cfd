//! What one call found, for Python.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::sink::{Mark, Taken};

/// Counts between two heights of the tables.
pub fn counts<'p>(py: Python<'p>, before: &Mark, after: &Mark, taken: &Taken) -> PyResult<Bound<'p, PyDict>> {
    let rows = PyDict::new(py);
    // A group that is forgotten takes rows away.
    let difference = |from: usize, to: usize| to as i64 - from as i64;
    let mut points = 0;
    for (name, from, to) in [
        ("spans_landing", before.spans, after.spans),
        ("span_events_landing", before.events, after.events),
        ("span_links_landing", before.links, after.links),
        ("log_records", before.logs, after.logs),
        ("number_points", before.numbers, after.numbers),
        ("histogram_points", before.histograms, after.histograms),
        ("exponential_histogram_points", before.exponentials, after.exponentials),
        ("summary_points", before.summaries, after.summaries),
        ("exemplars", before.exemplars, after.exemplars),
    ] {
        rows.set_item(name, difference(from, to))?;
        if name.ends_with("_points") {
            points += difference(from, to);
        }
    }
    let (was, is) = (before.rejected, after.rejected);
    let rejected_spans = difference(was.spans, is.spans);
    let rejected_logs = difference(was.log_records, is.log_records);
    let rejected_points = difference(was.metric_points, is.metric_points);
    let result = PyDict::new(py);
    result.set_item("consumed", taken.consumed)?;
    result.set_item("messages", taken.messages)?;
    result.set_item("spans", difference(before.spans, after.spans) + rejected_spans)?;
    result.set_item("log_records", difference(before.logs, after.logs) + rejected_logs)?;
    result.set_item("metric_points", points + rejected_points)?;
    result.set_item("rejected_spans", rejected_spans)?;
    result.set_item("rejected_log_records", rejected_logs)?;
    result.set_item("rejected_metric_points", rejected_points)?;
    result.set_item("rejected_other", difference(was.other, is.other))?;
    result.set_item("rows", rows)?;
    Ok(result)
}
