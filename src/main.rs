//! Parses the arguments, starts logging, runs a command, and turns its outcome into an exit code.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use cloacina_exporter::cli::{Arguments, Command, ReferenceFormat};
use cloacina_exporter::config::{self, Purpose, Settings};
use cloacina_exporter::{audit, catalogue, demo, encode, exporter, logging};

/// Set up wrongly, as opposed to failed while serving.
const WRONG_CONFIGURATION: u8 = 2;
/// Of commands that read once: what was found, or that it could not be found out.
const PROBLEMS: u8 = 1;
const UNKNOWN: u8 = 3;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Logging may not have started. If standard error is gone, there is nobody left to tell.
            let _ = writeln!(io::stderr(), "cloacina-exporter: {error:#}");
            let wrong = error.is::<config::Error>();
            if wrong { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let arguments = match Arguments::parse_from(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && asks_once() => return refuse(&wrong_usage(&error)),
        Err(error) => error.exit(),
    };
    match arguments.into_command() {
        Command::Serve(flags) => {
            let (settings, check) = flags.settings(&variable);
            serve(settings, if check { Purpose::Check } else { Purpose::Serve })
        }
        Command::Demo(flags) => {
            let (settings, check) = flags.settings(&variable);
            serve(settings, if check { Purpose::CheckDemo } else { Purpose::Demo })
        }
        Command::Audit(flags) => {
            let (settings, request) = flags.settings(&variable);
            return audit_once(settings, &request).or_else(|error| refuse(&format!("{error:#}")));
        }
        Command::Reference { format } => {
            let descriptions = catalogue::descriptions();
            print(&match format {
                ReferenceFormat::Markdown => encode::reference::markdown(&descriptions),
                ReferenceFormat::Json => encode::reference::json(&descriptions),
            })
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the command is one that reads once, and tells by its exit code what it found.
fn asks_once() -> bool {
    std::env::args_os().nth(1).is_some_and(|command| command == "audit")
}

/// What is wrong, without the usage that follows it.
fn wrong_usage(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>();
    format!("{}; see --help", lines.join(" ").trim_start_matches("error: "))
}

fn refuse(problem: &str) -> anyhow::Result<ExitCode> {
    let _ = writeln!(io::stderr(), "cloacina-exporter: {problem}");
    Ok(ExitCode::from(UNKNOWN))
}

fn audit_once(settings: Settings, request: &audit::options::Request) -> anyhow::Result<ExitCode> {
    let question = request.question()?;
    let families = catalogue::descriptions().iter().map(|description| description.name).collect();
    let loaded = config::load(settings, Purpose::Check, &variable, &families)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let answer = runtime.block_on(audit::run(&loaded.config, question))?;
    print(&answer.text)?;
    for unreadable in &answer.unreadable {
        let _ = writeln!(io::stderr(), "cloacina-exporter: {unreadable}");
    }
    Ok(match &answer {
        answer if !answer.unreadable.is_empty() => ExitCode::from(UNKNOWN),
        answer if answer.problems => ExitCode::from(PROBLEMS),
        _ => ExitCode::SUCCESS,
    })
}

fn serve(settings: Settings, purpose: Purpose) -> anyhow::Result<()> {
    let families = catalogue::descriptions().iter().map(|description| description.name).collect();
    let loaded = config::load(settings, purpose, &variable, &families)?;
    if matches!(purpose, Purpose::Check | Purpose::CheckDemo) {
        return print(&loaded.config.to_string());
    }
    logging::start(loaded.config.log).context("cannot start logging")?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime's threads")?;
    runtime.block_on(async {
        let shutdown = signals::shutdown()?;
        match purpose {
            Purpose::Demo => demo::run(loaded.config, shutdown).await?,
            _ => exporter::run(loaded.config, shutdown).await?,
        }
        Ok(())
    })
}

/// To standard output; a reader that has seen enough is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}

/// Empty variables are as good as none, so that a service file can leave them empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
