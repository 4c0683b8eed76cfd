//! Columns of a table of any number of batches.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericStringArray, Int32Array, MapArray, OffsetSizeTrait, RecordBatch,
};
use arrow_schema::{DataType, SchemaRef};

pub type Error = String;

/// The batches of one table; rows are numbered through all of them.
pub struct Table {
    name: &'static str,
    schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// Number of each batch's first row.
    pub starts: Vec<usize>,
    pub rows: usize,
}

impl Table {
    /// The batches under the name by which errors call them.
    pub fn new(name: &'static str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Self, Error> {
        let (mut starts, mut rows) = (Vec::with_capacity(batches.len()), 0);
        for batch in &batches {
            starts.push(rows);
            rows += batch.num_rows();
        }
        if rows > u32::MAX as usize {
            return Err(format!("{name}: {rows} rows are more than one range of traces may hold"));
        }
        Ok(Table { name, schema, batches, starts, rows })
    }

    pub fn has(&self, column: &str) -> bool {
        self.schema.index_of(column).is_ok()
    }

    fn arrays(&self, column: &str) -> Result<Vec<&ArrayRef>, Error> {
        let position =
            self.schema.index_of(column).map_err(|_| format!("{} have no column {column}", self.name))?;
        Ok(self.batches.iter().map(|batch| batch.column(position)).collect())
    }

    fn wrong(&self, column: &str, array: &ArrayRef) -> Error {
        format!("{}: column {column} is {}", self.name, array.data_type())
    }

    pub fn longs(&self, column: &str) -> Result<Numbers<'_, Int64Type>, Error> {
        self.numbers(column)
    }

    pub fn ints(&self, column: &str) -> Result<Numbers<'_, Int32Type>, Error> {
        self.numbers(column)
    }

    pub fn dates(&self, column: &str) -> Result<Numbers<'_, Date32Type>, Error> {
        self.numbers(column)
    }

    fn numbers<T: arrow_array::ArrowPrimitiveType>(&self, column: &str) -> Result<Numbers<'_, T>, Error> {
        let of = |array: &&'_ ArrayRef| array.as_primitive_opt::<T>().is_some();
        let arrays = self.arrays(column)?;
        if let Some(other) = arrays.iter().find(|array| !of(array)) {
            return Err(self.wrong(column, other));
        }
        let arrays = arrays.into_iter().map(|array| array.as_primitive::<T>()).collect();
        Ok(Numbers { arrays, starts: &self.starts })
    }

    pub fn booleans(&self, column: &str) -> Result<Vec<&BooleanArray>, Error> {
        let of = |array: &'_ ArrayRef| array.as_boolean_opt().is_some();
        let arrays = self.arrays(column)?;
        match arrays.iter().find(|array| !of(array)) {
            Some(other) => Err(self.wrong(column, other)),
            None => Ok(arrays.into_iter().map(|array| array.as_boolean()).collect()),
        }
    }

    pub fn texts(&self, column: &str) -> Result<Texts<'_>, Error> {
        let arrays = self.arrays(column)?.into_iter().map(|array| self.text(column, array));
        Ok(Texts { arrays: arrays.collect::<Result<_, _>>()?, starts: &self.starts })
    }

    fn text<'a>(&self, column: &str, array: &'a ArrayRef) -> Result<Text<'a>, Error> {
        let text = Text::new(array).ok_or_else(|| self.wrong(column, array))?;
        // Neither Parquet nor the C data interface checks that texts are such. ASCII is, wherever it is cut.
        if !text.is_ascii() {
            array.to_data().validate_full().map_err(|e| format!("{}: column {column}: {e}", self.name))?;
        }
        Ok(text)
    }

    /// A column of maps from texts to texts; of a table that lacks it all are empty.
    pub fn maps(&self, column: &str) -> Result<Maps<'_>, Error> {
        let mut arrays = Vec::new();
        for array in if self.has(column) { self.arrays(column)? } else { Vec::new() } {
            let map = array.as_map_opt().ok_or_else(|| self.wrong(column, array))?;
            arrays.push((map, self.text(column, map.keys())?, self.text(column, map.values())?));
        }
        Ok(Maps { arrays, starts: &self.starts })
    }
}

/// (batch, row within it) of a row.
fn place(starts: &[usize], row: u32) -> (usize, usize) {
    let row = row as usize;
    if let [_] = starts {
        return (0, row);
    }
    let batch = starts.partition_point(|&start| start <= row) - 1;
    (batch, row - starts[batch])
}

/// A column of numbers.
pub struct Numbers<'a, T: arrow_array::ArrowPrimitiveType> {
    pub arrays: Vec<&'a arrow_array::PrimitiveArray<T>>,
    starts: &'a [usize],
}

