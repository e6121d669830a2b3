//! The real engine at work: builds and starts the program of `tests/engine`, and hears what it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use super::process::run;

/// After this the exporter has looked for the fires of all triggers, which it does once a minute.
pub const SWEPT: Duration = Duration::from_secs(90);
/// What the engine says when it, or the machine, did other things than the scenarios asked for, as under load it may.
const FAULTS: [&str; 2] = ["dispatched an attempt twice", "too busy"];
/// How often it may do so in a row.
pub const TRIES: usize = 4;

/// It ended with one of `FAULTS`: the caller may try again.
#[derive(Debug)]
pub struct EngineAtFault;

pub struct Engine {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Engine {
    /// Builds the program, which the second call finds built, and returns once the tables are there.
    pub async fn start(arguments: &[&str]) -> Self {
        let mut command = tokio::process::Command::new(build());
        command.args(arguments).args(["--wait", "--hold"]).env_remove("DATABASE_URL").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut engine = Self { child, lines };
        assert!(engine.line().await.is_ok_and(|line| line.is_empty()));
        engine
    }

    /// Lets it begin.
    pub async fn go(&mut self) {
        self.child.stdin.as_mut().expect("it is piped").write_all(b"\n").await.unwrap();
    }

    /// All that it prints, to the last line; the program lives on.
    pub async fn printed(&mut self) -> Result<String, EngineAtFault> {
        let mut text = String::new();
        while !text.contains(r#""record":"end""#) {
            text += &(self.line().await? + "\n");
        }
        Ok(text)
    }

    /// # Panics
    /// With what the engine said, if it ended for another reason than its faults.
    async fn line(&mut self) -> Result<String, EngineAtFault> {
        if let Some(line) = self.lines.next_line().await.unwrap() {
            return Ok(line);
        }
        let mut said = String::new();
        let mut errors = self.child.stderr.take().expect("it is piped");
        errors.read_to_string(&mut said).await.unwrap();
        assert!(FAULTS.iter().any(|fault| said.contains(fault)), "the engine ended: {said}");
        Err(EngineAtFault)
    }
}

pub fn build() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/Cargo.toml");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--message-format", "json", "--manifest-path"]).arg(manifest);
    let messages = run(&mut cargo);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executables = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    executables.reduce(|_, last| last).expect("cargo names what it built")
}
