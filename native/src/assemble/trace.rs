//! One trace at a time: copies folded, spans in order, parent edges. All buffers are reused.

use std::cmp::Reverse;

use crate::assemble::spans::{ASSEMBLED, BLANK, CONFLICTED, ContentKeys, HAS_PARENT, ODD, Span, Spans};

/// No span.
pub const NOBODY: u32 = u32::MAX;

/// A row that another one with its ids replaces.
#[derive(Clone, Copy)]
pub struct Loser {
    pub row: u32,
    pub winner: u32,
    pub is_conflict: bool,
}

#[derive(Default)]
pub struct Trace<'a> {
    /// Surviving spans, ordered by (start, span id); all vectors below are parallel to it or hold its positions.
    pub spans: Vec<Span>,
    /// (span id, position), ordered.
    pub by_id: Vec<(u64, u32)>,
    /// Position of the parent, or `NOBODY`.
    pub parent: Vec<u32>,
    /// Children of `i` are `children[first_child[i]..first_child[i + 1]]`, in the order of `spans`.
    pub first_child: Vec<u32>,
    pub children: Vec<u32>,
    /// Parent edges up to the head; -1 on or below a cycle.
    pub depth: Vec<i32>,
    /// Every span that has a head, parents before children.
    pub downward: Vec<u32>,
    /// Of this trace.
    pub losers: Vec<Loser>,
    /// Texts of all ids of a trace that holds irregular ones; numbers are places in it then.
    names: Vec<&'a str>,
    /// Rows without valid ids.
    pub blanks: Vec<u32>,
}

impl<'a> Trace<'a> {
    /// Takes the rows of a trace.
    pub fn take(&mut self, rows: &[u32], all: &Spans<'a>, content: &ContentKeys<'_>) {
        self.spans.clear();
        self.losers.clear();
        self.blanks.clear();
        self.names.clear();
        let mut odd = 0;
        for &row in rows {
            let span = all.rows[row as usize];
            if span.has(BLANK) {
                self.blanks.push(row);
            } else {
                odd |= span.flags & ODD;
                self.spans.push(span);
            }
        }
        if odd != 0 {
            self.rename(all);
        }
        self.arrange();
        if self.by_id.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            self.fold_copies(content);
        }
    }

    /// Gives the ids of a trace that holds irregular ones new numbers that order as the texts do.
    fn rename(&mut self, all: &Spans<'a>) {
        for span in &self.spans {
            self.names.extend([all.span_id.text(span.row), all.parent_span_id.text(span.row)]);
        }
        self.names.sort_unstable();
        self.names.dedup();
        let number = |text: &str| self.names.partition_point(|&other| other < text) as u64;
        for span in &mut self.spans {
            span.id = number(all.span_id.text(span.row));
            span.parent = number(all.parent_span_id.text(span.row));
        }
    }

    /// Whether spans must be found by text.
    pub fn is_renamed(&self) -> bool {
        !self.names.is_empty()
    }

    pub fn find_text(&self, text: &str) -> u32 {
        self.names.binary_search(&text).map_or(NOBODY, |number| self.find(number as u64))
    }

    fn arrange(&mut self) {
        self.spans.sort_unstable_by_key(|span| (span.start, span.id, span.row));
        self.by_id.clear();
        self.by_id.extend(self.spans.iter().zip(0..).map(|(span, at)| (span.id, at)));
        self.by_id.sort_unstable();
    }

    /// Keeps of all rows with one id the one that ends last, then the one with the greatest content key. The date
    /// parts equal copies that came before and after their time was believed: units of either date must agree.
    fn fold_copies(&mut self, content: &ContentKeys<'_>) {
        let mut keep = vec![true; self.spans.len()];
        for copies in self.by_id.chunk_by(|a, b| a.0 == b.0).filter(|copies| copies.len() > 1) {
            let rank = |at: u32| {
                let span = &self.spans[at as usize];
                (span.end(), content.get(span.row), span.has(ASSEMBLED), span.date, Reverse(span.row))
            };
            let best = copies.iter().map(|&(_, at)| at).max_by_key(|&at| rank(at)).unwrap_or_default();
            let winner = self.spans[best as usize].row;
            let key = content.get(winner);
            let mut count = 0i64;
            for &(_, at) in copies {
                let span = self.spans[at as usize];
                // Two rows without a content key cannot be told to be equal.
                let is_equal = span.row == winner || key.is_some() && content.get(span.row) == key;
                count += if is_equal { 1 + i64::from(span.duplicate_count) } else { 0 };
                if span.row != winner {
                    keep[at as usize] = false;
                    self.spans[best as usize].flags |= if is_equal { 0 } else { CONFLICTED };
                    self.losers.push(Loser { row: span.row, winner, is_conflict: !is_equal });
                }
            }
            self.spans[best as usize].duplicate_count = i32::try_from(count - 1).unwrap_or(i32::MAX);
        }
        let mut kept = keep.iter();
        self.spans.retain(|_| *kept.next().unwrap_or(&true));
        self.arrange();
    }

    /// Position of a span.
    pub fn find(&self, id: u64) -> u32 {
        let at = self.by_id.partition_point(|&(other, _)| other < id);
        self.by_id.get(at).filter(|found| found.0 == id).map_or(NOBODY, |found| found.1)
    }

    /// Parent edges, children, depths.
    pub fn connect(&mut self) {
        let n = self.spans.len();
        self.parent.clear();
        for span in &self.spans {
            let parent = if span.has(HAS_PARENT) { self.find(span.parent) } else { NOBODY };
            self.parent.push(parent);
        }
        self.first_child.clear();
        self.first_child.resize(n + 2, 0);
        for &parent in self.parent.iter().filter(|&&parent| parent != NOBODY) {
            self.first_child[parent as usize + 2] += 1;
        }
        for i in 1..n + 2 {
            self.first_child[i] += self.first_child[i - 1];
        }
        self.children.clear();
        self.children.resize(n, 0);
        for (child, &parent) in (0..).zip(&self.parent) {
            if parent != NOBODY {
                let place = &mut self.first_child[parent as usize + 1];
                self.children[*place as usize] = child;
                *place += 1;
            }
        }
        self.descend();
    }

    fn descend(&mut self) {
        self.depth.clear();
        self.depth.resize(self.spans.len(), -1);
        self.downward.clear();
        for (at, &parent) in (0..).zip(&self.parent) {
            if parent == NOBODY {
                self.depth[at as usize] = 0;
                self.downward.push(at);
            }
        }
        let mut next = 0;
        while let Some(&at) = self.downward.get(next) {
            next += 1;
            let below = self.depth[at as usize] + 1;
            for k in self.first_child[at as usize]..self.first_child[at as usize + 1] {
                let child = self.children[k as usize];
                self.depth[child as usize] = below;
                self.downward.push(child);
            }
        }
    }

    pub fn parent_of(&self, at: usize) -> Option<&Span> {
        self.spans.get(self.parent[at] as usize)
    }

    /// Spans without a parent edge, in the order of `spans`.
    pub fn heads(&self) -> &[u32] {
        let count = self.downward.iter().take_while(|&&at| self.parent[at as usize] == NOBODY).count();
        &self.downward[..count]
    }

    /// Whether a span names no parent.
    pub fn is_root(&self, at: usize) -> bool {
        !self.spans[at].has(HAS_PARENT)
    }

    pub fn children_of(&self, at: usize) -> &[u32] {
        &self.children[self.first_child[at] as usize..self.first_child[at + 1] as usize]
    }

    /// Whether a span is on or below a parent cycle.
    pub fn has_cycle(&self) -> bool {
        self.downward.len() < self.spans.len()
    }
}
