//! Rows of data points to metrics, one a stream.

use crate::encode::messages::Request;
use crate::encode::out::{Field, Out};
use crate::records::MetricKind;

impl Request {
    /// The stream whose points are rows `first..end`.
    pub(super) fn metric<O: Out>(&self, out: &mut O, kind: MetricKind, first: usize, end: usize) {
        let t = &self.rows;
        out.text(Field(1, "name"), t.text("metric_name", first));
        out.text(Field(2, "description"), t.text("description", first));
        out.text(Field(3, "unit"), t.text("unit", first));
        let temporality = match t.text("temporality", first) {
            "" | "unspecified" => 0,
            "delta" => 1,
            "cumulative" => 2,
            number => number.parse().unwrap_or_default(),
        };
        let field = match kind {
            MetricKind::Gauge => Field(5, "gauge"),
            MetricKind::Sum => Field(7, "sum"),
            MetricKind::Histogram => Field(9, "histogram"),
            MetricKind::ExponentialHistogram => Field(10, "exponentialHistogram"),
            MetricKind::Summary => Field(11, "summary"),
        };
        out.message(field, |out| {
            out.list(Field(1, "dataPoints"), end - first, |out, i| self.point(out, kind, first + i));
            out.varint(Field(2, "aggregationTemporality"), temporality);
            out.boolean(
                Field(3, "isMonotonic"),
                t.optional_boolean("is_monotonic", first).unwrap_or_default(),
            );
        });
        self.map(out, Field(12, "metadata"), t, ("metadata", "metadata_types"), "metadata", first);
    }

    fn point<O: Out>(&self, out: &mut O, kind: MetricKind, row: usize) {
        let t = &self.rows;
        out.fixed64(Field(2, "startTimeUnixNano"), t.int("start_time_unix_nano", row));
        out.fixed64(Field(3, "timeUnixNano"), t.int("time_unix_nano", row));
        let (attributes, exemplars, flags) = match kind {
            MetricKind::Gauge | MetricKind::Sum => {
                if let Some(value) = t.optional_double("value_double", row) {
                    out.optional_double(Field(4, "asDouble"), value);
                }
                if let Some(value) = t.optional_int("value_int", row) {
                    out.optional_sfixed64(Field(6, "asInt"), value);
                }
                (7, 5, 8)
            }
            MetricKind::Histogram => {
                self.distribution(out, row, 11, 12);
                out.fixed64s(Field(6, "bucketCounts"), &t.ints("bucket_counts", row));
                out.doubles(Field(7, "explicitBounds"), &t.doubles("explicit_bounds", row));
                (9, 8, 10)
            }
            MetricKind::ExponentialHistogram => {
                self.distribution(out, row, 12, 13);
                out.zigzag(Field(6, "scale"), t.int("scale", row) as i32);
                out.fixed64(Field(7, "zeroCount"), t.int("zero_count", row));
                self.buckets(out, Field(8, "positive"), "positive_offset", "positive_bucket_counts", row);
                self.buckets(out, Field(9, "negative"), "negative_offset", "negative_bucket_counts", row);
                out.double(Field(14, "zeroThreshold"), t.double("zero_threshold", row));
                (1, 11, 10)
            }
            MetricKind::Summary => {
                out.fixed64(Field(4, "count"), t.int("count", row));
                out.double(Field(5, "sum"), t.double("sum", row));
                let (quantiles, values) = (t.doubles("quantiles", row), t.doubles("quantile_values", row));
                out.list(Field(6, "quantileValues"), quantiles.len(), |out, i| {
                    out.double(Field(1, "quantile"), quantiles[i]);
                    out.double(Field(2, "value"), values[i]);
                });
                (7, 0, 8)
            }
        };
        self.attributes(out, Field(attributes, "attributes"), t, "points", row);
        if exemplars != 0 {
            self.exemplars(out, Field(exemplars, "exemplars"), row);
        }
        out.varint(Field(flags, "flags"), t.int("flags", row));
    }

    fn distribution<O: Out>(&self, out: &mut O, row: usize, min: u32, max: u32) {
        let t = &self.rows;
        out.fixed64(Field(4, "count"), t.int("count", row));
        for (field, column) in
            [(Field(5, "sum"), "sum"), (Field(min, "min"), "min"), (Field(max, "max"), "max")]
        {
            if let Some(value) = t.optional_double(column, row) {
                out.optional_double(field, value);
            }
        }
    }

    fn buckets<O: Out>(&self, out: &mut O, field: Field, offset: &str, counts: &str, row: usize) {
        let (offset, counts) = (self.rows.int(offset, row), self.rows.ints(counts, row));
        if offset != 0 || !counts.is_empty() {
            out.message(field, |out| {
                out.zigzag(Field(1, "offset"), offset as i32);
                out.uint64s(Field(2, "bucketCounts"), &counts);
            });
        }
    }

    fn exemplars<O: Out>(&self, out: &mut O, field: Field, row: usize) {
        let (t, first, end) = self.children["exemplars"].of(row);
        out.list(field, end - first, |out, i| {
            let row = first + i;
            out.fixed64(Field(2, "timeUnixNano"), t.int("time_unix_nano", row));
            if let Some(value) = t.optional_double("value_double", row) {
                out.optional_double(Field(3, "asDouble"), value);
            }
            out.id(Field(4, "spanId"), t.text("span_id", row));
            out.id(Field(5, "traceId"), t.text("trace_id", row));
            if let Some(value) = t.optional_int("value_int", row) {
                out.optional_sfixed64(Field(6, "asInt"), value);
            }
            let map = ("filtered_attributes", "filtered_attribute_types");
            self.map(out, Field(7, "filteredAttributes"), t, map, "exemplars", row);
        });
    }
}
