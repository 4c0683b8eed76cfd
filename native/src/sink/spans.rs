//! Spans, their events and links into columns.

use crate::error::Result;
use crate::keys::AttributesDigest;
use crate::records::SpanRecord;
use crate::sampling::adjusted_count;
use crate::sink::{Place, Signal, Sink};

impl Sink {
    pub fn push_span(&mut self, span: &SpanRecord, place: Place) -> Result {
        if self.leaves_out(Signal::Span, place) {
            return Ok(());
        }
        let place = self.placed(place);
        self.fits(span.text_len())?;
        let row = self.spans.flags.len();
        let t = &mut self.spans;
        t.trace_id.push(&span.trace_id);
        t.span_id.push(&span.span_id);
        t.parent_span_id.push(&span.parent_span_id);
        t.trace_state.push(&span.trace_state);
        t.flags.push(i64::from(span.flags));
        t.name.push(&span.name);
        t.kind.push(span.kind);
        t.start_time_unix_nano.push(span.start);
        t.duration_nano.push(span.end - span.start);
        t.status_code.push(span.status_code);
        t.status_message.push(&span.status_message);
        t.dropped_attributes_count.push(i64::from(span.dropped_attributes));
        t.dropped_events_count.push(i64::from(span.dropped_events));
        t.dropped_links_count.push(i64::from(span.dropped_links));
        t.event_count.push(span.events.len() as i32);
        t.link_count.push(span.links.len() as i32);
        t.adjusted_count.push(adjusted_count(&span.trace_state));
        t.file_key.push(self.file_key);
        t.byte_offset.push(place.offset as i64);
        t.record_ordinal.push(place.ordinal);
        let promoted = Some((&mut self.promoted.spans, row));
        let entries = &span.entries[span.attributes.clone()];
        let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, promoted);
        let date = self.event_date(span.start);
        self.spans.event_date.push(date);
        self.begin_content_key(span, digest);
        self.push_events(span, row);
        self.push_links(span, row);
        let record_hash = self.canonical.key();
        self.spans.content_key.push(record_hash);
        Ok(())
    }

    /// The canonical encoding of a span up to its events; `push_events` and `push_links` go on.
    fn begin_content_key(&mut self, span: &SpanRecord, attributes: AttributesDigest) {
        self.canonical
            .start("")
            .str(&span.trace_id)
            .str(&span.span_id)
            .str(&span.parent_span_id)
            .str(&span.trace_state)
            .i64(i64::from(span.flags))
            .str(&span.name)
            .i64(i64::from(span.kind))
            .i64(span.start)
            .i64(span.end - span.start)
            .i64(i64::from(span.status_code))
            .str(&span.status_message)
            .attributes(attributes)
            .i64(i64::from(span.dropped_attributes))
            .i64(i64::from(span.dropped_events))
            .i64(i64::from(span.dropped_links));
    }

    fn push_events(&mut self, span: &SpanRecord, span_row: usize) {
        self.canonical.i64(span.events.len() as i64);
        let t = &mut self.events;
        for (ordinal, event) in span.events.iter().enumerate() {
            let row = self.event_span.len();
            self.event_span.push(span_row as u32);
            t.trace_id.push(&span.trace_id);
            t.span_id.push(&span.span_id);
            t.ordinal.push(ordinal as i32);
            t.time_unix_nano.push(event.time);
            t.name.push(&event.name);
            t.dropped_attributes_count.push(i64::from(event.dropped_attributes));
            let promoted = Some((&mut self.promoted.events, row));
            let entries = &span.entries[event.attributes.clone()];
            let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, promoted);
            let dropped = i64::from(event.dropped_attributes);
            self.canonical.i64(event.time).str(&event.name).attributes(digest).i64(dropped);
        }
    }

    fn push_links(&mut self, span: &SpanRecord, span_row: usize) {
        self.canonical.i64(span.links.len() as i64);
        let t = &mut self.links;
        for (ordinal, link) in span.links.iter().enumerate() {
            self.link_span.push(span_row as u32);
            t.trace_id.push(&span.trace_id);
            t.span_id.push(&span.span_id);
            t.ordinal.push(ordinal as i32);
            t.linked_trace_id.push(&link.trace_id);
            t.linked_span_id.push(&link.span_id);
            t.trace_state.push(&link.trace_state);
            t.flags.push(i64::from(link.flags));
            t.dropped_attributes_count.push(i64::from(link.dropped_attributes));
            let entries = &span.entries[link.attributes.clone()];
            let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, None);
            self.canonical
                .str(&link.trace_id)
                .str(&link.span_id)
                .str(&link.trace_state)
                .i64(i64::from(link.flags))
                .attributes(digest)
                .i64(i64::from(link.dropped_attributes));
        }
    }
}
