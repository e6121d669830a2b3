//! The whole page of a small tenant with one of everything: from rows through state and catalogue to bytes.
//!
//! `UPDATE_GOLDEN=1` rewrites the golden pages.

#[path = "fold/builders.rs"]
mod builders;
#[path = "fold/timeline.rs"]
mod timeline;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use builders::*;
use cloacina_exporter::catalogue;
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::{
    Collector, EventKind, ExecutionStatus, FailureReason, Fire, FiredExecution, Origin, Reason, Schedule,
    Timestamp,
};
use cloacina_exporter::snapshot::{Description, Kind};
use cloacina_exporter::state::health::{Process, PushHealth, Reading, Round, TenantHealth};
use timeline::{TENANT, Timeline, metrics, poll};

/// Seconds since the first poll, at a time with as many digits as real ones.
fn after(seconds: i64) -> Timestamp {
    at(1_700_000_000 + seconds)
}

/// `etl` fails, backs off and is late; `sync` completes, again and again.
fn timeline() -> Timeline {
    let etl = execution("etl").created(after(1)).started(after(2));
    let load = task("etl", "load").running(after(3));
    let store = task("etl", "store");
    let retried = load.clone().retrying(after(8), after(40));
    let events = [
        event(EventKind::TaskMarkedReady, after(2)).of(&load),
        event(EventKind::TaskRetryScheduled, after(8)).of(&load),
    ];
    let [first, second] = events;
    let sync = (0..10).map(|number| {
        let row = execution("sync").number(number).created(after(0)).started_by(Origin::Cron);
        row.started(after(1)).completed(after(2 + i64::from(number)))
    });
    let failed = execution("etl").number(2).created(after(4)).started(after(5)).failed(after(9));
    let extract =
        task("etl", "extract").of(&failed).running(after(6)).failed(FailureReason::TaskError, after(9));
    let ended = event(EventKind::WorkflowFailed, after(9)).of_execution(&failed);
    let ready = event(EventKind::TaskMarkedReady, after(5)).of(&extract);
    let mut second_poll = poll(after(20))
        .executions([etl.clone(), failed])
        .executions(sync)
        .tasks([retried, store, extract])
        .events([second, ready, ended])
        .schedules(schedules());
    second_poll.0.position.clock = Timestamp(after(20).0 + 1500);
    second_poll.0.levels.oldest_event_at = Some(after(-3600));
    second_poll.0.fires = fires().into();
    let begun = Timeline::new(metrics()).poll(poll(after(0)));
    let mut timeline =
        begun.poll(poll(after(5)).executions([etl]).tasks([load]).events([first])).poll(second_poll);
    set_health(&mut timeline);
    timeline.at(after(22))
}

fn schedules() -> [Schedule; 3] {
    let nightly = cron("etl", "0 2 * * *");
    [
        Schedule {
            last_run_at: Some(after(-86_400)),
            next_run_at: Some(after(-60)),
            catchup: Some(Arc::from("run_all")),
            ..nightly.clone()
        },
        Schedule {
            id: id("weekly"),
            instance_name: Some(Arc::from("weekly \"full\"")),
            paused: true,
            paused_at: Some(after(-500)),
            ..nightly
        },
        Schedule { last_poll_at: Some(after(18)), poll_interval_ms: Some(5000), ..trigger("sync", "inbox") },
    ]
}

/// Of the first schedule: one that succeeded, and one that goes on.
fn fires() -> [Fire; 2] {
    let executed = |status, completed_at| {
        Some(FiredExecution { id: id("fired"), status, created_at: None, completed_at })
    };
    let first = Fire {
        id: id("first fire"),
        schedule: schedules()[0].id,
        scheduled_time: Some(after(-86_400)),
        started_at: after(-86_400),
        completed_at: Some(after(-86_390)),
        recovery_attempts: 0,
        execution: executed(ExecutionStatus::Completed, Some(after(-86_390))),
    };
    let second = Fire {
        id: id("second fire"),
        scheduled_time: Some(after(-60)),
        started_at: after(10),
        completed_at: None,
        execution: executed(ExecutionStatus::Running, None),
        ..first
    };
    [first, second]
}

