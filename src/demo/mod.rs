//! A Cloacina to look at without having one: an embedded SQLite database, a simulated engine that keeps writing to it,
//! and the exporter over it. Nothing outlives it: the database lies in a temporary folder.

mod engine;
mod plan;
mod schema;
mod sql;
mod workflows;

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::config::{Backfill, Config, Database, DatabaseUrl, Patterns, Poll, SecretFiles, Shard};
use crate::exporter;
use crate::record::{Span, Timestamp};
use crate::reload::Reloads;
use crate::serve::Guard;

pub use engine::Engine;

/// So that the demo is the same each time.
const SEED: u64 = 11;
/// How much of the past is there at the start.
const HISTORY: Span = Span::from_seconds(3600);
const NOTHING_TO_LOAD: &str = "the demo does not load its configuration again; start it anew";
const STEP: Duration = Duration::from_millis(250);
const POLL_INTERVAL: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("making a temporary folder for the demo's database; set TMPDIR to one that can be written")]
    Folder(#[source] std::io::Error),
    #[error("writing the demo's database in the temporary folder; is there room left?")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Exporter(#[from] exporter::Error),
}

/// Runs the demo until `shutdown`, or until the exporter or the simulated engine fails.
///
/// `config` is as for the exporter proper, except that its databases are replaced, its history is read whole, and a
/// poll interval left at the default becomes two seconds.
pub async fn run(config: Config, guard: Guard, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    let folder = tempfile::Builder::new().prefix("cloacina-demo-").tempdir().map_err(Error::Folder)?;
    let path = folder.path().join("cloacina.db");
    let now = clock();
    let mut engine = Engine::new(&path, SEED, now.minus(HISTORY)).await?;
    engine.step(now).await?;
    let config = over(config, &path);
    let reloads = Reloads::new(|| Err(NOTHING_TO_LOAD.to_owned()), |_| ());
    announce(&config);
    tokio::select! {
        result = exporter::run(config, guard, reloads, shutdown) => result.map_err(Error::from),
        result = keep_writing(&mut engine) => result.map_err(Error::from),
    }
}

fn over(mut config: Config, path: &Path) -> Config {
    config.databases = vec![Database {
        name: "demo".into(),
        url: DatabaseUrl::Sqlite(path.to_owned()),
        secrets: SecretFiles::default(),
        prefix_tenants: false,
        include: Patterns::default(),
        exclude: Patterns::default(),
        shard: Shard::WHOLE,
    }];
    config.backfill = Backfill::All;
    if config.poll.interval == Poll::default().interval {
        config.poll.interval = POLL_INTERVAL;
    }
    config
}

/// Ends only with an error.
async fn keep_writing(engine: &mut Engine) -> Result<(), sqlx::Error> {
    let mut ticks = tokio::time::interval(STEP);
    loop {
        ticks.tick().await;
        engine.step(clock()).await?;
    }
}

/// A reader that has gone away is no reason to stop.
fn announce(config: &Config) {
    let _ = std::io::stdout().lock().write_all(greeting(config).as_bytes());
}

fn greeting(config: &Config) -> String {
    let port = config.web.listen_address.map_or(0, |address| address.port());
    let page = format!("http://localhost:{port}{}", config.web.telemetry_path);
    let mut text = format!(
        "A simulated Cloacina is running, with an hour of history; the exporter reads it every {}.\n\
         Metrics: {page}\n\nTry, in another terminal:\n",
        humantime::format_duration(config.poll.interval)
    );
    for (what, name) in WORTH_SEEING {
        text.push_str(&format!("  # {what}\n  curl -s {page} | grep {name}\n"));
    }
    text.push_str("\nStop it with Ctrl-C; nothing is left behind.\n");
    text
}

const WORTH_SEEING: [(&str, &str); 6] = [
    ("what runs now", "cloacina_state_workflow_executions_active"),
    ("what has ended, and how", "cloacina_state_workflow_executions_total"),
    ("retries and failures of tasks", "cloacina_state_task_attempts_total"),
    ("`transcode` has a stuck task", "cloacina_state_task_oldest_running_age_seconds"),
    ("`backup` is late: its next run lies in the past", "cloacina_state_schedule_next_run_timestamp_seconds"),
    ("`invoices` is paused", "cloacina_state_schedule_paused_timestamp_seconds"),
];

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated engine is a program of its own, with its own clock"
)]
fn clock() -> Timestamp {
    Timestamp(chrono::Utc::now().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Log, Metrics, Web};

    fn config(interval: Duration) -> Config {
        Config {
            databases: Vec::new(),
            poll: Poll { interval, ..Poll::default() },
            web: Web::default(),
            state_file: Some("/tmp/state".into()),
            backfill: Backfill::None,
            metrics: Metrics::default(),
            log: Log::default(),
            otlp: Default::default(),
        }
    }

    #[test]
    fn the_demo_reads_its_own_file_whole_every_two_seconds() {
        let config = over(config(Duration::from_secs(15)), Path::new("/tmp/demo.db"));
        assert_eq!(config.databases.len(), 1);
        assert_eq!(&*config.databases[0].name, "demo");
        assert!(
            matches!(&config.databases[0].url, DatabaseUrl::Sqlite(path) if path == Path::new("/tmp/demo.db"))
        );
        assert_eq!(config.backfill, Backfill::All);
        assert_eq!(config.poll.interval, Duration::from_secs(2));
        assert_eq!(config.state_file.as_deref(), Some(Path::new("/tmp/state")));
    }

    #[test]
    fn a_poll_interval_of_the_user_s_stays() {
        let config = over(config(Duration::from_secs(5)), Path::new("/tmp/demo.db"));
        assert_eq!(config.poll.interval, Duration::from_secs(5));
    }

    #[test]
    fn the_greeting_says_where_to_look() {
        let text = greeting(&config(Duration::from_secs(2)));
        assert!(text.contains("Metrics: http://localhost:9877/metrics\n"), "{text}");
        assert!(text.contains("every 2s"), "{text}");
        assert_eq!(text.matches("curl -s http://localhost:9877/metrics | grep").count(), WORTH_SEEING.len());
    }
}
