//! How panels of each kind look: `stat` and so on give one, and its methods fill it.

use super::frame::DATA_SOURCE;
use super::grafana::{
    BarGaugeOptions, Color, Custom, Field, FieldConfig, Format, HeatmapOptions, Mapping, Options, Override,
    Panel, Position, Property, Shown, Stacking, StatOptions, StateTimelineOptions, Step, Target, Thresholds,
    ThresholdsStyle, TimeSeriesOptions, Unit,
};
use super::query::written_out;

pub const GREEN: &str = "green";
pub const RED: &str = "red";
pub const ORANGE: &str = "orange";
pub const BLUE: &str = "blue";
/// Neither good nor bad.
pub const PLAIN: &str = "text";

/// One figure of now.
pub fn stat(title: &'static str, unit: Unit, description: &str) -> Panel {
    let mut panel = empty("stat", title, description, Options::Stat(StatOptions::default()));
    panel.field_config.defaults = Field {
        unit: Some(unit),
        no_value: Some("None yet"),
        color: Some(Color::BY_THRESHOLD),
        thresholds: Some(plain()),
        ..Field::default()
    };
    panel
}

/// Lines over time.
pub fn series(title: &'static str, unit: Unit, description: &str) -> Panel {
    let mut panel =
        empty("timeseries", title, description, Options::TimeSeries(TimeSeriesOptions::default()));
    panel.field_config.defaults = Field {
        unit: Some(unit),
        min: Some(0.0),
        color: Some(Color::BY_SERIES),
        custom: Some(Custom {
            draw_style: Some("line"),
            line_width: Some(1),
            fill_opacity: Some(8),
            show_points: Some("never"),
            ..Custom::default()
        }),
        ..Field::default()
    };
    panel
}

/// A line for each thing, coloured by the state it was in.
pub fn timeline(
    title: &'static str,
    states: &[(i32, &'static str, &'static str)],
    description: &str,
) -> Panel {
    let options = Options::StateTimeline(StateTimelineOptions::default());
    let mut panel = empty("state-timeline", title, description, options);
    panel.field_config.defaults = Field {
        unit: Some(Unit::Word),
        color: Some(Color::BY_THRESHOLD),
        thresholds: Some(plain()),
        mappings: words(states),
        custom: Some(Custom { line_width: Some(0), fill_opacity: Some(80), ..Custom::default() }),
        ..Field::default()
    };
    panel
}

/// How a histogram's observations were spread, over time, with exemplars. The expression gives its buckets by `le`.
pub fn heatmap(title: &'static str, expression: &str, description: &str) -> Panel {
    let mut panel = empty("heatmap", title, description, Options::Heatmap(HeatmapOptions::default()));
    panel.field_config.defaults.unit = Some(Unit::Seconds);
    panel.target(Target {
        format: Format::Heatmap,
        legend_format: Some("{{le}}"),
        exemplar: true,
        ..over_time(expression)
    })
}

/// A bar for each thing, of now.
pub fn bars(title: &'static str, unit: Unit, description: &str) -> Panel {
    let mut panel = empty("bargauge", title, description, Options::BarGauge(BarGaugeOptions::default()));
    panel.field_config.defaults = Field {
        unit: Some(unit),
        min: Some(0.0),
        no_value: Some("None"),
        color: Some(Color::BY_THRESHOLD),
        thresholds: Some(Thresholds { mode: "absolute", steps: vec![Step { value: None, color: BLUE }] }),
        ..Field::default()
    };
    panel
}

pub fn empty(kind: &'static str, title: &'static str, description: &str, options: Options) -> Panel {
    Panel {
        kind,
        id: 0,
        title,
        description: description.to_owned(),
        grid_pos: Position::default(),
        datasource: DATA_SOURCE,
        targets: Vec::new(),
        time_from: None,
        field_config: FieldConfig::default(),
        options,
        transformations: Vec::new(),
    }
}

pub fn of_now(expression: &str) -> Target {
    Target { instant: true, range: false, ..over_time(expression) }
}

pub fn over_time(expression: &str) -> Target {
    Target {
        ref_id: String::new(),
        datasource: DATA_SOURCE,
        expr: written_out(expression),
        editor_mode: "code",
        format: Format::TimeSeries,
        instant: false,
        range: true,
        legend_format: None,
        interval: None,
        exemplar: false,
    }
}

