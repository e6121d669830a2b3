//! Shows how far a backfill has come: a bar on a terminal, log lines elsewhere.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::source::OnProgress;

const LOG_INTERVAL: Duration = Duration::from_secs(5);

pub(super) fn reporter() -> OnProgress {
    if std::io::stderr().is_terminal() { bar() } else { lines() }
}

fn bar() -> OnProgress {
    let bar = ProgressBar::no_length();
    if let Ok(style) =
        ProgressStyle::with_template("backfill {msg} {bar:30} {human_pos}/{human_len} rows {eta}")
    {
        bar.set_style(style);
    }
    Arc::new(move |label, done, total| {
        bar.set_message(label.to_owned());
        bar.set_length(total);
        bar.set_position(done);
        if done >= total {
            bar.finish_and_clear();
        }
    })
}

fn lines() -> OnProgress {
    let last = Mutex::new(Instant::now());
    Arc::new(move |label, done, total| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LOG_INTERVAL {
            *last = Instant::now();
            tracing::info!(tenant = label, rows = done, of_about = total, "backfilling");
        }
    })
}
