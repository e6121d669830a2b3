//! Hot standbys of a `Cluster`: fed by streaming, paused, caught up, promoted.

use super::postgres::{Cluster, Options, SUPERUSER, program};
use super::process;

impl Cluster {
    /// A hot standby that follows this server, with `extra` settings of its own. It is a `Cluster` like any other.
    pub async fn standby(&self, extra: Vec<(&'static str, String)>) -> Self {
        let directory = process::temporary_directory();
        let mut command = process::unprivileged(&program("pg_basebackup"), directory.path());
        command.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
        command.args(["-U", SUPERUSER, "-p", &self.port.to_string(), "-h"]).arg(self.directory.path());
        process::run(command.arg("-D").arg(directory.path().join("data")));
        let settings = self.options.settings.iter().cloned().chain(extra).collect();
        let options = Options { tls: false, movable_clock: false, settings, ..self.options.clone() };
        Self::launch(directory, options).await
    }

    /// Goes on receiving, but shows nothing new until `resume_replay`.
    pub async fn pause_replay(&self) {
        self.execute("postgres", "SELECT pg_wal_replay_pause()").await;
        process::eventually("replay to pause", async || {
            self.value::<String>("postgres", "SELECT pg_get_wal_replay_pause_state()").await == "paused"
        })
        .await;
    }

    pub async fn resume_replay(&self) {
        self.execute("postgres", "SELECT pg_wal_replay_resume()").await;
    }

    /// Waits until this standby shows all that `primary` has committed by now.
    pub async fn catch_up_with(&self, primary: &Self) {
        let target: String = primary.value("postgres", "SELECT pg_current_wal_insert_lsn()::text").await;
        let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{target}'::pg_lsn");
        process::eventually("the standby to catch up", async || self.value("postgres", &replayed).await)
            .await;
    }

    /// Makes this standby a primary on a timeline of its own, and waits until it is.
    pub async fn promote(&self) {
        self.execute("postgres", "SELECT pg_promote()").await;
        process::eventually("promotion", async || !self.in_recovery().await).await;
    }

    /// Commits wait for a standby: of any name if `wait`, else for none.
    pub async fn set_synchronous(&self, wait: bool) {
        let names = if wait { "*" } else { "" };
        self.execute("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).await;
        self.execute("postgres", "SELECT pg_reload_conf()").await;
        let applied = format!("SELECT current_setting('synchronous_standby_names') = '{names}'");
        process::eventually("the setting", async || self.value("postgres", &applied).await).await;
    }
}
