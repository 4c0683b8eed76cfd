//! Rows grouped by trace id, in the order of the ids' texts.

use std::cmp::Ordering;

use crate::assemble::ids::{monotone, trace_number};

/// Trace id of every row as a number, and an exact place for the texts that are no regular ids.
#[derive(Default)]
pub struct TraceKeys {
    high: Vec<u64>,
    low: Vec<u64>,
    odd: Vec<u32>,
    /// Place among the texts that share a number with an irregular one; empty when all ids are regular.
    ties: Vec<u32>,
}

impl TraceKeys {
    pub fn with_capacity(rows: usize) -> Self {
        TraceKeys { high: Vec::with_capacity(rows), low: Vec::with_capacity(rows), ..Self::default() }
    }

    #[inline]
    pub fn push(&mut self, number: u128, is_odd: bool) {
        if is_odd {
            self.odd.push(self.high.len() as u32);
        }
        self.high.push((number >> 64) as u64);
        self.low.push(number as u64);
    }

    #[inline]
    pub fn push_text(&mut self, text: &[u8]) {
        match trace_number(text) {
            Some(number) => self.push(number, false),
            None => self.push(monotone(text), true),
        }
    }

    /// To call once when all are pushed.
    pub fn settle<'a>(&mut self, text: impl Fn(u32) -> &'a str) {
        if self.odd.is_empty() {
            return;
        }
        let mut numbers: Vec<u128> = self.odd.iter().map(|&row| self.number(row)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let rows: Vec<u32> = (0..self.high.len() as u32)
            .filter(|&row| numbers.binary_search(&self.number(row)).is_ok())
            .collect();
        let mut texts: Vec<&str> = rows.iter().map(|&row| text(row)).collect();
        texts.sort_unstable();
        texts.dedup();
        self.ties = vec![0; self.high.len()];
        for row in rows {
            self.ties[row as usize] = texts.partition_point(|&other| other < text(row)) as u32;
        }
    }

    pub fn number(&self, row: u32) -> u128 {
        u128::from(self.high[row as usize]) << 64 | u128::from(self.low[row as usize])
    }

    fn tie(&self, row: u32) -> u32 {
        self.ties.get(row as usize).copied().unwrap_or_default()
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        self.number(a).cmp(&self.number(b)).then_with(|| self.tie(a).cmp(&self.tie(b)))
    }

    /// Rows ordered by trace id, then row.
    pub fn order(&self) -> Vec<u32> {
        let mut keyed: Vec<(u64, u32)> = self.high.iter().zip(0..).map(|(&high, row)| (high, row)).collect();
        keyed.sort_by_key(|&(high, _)| high);
        let mut rows: Vec<u32> = keyed.iter().map(|&(_, row)| row).collect();
        let mut first = 0;
        for run in keyed.chunk_by(|a, b| a.0 == b.0) {
            let run = &mut rows[first..first + run.len()];
            first += run.len();
            if run.windows(2).any(|pair| self.compare(pair[0], pair[1]).is_ne()) {
                run.sort_by(|&a, &b| self.compare(a, b));
            }
        }
        rows
    }

    /// Calls back with the rows of each trace.
    pub fn each_trace(&self, order: &[u32], take: impl FnMut(&[u32])) {
        order.chunk_by(|&a, &b| self.compare(a, b).is_eq()).for_each(take);
    }
}
