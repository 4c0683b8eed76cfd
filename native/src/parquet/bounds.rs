//! Least and greatest values, for the statistics of a column chunk and of a file.

use crate::text::{write_int, write_json_string};

/// Longer texts are no bounds.
const LONGEST: usize = 4096;

#[derive(Clone, Debug, PartialEq)]
pub enum Bounds {
    Int(i32, i32),
    Long(i64, i64),
    Text(Vec<u8>, Vec<u8>),
}

/// What is known of some rows of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    pub nulls: usize,
    /// None when there is no value, or one that is too long to be a bound.
    pub bounds: Option<Bounds>,
}

impl Bounds {
    pub fn of_ints(values: &[i32]) -> Option<Self> {
        Some(Bounds::Int(*values.iter().min()?, *values.iter().max()?))
    }

    pub fn of_longs(values: &[i64]) -> Option<Self> {
        Some(Bounds::Long(*values.iter().min()?, *values.iter().max()?))
    }

    pub fn of_texts<'t>(mut texts: impl Iterator<Item = &'t [u8]>) -> Option<Self> {
        let first = texts.next()?;
        let (low, high) = texts.fold((first, first), |(low, high), text| {
            // Texts are mostly sorted: the greatest is asked first.
            if text > high { (low, text) } else { (low.min(text), high) }
        });
        let are_short = low.len() <= LONGEST && high.len() <= LONGEST;
        are_short.then(|| Bounds::Text(low.to_vec(), high.to_vec()))
    }

    pub fn bytes(&self) -> [Vec<u8>; 2] {
        match self {
            Bounds::Int(low, high) => [low.to_le_bytes().to_vec(), high.to_le_bytes().to_vec()],
            Bounds::Long(low, high) => [low.to_le_bytes().to_vec(), high.to_le_bytes().to_vec()],
            Bounds::Text(low, high) => [low.clone(), high.clone()],
        }
    }

    fn widen(&mut self, other: &Bounds) {
        match (self, other) {
            (Bounds::Int(low, high), Bounds::Int(l, h)) => (*low, *high) = ((*low).min(*l), (*high).max(*h)),
            (Bounds::Long(low, high), Bounds::Long(l, h)) => {
                (*low, *high) = ((*low).min(*l), (*high).max(*h))
            }
            (Bounds::Text(low, high), Bounds::Text(l, h)) => {
                if l < low {
                    low.clone_from(l);
                }
                if h > high {
                    high.clone_from(h);
                }
            }
            _ => unreachable!("all row groups of a column are of one type"),
        }
    }

    fn write_json(&self, out: &mut Vec<u8>, is_high: bool) {
        let pick = |low: i64, high: i64| if is_high { high } else { low };
        match self {
            Bounds::Int(low, high) => write_int(out, pick(i64::from(*low), i64::from(*high))),
            Bounds::Long(low, high) => write_int(out, pick(*low, *high)),
            Bounds::Text(low, high) => write_json_string(out, if is_high { high } else { low }),
        }
    }
}

/// Statistics of all row groups together. A column that some row group has values but no bounds for gets none.
fn merge<'s>(groups: impl Iterator<Item = (&'s Statistics, usize)>) -> Statistics {
    let mut all = Statistics { nulls: 0, bounds: None };
    let mut is_bounded = true;
    for (group, rows) in groups {
        all.nulls += group.nulls;
        match (&mut all.bounds, &group.bounds) {
            (_, None) => is_bounded &= group.nulls == rows,
            (Some(bounds), Some(more)) => bounds.widen(more),
            (none, Some(first)) => *none = Some(first.clone()),
        }
    }
    all.bounds.take_if(|_| !is_bounded);
    all
}

/// Delta's statistics of a file: numRecords, minValues, maxValues, nullCount. `columns` holds for each column with
/// statistics its name and, by row group, what is known and the rows.
pub fn delta_statistics(rows: usize, columns: &[(&str, Vec<(&Statistics, usize)>)]) -> Vec<u8> {
    let merged: Vec<(&str, Statistics)> =
        columns.iter().map(|(name, groups)| (*name, merge(groups.iter().copied()))).collect();
    let mut out = b"{\"numRecords\":".to_vec();
    write_int(&mut out, rows as i64);
    for (title, is_high) in [("minValues", false), ("maxValues", true)] {
        let bounded = merged.iter().filter_map(|(name, s)| Some((*name, s.bounds.as_ref()?)));
        object(&mut out, title, bounded, |out, bounds| bounds.write_json(out, is_high));
    }
    let nulls = merged.iter().map(|(name, s)| (*name, s.nulls));
    object(&mut out, "nullCount", nulls, |out, nulls| write_int(out, nulls as i64));
    out.push(b'}');
    out
}

fn object<'n, T>(
    out: &mut Vec<u8>,
    title: &str,
    members: impl Iterator<Item = (&'n str, T)>,
    write: impl Fn(&mut Vec<u8>, T),
) {
    out.push(b',');
    write_json_string(out, title.as_bytes());
    out.extend_from_slice(b":{");
    for (i, (name, value)) in members.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_json_string(out, name.as_bytes());
        out.push(b':');
        write(out, value);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(low: i64, high: i64) -> Statistics {
        Statistics { nulls: 1, bounds: Some(Bounds::Long(low, high)) }
    }

    #[test]
    fn row_groups_add_up() {
        let (a, b, none) = (long(-7, 3), long(5, 9), Statistics { nulls: 4, bounds: None });
        let json = delta_statistics(8, &[("n", vec![(&a, 2), (&none, 4), (&b, 2)])]);
        let wanted = r#"{"numRecords":8,"minValues":{"n":-7},"maxValues":{"n":9},"nullCount":{"n":6}}"#;
        assert_eq!(String::from_utf8(json).unwrap(), wanted);
    }

    #[test]
    fn a_row_group_with_unknown_bounds_spoils_them() {
        let (known, unknown) = (long(1, 2), Statistics { nulls: 0, bounds: None });
        assert_eq!(merge([(&known, 2), (&unknown, 2)].into_iter()).bounds, None);
        let long_text = vec![b'x'; LONGEST + 1];
        assert_eq!(Bounds::of_texts([b"a".as_slice(), &long_text].into_iter()), None);
    }
}
