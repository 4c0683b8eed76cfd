//! The protobuf wire format, field by field.

use crate::error::{Result, Stop};

const MAX_GROUPS: usize = 100;
pub const GROUP: u64 = 3;
const END_GROUP: u64 = 4;

/// The bytes of one message, consumed from the front.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub rest: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

fn malformed<T>(detail: &'static str) -> Result<T> {
    Err(Stop::Malformed(detail))
}

impl<'a> Message<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Message { rest: bytes }
    }

    /// The next field's number and value; groups are passed over.
    #[inline]
    pub fn field(&mut self) -> Result<Option<(u32, Value<'a>)>> {
        while !self.rest.is_empty() {
            let (number, wire) = self.tag()?;
            match wire {
                GROUP => self.skip_group(number)?,
                wire => return Ok(Some((number, self.value(wire)?))),
            }
        }
        Ok(None)
    }

    /// Passes over one field or group.
    pub fn pass_over(&mut self) -> Result {
        match self.tag()? {
            (number, GROUP) => self.skip_group(number),
            (_, wire) => self.value(wire).map(drop),
        }
    }

    /// The next field's number and wire type.
    #[inline]
    pub fn tag(&mut self) -> Result<(u32, u64)> {
        let tag = self.varint()?;
        if tag >> 3 == 0 || tag >> 3 > 0x1fff_ffff {
            return malformed("a protobuf field number is out of range");
        }
        Ok(((tag >> 3) as u32, tag & 7))
    }

    #[inline]
    fn value(&mut self, wire: u64) -> Result<Value<'a>> {
        Ok(match wire {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes"))),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes"))),
            _ => return malformed("a protobuf wire type is unknown"),
        })
    }

    /// Passes over a group that has begun, with those in it.
    #[cold]
    fn skip_group(&mut self, number: u32) -> Result {
        let mut groups = vec![number];
        while let Some(&innermost) = groups.last() {
            if self.rest.is_empty() {
                return malformed("a protobuf group does not end");
            }
            let (number, wire) = self.tag()?;
            match wire {
                GROUP if groups.len() < MAX_GROUPS => groups.push(number),
                END_GROUP if number == innermost => drop(groups.pop()),
                wire => drop(self.value(wire)?),
            }
        }
        Ok(())
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => malformed("a protobuf field is longer than its message"),
        }
    }

    #[inline]
    pub fn varint(&mut self) -> Result<u64> {
        if let [byte @ 0..=0x7f, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut value = 0u64;
        for (i, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.rest = &self.rest[i + 1..];
                return Ok(value);
            }
        }
        malformed("a protobuf varint does not end")
    }
}

/// Position of `part`, which is a slice of `whole`, in it.
pub fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}
