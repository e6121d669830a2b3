//! Parses the arguments, starts logging, runs a command, and turns its outcome into an exit code.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

mod signals;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use cloacina_exporter::check::{self, Format};
use cloacina_exporter::cli::{Arguments, CheckFlags, Command, ReferenceFormat};
use cloacina_exporter::config::{self, Purpose, Settings};
use cloacina_exporter::{catalogue, demo, encode, exporter, logging};

/// Set up wrongly, as opposed to failed while serving.
const WRONG_CONFIGURATION: u8 = 2;

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
        Err(error) if error.use_stderr() && is_check() => return refuse(&error.to_string(), asked_format()),
        Err(error) => error.exit(),
    };
    match arguments.into_command() {
        Command::Check(flags) => return check(flags),
        Command::Serve(flags) => {
            let (settings, check) = flags.settings(&variable);
            serve(settings, if check { Purpose::Check } else { Purpose::Serve })
        }
        Command::Demo(flags) => {
            let (settings, check) = flags.settings(&variable);
            serve(settings, if check { Purpose::CheckDemo } else { Purpose::Demo })
        }
        Command::Reference { format } => {
            let descriptions = catalogue::descriptions();
            print(&match format {
                ReferenceFormat::Markdown => encode::reference::markdown(&descriptions),
                ReferenceFormat::Json => encode::reference::json(&descriptions),
            })
        }
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Whatever is wrong with its call or configuration, a check answers with one line and the code for unknown.
fn check(flags: CheckFlags) -> anyhow::Result<ExitCode> {
    let format = asked_format();
    let (settings, given) = flags.settings(&variable);
    let loaded = check::Options::new(given).and_then(|options| {
        Ok((options, config::load(settings, Purpose::ReadOnce, &variable, &families())?.config))
    });
    let (options, config) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return refuse(&error.to_string(), format),
    };
    match watch_or_check_once(&options, &config) {
        Ok(status) => Ok(ExitCode::from(status.exit_code())),
        Err(error) => refuse(&format!("{error:#}"), format),
    }
}

fn watch_or_check_once(options: &check::Options, config: &config::Config) -> anyhow::Result<check::Severity> {
    let coloured = io::stdout().is_terminal() && variable("NO_COLOR").is_none();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let print = |text: &str| io::stdout().lock().write_all(text.as_bytes());
    runtime.block_on(async {
        match options.watch {
            Some(_) => check::run(config, options, coloured, print, signals::shutdown()?).await,
            // A signal ends it as it ends any program.
            None => check::run(config, options, coloured, print, std::future::pending()).await,
        }
        .context("cannot write to standard output")
    })
}

/// Before the arguments are known to be right.
fn is_check() -> bool {
    std::env::args_os().nth(1).is_some_and(|command| command == "check")
}

/// As `is_check`: a monitoring system reads standard output, and nothing else.
fn asked_format() -> Format {
    let arguments: Vec<_> = std::env::args_os().collect();
    let joined = arguments.iter().any(|argument| argument == "--format=nagios");
    let apart = arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "nagios");
    if joined || apart { Format::Nagios } else { Format::Text }
}

/// The first paragraph of `problem` on one line.
fn refuse(problem: &str, format: Format) -> anyhow::Result<ExitCode> {
    let first = problem.split("\n\n").next().unwrap_or(problem);
    let line = check::refusal(first.trim_start_matches("error: "), format);
    match format {
        Format::Nagios => print(&line)?,
        // If standard error is gone, there is nobody left to tell.
        Format::Text | Format::Json => io::stderr().write_all(line.as_bytes()).unwrap_or_default(),
    }
    Ok(ExitCode::from(check::Severity::Unknown.exit_code()))
}

fn families() -> BTreeSet<&'static str> {
    catalogue::descriptions().iter().map(|description| description.name).collect()
}

fn serve(settings: Settings, purpose: Purpose) -> anyhow::Result<()> {
    let loaded = config::load(settings, purpose, &variable, &families())?;
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
