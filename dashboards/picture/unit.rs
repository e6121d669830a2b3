//! Numbers as people read them, in the units that Grafana calls `short`, `s`, `percentunit`, `suffix:/min` and
//! `dateTimeFromNow`.

/// All but moments, which need to know what time it is: see `moment`.
pub fn write(value: f64, unit: &str) -> String {
    match unit {
        "s" => seconds(value),
        "percentunit" => format!("{} %", short(value * 100.0)),
        _ => match unit.strip_prefix("suffix:") {
            Some(suffix) => format!("{}{suffix}", short(value)),
            None => short(value),
        },
    }
}

/// A moment in milliseconds, from `now` in seconds.
pub fn moment(milliseconds: f64, now: u64) -> String {
    let ahead = milliseconds / 1000.0 - now as f64;
    if ahead < 0.0 { format!("{} ago", seconds(-ahead)) } else { format!("in {}", seconds(ahead)) }
}

fn seconds(value: f64) -> String {
    let (size, name) = match value.abs() {
        size if size < 1.0 && size > 0.0 => (0.001, "ms"),
        size if size < 60.0 => (1.0, "s"),
        size if size < 3600.0 => (60.0, "min"),
        size if size < 86_400.0 => (3600.0, "h"),
        _ => (86_400.0, "d"),
    };
    let tenths = (value / size * 10.0).round();
    format!("{} {name}", short(tenths / 10.0))
}

/// At most three digits where there are decimals.
fn short(value: f64) -> String {
    let decimals = if value.abs() < 10.0 { 2 } else { usize::from(value.abs() < 100.0) };
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The step between marks of an axis up to `highest`, of which there are two to five.
pub fn step(highest: f64, unit: &str) -> f64 {
    const OF_SECONDS: [f64; 10] = [15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
    if highest <= 0.0 {
        return 1.0;
    }
    if unit == "s" && highest > 40.0 {
        return OF_SECONDS.into_iter().find(|step| highest / step <= 4.0).unwrap_or(highest / 4.0);
    }
    let power = 10_f64.powf((highest / 4.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| highest / step <= 4.0)
        .unwrap_or(highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_an_axis_are_round() {
        assert_eq!(step(7.3, "short"), 2.0);
        assert_eq!(step(0.9, "short"), 0.5);
        assert_eq!(step(40.0, "short"), 10.0);
        assert_eq!(step(170.0, "s"), 60.0);
        assert_eq!(step(0.0, "s"), 1.0);
    }

    #[test]
    fn values_are_written_in_their_unit() {
        assert_eq!(write(0.0, "s"), "0 s");
        assert_eq!(write(1500.0, "s"), "25 min");
        assert_eq!(write(4.6512 * 60.0, "s"), "4.7 min");
        assert_eq!(write(0.25, "s"), "250 ms");
        assert_eq!(write(12.34, "suffix:/min"), "12.3/min");
        assert_eq!(write(0.5, "percentunit"), "50 %");
        assert_eq!(write(100.0, "short"), "100");
        assert_eq!(write(-0.001, "short"), "0");
        assert_eq!(moment(400_000.0, 1000), "10 min ago");
        assert_eq!(moment(1_030_000.0, 1000), "in 30 s");
    }
}