fn plain() -> Thresholds {
    Thresholds { mode: "absolute", steps: vec![Step { value: None, color: PLAIN }] }
}

/// Red from `limit` on, and otherwise `below`.
pub fn red_from(limit: f64, below: &'static str) -> Thresholds {
    let steps = vec![Step { value: None, color: below }, Step { value: Some(limit), color: RED }];
    Thresholds { mode: "absolute", steps }
}

/// Red below `limit`, and otherwise `above`.
pub fn red_below(limit: f64, above: &'static str) -> Thresholds {
    let steps = vec![Step { value: None, color: RED }, Step { value: Some(limit), color: above }];
    Thresholds { mode: "absolute", steps }
}

/// Numbers shown as words.
pub fn words(words: &[(i32, &'static str, &'static str)]) -> Vec<Mapping> {
    let shown = words.iter().enumerate();
    vec![Mapping::Value(
        shown
            .map(|(index, &(value, text, color))| (value.to_string(), Shown { text, color, index }))
            .collect(),
    )]
}

impl Panel {
    /// Adds a query, and gives its name: the next letter.
    pub fn add(&mut self, target: Target) -> String {
        let letter = char::from(b'A' + u8::try_from(self.targets.len()).expect("a panel has few queries"));
        self.targets.push(Target { ref_id: letter.to_string(), ..target });
        letter.to_string()
    }

    pub fn target(mut self, target: Target) -> Self {
        self.add(target);
        self
    }

    /// The figure of now, or a bar for each `legend`.
    pub fn now(self, legend: &'static str, expression: &str) -> Self {
        self.target(Target { legend_format: Some(legend), ..of_now(expression) })
    }

    /// A line for each `legend`.
    pub fn over_time(self, legend: &'static str, expression: &str) -> Self {
        self.target(Target { legend_format: Some(legend), ..over_time(expression) })
    }

    /// As `over_time`, with exemplars.
    pub fn with_exemplars(self, legend: &'static str, expression: &str) -> Self {
        self.target(Target { legend_format: Some(legend), exemplar: true, ..over_time(expression) })
    }

    /// Red means that somebody has to act.
    pub fn red_from(mut self, limit: f64) -> Self {
        // A figure is good or bad. A line only has the limit drawn across.
        if let Some(custom) = &mut self.field_config.defaults.custom {
            custom.thresholds_style = Some(ThresholdsStyle { mode: "dashed" });
            self.field_config.defaults.thresholds = Some(red_from(limit, "transparent"));
        } else {
            self.field_config.defaults.thresholds = Some(red_from(limit, GREEN));
        }
        self
    }

    /// Any steps of colours, lowest first.
    pub fn steps(mut self, steps: &[(Option<f64>, &'static str)]) -> Self {
        let steps = steps.iter().map(|&(value, color)| Step { value, color }).collect();
        self.field_config.defaults.thresholds = Some(Thresholds { mode: "absolute", steps });
        self
    }

    /// What is shown instead of a figure that is not there.
    pub fn or_else(mut self, text: &'static str) -> Self {
        self.field_config.defaults.no_value = Some(text);
        self
    }

    pub fn words(mut self, of: &[(i32, &'static str, &'static str)]) -> Self {
        self.field_config.defaults.mappings = words(of);
        self
    }

    /// What the axis goes up to at least.
    pub fn up_to(mut self, max: f64) -> Self {
        self.field_config.defaults.max = Some(max);
        self
    }

    /// Areas on top of each other.
    pub fn stacked(mut self) -> Self {
        if let Some(custom) = &mut self.field_config.defaults.custom {
            custom.stacking = Some(Stacking { mode: "normal", group: "A" });
            custom.fill_opacity = Some(40);
        }
        self
    }

    /// Bars instead of lines, such as one for each day.
    pub fn with_bars(mut self) -> Self {
        if let Some(custom) = &mut self.field_config.defaults.custom {
            custom.draw_style = Some("bars");
            custom.fill_opacity = Some(80);
        }
        self
    }

    /// Lines of fixed colours, by their legends.
    pub fn colours(mut self, of: &[(&str, &'static str)]) -> Self {
        let overrides = of
            .iter()
            .map(|&(legend, color)| Override::of(legend, vec![Property::Color(Color::fixed(color))]));
        self.field_config.overrides.extend(overrides);
        self
    }
}
