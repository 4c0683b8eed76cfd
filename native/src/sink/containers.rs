//! Resources and scopes, and what their end makes known of the records below.

use crate::error::Result;
use crate::keys::operation_key;
use crate::records::{ResourceRecord, ScopeRecord, entries_len};
use crate::sink::{Mark, Sink};

impl Sink {
    /// The scope of every record since the last scope ended; a scope without records leaves no row.
    pub fn end_scope(&mut self, scope: &ScopeRecord) -> Result {
        let (spans, logs) = (self.spans.flags.len(), self.logs.flags.len());
        let streams = self.streams.is_monotonic.len();
        let filled = (self.spans.scope_key.len(), self.logs.scope_key.len(), self.streams.scope_key.len());
        if filled == (spans, logs, streams) {
            return Ok(());
        }
        let text = scope.schema_url.len() + scope.name.len() + scope.version.len();
        self.fits(text + entries_len(&scope.entries))?;
        let t = &mut self.scopes;
        let row = t.dropped_attributes_count.len();
        let digest = self.writer.write(&scope.entries, &mut t.attributes, &mut t.attribute_types, None);
        let key = self
            .canonical
            .start("scope")
            .str(&scope.schema_url)
            .str(&scope.name)
            .str(&scope.version)
            .attributes(digest)
            .i64(i64::from(scope.dropped_attributes))
            .key();
        if self.seen_scopes.insert(key) {
            t.scope_key.push(key);
            t.schema_url.push(&scope.schema_url);
            t.name.push(&scope.name);
            t.version.push(&scope.version);
            t.dropped_attributes_count.push(i64::from(scope.dropped_attributes));
        } else {
            t.truncate(row);
        }
        self.spans.scope_key.resize(spans, key);
        self.logs.scope_key.resize(logs, key);
        self.streams.scope_key.resize(streams, key);
        self.pending_in_scope.clear();
        Ok(())
    }

    /// The resource of every record since `begin`; a resource without records leaves no row.
    pub fn end_resource(&mut self, resource: &ResourceRecord, begin: &Mark) -> Result {
        let (spans, logs) = (self.spans.flags.len(), self.logs.flags.len());
        if (spans, logs) == (begin.spans, begin.logs) && self.pending.is_empty() {
            return Ok(());
        }
        let text = resource.schema_url.len() + resource.entity_refs.len();
        let records =
            self.spans.flags.len() + self.logs.flags.len() + self.pending.len() - begin.spans - begin.logs;
        let service = resource.service_name();
        let names = records * service.map_or(0, <[u8]>::len);
        self.fits(text + entries_len(&resource.entries) + names)?;
        let key = self.push_resource(resource);
        self.fill_spans(key, service, begin.spans);
        self.logs.resource_key.resize(logs, key);
        self.logs.service_name.fill(service, logs);
        self.fill_streams(key, service, begin);
        Ok(())
    }

    fn push_resource(&mut self, resource: &ResourceRecord) -> i64 {
        let t = &mut self.resources;
        let row = t.dropped_attributes_count.len();
        let promoted = Some((&mut self.promoted.resources, row));
        let digest =
            self.writer.write(&resource.entries, &mut t.attributes, &mut t.attribute_types, promoted);
        let key = self
            .canonical
            .start("resource")
            .str(&resource.schema_url)
            .attributes(digest)
            .i64(i64::from(resource.dropped_attributes))
            .str(&resource.entity_refs)
            .key();
        if self.seen_resources.insert(key) {
            t.resource_key.push(key);
            t.schema_url.push(&resource.schema_url);
            t.dropped_attributes_count.push(i64::from(resource.dropped_attributes));
            t.entity_refs.push(&resource.entity_refs);
        } else {
            t.truncate(row);
            self.promoted.resources.truncate(row);
        }
        key
    }

    fn fill_spans(&mut self, resource_key: i64, service: Option<&[u8]>, first: usize) {
        let t = &mut self.spans;
        let rows = t.flags.len();
        t.resource_key.resize(rows, resource_key);
        t.service_name.fill(service, rows);
        for row in first..rows {
            t.operation_key.push(operation_key(&mut self.canonical, service, t.name.get(row), t.kind[row]));
            let record_hash = t.content_key[row];
            t.content_key[row] =
                self.canonical.start("span").i64(resource_key).i64(t.scope_key[row]).i64(record_hash).key();
        }
    }

    fn fill_streams(&mut self, resource_key: i64, service: Option<&[u8]>, begin: &Mark) {
        let t = &mut self.streams;
        let mut any_new = false;
        for (row, hash) in (begin.streams..).zip(&mut self.pending) {
            let key = self.canonical.start("stream").i64(resource_key).i64(t.scope_key[row]).i64(*hash).key();
            *hash = key;
            let is_new = self.seen_streams.insert(key);
            any_new |= is_new;
            t.stream_key.push(key);
            t.resource_key.push(resource_key);
            t.service_name.push(service);
            self.stream_is_new.push(is_new);
        }
        if !any_new {
            t.truncate(begin.streams);
            self.stream_is_new.truncate(begin.streams);
        }
        for (keys, first) in [
            (&mut self.numbers.stream_key, begin.numbers),
            (&mut self.histograms.stream_key, begin.histograms),
            (&mut self.exponentials.stream_key, begin.exponentials),
            (&mut self.summaries.stream_key, begin.summaries),
            (&mut self.exemplars.stream_key, begin.exemplars),
        ] {
            keys[first..].iter_mut().for_each(|key| *key = self.pending[*key as usize]);
        }
        self.pending.clear();
    }
}
