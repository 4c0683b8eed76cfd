//! OTLP/JSON as the Collector writes it.

use crate::encode::out::{Field, Out};
use crate::text::{write_int, write_json_double, write_json_string};

#[derive(Default)]
pub struct JsonOut {
    pub bytes: Vec<u8>,
    /// Length at which the current object was opened: no comma is due there.
    begin: usize,
}

impl JsonOut {
    pub fn object(&mut self, body: impl FnOnce(&mut Self)) {
        let outer = self.begin;
        self.bytes.push(b'{');
        self.begin = self.bytes.len();
        body(self);
        self.bytes.push(b'}');
        self.begin = outer;
    }

    fn name(&mut self, field: Field) {
        if self.bytes.len() > self.begin {
            self.bytes.push(b',');
        }
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(field.1.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }

    fn quoted_int(&mut self, value: i64) {
        self.bytes.push(b'"');
        write_int(&mut self.bytes, value);
        self.bytes.push(b'"');
    }

    fn array<T: Copy>(&mut self, field: Field, values: &[T], mut write: impl FnMut(&mut Self, T)) {
        if values.is_empty() {
            return;
        }
        self.name(field);
        for (i, &value) in values.iter().enumerate() {
            self.bytes.push(if i == 0 { b'[' } else { b',' });
            write(self, value);
        }
        self.bytes.push(b']');
    }
}

impl Out for JsonOut {
    fn message(&mut self, field: Field, body: impl FnOnce(&mut Self)) {
        self.name(field);
        self.object(body);
    }

    fn list(&mut self, field: Field, count: usize, mut item: impl FnMut(&mut Self, usize)) {
        if count == 0 {
            return;
        }
        self.name(field);
        for i in 0..count {
            self.bytes.push(if i == 0 { b'[' } else { b',' });
            self.object(|out| item(out, i));
        }
        self.bytes.push(b']');
    }

    fn text(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.name(field);
            write_json_string(&mut self.bytes, value.as_bytes());
        }
    }

    fn id(&mut self, field: Field, hex: &str) {
        self.text(field, hex);
    }

    fn fixed64(&mut self, field: Field, value: i64) {
        if value != 0 {
            self.name(field);
            self.quoted_int(value);
        }
    }

    fn fixed32(&mut self, field: Field, value: u32) {
        self.varint(field, i64::from(value));
    }

    fn varint(&mut self, field: Field, value: i64) {
        if value != 0 {
            self.name(field);
            write_int(&mut self.bytes, value);
        }
    }

    fn zigzag(&mut self, field: Field, value: i32) {
        self.varint(field, i64::from(value));
    }

    fn boolean(&mut self, field: Field, value: bool) {
        if value {
            self.name(field);
            self.bytes.extend_from_slice(b"true");
        }
    }

    fn optional_double(&mut self, field: Field, value: f64) {
        self.name(field);
        write_json_double(&mut self.bytes, value);
    }

    fn optional_sfixed64(&mut self, field: Field, value: i64) {
        self.name(field);
        self.quoted_int(value);
    }

    fn doubles(&mut self, field: Field, values: &[f64]) {
        self.array(field, values, |out, value| write_json_double(&mut out.bytes, value));
    }

    fn fixed64s(&mut self, field: Field, values: &[i64]) {
        self.array(field, values, Self::quoted_int);
    }

    fn uint64s(&mut self, field: Field, values: &[i64]) {
        self.array(field, values, Self::quoted_int);
    }

    fn texts(&mut self, field: Field, values: &[String]) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.array(field, &values, |out, value| write_json_string(&mut out.bytes, value.as_bytes()));
    }

    fn value(&mut self, field: Field, letter: u8, text: &str) {
        self.message(field, |out| {
            let (kind, is_quoted) = match letter {
                b's' => {
                    out.name(Field(1, "stringValue"));
                    return write_json_string(&mut out.bytes, text.as_bytes());
                }
                b'i' => ("intValue", true),
                b'd' => ("doubleValue", matches!(text, "NaN" | "Infinity" | "-Infinity")),
                b'b' => ("boolValue", false),
                b'y' => ("bytesValue", true),
                b'a' => ("arrayValue", false),
                b'm' => ("kvlistValue", false),
                _ => return,
            };
            out.name(Field(0, kind));
            let quote: &[u8] = if is_quoted { b"\"" } else { b"" };
            out.bytes.extend([quote, text.as_bytes(), quote].concat());
        });
    }
}
