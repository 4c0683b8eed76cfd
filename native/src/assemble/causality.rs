//! Lamport clocks, and the spans that come before themselves.

use crate::assemble::trace::{NOBODY, Trace};

/// Reused buffers and results, parallel to the spans of a trace.
#[derive(Default)]
pub struct Causality {
    /// 0 on or downstream of a cycle.
    pub clock: Vec<i32>,
    /// Members of parent cycles.
    pub parent_cycles: Vec<u32>,
    /// Members of cycles that need a link, less those of parent cycles.
    pub link_cycles: Vec<u32>,
    /// Links by source.
    edges: Vec<(u32, u32)>,
    waits_for: Vec<u32>,
    ready: Vec<u32>,
}

impl Causality {
    /// `edges`: (linked span, span that has the link).
    pub fn compute(&mut self, trace: &Trace<'_>, edges: &[(u32, u32)]) {
        self.parent_cycles.clear();
        self.link_cycles.clear();
        self.clock.clear();
        if trace.has_cycle() {
            self.find_parent_cycles(trace);
        }
        if edges.is_empty() {
            self.clock.extend(trace.depth.iter().map(|depth| depth + 1));
            return;
        }
        self.edges.clear();
        self.edges.extend_from_slice(edges);
        self.edges.sort_unstable();
        self.edges.dedup();
        if self.tick(trace) {
            self.find_link_cycles(trace);
        }
    }

    /// Walks up from every span without a head until a span seen before; those of this walk that repeat are a cycle.
    fn find_parent_cycles(&mut self, trace: &Trace<'_>) {
        let mut walk_of = vec![NOBODY; trace.spans.len()];
        for first in (0..trace.spans.len() as u32).filter(|&at| trace.depth[at as usize] < 0) {
            let mut at = first;
            while walk_of[at as usize] == NOBODY {
                walk_of[at as usize] = first;
                at = trace.parent[at as usize];
            }
            if walk_of[at as usize] == first {
                let member = at;
                loop {
                    self.parent_cycles.push(at);
                    at = trace.parent[at as usize];
                    if at == member {
                        break;
                    }
                }
            }
        }
        self.parent_cycles.sort_unstable();
    }

    /// Clocks of all spans whose causes have clocks. Whether some have none.
    fn tick(&mut self, trace: &Trace<'_>) -> bool {
        let n = trace.spans.len();
        self.clock.resize(n, 1);
        self.waits_for.clear();
        self.waits_for.extend(trace.parent.iter().map(|&parent| u32::from(parent != NOBODY)));
        for &(_, to) in &self.edges {
            self.waits_for[to as usize] += 1;
        }
        self.ready.clear();
        self.ready.extend((0..n as u32).filter(|&at| self.waits_for[at as usize] == 0));
        let mut next = 0;
        while let Some(&at) = self.ready.get(next) {
            next += 1;
            let clock = self.clock[at as usize] + 1;
            let linking = out_edges(&self.edges, at).iter().map(|&(_, to)| to);
            for to in trace.children_of(at as usize).iter().copied().chain(linking) {
                let to_clock = &mut self.clock[to as usize];
                *to_clock = clock.max(*to_clock);
                self.waits_for[to as usize] -= 1;
                if self.waits_for[to as usize] == 0 {
                    self.ready.push(to);
                }
            }
        }
        for (clock, _) in self.clock.iter_mut().zip(&self.waits_for).filter(|(_, waits)| **waits > 0) {
            *clock = 0;
        }
        next < n
    }

    /// Tarjan's strongly connected components over the spans without a clock, without recursion.
    fn find_link_cycles(&mut self, trace: &Trace<'_>) {
        let n = trace.spans.len();
        let (mut number, mut lowest) = (vec![0u32; n], vec![0u32; n]);
        let (mut count, mut open, mut path) = (0u32, Vec::<u32>::new(), Vec::<(u32, usize)>::new());
        for first in 0..n as u32 {
            if self.clock[first as usize] > 0 || number[first as usize] > 0 {
                continue;
            }
            path.push((first, 0));
            while let Some(&mut (at, ref mut step)) = path.last_mut() {
                if *step == 0 {
                    count += 1;
                    (number[at as usize], lowest[at as usize]) = (count, count);
                    open.push(at);
                }
                let children = trace.children_of(at as usize);
                let linking = out_edges(&self.edges, at);
                let to =
                    children.get(*step).or_else(|| linking.get(*step - children.len()).map(|(_, to)| to));
                *step += 1;
                match to {
                    Some(&to) if number[to as usize] == 0 => path.push((to, 0)),
                    // Only spans of unfinished components count: finished ones are marked with the greatest number.
                    Some(&to) => lowest[at as usize] = lowest[at as usize].min(number[to as usize]),
                    None => {
                        path.pop();
                        if let Some(&(above, _)) = path.last() {
                            lowest[above as usize] = lowest[above as usize].min(lowest[at as usize]);
                        }
                        if lowest[at as usize] == number[at as usize] {
                            let from = open.iter().rposition(|&other| other == at).unwrap_or_default();
                            let is_cycle = open.len() - from > 1 || linking.contains(&(at, at));
                            for member in open.drain(from..) {
                                number[member as usize] = u32::MAX;
                                if is_cycle && self.parent_cycles.binary_search(&member).is_err() {
                                    self.link_cycles.push(member);
                                }
                            }
                        }
                    }
                }
            }
        }
        self.link_cycles.sort_unstable();
    }
}

/// The edges that leave a span, of edges ordered by source.
fn out_edges(edges: &[(u32, u32)], from: u32) -> &[(u32, u32)] {
    let first = edges.partition_point(|edge| edge.0 < from);
    let count = edges[first..].partition_point(|edge| edge.0 == from);
    &edges[first..first + count]
}
