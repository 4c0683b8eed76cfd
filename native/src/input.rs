//! Buffers of Python as bytes.

use std::ops::Range;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Bytes that stay as they are while the GIL is released.
pub enum Input<'p> {
    /// All or a part of a `bytes` object, which is immutable.
    Shared(Bound<'p, PyBytes>, Range<usize>),
    /// A copy: another thread may change any other buffer meanwhile.
    Copied(Vec<u8>),
}

impl<'p> Input<'p> {
    pub fn new(py: Python<'p>, data: &Bound<'p, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = data.cast::<PyBytes>() {
            return Ok(Input::Shared(bytes.clone(), 0..bytes.as_bytes().len()));
        }
        let buffer = PyBuffer::<u8>::get(data)?;
        if let Ok(owner) = data.getattr("obj").and_then(|owner| Ok(owner.cast_into::<PyBytes>()?)) {
            // A memoryview of bytes: where it begins follows from the addresses.
            let first = (buffer.buf_ptr() as usize).wrapping_sub(owner.as_bytes().as_ptr() as usize);
            let run = first..first.saturating_add(buffer.item_count());
            if buffer.is_c_contiguous() && owner.as_bytes().get(run.clone()).is_some() {
                return Ok(Input::Shared(owner, run));
            }
        }
        buffer.to_vec(py).map(Input::Copied)
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Input::Shared(owner, run) => &owner.as_bytes()[run.clone()],
            Input::Copied(bytes) => bytes,
        }
    }
}
