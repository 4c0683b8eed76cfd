//! Arrow columns from plain vectors.

use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field, Schema};

/// Columns under construction, by name and whether they may be null.
#[derive(Default)]
pub struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    pub fn array(&mut self, name: &str, is_nullable: bool, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), is_nullable));
        self.arrays.push(array);
    }

    pub fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T::Native>,
    ) {
        let values: Vec<T::Native> = values.into_iter().collect();
        self.array(name, false, Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), None)));
    }

    pub fn optional<T: ArrowPrimitiveType>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<T::Native>>,
    ) {
        let array: PrimitiveArray<T> = values.into_iter().collect();
        self.array(name, true, Arc::new(array));
    }

    /// Numbers of which those are null that `is_valid` says.
    pub fn masked<T: ArrowPrimitiveType>(&mut self, name: &str, values: Vec<T::Native>, nulls: &NullBuffer) {
        let values = ScalarBuffer::from(values);
        self.array(name, true, Arc::new(PrimitiveArray::<T>::new(values, Some(nulls.clone()))));
    }

    pub fn booleans(
        &mut self,
        name: &str,
        count: usize,
        of: impl FnMut(usize) -> bool,
        nulls: Option<NullBuffer>,
    ) {
        let is_nullable = nulls.is_some();
        let values = BooleanBuffer::collect_bool(count, of);
        self.array(name, is_nullable, Arc::new(BooleanArray::new(values, nulls)));
    }

    pub fn texts<'t>(&mut self, name: &str, values: impl IntoIterator<Item = &'t str>) {
        self.array(name, false, Arc::new(StringArray::from_iter_values(values)));
    }

    pub fn batch(self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
    }
}
