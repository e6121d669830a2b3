//! One read of everything and one push of it (`--otlp.once`), for whoever starts it again and again.

use super::{Error, Exporter, progress};
use crate::config::Config;
use crate::serve::Publisher;
use crate::source::{Database, Outcome};

/// Reads each database until nothing more is to be read, then pushes once to each destination. Returns whether
/// everything could be read and was taken.
///
/// # Errors
/// If the state file, or the record of what was pushed, cannot be used.
pub async fn push_once(config: Config) -> Result<bool, Error> {
    let mut exporter = Exporter::open(config, Publisher::new())?;
    let config = exporter.config.clone();
    let progress = progress::reporter();
    let mut databases: Vec<Database> =
        config.databases.iter().map(|database| Database::new(database, &config, progress.clone())).collect();
    let mut good = true;
    loop {
        for database in &mut databases {
            good &= exporter.read_whole(database).await;
        }
        good &= exporter.pushing.export_executions().await;
        // The destinations hold only so many at a time; what was sent made room for the next.
        if !good || !exporter.wants_any(&databases) {
            break;
        }
    }
    exporter.publish();
    good &= exporter.pushing.export_metrics().await;
    Ok(good)
}

impl Exporter {
    /// Whether all tenants could be read.
    async fn read_whole(&mut self, database: &mut Database) -> bool {
        loop {
            let states = self.states_of(database.config());
            let wanted = self.pushing.wanted(database.config(), &self.state);
            let poll = database.poll(&states, &wanted).await;
            drop(states);
            let unread = |outcome: &Outcome| {
                matches!(outcome, Outcome::Failed(_) | Outcome::Unreadable(..) | Outcome::Behind(_))
            };
            let good = poll.failure.is_none() && !poll.tenants.iter().any(|tenant| unread(&tenant.outcome));
            let stuck = poll.tenants.iter().any(|tenant| tenant.story_failure.is_some());
            let more = poll.more;
            self.take(database, poll);
            // What was counted just now is told by the next read.
            let more = more || (!stuck && !self.pushing.wanted(database.config(), &self.state).is_empty());
            if !good || stuck || !more {
                return good && !stuck;
            }
        }
    }

    fn wants_any(&self, databases: &[Database]) -> bool {
        databases.iter().any(|database| !self.pushing.wanted(database.config(), &self.state).is_empty())
    }
}