impl<T: arrow_array::ArrowPrimitiveType> Numbers<'_, T> {
    pub fn get(&self, row: u32) -> Option<T::Native> {
        let (batch, row) = place(self.starts, row);
        let array = self.arrays[batch];
        array.is_valid(row).then(|| array.value(row))
    }
}

/// A column of texts.
pub struct Texts<'a> {
    pub arrays: Vec<Text<'a>>,
    starts: &'a [usize],
}

impl<'a> Texts<'a> {
    pub fn get(&self, row: u32) -> Option<&'a str> {
        let (batch, row) = place(self.starts, row);
        self.arrays[batch].get(row)
    }

    /// Empty when null.
    pub fn text(&self, row: u32) -> &'a str {
        self.get(row).unwrap_or_default()
    }
}

/// A column of maps from texts to texts.
pub struct Maps<'a> {
    arrays: Vec<(&'a MapArray, Text<'a>, Text<'a>)>,
    starts: &'a [usize],
}

impl<'a> Maps<'a> {
    /// The value of a key, the last one if it occurs again; empty when there is none.
    pub fn text(&self, row: u32, key: &str) -> &'a str {
        let (batch, row) = place(self.starts, row);
        let Some((map, keys, values)) = self.arrays.get(batch) else { return "" };
        let offsets = map.value_offsets();
        let mut entries = (offsets[row] as usize..offsets[row + 1] as usize).rev();
        let held = entries.find(|&at| map.is_valid(row) && keys.get(at) == Some(key));
        held.and_then(|at| values.get(at)).unwrap_or_default()
    }
}

/// Texts of one batch in any of the encodings that readers of Parquet give.
pub enum Text<'a> {
    Small(&'a arrow_array::StringArray),
    Large(&'a arrow_array::LargeStringArray),
    View(&'a arrow_array::StringViewArray),
    Dictionary(&'a Int32Array, Box<Text<'a>>),
}

impl<'a> Text<'a> {
    fn new(array: &'a ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Text::Small(array.as_string()),
            DataType::LargeUtf8 => Text::Large(array.as_string()),
            DataType::Utf8View => Text::View(array.as_string_view()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_dictionary_opt::<Int32Type>()?;
                Text::Dictionary(dictionary.keys(), Box::new(Text::new(dictionary.values())?))
            }
            _ => return None,
        })
    }

    /// Whether nothing else is held; views are not looked through.
    fn is_ascii(&self) -> bool {
        fn all<O: OffsetSizeTrait>(array: &GenericStringArray<O>) -> bool {
            let offsets = array.offsets();
            let (first, last) = (offsets[0].as_usize(), offsets[array.len()].as_usize());
            array.value_data()[first..last].is_ascii()
        }
        match self {
            Text::Small(array) => all(array),
            Text::Large(array) => all(array),
            Text::View(_) => false,
            Text::Dictionary(_, values) => values.is_ascii(),
        }
    }

    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Text::Small(array) => array.is_valid(row).then(|| array.value(row)),
            Text::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Text::View(array) => array.is_valid(row).then(|| array.value(row)),
            Text::Dictionary(keys, values) => {
                keys.is_valid(row).then(|| values.get(keys.value(row) as usize)).flatten()
            }
        }
    }

    /// Calls back with each row of a range and its text, which is empty when null.
    #[inline]
    pub fn each(&self, rows: std::ops::Range<usize>, mut take: impl FnMut(usize, &'a [u8])) {
        macro_rules! plain {
            ($array:expr) => {
                match $array.nulls() {
                    None => rows.for_each(|row| take(row, $array.value(row).as_bytes())),
                    Some(nulls) => rows.for_each(|row| {
                        take(row, if nulls.is_valid(row) { $array.value(row).as_bytes() } else { &[] })
                    }),
                }
            };
        }
        match self {
            Text::Small(array) => plain!(array),
            Text::Large(array) => plain!(array),
            Text::View(array) => plain!(array),
            Text::Dictionary(..) => {
                rows.for_each(|row| take(row, self.get(row).unwrap_or_default().as_bytes()));
            }
        }
    }

    /// Number of entries: of the dictionary, if this is one.
    pub fn dictionary(&self) -> Option<(&'a Int32Array, &Text<'a>)> {
        match self {
            Text::Dictionary(keys, values) => Some((keys, values)),
            _ => None,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Text::Small(array) => array.len(),
            Text::Large(array) => array.len(),
            Text::View(array) => array.len(),
            Text::Dictionary(keys, _) => keys.len(),
        }
    }
}
