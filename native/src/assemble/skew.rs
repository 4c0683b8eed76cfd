//! Clock skew: what Jaeger's adjuster would add to a span's times.

use crate::assemble::trace::Trace;

/// Shifts of the spans that have a head, into `skews` (parallel to the spans; 0 elsewhere).
pub fn clock_skews(trace: &Trace<'_>, skews: &mut Vec<i64>) {
    skews.clear();
    skews.resize(trace.spans.len(), 0);
    for &at in &trace.downward {
        let at = at as usize;
        let Some(parent) = trace.parent_of(at) else { continue };
        let (child, shift) = (&trace.spans[at], skews[trace.parent[at] as usize]);
        if child.resource == parent.resource {
            skews[at] = shift;
            continue;
        }
        let start = i128::from(parent.start) + i128::from(shift);
        let (child_start, length) = (i128::from(child.start), i128::from(parent.length()));
        let child_length = i128::from(child.length());
        let is_inside = child_start >= start && child_start + child_length <= start + length;
        let skew = if is_inside {
            0
        } else if child_length > length {
            (start - child_start).max(0)
        } else {
            start - child_start + (length - child_length) / 2
        };
        skews[at] = skew.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    }
}
