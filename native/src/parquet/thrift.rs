//! Thrift's compact protocol, written field by field.

const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// What a list holds.
#[derive(Clone, Copy)]
pub enum Elements {
    Ints,
    Texts,
    Structs,
}

/// A struct under construction; fields come in the order of their numbers.
pub struct Struct<'o> {
    out: &'o mut Vec<u8>,
    last: i16,
}

impl<'o> Struct<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Struct { out, last: 0 }
    }

    fn head(&mut self, number: i16, kind: u8) {
        self.out.push(((number - self.last) as u8) << 4 | kind);
        self.last = number;
    }

    pub fn i16(&mut self, number: i16, value: i16) -> &mut Self {
        self.head(number, I16);
        zigzag(self.out, i64::from(value));
        self
    }

    pub fn i32(&mut self, number: i16, value: i32) -> &mut Self {
        self.head(number, I32);
        zigzag(self.out, i64::from(value));
        self
    }

    pub fn i64(&mut self, number: i16, value: i64) -> &mut Self {
        self.head(number, I64);
        zigzag(self.out, value);
        self
    }

    pub fn bool(&mut self, number: i16, value: bool) -> &mut Self {
        self.head(number, if value { 1 } else { 2 });
        self
    }

    pub fn bytes(&mut self, number: i16, value: &[u8]) -> &mut Self {
        self.head(number, BINARY);
        text(self.out, value);
        self
    }

    pub fn nested(&mut self, number: i16, fill: impl FnOnce(&mut Struct)) -> &mut Self {
        self.head(number, STRUCT);
        element(self.out, fill);
        self
    }

    /// A member without fields of its own: the choice of a union.
    pub fn empty(&mut self, number: i16) {
        self.nested(number, |_| {});
    }

    /// `fill` writes as many elements as are announced.
    pub fn list(
        &mut self,
        number: i16,
        elements: Elements,
        length: usize,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> &mut Self {
        self.head(number, LIST);
        let kind = match elements {
            Elements::Ints => I32,
            Elements::Texts => BINARY,
            Elements::Structs => STRUCT,
        };
        if length < 15 {
            self.out.push((length as u8) << 4 | kind);
        } else {
            self.out.push(0xf0 | kind);
            varint(self.out, length as u64);
        }
        fill(self.out);
        self
    }

    pub fn end(&mut self) {
        self.out.push(0);
    }
}

/// A struct that is an element of a list or stands alone.
pub fn element(out: &mut Vec<u8>, fill: impl FnOnce(&mut Struct)) {
    let mut inner = Struct::new(out);
    fill(&mut inner);
    inner.end();
}

pub fn text(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_zigzag_varints() {
        let mut out = Vec::new();
        [0, -1, 1, -64, 64, i64::MIN].into_iter().for_each(|v| zigzag(&mut out, v));
        assert_eq!(out[..6], [0, 1, 2, 127, 128, 1]);
        assert_eq!(out[6..], [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn fields_hold_the_step_from_the_last() {
        let mut out = Vec::new();
        element(&mut out, |s| {
            s.i32(1, 3).bytes(4, b"ab").nested(10, |inner| {
                inner.bool(1, true);
            });
        });
        assert_eq!(out, [0x15, 6, 0x38, 2, b'a', b'b', 0x6c, 0x11, 0, 0]);
    }
}
