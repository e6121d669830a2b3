//! Clocks that are wrong: those of applications, and the exporter's own.

use std::path::Path;

use sqlx::sqlite::SqliteJournalMode;

use crate::busy::Busy;
use crate::fault::{Fault, Seen};
use crate::network::budget;
use crate::scene::{Scene, TENANT};
use crate::support::clock;
use crate::support::exposition::Exposition;
use crate::support::writer::engine::Step;
use crate::support::writer::file;
use crate::watched::errors;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "an application's clock 10 min off",
        made: "one runner 10 min behind, one 10 min ahead, one right, on one tenant",
        expected: "up; the first of its rows that is seen late widens the overlap (`cloacina_exporter_late_event_seconds`), \
                   and all count; what is seen only in hindsight counts with the hourly recount",
        run: |scene| Box::pin(application(scene)),
    },
    Fault {
        name: "the exporter's clock jumps",
        made: "the process's clock is set an hour ahead, back, an hour behind, and back",
        expected: "up; `cloacina_state_clock_skew_seconds` tells it; no total depends on it",
        run: |scene| Box::pin(own(scene)),
    },
    Fault {
        name: "the machine's clock jumps, SQLite",
        made: "the clock that exporter and engine share is set an hour ahead, back, an hour behind, and back",
        expected: "up; nothing to be seen: reading goes by `sequence_num` there",
        run: |scene| Box::pin(shared(scene)),
    },
];

async fn application(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy: Busy = scene.busy().await;
    let (mut behind, mut ahead) = (scene.runner().await, scene.runner().await);
    behind.set_skew(-600.0);
    ahead.set_skew(600.0);
    let mut long = behind.plan("long", 1);
    behind.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    exporter.until_polled(TENANT).await;
    behind.perform(&mut long, &[Step::Retry(0), Step::Start(0), Step::Complete(0), Step::End]).await;
    for _ in 0..3 {
        ahead.succeed("ahead").await;
        exporter.until_polled(TENANT).await;
        behind.succeed("behind").await;
    }
    let mut truth = busy.stop().await;
    truth.merge(behind.truth);
    truth.merge(ahead.truth);
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let page = exporter.page().await;
    assert_eq!(errors(&page, TENANT), 0.0);
    let window = page.get("cloacina_exporter_window_seconds", &[("tenant", TENANT)]).unwrap_or(0.0);
    assert!(window > 600.0, "{window}");
    seen.note(format!("window of {:.0} min", window / 60.0));
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn own(scene: Scene) -> Seen {
    scene.prepare().await;
    let file = scene.folder.path().join("clock");
    clock::set(&file, 0);
    let mut exporter = scene.watch_by(&with_clock(&file), &scene.url()).await;
    let busy = scene.busy().await;
    let skew = |seconds: f64| {
        move |page: &Exposition| {
            let found = page.get("cloacina_state_clock_skew_seconds", &[("tenant", TENANT)]);
            found.is_some_and(|found| (found - seconds).abs() < 60.0)
        }
    };
    for hours in [0, 1, 0, -1, 0] {
        clock::set(&file, hours * 3600);
        exporter.until("the skew", skew(-3600.0 * hours as f64)).await;
        exporter.until_polled(TENANT).await;
    }
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    assert_eq!(errors(&exporter.page().await, TENANT), 0.0);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn shared(scene: Scene) -> Seen {
    const TENANT: &str = "cloacina";
    let path = scene.folder.path().join("cloacina.db");
    let mut runner = file::Runner::create(&path, scene.seed(), SqliteJournalMode::Wal).await;
    let clock = scene.folder.path().join("clock");
    clock::set(&clock, 0);
    let mut exporter = scene.watch_by(&with_clock(&clock), path.to_str().unwrap()).await;
    let mut long = runner.plan("long", 1);
    runner.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    for hours in [0, 1, 0, -1, 0] {
        clock::set(&clock, hours * 3600);
        runner.skew = hours * 3_600_000_000;
        runner.succeed("short").await;
        runner.perform(&mut long, &[Step::Retry(0), Step::Start(0)]).await;
        exporter.until_polled(TENANT).await;
        runner.succeed("short").await;
    }
    runner.perform(&mut long, &[Step::Complete(0), Step::End]).await;
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&runner.truth, TENANT).await);
    assert_eq!(errors(&exporter.page().await, TENANT), 0.0);
    exporter.finish();
    seen
}

/// What becomes the exporter with a clock of its own.
fn with_clock(file: &Path) -> Vec<String> {
    std::iter::once("/usr/bin/env".to_owned()).chain(clock::movable(file)).collect()
}
