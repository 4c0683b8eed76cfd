//! Entity references of a resource, kept as compact OTLP/JSON without empty members.

use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::text::write_json_string;

#[derive(Default)]
pub struct EntityRef {
    pub schema_url: String,
    pub kind: String,
    pub ids: Vec<String>,
    pub descriptions: Vec<String>,
}

/// What `EntityRefsJson` wrote.
pub fn read(json: &str) -> Vec<EntityRef> {
    if json.is_empty() {
        return Vec::new();
    }
    read_entity_refs(&mut Lexer::new(json.as_bytes())).unwrap_or_default()
}

/// The array of entity references that comes next.
pub fn read_entity_refs(lexer: &mut Lexer) -> Result<Vec<EntityRef>> {
    let mut refs = Vec::new();
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let mut entity = EntityRef::default();
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"schemaUrl" | b"schema_url" => entity.schema_url = string(lexer)?,
                b"type" => entity.kind = string(lexer)?,
                b"idKeys" | b"id_keys" => entity.ids = strings(lexer)?,
                b"descriptionKeys" | b"description_keys" => entity.descriptions = strings(lexer)?,
                _ => lexer.skip()?,
            }
        }
        refs.push(entity);
    }
    Ok(refs)
}

fn string(lexer: &mut Lexer) -> Result<String> {
    Ok(String::from_utf8_lossy(&lexer.text()?).into_owned())
}

fn strings(lexer: &mut Lexer) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        texts.push(string(lexer)?);
    }
    Ok(texts)
}

#[derive(Default)]
pub struct EntityRefsJson(Vec<u8>);

impl EntityRefsJson {
    pub fn push(&mut self, entity: &EntityRef) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        self.0.push(b'{');
        let begin = self.0.len();
        for (name, text) in [("schemaUrl", &entity.schema_url), ("type", &entity.kind)] {
            if !text.is_empty() {
                self.member(begin, name);
                write_json_string(&mut self.0, text.as_bytes());
            }
        }
        for (name, texts) in [("idKeys", &entity.ids), ("descriptionKeys", &entity.descriptions)] {
            if !texts.is_empty() {
                self.member(begin, name);
                for (i, text) in texts.iter().enumerate() {
                    self.0.push(if i == 0 { b'[' } else { b',' });
                    write_json_string(&mut self.0, text.as_bytes());
                }
                self.0.push(b']');
            }
        }
        self.0.push(b'}');
    }

    fn member(&mut self, begin: usize, name: &str) {
        if self.0.len() > begin {
            self.0.push(b',');
        }
        write_json_string(&mut self.0, name.as_bytes());
        self.0.push(b':');
    }

    pub fn finish(mut self) -> Vec<u8> {
        if !self.0.is_empty() {
            self.0.push(b']');
        }
        self.0
    }
}
