//! Resources and scopes in OTLP protobuf.

use crate::entity_refs::{EntityRef, EntityRefsJson};
use crate::error::Result;
use crate::proto::values::{key_value, text};
use crate::proto::wire::{Message, Value};
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::{Container, Sink};

pub(super) fn read_resource<'a>(
    bytes: &'a [u8],
    resource: &mut ResourceRecord<'a>,
    refs: &mut EntityRefsJson,
) -> Result {
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => key_value(value, &mut resource.entries)?,
            (2, Value::Varint(value)) => resource.dropped_attributes = value as u32,
            (3, Value::Bytes(value)) => read_entity_ref(value, refs)?,
            _ => {}
        }
    }
    Ok(())
}

fn read_entity_ref(bytes: &[u8], refs: &mut EntityRefsJson) -> Result {
    let string = |bytes| -> Result<String> { Ok(String::from_utf8_lossy(&text(bytes)?).into_owned()) };
    let mut entity = EntityRef::default();
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => entity.schema_url = string(value)?,
            (2, Value::Bytes(value)) => entity.kind = string(value)?,
            (3, Value::Bytes(value)) => entity.ids.push(string(value)?),
            (4, Value::Bytes(value)) => entity.descriptions.push(string(value)?),
            _ => {}
        }
    }
    refs.push(&entity);
    Ok(())
}

pub(super) fn read_scope<'a>(bytes: &'a [u8], scope: &mut ScopeRecord<'a>) -> Result {
    let mut message = Message::new(bytes);
    while let Some(field) = message.field()? {
        match field {
            (1, Value::Bytes(value)) => scope.name = text(value)?,
            (2, Value::Bytes(value)) => scope.version = text(value)?,
            (3, Value::Bytes(value)) => key_value(value, &mut scope.entries)?,
            (4, Value::Varint(value)) => scope.dropped_attributes = value as u32,
            _ => {}
        }
    }
    Ok(())
}

/// The end of a group that was read piece by piece.
pub fn end_group(sink: &mut Sink, container: &Container) -> Result {
    let (mut resource, mut refs) = (ResourceRecord::default(), EntityRefsJson::default());
    read_resource(&container.own, &mut resource, &mut refs)?;
    resource.schema_url = text(&container.schema_url)?;
    resource.entity_refs = refs.finish();
    sink.end_resource(&resource, &container.mark)
}

/// The end of a scope that was read piece by piece.
pub fn end_scope(sink: &mut Sink, container: &Container) -> Result {
    let mut scope = ScopeRecord::default();
    read_scope(&container.own, &mut scope)?;
    scope.schema_url = text(&container.schema_url)?;
    sink.end_scope(&scope)
}
