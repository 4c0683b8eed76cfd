//! Data points, their streams and exemplars into columns.

use crate::error::Result;
use crate::records::{EMPTY, MetricHeader, MetricKind, PointRecord, entries_len};
use crate::sink::{Place, Signal, Sink};

impl Sink {
    pub fn push_point(&mut self, metric: &MetricHeader, point: &PointRecord, place: Place) -> Result {
        if self.leaves_out(Signal::MetricPoint, place) {
            return Ok(());
        }
        let header = metric.name.len() + metric.description.len() + metric.unit.len() + 32;
        self.fits(point.text_len() + header + entries_len(&metric.metadata))?;
        let stream = self.stream(metric, point) as i64;
        let date = self.event_date(point.time);
        macro_rules! common {
            ($t:expr) => {{
                $t.event_date.push(date);
                $t.stream_key.push(stream);
                $t.time_unix_nano.push(point.time);
                $t.start_time_unix_nano.push(point.start);
                $t.flags.push(i64::from(point.flags));
            }};
        }
        match metric.kind {
            MetricKind::Gauge | MetricKind::Sum => {
                let t = &mut self.numbers;
                common!(t);
                t.value_double.push(point.value.double());
                t.value_int.push(point.value.int());
            }
            MetricKind::Histogram => {
                let t = &mut self.histograms;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum);
                t.min.push(point.min);
                t.max.push(point.max);
                t.explicit_bounds.push(&point.bounds);
                t.bucket_counts.push(&point.bucket_counts);
            }
            MetricKind::ExponentialHistogram => {
                let t = &mut self.exponentials;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum);
                t.min.push(point.min);
                t.max.push(point.max);
                t.scale.push(point.scale);
                t.zero_count.push(point.zero_count);
                t.zero_threshold.push(point.zero_threshold);
                t.positive_offset.push(point.positive_offset);
                t.positive_bucket_counts.push(&point.positive_counts);
                t.negative_offset.push(point.negative_offset);
                t.negative_bucket_counts.push(&point.negative_counts);
            }
            MetricKind::Summary => {
                let t = &mut self.summaries;
                common!(t);
                t.count.push(point.count);
                t.sum.push(point.sum.unwrap_or_default());
                t.quantiles.push(&point.quantiles);
                t.quantile_values.push(&point.quantile_values);
            }
        }
        self.push_exemplars(point, stream, date);
        Ok(())
    }

    fn push_exemplars(&mut self, point: &PointRecord, stream: i64, date: i32) {
        let t = &mut self.exemplars;
        for exemplar in &point.exemplars {
            t.event_date.push(date);
            t.stream_key.push(stream);
            t.point_time_unix_nano.push(point.time);
            t.time_unix_nano.push(exemplar.time);
            t.value_double.push(exemplar.value.double());
            t.value_int.push(exemplar.value.int());
            t.trace_id.push(&exemplar.trace_id);
            t.span_id.push(&exemplar.span_id);
            let entries = &point.entries[exemplar.attributes.clone()];
            self.writer.write(entries, &mut t.filtered_attributes, &mut t.filtered_attribute_types, None);
        }
    }

    /// Index in `pending` of the point's stream; its row is written at the first point.
    fn stream(&mut self, metric: &MetricHeader, point: &PointRecord) -> usize {
        let t = &mut self.streams;
        let row = t.is_monotonic.len();
        let entries = &point.entries[point.attributes.clone()];
        let digest = self.writer.write(entries, &mut t.attributes, &mut t.attribute_types, None);
        let has_temporality = !matches!(metric.kind, MetricKind::Gauge | MetricKind::Summary);
        let temporality = match metric.temporality {
            _ if !has_temporality => EMPTY,
            0 => b"unspecified".into(),
            1 => b"delta".into(),
            2 => b"cumulative".into(),
            other => other.to_string().into_bytes().into(),
        };
        let is_monotonic = (metric.kind == MetricKind::Sum).then_some(metric.is_monotonic);
        let hash = self
            .canonical
            .start("")
            .str(&metric.name)
            .str(&metric.unit)
            .str(metric.kind.name().as_bytes())
            .str(&temporality)
            .u8(is_monotonic.map_or(2, u8::from))
            .attributes(digest)
            .key();
        if let Some(&known) = self.pending_in_scope.get(&hash) {
            t.truncate(row);
            return known;
        }
        t.metric_name.push(&metric.name);
        t.description.push(&metric.description);
        t.unit.push(&metric.unit);
        t.metric_type.push(metric.kind.name().as_bytes());
        t.temporality.push(&temporality);
        t.is_monotonic.push(is_monotonic);
        self.writer.write(&metric.metadata, &mut t.metadata, &mut t.metadata_types, None);
        self.pending.push(hash);
        self.pending_in_scope.insert(hash, self.pending.len() - 1);
        self.pending.len() - 1
    }
}
