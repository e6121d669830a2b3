//! Runs the commands that read once, `check` and `audit`. Their exit codes say what was found, 0 to 3; whatever is wrong
//! with the call or the configuration is one line and 3.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use cloacina_exporter::cli::{AuditFlags, CheckFlags};
use cloacina_exporter::config::{self, Purpose};
use cloacina_exporter::words::visible;
use cloacina_exporter::{audit, check};

use super::{families, print, signals, variable};

/// Of `audit`: what was found, or that it could not be found out. `check` has severities.
const PROBLEMS: u8 = 1;
const UNKNOWN: u8 = 3;

/// Whether one of these commands was called, before the arguments are known to be right.
pub fn is_asked() -> bool {
    std::env::args_os().nth(1).is_some_and(|command| command == "check" || command == "audit")
}

/// Whatever is wrong with its call or configuration, a check answers with one line and the code for unknown.
pub fn check(flags: CheckFlags) -> anyhow::Result<ExitCode> {
    let (settings, given) = flags.settings(&variable);
    let loaded = check::Options::new(given).and_then(|options| {
        Ok((options, config::load(settings, Purpose::ReadOnce, &variable, &families())?.config))
    });
    let (options, config) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return refuse(&error.to_string()),
    };
    match watch_or_check_once(&options, &config) {
        Ok(status) => Ok(ExitCode::from(status.exit_code())),
        Err(error) => refuse(&format!("{error:#}")),
    }
}

fn watch_or_check_once(options: &check::Options, config: &config::Config) -> anyhow::Result<check::Severity> {
    let coloured = io::stdout().is_terminal() && variable("NO_COLOR").is_none();
    let print = |text: &str| io::stdout().lock().write_all(text.as_bytes());
    runtime()?.block_on(async {
        match options.watch {
            Some(_) => check::run(config, options, coloured, print, signals::shutdown()?).await,
            // A signal ends it as it ends any program.
            None => check::run(config, options, coloured, print, std::future::pending()).await,
        }
        .context("cannot write to standard output")
    })
}

pub fn audit(flags: AuditFlags) -> anyhow::Result<ExitCode> {
    audit_or_fail(flags).or_else(|error| refuse(&format!("{error:#}")))
}

fn audit_or_fail(flags: AuditFlags) -> anyhow::Result<ExitCode> {
    let (settings, request) = flags.settings(&variable);
    let question = request.question()?;
    let loaded = config::load(settings, Purpose::ReadOnce, &variable, &families())?;
    let answer = runtime()?.block_on(audit::run(&loaded.config, question))?;
    print(&answer.text)?;
    for unreadable in &answer.unreadable {
        say(&format!("cloacina-exporter: {}\n", visible(unreadable, usize::MAX)));
    }
    Ok(match &answer {
        answer if !answer.unreadable.is_empty() => ExitCode::from(UNKNOWN),
        answer if answer.problems => ExitCode::from(PROBLEMS),
        _ => ExitCode::SUCCESS,
    })
}

/// The first paragraph of `problem` on one line. A monitoring system reads standard output, and nothing else.
pub fn refuse(problem: &str) -> anyhow::Result<ExitCode> {
    let first = problem.split("\n\n").next().unwrap_or(problem);
    let format = asked_format();
    let line = check::refusal(first.trim_start_matches("error: "), format);
    match format {
        check::Format::Nagios => print(&line)?,
        check::Format::Text | check::Format::Json => say(&line),
    }
    Ok(ExitCode::from(UNKNOWN))
}

fn asked_format() -> check::Format {
    let arguments: Vec<_> = std::env::args_os().collect();
    let joined = arguments.iter().any(|argument| argument == "--format=nagios");
    let apart = arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "nagios");
    if joined || apart { check::Format::Nagios } else { check::Format::Text }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.context("cannot start the runtime")
}

/// To standard error; if that is gone, there is nobody left to tell.
fn say(line: &str) {
    let _ = io::stderr().write_all(line.as_bytes());
}