fn set_health(timeline: &mut Timeline) {
    let health = &mut timeline.health;
    health.started_at = after(-10);
    health.connections.insert("page".into(), 1);
    health.state_saved = Some(true);
    health.bad_rows.insert((Arc::from(TENANT), "schedules", "timezone".to_owned()), 1);
    health.process = Process {
        cpu_seconds: 1.25,
        resident_bytes: 20_971_520,
        virtual_bytes: 104_857_600,
        open_descriptors: 12,
        max_descriptors: 1024,
        start_time: 1_699_999_990.5,
        threads: 3,
    };
    health.elected = Some(true);
    let traces = PushHealth {
        exports: BTreeMap::from([("success", 3), ("unavailable", 1)]),
        rejected: 2,
        bytes: 4096,
        last_success: Some(after(21)),
        interval_seconds: 60.0,
        dropped_executions: 1,
        waiting_executions: 5,
    };
    let metrics = PushHealth { interval_seconds: 60.0, ..PushHealth::default() };
    health.pushes = [("traces", traces), ("metrics", metrics)]
        .into_iter()
        .map(|(signal, push)| ((Arc::from("collector"), signal), push))
        .collect();
    let down = TenantHealth { reading: Reading::Unreadable, ..TenantHealth::new("postgresql") };
    health.tenants.insert(Arc::from("down"), down);
    health.tenants.get_mut("down").unwrap().fail(Collector::Connect, Reason::Timeout);
    for (collector, seconds) in [(Collector::Events, 0.004), (Collector::Tasks, 0.0125)] {
        timeline.health_mut().rounds.insert(collector, Round { seconds, success: true });
    }
}

/// With the version, which changes, replaced.
fn page(format: Format) -> String {
    let bytes = encode::encode(&timeline().snapshot(), format, Options { created_samples: true });
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    String::from_utf8(bytes).unwrap().replace(&version, "version=\"VERSION\"")
}

fn assert_golden(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let wanted = std::fs::read_to_string(path).unwrap();
    let different = wanted.lines().zip(page.lines()).find(|(wanted, shown)| wanted != shown);
    assert!(page == wanted, "{name} differs, first in {different:?}; UPDATE_GOLDEN=1 rewrites it");
}

#[test]
fn the_text_page_of_a_small_tenant_is_the_golden_one() {
    assert_golden("tenant.txt", &page(Format::Text));
}

#[test]
fn the_openmetrics_page_of_a_small_tenant_is_the_golden_one() {
    assert_golden("tenant.openmetrics.txt", &page(Format::OpenMetrics));
}

#[test]
fn the_page_has_every_family_of_the_catalogue_in_its_order_and_no_other() {
    let page = page(Format::Text);
    let shown: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let described: Vec<&str> =
        catalogue::descriptions().into_iter().map(|description| description.name).collect();
    assert_eq!(shown, described);
}

/// The name of a sample without what histograms add to it.
fn family<'a>(name: &str, families: &BTreeMap<&str, &'a Description>) -> Option<&'a Description> {
    let plain = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let histogram =
        plain.and_then(|plain| families.get(plain)).filter(|family| family.kind == Kind::Histogram);
    histogram.or_else(|| families.get(name)).copied()
}

#[test]
fn every_sample_is_of_a_described_family_and_has_exactly_its_labels() {
    let descriptions = catalogue::descriptions();
    let families: BTreeMap<&str, &Description> =
        descriptions.iter().map(|family| (family.name, *family)).collect();
    let page = page(Format::Text);
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let mut seen = BTreeSet::new();
    for line in samples {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(seen.insert(series), "twice: {line}");
        let (name, block) = series.split_once('{').unwrap_or((series, "}"));
        let described = family(name, &families).unwrap_or_else(|| panic!("not described: {line}"));
        let mut labels = label_names(block.strip_suffix('}').unwrap());
        if described.kind == Kind::Histogram && name.ends_with("_bucket") {
            assert_eq!(labels.pop(), Some("le"), "{line}");
        }
        assert_eq!(labels, described.labels, "{line}");
    }
}

/// No value of this page holds `="`, so that it always ends a name.
fn label_names(block: &str) -> Vec<&str> {
    let names = block.split("=\"").map(|part| part.rsplit([',', '"']).next().unwrap());
    let mut names: Vec<&str> = names.collect();
    names.pop();
    names
}
