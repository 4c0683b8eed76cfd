//! One way to write OTLP messages, two encodings behind it.

/// A field of a message: its protobuf number and its OTLP/JSON name.
#[derive(Clone, Copy)]
pub struct Field(pub u32, pub &'static str);

/// Writes the fields of one message after the other. Fields without presence are left out at their default.
pub trait Out: Sized {
    fn message(&mut self, field: Field, body: impl FnOnce(&mut Self));
    /// A repeated message field of `count` elements.
    fn list(&mut self, field: Field, count: usize, item: impl FnMut(&mut Self, usize));
    fn text(&mut self, field: Field, value: &str);
    /// Lower-case hex, as bytes or as hex.
    fn id(&mut self, field: Field, hex: &str);
    fn fixed64(&mut self, field: Field, value: i64);
    fn fixed32(&mut self, field: Field, value: u32);
    /// uint32, enum.
    fn varint(&mut self, field: Field, value: i64);
    /// sint32.
    fn zigzag(&mut self, field: Field, value: i32);
    fn boolean(&mut self, field: Field, value: bool);
    /// A double that is written when it is zero too.
    fn optional_double(&mut self, field: Field, value: f64);
    /// An sfixed64 that is written when it is zero too.
    fn optional_sfixed64(&mut self, field: Field, value: i64);
    fn doubles(&mut self, field: Field, values: &[f64]);
    fn fixed64s(&mut self, field: Field, values: &[i64]);
    fn uint64s(&mut self, field: Field, values: &[i64]);
    fn texts(&mut self, field: Field, values: &[String]);
    /// An AnyValue from its type letter and text.
    fn value(&mut self, field: Field, letter: u8, text: &str);

    fn double(&mut self, field: Field, value: f64) {
        if value != 0.0 || value.is_sign_negative() {
            self.optional_double(field, value);
        }
    }
}
