//! Faults of SQLite files: locked, replaced, truncated, on a read-only file system, checkpointed.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::SqliteJournalMode;

use crate::busy::Busy;
use crate::fault::{Fault, Seen};
use crate::scene::{Scene, with_mounts};
use crate::support::writer::engine::Step;
use crate::support::writer::file::{Runner, replace_file};
use crate::watched::errors;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "SQLite locked",
        made: "a writer holds an exclusive lock on a file without WAL for longer than the statement timeout",
        expected: "down (timeout); up with the next poll after it",
        run: |scene| Box::pin(locked(scene)),
    },
    Fault {
        name: "SQLite replaced",
        made: "another database is moved to the path while it is read",
        expected: "up; `cloacina_exporter_epochs_total` 1; the new file is read from its beginning, the totals go on",
        run: |scene| Box::pin(replaced(scene)),
    },
    Fault {
        name: "SQLite truncated",
        made: "the file is cut to nothing in its place, later written again from a copy",
        expected: "down (schema: its tables are gone); up with the first poll of the whole file, without counting again",
        run: |scene| Box::pin(truncated(scene)),
    },
    Fault {
        name: "SQLite on a read-only directory",
        made: "a WAL database on a mount that the exporter may only read, closed, open and written in turn",
        expected: "up; while no engine has it open it is read as it is",
        run: |scene| Box::pin(read_only(scene)),
    },
    Fault {
        name: "SQLite WAL checkpointed",
        made: "PRAGMA wal_checkpoint(TRUNCATE) every 200 ms under a working engine",
        expected: "up; nothing to be seen",
        run: |scene| Box::pin(checkpointed(scene)),
    },
];

const TENANT: &str = "cloacina";
const LIFE: [Step; 5] = [Step::Create, Step::ReadyAll, Step::Start(0), Step::Complete(0), Step::End];

fn path(scene: &Scene) -> PathBuf {
    scene.folder.path().join("cloacina.db")
}

async fn create(scene: &Scene, mode: SqliteJournalMode) -> Runner {
    Runner::create(&path(scene), scene.seed(), mode).await
}

async fn locked(scene: Scene) -> Seen {
    let mut runner = create(&scene, SqliteJournalMode::Delete).await;
    let mut exporter = scene.watch(path(&scene).to_str().unwrap()).await;
    runner.succeed("before").await;
    exporter.until_polled(TENANT).await;
    runner.say("BEGIN EXCLUSIVE").await;
    let mut during = runner.plan("during", 1);
    runner.perform_within(&mut during, &LIFE).await;
    let down = exporter.until_down(TENANT, "timeout").await;
    runner.say("COMMIT").await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("timeout", down, up);
    seen.counted(&exporter.until_counted(&runner.truth, TENANT).await);
    exporter.finish();
    seen
}

async fn replaced(scene: Scene) -> Seen {
    let mut runner = create(&scene, SqliteJournalMode::Wal).await;
    let mut exporter = scene.watch(path(&scene).to_str().unwrap()).await;
    for _ in 0..4 {
        runner.succeed("w").await;
    }
    exporter.until_counted(&runner.truth, TENANT).await;
    let other = scene.folder.path().join("other.db");
    let mut second = Runner::create(&other, scene.seed(), SqliteJournalMode::Wal).await;
    second.succeed("w").await;
    let ((path, mut truth), (other, of_second)) = (runner.close().await, second.close().await);
    replace_file(&other, &path);
    truth.merge(of_second);
    let mut third = Runner::open(&path, scene.seed()).await;
    third.succeed("w").await;
    truth.merge(third.truth.clone());
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let page = exporter.page().await;
    assert_eq!(page.get("cloacina_exporter_epochs_total", &[("tenant", TENANT)]), Some(1.0));
    assert_eq!(errors(&page, TENANT), 0.0);
    exporter.finish();
    seen
}

async fn truncated(scene: Scene) -> Seen {
    let mut runner = create(&scene, SqliteJournalMode::Delete).await;
    let mut exporter = scene.watch(path(&scene).to_str().unwrap()).await;
    for _ in 0..4 {
        runner.succeed("w").await;
    }
    exporter.until_counted(&runner.truth, TENANT).await;
    let (path, mut truth) = runner.close().await;
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"").unwrap();
    let down = exporter.until_down(TENANT, "schema").await;
    std::fs::write(&path, whole).unwrap();
    let up = exporter.until_up(TENANT).await;
    let mut after = Runner::open(&path, scene.seed()).await;
    after.succeed("w").await;
    truth.merge(after.truth.clone());
    let mut seen = Seen::default();
    seen.outage("schema", down, up);
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    exporter.finish();
    seen
}

async fn read_only(scene: Scene) -> Seen {
    let folder = scene.folder.path().join("mount");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("cloacina.db");
    let runner = Runner::create(&path, scene.seed(), SqliteJournalMode::Wal).await;
    let (path, mut truth) = runner.close().await;
    let starter = with_mounts("mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\"", &folder);
    let mut exporter = scene.watch_by(&starter, path.to_str().unwrap()).await;
    exporter.until_polled(TENANT).await;
    for _ in 0..2 {
        let mut runner = Runner::open(&path, scene.seed()).await;
        runner.succeed("open").await;
        exporter.until_polled(TENANT).await;
        runner.succeed("open").await;
        truth.merge(runner.close().await.1);
        exporter.until_polled(TENANT).await;
    }
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    assert_eq!(errors(&exporter.page().await, TENANT), 0.0, "{}", exporter.exporter.log());
    exporter.finish();
    seen
}

async fn checkpointed(scene: Scene) -> Seen {
    let runner = create(&scene, SqliteJournalMode::Wal).await;
    let mut exporter = scene.watch(path(&scene).to_str().unwrap()).await;
    let busy = Busy::on_file(&path(&scene), scene.seed()).await;
    let mut other = Runner::open(&path(&scene), scene.seed()).await;
    for _ in 0..20 {
        other.say("PRAGMA wal_checkpoint(TRUNCATE)").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut truth = busy.stop().await;
    truth.merge(runner.close().await.1);
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    assert_eq!(errors(&exporter.page().await, TENANT), 0.0);
    exporter.finish();
    seen
}
