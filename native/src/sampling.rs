//! Sampling probability from the W3C tracestate (`ot=th:…`, OpenTelemetry probability sampling).

const DIGITS: usize = 14;

/// Spans that a span with this tracestate stands for: `2^56 / (2^56 - threshold)`, 1 without a threshold.
pub fn adjusted_count(trace_state: &[u8]) -> f64 {
    threshold(trace_state).map_or(1.0, |threshold| {
        let all = (1u64 << (4 * DIGITS)) as f64;
        all / (all - threshold as f64)
    })
}

fn threshold(trace_state: &[u8]) -> Option<u64> {
    let members = trace_state.split(|&b| b == b',');
    let ot = members.map(|m| m.trim_ascii()).find_map(|m| m.strip_prefix(b"ot="))?;
    let digits = ot.split(|&b| b == b';').find_map(|field| field.strip_prefix(b"th:"))?;
    if digits.is_empty() || digits.len() > DIGITS || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let value = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some(value << (4 * (DIGITS - digits.len())))
}

#[cfg(test)]
mod tests {
    use super::adjusted_count;

    #[test]
    fn threshold_is_left_aligned() {
        assert_eq!(adjusted_count(b"ot=th:8"), 2.0);
        assert_eq!(adjusted_count(b"vendor=x, ot=rv:1234;th:c"), 4.0);
        assert_eq!(adjusted_count(b"ot=th:0"), 1.0);
        assert_eq!(adjusted_count(b""), 1.0);
        assert_eq!(adjusted_count(b"ot=th:xyz"), 1.0);
        assert_eq!(adjusted_count(b"ot=th:+8"), 1.0);
    }
}
