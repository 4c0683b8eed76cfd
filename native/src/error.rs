//! Why bytes cannot be taken.

/// What a decoder stops with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The text or message is not well-formed: nothing of it is kept.
    Malformed(&'static str),
    /// The input ends inside a value that was well-formed so far.
    Incomplete,
    /// Well-formed, but this record cannot be taken.
    Bad(Reason),
}

/// Reason of a reject: a fixed word, and a sentence about this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub word: &'static str,
    pub detail: &'static str,
}

pub type Result<T = ()> = std::result::Result<T, Stop>;

/// A well-formed value that breaks a rule of OTLP.
pub fn bad<T>(word: &'static str, detail: &'static str) -> Result<T> {
    Err(Stop::Bad(Reason { word, detail }))
}
