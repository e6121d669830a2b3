//! Chooses the format and the compression of a response from the request's headers, as RFC 9110 weighs them. Never
//! refuses: a header that cannot be read states no preference, and what suits nobody is answered with text 0.0.4.

use std::cmp::Reverse;

use super::Format;

/// The format to answer with, by the values of the `Accept` headers.
///
/// The highest weight wins, then the more exact range, then the one named first; text 0.0.4 if everything or nothing
/// is accepted. Ranges of another version or protobuf message match nothing.
pub fn format<'a>(accept: impl IntoIterator<Item = &'a [u8]>) -> Format {
    let ranges: Vec<Range> = elements(accept).enumerate().filter_map(range).collect();
    let preference = |format: &Format| {
        // The most exact range that covers a format decides on it, even to exclude it.
        let covering = ranges.iter().filter_map(|range| Some((exactness(range, *format)?, range)));
        let (exactness, range) =
            covering.max_by_key(|(exactness, range)| (*exactness, range.weight, Reverse(range.position)))?;
        (range.weight > 0).then_some((range.weight, exactness, Reverse(range.position)))
    };
    // `max_by_key` takes the last of equals, and text shall win.
    let acceptable = Format::ALL.into_iter().rev().filter_map(|format| Some((preference(&format)?, format)));
    acceptable.max_by_key(|(preference, _)| *preference).map_or(Format::Text, |(_, format)| format)
}

/// Whether to compress with gzip, by the values of the `Accept-Encoding` headers: if it is accepted and the
/// uncompressed form is not preferred.
pub fn gzip<'a>(accept_encoding: impl IntoIterator<Item = &'a [u8]>) -> bool {
    let mut gzip = None;
    let mut identity = None;
    let mut any = None;
    for element in elements(accept_encoding) {
        let mut parts = split(element, ';');
        let coding = parts.next().unwrap_or_default();
        let Some(weight) = parts.filter_map(parameter).find_map(weight_of).unwrap_or(Some(1000)) else {
            continue;
        };
        let named = |name: &str| coding.eq_ignore_ascii_case(name);
        let slot = if named("gzip") || named("x-gzip") {
            &mut gzip
        } else if named("identity") {
            &mut identity
        } else if coding == "*" {
            &mut any
        } else {
            continue;
        };
        slot.get_or_insert(weight);
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// A media range of an `Accept` header.
struct Range<'a> {
    media_type: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    /// In thousandths.
    weight: u16,
    position: usize,
}

fn range((position, element): (usize, &str)) -> Option<Range<'_>> {
    let mut parts = split(element, ';');
    let media_type = parts.next()?;
    let mut range = Range { media_type, parameters: Vec::new(), weight: 1000, position };
    for parameter in parts.filter_map(parameter) {
        match weight_of(parameter) {
            Some(weight) => range.weight = weight?,
            None => range.parameters.push(parameter),
        }
    }
    Some(range)
}

/// How exactly `range` names `format`, from 0 for `*/*`; `None` if it is something else.
fn exactness(range: &Range, format: Format) -> Option<u8> {
    let parameter =
        |name| range.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| *v);
    let (kind, media_type, version) = match format {
        Format::Text => ("text/*", "text/plain", "0.0.4"),
        Format::OpenMetrics => ("application/*", "application/openmetrics-text", "1.0.0"),
        Format::Protobuf => ("application/*", "application/vnd.google.protobuf", ""),
    };
    if range.media_type == "*/*" {
        return Some(0);
    }
    if range.media_type.eq_ignore_ascii_case(kind) {
        return Some(1);
    }
    if !range.media_type.eq_ignore_ascii_case(media_type) {
        return None;
    }
    if format == Format::Protobuf {
        let message = parameter("proto") == Some("io.prometheus.client.MetricFamily");
        let delimited = parameter("encoding").is_some_and(|value| value.eq_ignore_ascii_case("delimited"));
        return (message && delimited).then_some(3);
    }
    match parameter("version") {
        None => Some(2),
        Some(wanted) => (wanted == version).then_some(3),
    }
}

/// The elements of a header that may be given several times, in order; values that are not UTF-8 are left out.
fn elements<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a str> {
    let texts = values.into_iter().filter_map(|value| str::from_utf8(value).ok());
    texts.flat_map(|text| split(text, ',')).filter(|element| !element.is_empty())
}

/// Splits at a separator outside quotes, and trims the parts.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    let parts = text.split(move |character| {
        let special = !std::mem::take(&mut escaped);
        match character {
            '"' if special => quoted = !quoted,
            '\\' if special && quoted => escaped = true,
            _ => {}
        }
        character == separator && !quoted
    });
    parts.map(str::trim)
}

/// `name=value`, the value without its quotes.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Some((name.trim(), unquoted.unwrap_or(value)))
}

