//! The real engine as an actor: `tests/engine --incidents`, told by lines what to do.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::LazyLock;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::stage::{Stage, schema_of};
use crate::support::engine::build;

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(build);

/// Killed when dropped; its claims and heartbeats stay.
pub struct Engine {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    switches: PathBuf,
}

impl Engine {
    /// Starts one on the schema of `tenant`, and waits until it runs.
    pub async fn start(stage: &Stage, tenant: &str, flags: &[&str]) -> Self {
        let switches = stage.folder.path().join(schema_of(tenant));
        std::fs::create_dir_all(&switches).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(switches.join("log")).unwrap();
        let mut command = tokio::process::Command::new(&*PROGRAM);
        command.args(["--incidents", &stage.url(tenant), "--schema", schema_of(tenant)]).args(flags);
        command.env_remove("DATABASE_URL").env("INCIDENT_SWITCHES", &switches).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let orders = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut engine = Self { child, orders, answers, switches };
        assert_eq!(engine.answer().await, "ready");
        engine
    }

    /// Gives it a command; says what it answers.
    ///
    /// # Panics
    /// If it refuses.
    pub async fn tell(&mut self, command: &str) -> Value {
        self.orders.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    /// Turns what a workflow or trigger looks at on or off, for all processes of the tenant.
    pub fn switch(&self, name: &str, on: bool) {
        let file = self.switches.join(name);
        if on {
            std::fs::write(file, "").unwrap();
        } else if file.exists() {
            std::fs::remove_file(file).unwrap();
        }
    }

    /// Ends it as a crash does.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for an end of its own making.
    pub async fn died(&mut self) {
        self.child.wait().await.unwrap();
    }

    async fn answer(&mut self) -> Value {
        let line = self.answers.next_line().await.unwrap().unwrap_or_default();
        let answer: Value = serde_json::from_str(&line).unwrap_or_default();
        let log = || std::fs::read_to_string(self.switches.join("log")).unwrap_or_default();
        assert!(answer["ok"] != Value::Null, "the engine said {line:?}; its log: {}", log());
        answer["ok"].clone()
    }
}
