//! Resources and scopes in OTLP/JSON.

use crate::entity_refs::{EntityRefsJson, read_entity_refs};
use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::{ResourceRecord, ScopeRecord};

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
