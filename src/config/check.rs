//! What `--config.check` prints: the configuration in use, without secrets.

use std::fmt;

use humantime::format_duration;

use super::{Backfill, Config, Database, DatabaseUrl, LabelPolicy, Patterns, ScheduleOverride};

impl fmt::Display for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for database in &self.databases {
            writeln!(formatter, "database {}", Summary(database))?;
        }
        let poll = &self.poll;
        writeln!(
            formatter,
            "poll every {}, statements end after {}, {} connections per database, values of an unreadable tenant \
             stay for {}",
            format_duration(poll.interval),
            format_duration(poll.statement_timeout),
            poll.max_connections,
            format_duration(poll.max_stale)
        )?;
        writeln!(formatter, "serve http://{}{}", self.web.listen_address, self.web.telemetry_path)?;
        match &self.state_file {
            Some(path) => writeln!(formatter, "state file {}", path.display())?,
            None => writeln!(formatter, "state file none: counters start at zero at every start")?,
        }
        match self.backfill {
            Backfill::None => writeln!(formatter, "backfill none")?,
            Backfill::All => writeln!(formatter, "backfill all")?,
            Backfill::Since(span) => writeln!(formatter, "backfill {}", format_duration(span))?,
        }
        let metrics = &self.metrics;
        for (label, policy) in
            [("workflow", &metrics.workflows), ("task", &metrics.tasks), ("schedule", &metrics.schedules)]
        {
            writeln!(formatter, "label {label}: {policy}")?;
        }
        let kind = format!("{:?}", metrics.histograms).to_lowercase();
        let task = if metrics.task_histograms { ", by task" } else { "" };
        writeln!(formatter, "histograms {kind}, {} buckets{task}", metrics.buckets.len())?;
        for family in &metrics.disabled {
            writeln!(formatter, "family {family} disabled")?;
        }
        writeln!(
            formatter,
            "thresholds: stalled after {}, a claim stale after {}, a fire missed after {}",
            format_duration(metrics.stalled_after),
            format_duration(metrics.stale_after),
            format_duration(metrics.missed_after)
        )?;
        for given in &metrics.schedule_overrides {
            writeln!(formatter, "schedules {given}")?;
        }
        for (name, pattern) in &metrics.failure_reasons {
            writeln!(formatter, "failure reason {name}: {pattern}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ScheduleOverride {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.schedules)?;
        if let Some(grace) = self.grace {
            write!(formatter, " grace {}", format_duration(grace))?;
        }
        let separator = if self.grace.is_some() { "," } else { "" };
        if let Some(span) = self.succeeds_within {
            write!(formatter, "{separator} succeeds within {}", format_duration(span))?;
        }
        Ok(())
    }
}

struct Summary<'a>(&'a Database);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(database) = self;
        write!(formatter, "{}: {}", database.name, database.url)?;
        if matches!(database.url, DatabaseUrl::Postgres(_)) {
            write!(formatter, ", schemas {}", Selection(&database.include, &database.exclude))?;
        }
        Ok(())
    }
}

impl fmt::Display for LabelPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, at most {} per tenant", Selection(&self.allow, &self.deny), self.max)
    }
}

struct Selection<'a>(&'a Patterns, &'a Patterns);

impl fmt::Display for Selection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => write!(formatter, "all")?,
            false => write!(formatter, "{}", self.0)?,
        }
        if !self.1.is_empty() {
            write!(formatter, " except {}", self.1)?;
        }
        Ok(())
    }
}