/// The outer `None`: this is no weight. The inner: it is, but not one between 0 and 1 of at most three decimals.
fn weight_of((name, value): (&str, &str)) -> Option<Option<u16>> {
    name.eq_ignore_ascii_case("q").then(|| {
        let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
        if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
        match (whole, thousandths) {
            ("0", thousandths) => Some(thousandths),
            ("1", 0) => Some(1000),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPENMETRICS: &str = "application/openmetrics-text;version=1.0.0";
    const PROTOBUF: &str =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    fn format_for(headers: &[&str]) -> Format {
        format(headers.iter().map(|header| header.as_bytes()))
    }

    fn gzip_for(header: &str) -> bool {
        gzip([header.as_bytes()])
    }

    #[test]
    fn no_header_an_empty_one_wildcards_and_unknown_types_get_text() {
        assert_eq!(format_for(&[]), Format::Text);
        let headers = [
            "",
            ",;,",
            "*/*",
            "text/*",
            "text/html",
            "image/*;q=0.5",
            "text/plain",
            "text/plain;version=1.0.0",
            "application/json, */*;q=0.1",
            "/;q=0.1",
            "text/plain;q=0",
            "*/*;q=0",
        ];
        for header in headers {
            assert_eq!(format_for(&[header]), Format::Text, "{header}");
        }
    }

    #[test]
    fn a_server_that_prefers_openmetrics_gets_it() {
        let prometheus_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;\
                            q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;\
                            escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_eq!(format_for(&[prometheus_2]), Format::OpenMetrics);
        assert_eq!(format_for(&[prometheus_3]), Format::OpenMetrics);
        assert_eq!(format_for(&[&format!("{PROTOBUF};q=0.6,{prometheus_3}")]), Format::Protobuf);
    }

    #[test]
    fn the_highest_weight_wins_wherever_it_stands() {
        assert_eq!(format_for(&[&format!("text/plain;q=0.9,{OPENMETRICS};q=0.901")]), Format::OpenMetrics);
        assert_eq!(format_for(&[&format!("{OPENMETRICS};q=0.5,text/plain;q=0.501")]), Format::Text);
        assert_eq!(format_for(&["text/plain;Q=0.1", OPENMETRICS]), Format::OpenMetrics);
    }

    #[test]
    fn among_equal_weights_the_more_exact_range_wins_then_the_earlier() {
        assert_eq!(format_for(&[&format!("*/*,{OPENMETRICS}")]), Format::OpenMetrics);
        assert_eq!(format_for(&[&format!("{PROTOBUF},{OPENMETRICS}")]), Format::Protobuf);
        assert_eq!(format_for(&[&format!("{OPENMETRICS},{PROTOBUF}")]), Format::OpenMetrics);
        assert_eq!(format_for(&["application/*"]), Format::OpenMetrics);
    }

    #[test]
    fn an_exact_range_overrules_a_wildcard_also_to_exclude() {
        assert_eq!(format_for(&["text/plain;q=0,*/*"]), Format::OpenMetrics);
        assert_eq!(format_for(&["text/plain;q=0,application/openmetrics-text;q=0,*/*"]), Format::Protobuf);
    }

    #[test]
    fn another_version_message_or_framing_matches_nothing() {
        let ranges = [
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;version=2.0.0",
            "application/vnd.google.protobuf",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
            "application/vnd.google.protobuf;proto=other.Message;encoding=delimited",
        ];
        for range in ranges {
            assert_eq!(format_for(&[range]), Format::Text, "{range}");
        }
    }

    #[test]
    fn case_blanks_and_quotes_do_not_matter() {
        let header = "Application/OpenMetrics-Text ; Version = \"1.0.0\" ; note=\"a,b;\\\"c\" ; q = 1.000";
        assert_eq!(format_for(&[header]), Format::OpenMetrics);
    }

    #[test]
    fn a_range_with_a_malformed_weight_is_ignored() {
        for weight in ["", "2", "1.1", "-1", "0.1234", "NaN", "0.+1", "1e0", ".5"] {
            assert_eq!(format_for(&[&format!("{OPENMETRICS};q={weight}")]), Format::Text, "{weight}");
            assert!(!gzip_for(&format!("gzip;q={weight}")), "{weight}");
        }
        assert_eq!(format_for(&[&format!("{OPENMETRICS};q=0.")]), Format::Text);
        assert_eq!(format_for(&[&format!("{OPENMETRICS};q=1.")]), Format::OpenMetrics);
    }

    #[test]
    fn gzip_is_used_where_accepted_and_not_less_liked_than_no_compression() {
        let accepted = [
            "gzip",
            "GZIP",
            "x-gzip",
            "*",
            "deflate, gzip;q=0.001",
            "br, *;q=0.1",
            "gzip, identity",
            "gzip;q=1, *;q=0",
        ];
        for header in accepted {
            assert!(gzip_for(header), "{header}");
        }
        let refused =
            ["", "identity", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "br", "identity, gzip;q=0.5", "gzipped"];
        for header in refused {
            assert!(!gzip_for(header), "{header}");
        }
        assert!(!gzip([]));
        assert!(gzip([b"br".as_slice(), b"gzip".as_slice()]));
    }

    proptest! {
        #[test]
        fn no_header_bytes_panic(headers: Vec<Vec<u8>>) {
            format(headers.iter().map(Vec::as_slice));
            gzip(headers.iter().map(Vec::as_slice));
        }

        #[test]
        fn no_text_of_the_characters_that_matter_panics(header in "[a-z*/;,=\"\\\\q0-9. é]{0,60}") {
            format([header.as_bytes()]);
            gzip([header.as_bytes()]);
        }
    }
}
