//! Resources and scopes in OTLP/JSON.

use crate::entity_refs::EntityRefsJson;
use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::{EMPTY, ResourceRecord, ScopeRecord, Text};

pub fn read_resource<'a>(lexer: &mut Lexer<'a>, resource: &mut ResourceRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"attributes" => lexer.attributes(&mut resource.entries)?,
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                resource.dropped_attributes = lexer.int()?
            }
            b"entityRefs" | b"entity_refs" => read_entity_refs(lexer, &mut resource.entity_refs)?,
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

fn read_entity_refs(lexer: &mut Lexer, out: &mut Vec<u8>) -> Result {
    let mut refs = EntityRefsJson::default();
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let (mut schema_url, mut kind, mut ids, mut descriptions) = (EMPTY, EMPTY, Vec::new(), Vec::new());
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"schemaUrl" | b"schema_url" => schema_url = lexer.text()?,
                b"type" => kind = lexer.text()?,
                b"idKeys" | b"id_keys" => read_texts(lexer, &mut ids)?,
                b"descriptionKeys" | b"description_keys" => read_texts(lexer, &mut descriptions)?,
                _ => lexer.skip()?,
            }
        }
        refs.push(&schema_url, &kind, &ids, &descriptions);
    }
    *out = refs.finish();
    Ok(())
}

fn read_texts<'a>(lexer: &mut Lexer<'a>, texts: &mut Vec<Text<'a>>) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        texts.push(lexer.text()?);
    }
    Ok(())
}
