//! What must have become of every fire of the schedules of `tests/engine --schedules`: by what the program says that it
//! did, by the rows that the engine left, and by counting in threes. Owes nothing to the exporter's code.

use std::collections::BTreeMap;

use serde_json::Value;

use super::schedule_rows::{FireRow, ScheduleRow};

const PERIOD: i64 = 3_000_000;
/// As configured in the test: how late a fire may start and still be on time.
pub const GRACE: i64 = 1_000_000;

/// What was done to one schedule, and what its rows say. Instants are microseconds.
#[derive(Debug)]
pub struct Schedule {
    pub name: String,
    pub workflow: String,
    pub row: ScheduleRow,
    pub created: i64,
    /// From when on it was no longer due every three seconds.
    left: Option<i64>,
    pause: Option<(i64, i64)>,
    /// The instant whose fire was claimed and not handed over.
    lost: Option<i64>,
}

/// The schedules that exist at the end of the story that `printed` tells.
///
/// # Panics
/// If lines are missing, or rows.
pub fn schedules(printed: &str, mut rows: Vec<ScheduleRow>) -> Vec<Schedule> {
    let mut lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let end = lines.pop().expect("there are lines");
    assert_eq!((end["record"].as_str(), end["lines"].as_u64()), (Some("end"), Some(lines.len() as u64)));
    let mut schedules: BTreeMap<String, Schedule> = BTreeMap::new();
    let mut paused = BTreeMap::new();
    for line in lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let (name, at) = (text("schedule"), line["at"].as_i64().expect("an instant"));
        match &*text("record") {
            "created" => {
                let id = text("id").replace('-', "");
                // The row of one that was deleted later is gone.
                if let Some(found) = rows.iter().position(|row| row.id == id) {
                    let (workflow, row) = (text("workflow"), rows.remove(found));
                    let (left, pause, lost) = (None, None, None);
                    let schedule =
                        Schedule { name: name.clone(), workflow, row, created: at, left, pause, lost };
                    schedules.insert(name, schedule);
                }
            }
            "paused" => _ = paused.insert(name, at),
            "resumed" => {
                let schedule = schedules.get_mut(&name).expect("it was created");
                schedule.pause = Some((paused[&name], at));
            }
            "disabled" | "postponed" | "broken" => {
                schedules.get_mut(&name).expect("it was created").left = Some(at);
            }
            "lost" => schedules.get_mut(&name).expect("it was created").lost = Some(at),
            "deleted" | "stopped" | "started" => {}
            other => panic!("an unknown record: {other}"),
        }
    }
    assert!(rows.is_empty(), "rows of schedules that nobody created: {rows:?}");
    schedules.into_values().collect()
}

impl Schedule {
    /// How many fires came to each outcome; cron only. Without the one that a schedule makes when it is resumed, for an
    /// instant within its pause: nobody expected it.
    pub fn outcomes(&self) -> BTreeMap<&'static str, f64> {
        let mut outcomes = BTreeMap::new();
        for instant in self.instants() {
            let row = self.row.fires.iter().find(|fire| fire.due == Some(instant));
            let outcome = row.map_or("missed", |fire| self.outcome(instant, fire));
            *outcomes.entry(outcome).or_insert(0.0) += 1.0;
        }
        outcomes
    }

    /// Every multiple of three seconds at which it was due, and might fire.
    fn instants(&self) -> impl Iterator<Item = i64> {
        let until = self.left.unwrap_or(self.created);
        let first = self.created / PERIOD + 1;
        let in_pause = |instant: &i64| self.pause.is_some_and(|(from, to)| (from..to).contains(instant));
        (first..=until / PERIOD).map(|number| number * PERIOD).filter(move |instant| !in_pause(instant))
    }

    fn outcome(&self, due: i64, fire: &FireRow) -> &'static str {
        match (&fire.execution, fire.completed) {
            (None, Some(_)) => "handoff_failed",
            (None, None) => panic!("{}: the story ended while a fire was under way: {fire:?}", self.name),
            _ if self.lost == Some(due) => "recovered",
            _ if fire.started - due <= GRACE => "on_time",
            _ if due + PERIOD <= fire.started => "catchup",
            _ => "late",
        }
    }

    /// When the newest successful execution ended.
    pub fn last_success(&self) -> Option<i64> {
        self.successes().map(|(_, completed)| completed).max()
    }

    /// The longest of the newest ten, from the execution's creation to its end; 0 if there is none.
    pub fn longest_success(&self) -> i64 {
        let mut successes: Vec<_> = self.successes().collect();
        successes.sort_unstable();
        let newest = &successes[successes.len().saturating_sub(10)..];
        newest.iter().map(|(created, completed)| completed - created).max().unwrap_or(0)
    }

    /// When the executions that succeeded were created and ended.
    fn successes(&self) -> impl Iterator<Item = (i64, i64)> {
        self.row.fires.iter().filter_map(|fire| {
            let execution = fire.execution.as_ref().filter(|execution| execution.status == "Completed")?;
            Some((execution.created, execution.completed?))
        })
    }

    /// Open fires whose execution has ended.
    pub fn blocked(&self) -> usize {
        let ended = |status: &str| ["Completed", "Failed", "Cancelled"].contains(&status);
        let blocked = |fire: &&FireRow| {
            fire.completed.is_none() && fire.execution.as_ref().is_some_and(|found| ended(&found.status))
        };
        self.row.fires.iter().filter(blocked).count()
    }
}
