//! The tables that decoding fills; names as in the table registry of the Python package.

use crate::columns::{Binary, Column, Gathered, List, Map, OptionalText, Repeated, Text, TextOrNull};

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name { $(pub $field: $kind),* }

        impl $name {
            pub fn truncate(&mut self, rows: usize) {
                $(Column::truncate(&mut self.$field, rows);)*
            }

            /// Hands every column to `take`, its rows in this order.
            pub fn columns<E>(
                &self,
                order: &[u32],
                mut take: impl FnMut(&str, &Gathered) -> Result<(), E>,
            ) -> Result<(), E> {
                $(take(stringify!($field), &self.$field.gather(order))?;)*
                Ok(())
            }
        }
    };
}

table!(Spans {
    event_date: Vec<i32>,
    trace_id: Text,
    span_id: Text,
    parent_span_id: TextOrNull,
    trace_state: TextOrNull,
    flags: Vec<i64>,
    name: Repeated,
    kind: Vec<i32>,
    start_time_unix_nano: Vec<i64>,
    duration_nano: Vec<i64>,
    status_code: Vec<i32>,
    status_message: TextOrNull,
    resource_key: Vec<i64>,
    scope_key: Vec<i64>,
    service_name: OptionalText,
    operation_key: Vec<i64>,
    attributes: Map,
    attribute_types: Repeated,
    dropped_attributes_count: Vec<i64>,
    dropped_events_count: Vec<i64>,
    dropped_links_count: Vec<i64>,
    event_count: Vec<i32>,
    link_count: Vec<i32>,
    adjusted_count: Vec<f64>,
    content_key: Vec<i64>,
    file_key: Vec<i64>,
    byte_offset: Vec<i64>,
    record_ordinal: Vec<i32>,
});

table!(
    /// `content_key` and `event_date` are those of the span, added when the arrays are made.
    Events {
        trace_id: Text,
        span_id: Text,
        ordinal: Vec<i32>,
        time_unix_nano: Vec<i64>,
        name: Repeated,
        attributes: Map,
        attribute_types: Repeated,
        dropped_attributes_count: Vec<i64>,
    }
);

table!(
    /// As `Events`.
    Links {
        trace_id: Text,
        span_id: Text,
        ordinal: Vec<i32>,
        linked_trace_id: Text,
        linked_span_id: Text,
        trace_state: TextOrNull,
        flags: Vec<i64>,
        attributes: Map,
        attribute_types: Repeated,
        dropped_attributes_count: Vec<i64>,
    }
);

table!(Logs {
    event_date: Vec<i32>,
    time_unix_nano: Vec<i64>,
    observed_time_unix_nano: Vec<i64>,
    severity_number: Vec<i32>,
    severity_text: TextOrNull,
    body: OptionalText,
    body_type: TextOrNull,
    event_name: TextOrNull,
    trace_id: TextOrNull,
    span_id: TextOrNull,
    flags: Vec<i64>,
    resource_key: Vec<i64>,
    scope_key: Vec<i64>,
    service_name: OptionalText,
    attributes: Map,
    attribute_types: Repeated,
    dropped_attributes_count: Vec<i64>,
});

table!(Streams {
    stream_key: Vec<i64>,
    resource_key: Vec<i64>,
    scope_key: Vec<i64>,
    service_name: OptionalText,
    metric_name: Text,
    description: TextOrNull,
    unit: TextOrNull,
    metric_type: Text,
    temporality: TextOrNull,
    is_monotonic: Vec<Option<bool>>,
    attributes: Map,
    attribute_types: Repeated,
    metadata: Map,
    metadata_types: Repeated,
});

table!(NumberPoints {
    event_date: Vec<i32>,
    stream_key: Vec<i64>,
    time_unix_nano: Vec<i64>,
    start_time_unix_nano: Vec<i64>,
    flags: Vec<i64>,
    value_double: Vec<Option<f64>>,
    value_int: Vec<Option<i64>>,
});

table!(HistogramPoints {
    event_date: Vec<i32>,
    stream_key: Vec<i64>,
    time_unix_nano: Vec<i64>,
    start_time_unix_nano: Vec<i64>,
    flags: Vec<i64>,
    count: Vec<i64>,
    sum: Vec<Option<f64>>,
    min: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    explicit_bounds: List<f64>,
    bucket_counts: List<i64>,
});

table!(ExponentialHistogramPoints {
    event_date: Vec<i32>,
    stream_key: Vec<i64>,
    time_unix_nano: Vec<i64>,
    start_time_unix_nano: Vec<i64>,
    flags: Vec<i64>,
    count: Vec<i64>,
    sum: Vec<Option<f64>>,
    min: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    scale: Vec<i32>,
    zero_count: Vec<i64>,
    zero_threshold: Vec<f64>,
    positive_offset: Vec<i32>,
    positive_bucket_counts: List<i64>,
    negative_offset: Vec<i32>,
    negative_bucket_counts: List<i64>,
});

table!(SummaryPoints {
    event_date: Vec<i32>,
    stream_key: Vec<i64>,
    time_unix_nano: Vec<i64>,
    start_time_unix_nano: Vec<i64>,
    flags: Vec<i64>,
    count: Vec<i64>,
    sum: Vec<f64>,
    quantiles: List<f64>,
    quantile_values: List<f64>,
});

table!(Exemplars {
    event_date: Vec<i32>,
    stream_key: Vec<i64>,
    point_time_unix_nano: Vec<i64>,
    time_unix_nano: Vec<i64>,
    value_double: Vec<Option<f64>>,
    value_int: Vec<Option<i64>>,
    trace_id: TextOrNull,
    span_id: TextOrNull,
    filtered_attributes: Map,
    filtered_attribute_types: Repeated,
});

table!(Resources {
    resource_key: Vec<i64>,
    schema_url: TextOrNull,
    attributes: Map,
    attribute_types: Repeated,
    dropped_attributes_count: Vec<i64>,
    entity_refs: TextOrNull,
});

table!(Scopes {
    scope_key: Vec<i64>,
    schema_url: TextOrNull,
    name: TextOrNull,
    version: TextOrNull,
    attributes: Map,
    attribute_types: Repeated,
    dropped_attributes_count: Vec<i64>,
});

table!(Rejects {
    file_key: Vec<i64>,
    path: Text,
    byte_offset: Vec<i64>,
    length_bytes: Vec<i64>,
    record_ordinal: Vec<i32>,
    signal: Text,
    reason: Text,
    detail: TextOrNull,
    raw: Binary,
});
