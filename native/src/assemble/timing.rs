//! Self time and critical path.

use crate::assemble::trace::Trace;

/// Reused buffers and results, parallel to the spans of a trace.
#[derive(Default)]
pub struct Timing {
    pub self_time: Vec<i64>,
    /// Meaningless where the depth is -1.
    pub critical_path: Vec<i64>,
    /// (span, nanoseconds) on the critical path of the trace's root span.
    pub root_path: Vec<(u32, i64)>,
    visits: Vec<Visit>,
    returns: Vec<Return>,
}

/// A span to visit with its window.
struct Visit {
    at: u32,
    start: i64,
    end: i64,
}

/// A child within its parent's window. Greatest first is the order of the walk.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Return {
    end: i64,
    start: i64,
    id: u64,
    at: u32,
}

impl Timing {
    /// `root`: the head whose path counts for the trace.
    pub fn compute(&mut self, trace: &Trace<'_>, root: Option<u32>) {
        self.self_times(trace);
        self.critical_path.clear();
        self.critical_path.resize(trace.spans.len(), 0);
        self.root_path.clear();
        for &head in trace.heads() {
            self.walk(trace, head, root == Some(head));
        }
    }

    /// Length less the union of the children's intervals, which come by start.
    fn self_times(&mut self, trace: &Trace<'_>) {
        self.self_time.clear();
        for (at, span) in trace.spans.iter().enumerate() {
            let (mut cursor, end) = (span.start, span.end());
            let mut own = span.length();
            for &child in trace.children_of(at) {
                let child = &trace.spans[child as usize];
                let (from, to) = (child.start.max(cursor), child.end().min(end));
                if to > from {
                    own -= to - from;
                    cursor = to;
                }
            }
            self.self_time.push(own);
        }
    }

    /// The walk of CRISP (USENIX ATC 2022) backwards from a head's end: the child that returned last before the
    /// cursor was waited for, time between is the span's own. CRISP also lets siblings overlap slightly and treats
    /// client and server spans as pairs; this walk does neither.
    fn walk(&mut self, trace: &Trace<'_>, head: u32, is_root: bool) {
        let span = &trace.spans[head as usize];
        self.visits.push(Visit { at: head, start: span.start, end: span.end() });
        while let Some(Visit { at, start, end }) = self.visits.pop() {
            self.returns.clear();
            for &child in trace.children_of(at as usize) {
                let span = &trace.spans[child as usize];
                let (from, to) = (span.start.max(start), span.end().min(end));
                if from < to {
                    self.returns.push(Return { end: to, start: from, id: span.id, at: child });
                }
            }
            if self.returns.len() > 1 {
                self.returns.sort_unstable_by(|a, b| b.cmp(a));
            }
            let (mut cursor, mut earned) = (end, 0);
            for child in &self.returns {
                if child.end <= cursor {
                    earned += cursor - child.end;
                    self.visits.push(Visit { at: child.at, start: child.start, end: child.end });
                    cursor = child.start;
                }
            }
            earned += cursor - start;
            self.critical_path[at as usize] = earned;
            if is_root && earned > 0 {
                self.root_path.push((at, earned));
            }
        }
    }
}
