//! What is measured by: CPU time as the scheduler counts it, memory as the kernel counts it, medians, and the table.

use std::fs::read_to_string;
use std::time::Duration;

/// CPU time that single-threaded processes have used. Exact while they sleep.
pub fn cpu_of(pids: &[i32]) -> Duration {
    pids.iter().map(|pid| schedstat(&format!("/proc/{pid}/schedstat"))).sum()
}

/// CPU time that this thread has used. It sleeps first: the kernel brings the number up to date when a thread stops.
pub fn own_cpu() -> Duration {
    std::thread::sleep(Duration::from_micros(1));
    schedstat("/proc/thread-self/schedstat")
}

fn schedstat(path: &str) -> Duration {
    let text = read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds"))
}

/// A line of a process's status such as `VmRSS` or `VmHWM`, in MB (10^6 bytes).
pub fn memory(pid: u32, line: &str) -> f64 {
    memory_if_alive(pid, line).expect("kilobytes")
}

/// A process that has just ended has none.
pub fn memory_if_alive(pid: u32, line: &str) -> Option<f64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Some(kilobytes? * 1024.0 / 1e6)
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

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

    pub fn least(&self) -> f64 {
        self.sorted()[0]
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

/// Median (min–max).
impl std::fmt::Display for Values {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values = self.sorted();
        let (first, last) = (values[0], values[values.len() - 1]);
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

/// A table in Markdown, aligned.
#[derive(Debug, Default)]
pub struct Table(Vec<[String; 3]>);

impl Table {
    /// What was measured, its value, and how or against which goal; told at once on standard error.
    pub fn row(&mut self, what: impl Into<String>, value: impl ToString, note: impl Into<String>) {
        let row = [what.into(), value.to_string(), note.into()];
        eprintln!("{}: {}", row[0], row[1]);
        self.0.push(row);
    }

    pub fn print(&self) {
        let head = ["measured", "median (min–max)", "how; goal"].map(str::to_owned);
        let rows: Vec<&[String; 3]> = std::iter::once(&head).chain(&self.0).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let [first, second, third] = [0, 1, 2].map(width);
        for (index, [what, value, note]) in rows.iter().enumerate() {
            println!("| {what:first$} | {value:second$} | {note:third$} |");
            if index == 0 {
                println!("|{:-<1$}|{2:-<3$}|{4:-<5$}|", "", first + 2, "", second + 2, "", third + 2);
            }
        }
    }
}
