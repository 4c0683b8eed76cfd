//! Entity references of a resource, kept as text.

use crate::records::Text;
use crate::text::write_json_string;

/// Entity references as compact OTLP/JSON without empty members.
#[derive(Default)]
pub struct EntityRefsJson(Vec<u8>);

impl EntityRefsJson {
    pub fn push(&mut self, schema_url: &[u8], kind: &[u8], ids: &[Text], descriptions: &[Text]) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        self.0.push(b'{');
        let begin = self.0.len();
        for (name, text) in [("schemaUrl", schema_url), ("type", kind)] {
            if !text.is_empty() {
                self.member(begin, name);
                write_json_string(&mut self.0, text);
            }
        }
        for (name, texts) in [("idKeys", ids), ("descriptionKeys", descriptions)] {
            if !texts.is_empty() {
                self.member(begin, name);
                for (i, text) in texts.iter().enumerate() {
                    self.0.push(if i == 0 { b'[' } else { b',' });
                    write_json_string(&mut self.0, text);
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
