//! Whether the figures can be trusted now.

use super::super::grafana::{Panel, Unit};
use super::super::panel::{GREEN, RED, stat};
use super::super::query::{counted_in_all, gauge};
use super::push::pushes_behind;
use super::reading::polls_behind;

pub fn poll_age() -> Panel {
    stat(
        "Oldest read, in poll intervals",
        Unit::Ratio,
        "Time since the last good poll of the tenant that is furthest behind. Red from five intervals on: \
         CloacinaExporterStale. Its collectors below say which query is slow.",
    )
    .now("behind", &format!("max({})", polls_behind()))
    .red_from(5.0)
    .or_else("Never read")
}

pub fn errors_last_hour() -> Panel {
    let errors = "cloacina_exporter_poll_errors_total{@tenant}";
    stat(
        "Failed polls, 1 h",
        Unit::Count,
        "Polls that failed. The exporter's log has the messages; five minutes of nothing else: \
         CloacinaDatabaseUnreadable.",
    )
    .now("failed", &counted_in_all(errors, "1h"))
}

pub fn missed_events() -> Panel {
    let missed = "cloacina_exporter_audit_missed_events_total{@tenant}";
    stat(
        "Events missed, 24 h",
        Unit::Count,
        "Events that were only found when they were recounted an hour later: CloacinaExporterMissedEvents. \
         Totals are right again; mostly a transaction stayed open for long.",
    )
    .now("missed", &counted_in_all(missed, "24h"))
    .red_from(1.0)
}

pub fn push_age() -> Panel {
    stat(
        "Oldest push, in intervals",
        Unit::Ratio,
        "Time since the destination that is furthest behind took metrics. Red from five intervals on: \
         CloacinaOtlpFailing. \"Not pushed\", with a destination configured: it never took anything.",
    )
    .now("behind", &format!("max({})", pushes_behind()))
    .red_from(5.0)
    .or_else("Not pushed")
}

pub fn folded_labels() -> Panel {
    let folded = gauge("job, tenant, label", "cloacina_exporter_folded_label_values{@tenant}");
    stat(
        "Folded label values",
        Unit::Count,
        "Workflows, schedules and tasks that have no series of their own: CloacinaLabelsFolded. Alerts on \
         them cannot name them.",
    )
    .now("folded", &format!("sum({folded}) or vector(0)"))
}

pub fn state_saved() -> Panel {
    stat(
        "State saved",
        Unit::Word,
        "Whether every instance could write its state file. While it cannot, a crash lets counters fall back \
         (CloacinaExporterStateUnsaved): look at the disk and its rights.",
    )
    .now("saved", "min(cloacina_exporter_state_saved{@job})")
    .words(&[(0, "no", RED), (1, "yes", GREEN)])
    .or_else("No file")
}

pub fn configuration_read() -> Panel {
    stat(
        "Configuration read",
        Unit::Word,
        "Whether every instance could read its configuration the last time. After a failed reload the old \
         one stays (CloacinaExporterReloadFailed); `--config.check` says what is wrong.",
    )
    .now("read", "min(cloacina_exporter_config_last_reload_successful{@job})")
    .words(&[(0, "no", RED), (1, "yes", GREEN)])
}
