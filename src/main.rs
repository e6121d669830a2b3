//! Parses the arguments, starts logging, runs a command, and turns its outcome into an exit code.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

mod once;
mod signals;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use cloacina_exporter::cli::{Arguments, Command, ReferenceFormat};
use cloacina_exporter::config::{self, Purpose, Settings};
use cloacina_exporter::reload::Reloads;
use cloacina_exporter::{catalogue, demo, encode, exporter, logging, serve};

/// Set up wrongly, as opposed to failed while serving.
const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Logging may not have started. If standard error is gone, there is nobody left to tell.
            let _ = writeln!(io::stderr(), "cloacina-exporter: {error:#}");
            let wrong = error.is::<config::Error>() || error.is::<serve::GuardError>();
            if wrong { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let arguments = match Arguments::parse_from(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && once::is_asked() => return once::refuse(&error.to_string()),
        Err(error) => error.exit(),
    };
    match arguments.into_command() {
        Command::Check(flags) => once::check(flags),
        Command::Audit(flags) => once::audit(flags),
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
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn families() -> BTreeSet<&'static str> {
    catalogue::descriptions().iter().map(|description| description.name).collect()
}

/// A signal ends it as a failure: something was not delivered.
async fn push_once(config: config::Config, shutdown: impl Future<Output = ()>) -> anyhow::Result<ExitCode> {
    let delivered = tokio::select! {
        () = shutdown => false,
        delivered = exporter::push_once(config) => delivered?,
    };
    Ok(if delivered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve(settings: Settings, purpose: Purpose) -> anyhow::Result<ExitCode> {
    let once = settings.once;
    let load = move || config::load(settings.clone(), purpose, &variable, &families());
    let loaded = load()?;
    let guard = serve::Guard::open(&loaded.config.web)?;
    if matches!(purpose, Purpose::Check | Purpose::CheckDemo) {
        for warning in &loaded.warnings {
            let _ = writeln!(io::stderr(), "cloacina-exporter: {warning}");
        }
        print(&format!("{}{guard}", loaded.config))?;
        return Ok(ExitCode::SUCCESS);
    }
    let level = logging::start(loaded.config.log).context("cannot start logging")?;
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
            Purpose::Demo => demo::run(loaded.config, guard, shutdown).await?,
            _ if once => return push_once(loaded.config, shutdown).await,
            _ => {
                let reloads = Reloads::new(
                    move || load().map_err(|error| error.to_string()),
                    move |config| level.set(config.log.level),
                );
                signals::reload_when_hung_up(reloads.requests())?;
                exporter::run(loaded.config, guard, reloads, shutdown).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
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
