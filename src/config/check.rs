//! What `--config.check` prints: the configuration in use, without secrets.

use std::fmt;
use std::net::SocketAddr;

use humantime::format_duration;

use super::{
    Backfill, Config, Database, DatabaseUrl, Exporter, LabelPolicy, Otlp, Patterns, Protocol, Pusher,
    ScheduleOverride, Sight, Signal, Web,
};

impl fmt::Display for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for database in &self.databases {
            writeln!(formatter, "database {}", Summary(database))?;
        }
        if let Some(database) = self.databases.first().filter(|database| !database.shard.is_whole()) {
            writeln!(formatter, "shard {}", database.shard)?;
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
        match self.web.listen_address {
            Some(address) => serve(formatter, address, &self.web)?,
            None => writeln!(formatter, "serve nothing")?,
        }
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
        write!(formatter, "{}", self.otlp)
    }
}

/// Whether it is over TLS, the file of `--web.config.file` says, which is not read here.
fn serve(formatter: &mut fmt::Formatter<'_>, address: SocketAddr, web: &Web) -> fmt::Result {
    let path = &web.telemetry_path;
    match &web.config_file {
        Some(file) => writeln!(formatter, "serve {address}{path}, as {} says", file.display())?,
        None => writeln!(formatter, "serve http://{address}{path}")?,
    }
    for token in &web.tokens {
        writeln!(formatter, "token {} in {}", token.name, token.file.display())?;
    }
    for (name, sight) in &web.users {
        writeln!(formatter, "{name} sees {sight}")?;
    }
    if web.open_probes {
        writeln!(formatter, "/livez and /readyz need no login")?;
    }
    Ok(())
}

impl fmt::Display for Sight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => formatter.write_str("everything"),
            Self::Tenants(patterns) => write!(formatter, "tenants {patterns}"),
        }
    }
}

impl fmt::Display for Otlp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exporter in &self.exporters {
            writeln!(formatter, "push {exporter}")?;
        }
        if self.exporters.is_empty() {
            return Ok(());
        }
        for (key, value) in &self.resource {
            writeln!(formatter, "resource {key}={value}")?;
        }
        let pusher = match self.pusher {
            Pusher::All => "each replica",
            Pusher::Elected => "the elected replica",
            Pusher::None => "no replica",
        };
        let texts = if self.error_text { "with" } else { "without" };
        writeln!(formatter, "pushed by {pusher}; traces and logs {texts} error texts")
    }
}

impl fmt::Display for Exporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Grpc => "gRPC",
            Protocol::HttpProtobuf => "HTTP",
        };
        let compression = if self.gzip { ", gzip" } else { "" };
        let (signal, destination) = (self.signal.name(), &self.destination);
        let scheme = self.endpoint.scheme_str().unwrap_or("http");
        // Its query may hold a key.
        let authority = self.endpoint.authority().map_or("", |authority| authority.as_str());
        let path = self.endpoint.path();
        write!(formatter, "{signal} to {destination}: {protocol} {scheme}://{authority}{path}{compression}")?;
        if self.signal == Signal::Metrics {
            let temporality = format!("{:?}", self.temporality).to_lowercase();
            let histograms = format!("{:?}", self.histograms).to_lowercase();
            let interval = format_duration(self.interval);
            write!(formatter, ", {temporality}, {histograms} histograms, every {interval}")?;
        }
        let names: Vec<&str> = self.headers.iter().map(|header| header.name.as_str()).collect();
        if !names.is_empty() {
            write!(formatter, ", headers {}", names.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Exporter({self})")
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
