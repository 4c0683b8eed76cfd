//! OTLP protobuf.

use crate::encode::out::{Field, Out};
use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::text::decode_base64;

#[derive(Default)]
pub struct ProtoOut {
    pub bytes: Vec<u8>,
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;
const FIXED32: u32 = 5;

impl ProtoOut {
    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn tag(&mut self, field: Field, wire: u32) {
        self.raw_varint(u64::from(field.0 << 3 | wire));
    }

    fn blob(&mut self, field: Field, bytes: &[u8]) {
        self.tag(field, BYTES);
        self.raw_varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn packed(&mut self, field: Field, values: impl ExactSizeIterator<Item = [u8; 8]>) {
        if values.len() > 0 {
            self.tag(field, BYTES);
            self.raw_varint(values.len() as u64 * 8);
            values.for_each(|value| self.bytes.extend_from_slice(&value));
        }
    }

    /// The members of an AnyValue.
    fn any_value(&mut self, letter: u8, text: &str) {
        match letter {
            b's' => self.blob(Field(1, "stringValue"), text.as_bytes()),
            b'b' => {
                self.tag(Field(2, "boolValue"), VARINT);
                self.raw_varint(u64::from(text == "true"));
            }
            b'i' => {
                self.tag(Field(3, "intValue"), VARINT);
                self.raw_varint(text.parse::<i64>().unwrap_or_default() as u64);
            }
            b'd' => self.optional_double(Field(4, "doubleValue"), read_double(text)),
            b'y' => self.blob(Field(7, "bytesValue"), &decode_base64(text.as_bytes()).unwrap_or_default()),
            b'a' | b'm' => {
                let field = if letter == b'a' { Field(5, "arrayValue") } else { Field(6, "kvlistValue") };
                let mut values = ProtoOut::default();
                // The text was written by the decoder and reads back.
                values.values(&mut Lexer::new(text.as_bytes()), letter == b'm').unwrap_or_default();
                self.blob(field, &values.bytes);
            }
            _ => {}
        }
    }

    /// ArrayValue or KeyValueList from its OTLP/JSON.
    fn values(&mut self, lexer: &mut Lexer, keyed: bool) -> Result {
        let mut object = lexer.open_object()?;
        while lexer.key(&mut object)?.is_some() {
            let mut array = lexer.open_array()?;
            while lexer.element(&mut array)? {
                let mut element = ProtoOut::default();
                if keyed {
                    element.key_value(lexer)?;
                } else {
                    element.json_value(lexer)?;
                }
                self.blob(Field(1, "values"), &element.bytes);
            }
        }
        Ok(())
    }

    fn key_value(&mut self, lexer: &mut Lexer) -> Result {
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            if name.as_ref() == b"key" {
                let key = lexer.text()?;
                if !key.is_empty() {
                    self.blob(Field(1, "key"), &key);
                }
            } else {
                let mut value = ProtoOut::default();
                value.json_value(lexer)?;
                self.blob(Field(2, "value"), &value.bytes);
            }
        }
        Ok(())
    }

    /// The members of an AnyValue from its OTLP/JSON.
    fn json_value(&mut self, lexer: &mut Lexer) -> Result {
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"arrayValue" | b"kvlistValue" => {
                    let keyed = name.as_ref() == b"kvlistValue";
                    let mut values = ProtoOut::default();
                    values.values(lexer, keyed)?;
                    self.blob(Field(if keyed { 6 } else { 5 }, ""), &values.bytes);
                }
                b"boolValue" => {
                    let value = lexer.boolean()?;
                    self.any_value(b'b', if value { "true" } else { "false" });
                }
                b"doubleValue" => {
                    let value = lexer.double()?;
                    self.optional_double(Field(4, "doubleValue"), value);
                }
                kind => {
                    let letter = match kind {
                        b"intValue" => b'i',
                        b"bytesValue" => b'y',
                        _ => b's',
                    };
                    let text = lexer.text()?;
                    self.any_value(letter, std::str::from_utf8(&text).unwrap_or_default());
                }
            }
        }
        Ok(())
    }
}

fn read_double(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn read_hex(hex: &str) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap_or_default() as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

impl Out for ProtoOut {
    fn message(&mut self, field: Field, body: impl FnOnce(&mut Self)) {
        let mut inner = ProtoOut::default();
        body(&mut inner);
        self.blob(field, &inner.bytes);
    }

    fn list(&mut self, field: Field, count: usize, mut item: impl FnMut(&mut Self, usize)) {
        (0..count).for_each(|i| self.message(field, |out| item(out, i)));
    }

    fn text(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.blob(field, value.as_bytes());
        }
    }

    fn id(&mut self, field: Field, hex: &str) {
        if !hex.is_empty() {
            self.blob(field, &read_hex(hex));
        }
    }

    fn fixed64(&mut self, field: Field, value: i64) {
        if value != 0 {
            self.optional_sfixed64(field, value);
        }
    }

    fn fixed32(&mut self, field: Field, value: u32) {
        if value != 0 {
            self.tag(field, FIXED32);
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    fn varint(&mut self, field: Field, value: i64) {
        if value != 0 {
            self.tag(field, VARINT);
            self.raw_varint(value as u64);
        }
    }

    fn zigzag(&mut self, field: Field, value: i32) {
        self.varint(field, i64::from(((value << 1) ^ (value >> 31)) as u32));
    }

    fn boolean(&mut self, field: Field, value: bool) {
        self.varint(field, i64::from(value));
    }

    fn optional_double(&mut self, field: Field, value: f64) {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn optional_sfixed64(&mut self, field: Field, value: i64) {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn doubles(&mut self, field: Field, values: &[f64]) {
        self.packed(field, values.iter().map(|v| v.to_le_bytes()));
    }

    fn fixed64s(&mut self, field: Field, values: &[i64]) {
        self.packed(field, values.iter().map(|v| v.to_le_bytes()));
    }

    fn uint64s(&mut self, field: Field, values: &[i64]) {
        if !values.is_empty() {
            let mut packed = ProtoOut::default();
            values.iter().for_each(|&value| packed.raw_varint(value as u64));
            self.blob(field, &packed.bytes);
        }
    }

    fn texts(&mut self, field: Field, values: &[String]) {
        values.iter().for_each(|value| self.blob(field, value.as_bytes()));
    }

    fn value(&mut self, field: Field, letter: u8, text: &str) {
        self.message(field, |out| out.any_value(letter, text));
    }
}
