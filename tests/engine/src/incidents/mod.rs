//! An engine that does what it is told, for as long as its caller likes: one command per line in, one answer out (see
//! README.md). Knows nothing of what comes of it.

mod act;
mod command;
mod settings;
mod switches;
mod triggers;
mod workflows;

use std::io::Write;

use anyhow::Context as _;
use cloacina::DefaultRunner;
use serde_json::{json, Value};
use tokio::io::{AsyncBufReadExt, BufReader};

use command::Command;
use settings::Settings;

/// Returns when told to exit, when the input ends, or when nobody reads the answers any more.
pub async fn run(arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let settings = Settings::parse(arguments)?;
    switches::check()?;
    let runner = start(&settings).await?;
    answer(&json!({ "ok": "ready" }))?;
    let mut lines = BufReader::new(tokio::io::stdin()).split(b'\n');
    while let Some(line) = lines.next_segment().await? {
        match obey(&runner, &String::from_utf8_lossy(&line)).await {
            Ok(Some(done)) => answer(&json!({ "ok": done }))?,
            Ok(None) => return answer(&json!({ "ok": "exit" })),
            Err(error) => answer(&json!({ "error": format!("{error:#}") }))?,
        }
    }
    Ok(())
}

async fn start(settings: &Settings) -> anyhow::Result<DefaultRunner> {
    let builder =
        DefaultRunner::builder().database_url(&settings.database_url).with_config(settings.config()?);
    let builder = match &settings.schema {
        Some(schema) => builder.schema(schema),
        None => builder,
    };
    builder.build().await.context("starting the engine: is the database there and writable?")
}

async fn obey(runner: &DefaultRunner, line: &str) -> anyhow::Result<Option<Value>> {
    act::act(runner, Command::parse(line)?).await
}

fn answer(line: &Value) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
