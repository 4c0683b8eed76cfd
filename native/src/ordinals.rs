//! Where a record stands among those of its message.

use crate::sink::Signal;

/// Positions of the next record of each signal in the current message.
#[derive(Clone, Copy, Default)]
pub struct Ordinals {
    pub spans: i32,
    pub logs: i32,
    pub points: i32,
    pub profiles: i32,
}

impl Ordinals {
    pub fn next(&mut self, signal: Signal) -> i32 {
        let counter = match signal {
            Signal::Span => &mut self.spans,
            Signal::LogRecord => &mut self.logs,
            Signal::MetricPoint => &mut self.points,
            Signal::Profile => &mut self.profiles,
            Signal::Message => return 0,
        };
        *counter += 1;
        *counter - 1
    }
}
