//! Retrying rejects: of a file that is read again only the records that were rejected before are taken.

use std::collections::HashSet;

use crate::sink::{Place, Signal, Sink};

/// The bytes and records to take.
pub struct Selection {
    /// Begin and end, in order and apart from each other.
    ranges: Vec<(u64, u64)>,
    records: HashSet<(Signal, u64, i32)>,
}

impl Selection {
    /// `ranges`: begin and end of bytes, every record that begins in one is taken. `records`: signal, offset and
    /// position in the message of single ones.
    pub fn new(mut ranges: Vec<(u64, u64)>, records: HashSet<(Signal, u64, i32)>) -> Self {
        ranges.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
        for (begin, end) in ranges {
            match apart.last_mut() {
                Some(last) if begin <= last.1 => last.1 = last.1.max(end),
                _ => apart.push((begin, end)),
            }
        }
        Selection { ranges: apart, records }
    }

    fn holds(&self, signal: Signal, place: Place) -> bool {
        let next = self.ranges.partition_point(|(begin, _)| *begin <= place.offset);
        let in_range = next > 0 && place.offset < self.ranges[next - 1].1;
        in_range || self.records.contains(&(signal, place.offset, place.ordinal))
    }
}

impl Sink {
    /// Whether a record that was read is not to be taken.
    pub fn leaves_out(&self, signal: Signal, place: Place) -> bool {
        self.selection.as_ref().is_some_and(|s| !s.holds(signal, self.placed(place)))
    }

    /// Where a record is said to stand: in a file of one frame per message that is where its frame begins.
    pub(super) fn placed(&self, place: Place) -> Place {
        Place { offset: self.frame_offset.unwrap_or(place.offset), ..place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_may_overlap_and_come_in_any_order() {
        let selection = Selection::new(vec![(20, 30), (0, 10), (5, 12)], HashSet::new());
        let holds = |offset| selection.holds(Signal::Span, Place { offset, ordinal: 0 });
        let held: Vec<u64> = (0..32).filter(|&offset| holds(offset)).collect();
        assert_eq!(held, (0..12).chain(20..30).collect::<Vec<u64>>());
    }
}
