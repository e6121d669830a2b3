//! Medians, and the tables that are printed in the end: what was measured, and which goals were reached.

/// Values of one thing measured again and again.
#[derive(Debug, Default, Clone)]
pub struct Values(Vec<f64>);

impl Values {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn median(&self) -> f64 {
        self.sorted()[self.0.len() / 2]
    }

    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    pub fn least(&self) -> f64 {
        self.sorted()[0]
    }

    pub fn most(&self) -> f64 {
        self.sorted()[self.0.len() - 1]
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.0.clone();
        values.sort_unstable_by(f64::total_cmp);
        values
    }
}

impl FromIterator<f64> for Values {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Median (min–max).
impl std::fmt::Display for Values {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return write!(formatter, "–");
        }
        let (first, last) = (self.least(), self.most());
        if first == last {
            return write!(formatter, "{}", number(first));
        }
        write!(formatter, "{} ({}–{})", number(self.median()), number(first), number(last))
    }
}

/// Three significant digits, and no less than the whole part.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[derive(Debug, Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// Everything that is printed in the end.
#[derive(Debug, Default)]
pub struct Table {
    sides: Vec<Vec<String>>,
    rows: Vec<Vec<String>>,
    goals: Vec<Vec<String>>,
}

impl Table {
    /// What was measured, its value, and how; told at once on standard error.
    pub fn row(&mut self, what: impl Into<String>, value: impl ToString, note: impl Into<String>) {
        let row = vec![what.into(), value.to_string(), note.into()];
        eprintln!("{}: {}", row[0], row[1]);
        self.rows.push(row);
    }

    /// A goal, and whether `value` reaches it.
    pub fn goal(&mut self, what: impl Into<String>, value: f64, goal: Goal) {
        let (bound, reached) = match goal {
            Goal::AtMost(most) => (format!("≤ {most}"), value <= most),
            Goal::AtLeast(least) => (format!("≥ {least}"), value >= least),
        };
        let verdict = if reached { "reached" } else { "**missed**" };
        let row = vec![what.into(), bound, number(value), verdict.to_owned()];
        eprintln!("goal: {}: {}, {}: {}", row[0], row[1], row[2], row[3]);
        self.goals.push(row);
    }

    /// A row of the comparison, by `SIDES`.
    pub fn side(&mut self, row: [String; SIDES.len()]) {
        eprintln!("{}", row.join(" | "));
        self.sides.push(row.to_vec());
    }

    pub fn print(&self) {
        print(&SIDES, &self.sides);
        print(&["measured", "median (min–max)", "how"], &self.rows);
        print(&["goal", "wanted", "seen", ""], &self.goals);
    }
}

const SIDES: [&str; 10] = [
    "M events",
    "per refresh",
    "database CPU (ms)",
    "times ours",
    "buffers",
    "in the database (ms)",
    "own CPU, reading (ms)",
    "own CPU, a scrape (ms)",
    "resident (MB)",
    "page (kB)",
];

/// A table in Markdown, aligned; nothing, if it is empty.
fn print(head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    let head: Vec<String> = head.iter().map(|&text| text.to_owned()).collect();
    let width = |column: usize| {
        let cells = std::iter::once(&head).chain(rows).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    for row in [&head, &rule].into_iter().chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!();
}
