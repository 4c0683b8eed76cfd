//! Resources and scopes in OTLP/JSON.

use crate::entity_refs::{EntityRefsJson, read_entity_refs};
use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::{ResourceRecord, ScopeRecord};
use crate::sink::{Container, Sink};

pub fn read_resource<'a>(lexer: &mut Lexer<'a>, resource: &mut ResourceRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"attributes" => lexer.attributes(&mut resource.entries)?,
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                resource.dropped_attributes = lexer.int()?
            }
            b"entityRefs" | b"entity_refs" => {
                let mut refs = EntityRefsJson::default();
                read_entity_refs(lexer)?.iter().for_each(|r| refs.push(r));
                resource.entity_refs = refs.finish();
            }
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

pub fn read_scope<'a>(lexer: &mut Lexer<'a>, scope: &mut ScopeRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"name" => scope.name = lexer.text()?,
            b"version" => scope.version = lexer.text()?,
            b"attributes" => lexer.attributes(&mut scope.entries)?,
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                scope.dropped_attributes = lexer.int()?
            }
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

/// The end of a group that was read piece by piece.
pub fn end_group(sink: &mut Sink, container: &Container) -> Result {
    let mut resource = ResourceRecord::default();
    if !container.own.is_empty() {
        read_resource(&mut Lexer::new(&container.own), &mut resource)?;
    }
    resource.schema_url = container.schema_url.as_slice().into();
    sink.end_resource(&resource, &container.mark)
}

/// The end of a scope that was read piece by piece.
pub fn end_scope(sink: &mut Sink, container: &Container) -> Result {
    let mut scope = ScopeRecord::default();
    if !container.own.is_empty() {
        read_scope(&mut Lexer::new(&container.own), &mut scope)?;
    }
    scope.schema_url = container.schema_url.as_slice().into();
    sink.end_scope(&scope)
}
