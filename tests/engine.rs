//! The real engine and the exporter over one database: the exporter's numbers are those that the scenarios print, whether
//! it watched them or came afterwards and read their history.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::exporter::Exporter;
use support::exposition::{Exposition, Series};
use support::postgres::{Cluster, Options};
use support::process::run;
use support::scenarios::Printed;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

const LAST_POLL: &str = "cloacina_state_last_poll_timestamp_seconds";

/// What the engine says when it did other things than the scenarios asked for, as it may under load.
const FAULT: &str = "dispatched an attempt twice";
/// How often an engine may do so in a row.
const TRIES: usize = 4;

#[tokio::test]
async fn on_sqlite_every_transition_of_a_real_engine_counts_once() {
    for _ in 0..TRIES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenarios.db").display().to_string();
        let url = format!("sqlite://{file}");
        if check(&file, &[("scenarios", vec![&url])]).await.is_ok() {
            return;
        }
    }
    panic!("the engine {FAULT}, {TRIES} times running");
}

#[tokio::test]
async fn on_postgresql_every_transition_of_two_tenants_real_engines_counts_once() {
    for _ in 0..TRIES {
        let cluster = Cluster::start(Options::default()).await;
        let url = cluster.url("postgres", "postgres");
        let tenants = ["tenant_a", "tenant_b"].map(|tenant| (tenant, vec![&*url, "--schema", tenant]));
        if check(&url, &tenants).await.is_ok() {
            return;
        }
    }
    panic!("the engine {FAULT}, {TRIES} times running");
}

struct EngineAtFault;

/// Lets an engine for each of `tenants` go through the scenarios, started with the arguments given.
async fn check(database: &str, tenants: &[(&str, Vec<&str>)]) -> Result<(), EngineAtFault> {
    let program = build();
    let mut engines = Vec::new();
    for (_, arguments) in tenants {
        engines.push(Engine::start(&program, arguments).await);
    }
    let names: Vec<&str> = tenants.iter().map(|(tenant, _)| *tenant).collect();
    let arguments = ["--database", database, "--poll.interval", "1s", "--state.file", "none"];
    let mut watching = Exporter::start(&arguments).await;
    let empty = watching.metrics().await;
    assert_eq!(counters(&empty), BTreeMap::new(), "the scenarios have not begun");
    for engine in &mut engines {
        engine.go().await;
    }
    let mut printed = Vec::new();
    for engine in &mut engines {
        printed.push(engine.printed().await?);
    }
    let watched = settled(&mut watching, &names).await;
    let mut later = Exporter::start(&[&arguments[..], &["--backfill", "all"]].concat()).await;
    let read_later = settled(&mut later, &names).await;

    let both = [("watching", &watched), ("read later", &read_later)];
    let differences = both.iter().flat_map(|(how, page)| {
        let tenants = names.iter().zip(&printed);
        let differences = tenants.flat_map(|(tenant, printed)| printed.differences(page, tenant));
        differences.map(move |difference| format!("{how}: {difference}"))
    });
    let differences: Vec<String> = differences.collect();
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
    assert_eq!(counters(&watched), counters(&read_later));
    for (how, page) in both {
        let attempts =
            printed.iter().map(|printed| printed.attempts("completed") + printed.attempts("failed"));
        let observed = ["completed", "failed"]
            .map(|outcome| page.sum("cloacina_state_task_duration_seconds_count", &[("outcome", outcome)]));
        assert_eq!(observed.iter().sum::<f64>(), attempts.sum::<f64>(), "{how}: durations of attempts");
        for trouble in ["poll_errors", "bad_rows", "skipped_polls", "epochs", "audit_missed_events"] {
            assert_eq!(page.sum(&format!("cloacina_exporter_{trouble}_total"), &[]), 0.0, "{how}: {trouble}");
        }
    }
    Ok(())
}

/// The page once two more polls of each tenant have ended, the last of which began after the call, and every new series
/// has shown its zero.
async fn settled(exporter: &mut Exporter, tenants: &[&str]) -> Exposition {
    let mut page = exporter.metrics().await;
    for _ in 0..3 {
        let before: Vec<_> =
            tenants.iter().map(|tenant| page.get(LAST_POLL, &[("tenant", tenant)])).collect();
        let polled = |page: &Exposition| {
            let now = tenants.iter().map(|tenant| page.get(LAST_POLL, &[("tenant", tenant)]));
            now.zip(&before).all(|(now, before)| now > *before)
        };
        page = exporter.until("another poll", polled).await;
    }
    page
}

/// All that the database's rows have been counted into, without what is 0. Fires are accounted for from the first poll
/// on: a backfill knows nothing of them.
fn counters(page: &Exposition) -> BTreeMap<&Series, f64> {
    let counters = page.samples.iter().filter(|(series, value)| {
        let backfilled = !series.name.ends_with("_fires_total");
        let counter = series.name.starts_with("cloacina_state_") && series.name.ends_with("_total");
        counter && backfilled && **value != 0.0
    });
    counters.map(|(series, value)| (series, *value)).collect()
}

/// Builds the engine with its scenarios; the second call finds it built.
fn build() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/Cargo.toml");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--message-format", "json", "--manifest-path", manifest]);
    let messages = run(&mut cargo);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executables = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    executables.reduce(|_, last| last).expect("cargo names what it built")
}

/// The program of `tests/engine` at work.
struct Engine {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Engine {
    /// Returns once the tables are there.
    async fn start(program: &std::path::Path, arguments: &[&str]) -> Self {
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).args(["--wait", "--hold"]).env_remove("DATABASE_URL").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut engine = Self { child, lines };
        assert!(engine.line().await.is_ok_and(|line| line.is_empty()));
        engine
    }

    async fn go(&mut self) {
        self.child.stdin.as_mut().expect("it is piped").write_all(b"\n").await.unwrap();
    }

    /// What the scenarios printed; the engine lives on.
    async fn printed(&mut self) -> Result<Printed, EngineAtFault> {
        let mut text = String::new();
        while !text.contains(r#""record":"end""#) {
            text += &(self.line().await? + "\n");
        }
        Ok(Printed::parse(&text))
    }

    /// # Panics
    /// With what the engine said, if it ended for another reason than its fault.
    async fn line(&mut self) -> Result<String, EngineAtFault> {
        if let Some(line) = self.lines.next_line().await.unwrap() {
            return Ok(line);
        }
        let mut said = String::new();
        let mut errors = self.child.stderr.take().expect("it is piped");
        errors.read_to_string(&mut said).await.unwrap();
        assert!(said.contains(FAULT), "the engine ended: {said}");
        Err(EngineAtFault)
    }
}
