//! How numbers are written in the two text formats, which agree on that. Appends to bytes; knows nothing of samples.

use std::io::Write as _;

use crate::record::Timestamp;

/// Whole numbers without a point, others in the fewest digits that stand for them.
pub(super) fn value(out: &mut Vec<u8>, value: f64) {
    /// Below it every whole number is exact, and its digits are its shortest form.
    const EXACT: f64 = 1e15;
    if value.is_nan() {
        text(out, "NaN");
    } else if value.is_infinite() {
        text(out, if value > 0.0 { "+Inf" } else { "-Inf" });
    } else if value.fract() == 0.0 && value.abs() < EXACT {
        if value < 0.0 {
            text(out, "-");
        }
        integer(out, value.abs() as u64);
    } else {
        // `{:?}` falls back to an exponent where `{}` would print up to 300 zeros.
        write!(out, "{value:?}").expect("writing to a Vec cannot fail");
    }
}

pub(super) fn integer(out: &mut Vec<u8>, value: u64) {
    text(out, itoa::Buffer::new().format(value));
}

/// As `value` writes its seconds, but without going through a fraction, which takes long and which most instants have.
pub(super) fn timestamp(out: &mut Vec<u8>, timestamp: Timestamp) {
    const SECOND: i64 = 1_000_000;
    /// Until the year 2106 neighbouring numbers of seconds lie closer than a microsecond, so that no fewer digits stand for
    /// the same one. The first second would need an exponent.
    const PLAIN: std::ops::Range<i64> = SECOND..(1 << 32) * SECOND;
    let microseconds = timestamp.0;
    if !PLAIN.contains(&microseconds) {
        return value(out, timestamp.seconds());
    }
    integer(out, (microseconds / SECOND).cast_unsigned());
    let fraction = microseconds % SECOND;
    if fraction != 0 {
        // A leading one keeps the zeros behind it.
        let mut digits = itoa::Buffer::new();
        text(out, ".");
        text(out, digits.format(SECOND + fraction)[1..].trim_end_matches('0'));
    }
}

/// A finite upper bound as Prometheus writes it: with a point, or from 1e6 up and below 1e-4 with an exponent of at least
/// two digits.
pub(super) fn bound(bound: f64) -> String {
    let scientific = format!("{bound:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    match exponent.parse::<i32>() {
        Ok(exponent) if bound != 0.0 && !(-4..6).contains(&exponent) => {
            format!("{mantissa}e{exponent:+03}")
        }
        _ => format!("{bound:?}"),
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: f64) -> String {
        let mut out = Vec::new();
        value(&mut out, number);
        String::from_utf8(out).unwrap()
    }

    fn written_timestamp(microseconds: i64) -> String {
        let mut out = Vec::new();
        timestamp(&mut out, Timestamp(microseconds));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bounds_are_written_as_prometheus_names_the_buckets_of_a_protobuf_page() {
        let bounds = [0.0, 1.0, 0.1, 2.5, 86_400.0, 604_800.0, 1e6, 2_592_000.0, 1e-4, 2.5e-5, 1e22, -1.0];
        let names = bounds.map(bound);
        let wanted = [
            "0.0",
            "1.0",
            "0.1",
            "2.5",
            "86400.0",
            "604800.0",
            "1e+06",
            "2.592e+06",
            "0.0001",
            "2.5e-05",
            "1e+22",
            "-1.0",
        ];
        assert_eq!(names, wanted);
    }

    #[test]
    fn whole_numbers_are_written_without_a_point_and_extremes_with_an_exponent() {
        assert_eq!(written(0.0), "0");
        assert_eq!(written(-3.0), "-3");
        assert_eq!(written(999_999_999_999_999.0), "999999999999999");
        assert_eq!(written(1e15), "1000000000000000.0");
        assert_eq!(written(1e300), "1e300");
        assert_eq!(written(5e-324), "5e-324");
        assert_eq!(written(1_700_000_000.123_456), "1700000000.123456");
    }

    #[test]
    fn timestamps_at_the_edges_are_written_as_their_seconds() {
        let near = [i64::MIN, -1, 0, 1, 999_999, 1_000_000, 1_000_001, 1_500_000];
        let far = [4_294_967_295_999_999, 4_294_967_296_000_000, 4_294_967_296_000_001, i64::MAX];
        for microseconds in near.into_iter().chain(far) {
            assert_eq!(written_timestamp(microseconds), written(Timestamp(microseconds).seconds()));
        }
        assert_eq!(written_timestamp(1_700_000_000_023_450), "1700000000.02345");
    }

    proptest::proptest! {
        #[test]
        fn every_timestamp_is_written_as_its_seconds(microseconds in 0..5_000_000_000_000_000_i64) {
            proptest::prop_assert_eq!(
                written_timestamp(microseconds),
                written(Timestamp(microseconds).seconds())
            );
        }

        #[test]
        fn every_finite_value_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                proptest::prop_assert_eq!(written(value).parse::<f64>().unwrap(), value);
                proptest::prop_assert_eq!(bound(value).parse::<f64>().unwrap(), value);
            }
        }
    }
}
