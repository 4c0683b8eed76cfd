//! Metrics and their data points in OTLP/JSON.

use crate::error::Result;
use crate::json::lexer::Lexer;
use crate::records::{ExemplarRecord, MetricHeader, MetricKind, NumberValue, PointRecord};

const TEMPORALITIES: [&str; 3] = ["UNSPECIFIED", "DELTA", "CUMULATIVE"];

/// Where the data points of a metric stand in the text.
pub enum Data {
    None,
    /// Array of data points.
    Points(usize),
    /// Data of a kind that OTLP has removed; its points stand there.
    Removed(Option<usize>),
}

/// Reads all of a metric but its points, which may precede what they need (temporality, unit).
pub fn read_header<'a>(lexer: &mut Lexer<'a>, metric: &mut MetricHeader<'a>) -> Result<Data> {
    let mut data = Data::None;
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        let kind = match name.as_ref() {
            b"name" => {
                metric.name = lexer.text()?;
                continue;
            }
            b"description" => {
                metric.description = lexer.text()?;
                continue;
            }
            b"unit" => {
                metric.unit = lexer.text()?;
                continue;
            }
            b"metadata" => {
                lexer.attributes(&mut metric.metadata)?;
                continue;
            }
            b"gauge" => MetricKind::Gauge,
            b"sum" => MetricKind::Sum,
            b"histogram" => MetricKind::Histogram,
            b"exponentialHistogram" | b"exponential_histogram" => MetricKind::ExponentialHistogram,
            b"summary" => MetricKind::Summary,
            b"intGauge" | b"int_gauge" | b"intSum" | b"int_sum" | b"intHistogram" | b"int_histogram"
            | b"doubleGauge" | b"double_gauge" | b"doubleSum" | b"double_sum" | b"doubleHistogram"
            | b"double_histogram" | b"doubleSummary" | b"double_summary" => {
                data = Data::Removed(read_data(lexer, metric)?);
                continue;
            }
            _ => {
                lexer.skip()?;
                continue;
            }
        };
        metric.kind = kind;
        metric.temporality = 0;
        metric.is_monotonic = false;
        data = read_data(lexer, metric)?.map_or(Data::None, Data::Points);
    }
    Ok(data)
}

/// Reads the object around the data points and returns where their array begins.
fn read_data(lexer: &mut Lexer, metric: &mut MetricHeader) -> Result<Option<usize>> {
    let mut points = None;
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"dataPoints" | b"data_points" => {
                lexer.peek()?;
                points = Some(lexer.at);
                lexer.skip()?;
            }
            b"aggregationTemporality" | b"aggregation_temporality" => {
                metric.temporality = lexer.enumeration("AGGREGATION_TEMPORALITY_", &TEMPORALITIES)?;
            }
            b"isMonotonic" | b"is_monotonic" => metric.is_monotonic = lexer.boolean()?,
            _ => lexer.skip()?,
        }
    }
    Ok(points)
}

/// Reads the data point that comes next into a cleared record.
pub fn read_point<'a>(lexer: &mut Lexer<'a>, point: &mut PointRecord<'a>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"attributes" => {
                let first = point.entries.len();
                lexer.attributes(&mut point.entries)?;
                point.attributes = first..point.entries.len();
            }
            b"timeUnixNano" | b"time_unix_nano" => point.time = lexer.time()?,
            b"startTimeUnixNano" | b"start_time_unix_nano" => point.start = lexer.time()?,
            b"flags" => point.flags = lexer.int()?,
            b"asDouble" | b"as_double" => point.value = NumberValue::Double(lexer.double()?),
            b"asInt" | b"as_int" => point.value = NumberValue::Int(lexer.int()?),
            b"exemplars" => read_exemplars(lexer, point)?,
            b"count" => point.count = lexer.count()?,
            b"sum" => point.sum = Some(lexer.double()?),
            b"min" => point.min = Some(lexer.double()?),
            b"max" => point.max = Some(lexer.double()?),
            b"explicitBounds" | b"explicit_bounds" => read_list(lexer, &mut point.bounds, Lexer::double)?,
            b"bucketCounts" | b"bucket_counts" => read_list(lexer, &mut point.bucket_counts, Lexer::count)?,
            b"scale" => point.scale = lexer.int()?,
            b"zeroCount" | b"zero_count" => point.zero_count = lexer.count()?,
            b"zeroThreshold" | b"zero_threshold" => point.zero_threshold = lexer.double()?,
            b"positive" => read_buckets(lexer, &mut point.positive_offset, &mut point.positive_counts)?,
            b"negative" => read_buckets(lexer, &mut point.negative_offset, &mut point.negative_counts)?,
            b"quantileValues" | b"quantile_values" => read_quantiles(lexer, point)?,
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

fn read_list<'a, T>(
    lexer: &mut Lexer<'a>,
    values: &mut Vec<T>,
    read: impl Fn(&mut Lexer<'a>) -> Result<T>,
) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        values.push(read(lexer)?);
    }
    Ok(())
}

fn read_buckets(lexer: &mut Lexer, offset: &mut i32, counts: &mut Vec<i64>) -> Result {
    let mut object = lexer.open_object()?;
    while let Some(name) = lexer.key(&mut object)? {
        match name.as_ref() {
            b"offset" => *offset = lexer.int()?,
            b"bucketCounts" | b"bucket_counts" => read_list(lexer, counts, Lexer::count)?,
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

fn read_quantiles(lexer: &mut Lexer, point: &mut PointRecord) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let (mut quantile, mut value) = (0.0, 0.0);
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"quantile" => quantile = lexer.double()?,
                b"value" => value = lexer.double()?,
                _ => lexer.skip()?,
            }
        }
        point.quantiles.push(quantile);
        point.quantile_values.push(value);
    }
    Ok(())
}

fn read_exemplars<'a>(lexer: &mut Lexer<'a>, point: &mut PointRecord<'a>) -> Result {
    let mut array = lexer.open_array()?;
    while lexer.element(&mut array)? {
        let mut exemplar = ExemplarRecord::default();
        let mut object = lexer.open_object()?;
        while let Some(name) = lexer.key(&mut object)? {
            match name.as_ref() {
                b"timeUnixNano" | b"time_unix_nano" => exemplar.time = lexer.time()?,
                b"asDouble" | b"as_double" => exemplar.value = NumberValue::Double(lexer.double()?),
                b"asInt" | b"as_int" => exemplar.value = NumberValue::Int(lexer.int()?),
                b"traceId" | b"trace_id" => lexer.id(&mut exemplar.trace_id, 16)?,
                b"spanId" | b"span_id" => lexer.id(&mut exemplar.span_id, 8)?,
                b"filteredAttributes" | b"filtered_attributes" => {
                    let first = point.entries.len();
                    lexer.attributes(&mut point.entries)?;
                    exemplar.attributes = first..point.entries.len();
                }
                _ => lexer.skip()?,
            }
        }
        point.exemplars.push(exemplar);
    }
    Ok(())
}
