//! Keys of OTLP/JSON containers, in all their spellings.

pub(super) fn is_group_list(name: &[u8]) -> bool {
    matches!(
        name,
        b"resourceSpans"
            | b"resource_spans"
            | b"resourceLogs"
            | b"resource_logs"
            | b"resourceMetrics"
            | b"resource_metrics"
            | b"resourceProfiles"
            | b"resource_profiles"
    )
}

pub(super) fn is_scope_list(name: &[u8]) -> bool {
    matches!(
        name,
        b"scopeSpans"
            | b"scope_spans"
            | b"scopeLogs"
            | b"scope_logs"
            | b"scopeMetrics"
            | b"scope_metrics"
            | b"instrumentationLibrarySpans"
            | b"instrumentation_library_spans"
            | b"instrumentationLibraryLogs"
            | b"instrumentation_library_logs"
            | b"instrumentationLibraryMetrics"
            | b"instrumentation_library_metrics"
    )
}
