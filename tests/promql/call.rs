//! Functions: each is given the kind of series that it is for.

use promql_parser::label::MatchOp;
use promql_parser::parser::{Call, Expr};

use super::catalogue::Nature;
use super::infer::{Inference, Part, Raw};
use super::labels::Labels;
use super::measure::{Base, Measure};

/// Of counters only: on a gauge each fall would count as a reset.
const OF_COUNTERS: &[&str] = &["rate", "irate", "increase", "resets"];

/// Those that say nothing useful of a counter.
const OF_GAUGES: &[&str] = &[
    "delta",
    "idelta",
    "deriv",
    "predict_linear",
    "holt_winters",
    "double_exponential_smoothing",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "quantile_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "mad_over_time",
];

/// Those that ask only whether there are series, or when they changed.
const OF_PRESENCE: &[&str] =
    &["absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "timestamp"];

impl Inference<'_> {
    pub fn call(&mut self, call: &Call, raw: Raw) -> Part {
        let function = call.func.name;
        let raw = if OF_PRESENCE.contains(&function) || OF_COUNTERS.contains(&function) {
            Raw::Allowed
        } else {
            raw
        };
        let arguments: Vec<Part> = call.args.args.iter().map(|argument| self.part(argument, raw)).collect();
        if let Some(part) = self.relabelled(call, &arguments) {
            return part;
        }
        // The functions with a plain number before the series.
        let place = usize::from(matches!(
            function,
            "histogram_quantile" | "quantile_over_time" | "histogram_fraction"
        ));
        let Some(series) = arguments.get(place) else { return self.without_series(function) };
        self.fits(function, series, raw);
        let labels = match function {
            "absent" | "absent_over_time" => of_absence(call.args.args.first().map(|argument| &**argument)),
            "histogram_quantile" => self.of_quantile(series),
            "scalar" => Labels::default(),
            _ => series.labels.clone(),
        };
        if function.starts_with("clamp") {
            call.args.args.iter().skip(1).for_each(|bound| self.number(bound, series.measure));
        }
        let measure = self.measured(function, series.measure, &arguments);
        let part = if function == "scalar" { Part::scalar(measure) } else { Part::series(labels, measure) };
        Part { name: format!("{function}(…)"), ..part }
    }

    /// `label_replace` and `label_join`, with the names in their plain strings.
    fn relabelled(&mut self, call: &Call, arguments: &[Part]) -> Option<Part> {
        let (series, texts) = (arguments.first()?, strings(call));
        let sources = match call.func.name {
            "label_replace" => texts.get(2..3)?,
            "label_join" => texts.get(2..)?,
            _ => return None,
        };
        let function = call.func.name;
        for source in sources.iter().filter(|source| !source.is_empty() && !series.labels.has(source)) {
            self.find(format!("{function}: there is no label {source} among {}", series.labels));
        }
        let labels = series.labels.clone().with(texts.first()?);
        Some(Part::series(labels, series.measure))
    }

    fn without_series(&self, function: &str) -> Part {
        match function {
            "time" => Part::scalar(Measure::Is(Base::Instant)),
            "pi" => Part::scalar(Measure::Literal),
            _ => Part::series(Labels::default(), Measure::Unknown),
        }
    }

    fn fits(&mut self, function: &str, series: &Part, raw: Raw) {
        let name = &series.name;
        if OF_COUNTERS.contains(&function) && series.nature == Nature::Gauge {
            self.find(format!("{function}() of the gauge {name}"));
        }
        let counter = series.nature == Nature::Counter;
        if OF_GAUGES.contains(&function) && counter {
            self.find(format!("{function}() of the counter {name}"));
        }
        let is_raw = function == "last_over_time" && raw == Raw::Refused && !self.catalogue.may_be_raw(name);
        if is_raw && counter {
            self.find(format!("the counter {name} stands outside rate() and increase()"));
        }
    }

    fn of_quantile(&mut self, buckets: &Part) -> Labels {
        if !buckets.labels.has("le") {
            self.find(format!(
                "histogram_quantile needs the label le, which is not among {}",
                buckets.labels
            ));
        }
        buckets.labels.clone().without(&["le".to_owned()])
    }

    fn measured(&mut self, function: &str, series: Measure, arguments: &[Part]) -> Measure {
        match function {
            "rate" | "irate" | "deriv" => series.per_second(),
            // The rate of buckets gives a bound, whatever their rate was.
            "histogram_quantile" => match series {
                Measure::Is(Base::Number) => Measure::Is(Base::Seconds),
                Measure::Rate(base) | Measure::Is(base) => Measure::Is(base),
                other => other,
            },
            "timestamp" => Measure::Is(Base::Instant),
            "absent" | "absent_over_time" | "present_over_time" | "count_over_time" | "changes"
            | "resets" | "sgn" | "hour" | "minute" | "day_of_week" | "day_of_month" | "day_of_year"
            | "days_in_month" | "month" | "year" | "histogram_count" | "histogram_fraction" => {
                Measure::Is(Base::Number)
            }
            "clamp" | "clamp_min" | "clamp_max" => {
                let bounds =
                    arguments.iter().skip(1).try_fold(series, |one, bound| one.same(bound.measure, "bounds"));
                self.measure(&format!("{function}()"), bounds)
            }
            "delta" | "idelta" => match series {
                Measure::Is(Base::Instant) => Measure::Is(Base::Seconds),
                other => other,
            },
            "increase" | "abs" | "ceil" | "floor" | "round" | "sort" | "sort_desc" | "sort_by_label"
            | "sort_by_label_desc" | "scalar" | "vector" | "predict_linear" | "last_over_time"
            | "avg_over_time" | "min_over_time" | "max_over_time" | "sum_over_time"
            | "quantile_over_time" | "stddev_over_time" | "mad_over_time" | "histogram_avg"
            | "histogram_sum" => series,
            _ => Measure::Unknown,
        }
    }
}

/// What `absent()` gives has the labels that the selector's matchers fix.
fn of_absence(argument: Option<&Expr>) -> Labels {
    let selector = match argument {
        Some(Expr::VectorSelector(selector)) => selector,
        Some(Expr::MatrixSelector(range)) => &range.vs,
        _ => return Labels::default(),
    };
    let equal = selector.matchers.matchers.iter().filter(|matcher| matches!(matcher.op, MatchOp::Equal));
    let names = equal.map(|matcher| matcher.name.as_str()).filter(|name| *name != "__name__");
    let mut labels = Labels::new(names);
    labels.distinguishing.clear();
    labels
}

fn strings(call: &Call) -> Vec<&str> {
    let texts = call.args.args.iter().filter_map(|argument| match &**argument {
        Expr::StringLiteral(text) => Some(text.val.as_str()),
        _ => None,
    });
    texts.collect()
}
