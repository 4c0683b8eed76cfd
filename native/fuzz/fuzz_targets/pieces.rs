//! What the targets of streams share: a decoder fed piece by piece, and all that a sink holds.

use _native::sink::{Sink, Taken};

pub fn sink() -> Sink {
    Sink::new(Default::default(), 1_700_000_000_000_000_000)
}

/// One of the two streams.
pub trait Stream: Default {
    fn feed(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken;
    fn is_open(&self) -> bool;
    fn lacks(&self) -> bool;
    fn is_in_group(&self) -> bool;
    fn look_ahead(&self) -> Self;
    fn learn(&mut self, ahead: Self, sink: &mut Sink);
    fn leave(&mut self, end: u64, sink: &mut Sink) -> u64;
}

macro_rules! stream {
    ($name:ty) => {
        impl Stream for $name {
            fn feed(&mut self, data: &[u8], base: u64, sink: &mut Sink) -> Taken {
                self.feed(data, base, sink)
            }
            fn is_open(&self) -> bool {
                self.is_open()
            }
            fn lacks(&self) -> bool {
                self.lacks()
            }
            fn is_in_group(&self) -> bool {
                self.is_in_group()
            }
            fn look_ahead(&self) -> Self {
                self.look_ahead()
            }
            fn learn(&mut self, ahead: Self, sink: &mut Sink) {
                self.learn(ahead, sink)
            }
            fn leave(&mut self, end: u64, sink: &mut Sink) -> u64 {
                self.leave(end, sink)
            }
        }
    };
}
stream!(_native::json::stream::DocumentStream);
stream!(_native::proto::stream::MessageStream);

/// Feeds one document or message: `first` bytes, then `piece` bytes at a time. Returns the bytes consumed, and whether it
/// ended in them. Looks ahead wherever rows wait, when asked to.
pub fn feed<S: Stream>(
    data: &[u8],
    first: usize,
    piece: usize,
    looks_ahead: bool,
    sink: &mut Sink,
) -> (usize, bool) {
    let mut stream = S::default();
    let (mut consumed, mut held) = (0, first.min(data.len()));
    loop {
        let before = consumed;
        consumed += stream.feed(&data[consumed..held], consumed as u64, sink).consumed;
        assert!(consumed <= held);
        if !stream.is_open() && (consumed > 0 || held == data.len()) {
            return (consumed, true);
        }
        if looks_ahead && stream.lacks() {
            let (mut ahead, mut at) = (stream.look_ahead(), consumed);
            at += ahead.feed(&data[at..], at as u64, &mut Sink::nothing()).consumed;
            assert!(at <= data.len());
            if !ahead.is_in_group() {
                stream.learn(ahead, sink);
            }
        }
        if held == data.len() && consumed == before {
            stream.leave(consumed as u64, sink);
            return (consumed, false);
        }
        held = data.len().min(held + piece);
    }
}

/// Everything that tells rows and rejects apart, in their order.
pub fn told(sink: &Sink) -> Vec<Vec<i64>> {
    let number =
        |values: &[Option<f64>]| values.iter().map(|v| v.map_or(1, |v| v.to_bits() as i64)).collect();
    let mut told = vec![
        sink.spans.content_key.clone(),
        sink.spans.resource_key.clone(),
        sink.spans.operation_key.clone(),
        sink.spans.byte_offset.clone(),
        sink.spans.record_ordinal.iter().map(|n| i64::from(*n)).collect(),
        sink.event_span.iter().map(|n| i64::from(*n)).collect(),
        sink.link_span.iter().map(|n| i64::from(*n)).collect(),
        sink.logs.resource_key.clone(),
        sink.logs.scope_key.clone(),
        sink.logs.time_unix_nano.clone(),
        sink.numbers.stream_key.clone(),
        sink.numbers.time_unix_nano.clone(),
        number(&sink.numbers.value_double),
        sink.histograms.stream_key.clone(),
        sink.histograms.count.clone(),
        sink.exponentials.stream_key.clone(),
        sink.summaries.stream_key.clone(),
        sink.exemplars.stream_key.clone(),
    ];
    for mut keys in
        [sink.resources.resource_key.clone(), sink.scopes.scope_key.clone(), sink.streams.stream_key.clone()]
    {
        keys.sort_unstable();
        keys.dedup();
        told.push(keys);
    }
    told
}

/// The rejects, in their order.
pub fn rejects(sink: &Sink) -> Vec<(i64, i64, i32)> {
    let t = &sink.rejects;
    (0..t.byte_offset.len()).map(|n| (t.byte_offset[n], t.length_bytes[n], t.record_ordinal[n])).collect()
}
