//! Runs the real engine through every scenario on the database given, and prints as JSON lines what must now be true
//! of it; or, with `--incidents`, lets its caller have it do what makes an incident. Reads no table by itself: what it
//! prints comes from the scenarios' own knowledge (see README.md).

mod expected;
mod fires;
mod incidents;
mod scenarios;
mod schedules;
mod workflows;

use std::time::Duration;

use anyhow::{bail, Context as _};
use cloacina::{DefaultRunner, DefaultRunnerConfig};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use expected::Expected;

#[derive(Default)]
struct Arguments {
    database_url: String,
    schema: Option<String>,
    /// The story of the schedules instead of the scenarios.
    schedules: bool,
    wait: bool,
    hold: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == "--incidents") {
        incidents::run(std::env::args().skip(1)).await?;
        std::process::exit(0);
    }
    let arguments = parse(std::env::args().skip(1))?;
    let runner = start(&arguments).await?;
    let mut input = BufReader::new(tokio::io::stdin());
    if arguments.wait {
        println!();
        input.read_line(&mut String::new()).await?;
    }
    if arguments.schedules {
        fires::run(&arguments, runner).await?;
    } else {
        let mut expected = Expected::default();
        scenarios::run(&runner, &mut expected).await?;
        expected.print(&mut std::io::stdout().lock())?;
    }
    if arguments.hold {
        // The runner goes on beating and polling until the caller closes its end.
        input.read_to_end(&mut Vec::new()).await?;
    }
    // No graceful shutdown: it would wait for the task that panicked, which never ends.
    std::process::exit(0);
}

fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Arguments> {
    let mut parsed = Arguments::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--schema" => parsed.schema = Some(arguments.next().context("--schema wants a name")?),
            "--schedules" => parsed.schedules = true,
            "--wait" => parsed.wait = true,
            "--hold" => parsed.hold = true,
            url if parsed.database_url.is_empty() && !url.starts_with("--") => {
                parsed.database_url = url.into()
            }
            other => bail!("unknown argument {other:?}"),
        }
    }
    if parsed.database_url.is_empty() {
        bail!("usage: engine-scenarios sqlite://PATH | postgres://… [--schema NAME] [--schedules] [--wait] [--hold]");
    }
    Ok(parsed)
}

async fn start(arguments: &Arguments) -> anyhow::Result<DefaultRunner> {
    let config = DefaultRunnerConfig::builder()
        .max_concurrent_tasks(8)
        .scheduler_poll_interval(Duration::from_millis(100))
        .task_timeout(workflows::TASK_TIMEOUT)
        .heartbeat_interval(Duration::from_secs(1))
        .trigger_base_poll_interval(Duration::from_millis(200))
        .trigger_poll_timeout(Duration::from_secs(3))
        .cron_lost_threshold_minutes(1)
        .cron_recovery_interval(Duration::from_secs(1))
        .enable_registry_reconciler(false)
        .build()?;
    let builder = DefaultRunner::builder().database_url(&arguments.database_url).with_config(config);
    let builder = match &arguments.schema {
        Some(schema) => builder.schema(schema),
        None => builder,
    };
    builder.build().await.context("starting the engine: is the database there and writable?")
}
