//! Faults of PostgreSQL servers: restarted, failed over, without a free connection, a standby that cancels reads.

use std::time::Instant;

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::fault::{Fault, Seen};
use crate::scene::{Census, READER, Scene, TENANT, configuration, prepare};
use crate::support::postgres::{Cluster, Options, execute};
use crate::support::process::{Signal, eventually};
use crate::support::proxy::Proxy;
use crate::support::writer::runner::Runner;
use crate::watched::{Watched, errors};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "database restarted",
        made: "the server is ended as by a crash and started again on its data",
        expected: "down (connect); up with the first poll after it; what was committed before the crash counts",
        run: |scene| Box::pin(restarted(scene)),
    },
    Fault {
        name: "failed over",
        made: "a proxy leads to a promoted standby that never had the primary's last commits; transaction ids are used again",
        expected: "read on at once, since the timeline tells it from an older state; `cloacina_exporter_epochs_total` grows; what \
                   the old primary had shown has counted and stays",
        run: |scene| Box::pin(failed_over(scene)),
    },
    Fault {
        name: "connection slots exhausted",
        made: "others hold every connection of a small server, and the exporter's own is ended",
        expected: "a connection it has is enough; without one down (connect), the log says that none is left",
        run: |scene| Box::pin(slots_exhausted(scene)),
    },
    Fault {
        name: "hot standby as source",
        made: "reads on a standby are cancelled in favour of replay, which waits for nobody",
        expected: "down (query) for that poll; `max_standby_streaming_delay` of some seconds avoids it",
        run: |scene| Box::pin(standby_conflict(scene)),
    },
];

/// A server of its own with the tenant's tables, and its connections counted.
async fn own(settings: Vec<(&'static str, String)>) -> Cluster {
    let cluster = Cluster::start(Options { settings, ..Options::default() }).await;
    cluster.execute("postgres", &format!("CREATE ROLE {READER} LOGIN")).await;
    prepare(&cluster, "postgres").await;
    cluster
}

async fn restarted(scene: Scene) -> Seen {
    let mut cluster = own(Vec::new()).await;
    let url = cluster.url("postgres", "postgres");
    let census = Census::take(&cluster).await;
    let mut exporter = scene.watch(&url).await;
    let mut before = Runner::connect(&url, TENANT, scene.seed()).await;
    for workflow in ["counted", "counted", "counted"] {
        before.succeed(workflow).await;
    }
    exporter.until_polled(TENANT).await;
    before.succeed("committed_last").await;
    cluster.halt(Signal::Quit);
    let down = exporter.until_down(TENANT, "connect").await;
    cluster.start_again().await;
    let up = exporter.until_up(TENANT).await;
    let mut after = Runner::connect(&url, TENANT, scene.seed()).await;
    after.succeed("after").await;
    let mut truth = before.truth;
    truth.merge(after.truth);
    let mut seen = Seen::default();
    seen.outage("connect", down, up);
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    exporter.finish();
    seen.connections = Some(census.most("postgres"));
    assert!(census.most("postgres") <= 2);
    seen
}

async fn failed_over(scene: Scene) -> Seen {
    let mut primary = own(Vec::new()).await;
    let mut standby = primary.standby(Vec::new()).await;
    let proxy = Proxy::start(primary.address()).await;
    let mut exporter = scene.watch(&format!("postgres://postgres@{}/postgres", proxy.address())).await;
    let mut before = Runner::connect(&primary.url("postgres", "postgres"), TENANT, scene.seed()).await;
    before.succeed("before").await;
    standby.catch_up_with(&primary).await;
    standby.halt(Signal::Interrupt);
    for _ in 0..10 {
        before.succeed("never_replicated").await;
    }
    exporter.until_counted(&before.truth, TENANT).await;
    let next = "SELECT pg_current_xact_id()::text::bigint";
    let old: i64 = primary.value("postgres", next).await;

    proxy.point_to(standby.address());
    primary.halt(Signal::Quit);
    standby.start_again().await;
    standby.promote().await;
    let promoted = Instant::now();
    exporter.until_polled(TENANT).await;
    let read = promoted.elapsed().as_secs_f64();
    let mut after = Runner::connect(&standby.url("postgres", "postgres"), TENANT, scene.seed()).await;
    let first: i64 = standby.value("postgres", next).await;
    assert!(first < old, "ids are used again: {first} {old}");
    after.succeed("after").await;
    let last: i64 = standby.value("postgres", next).await;
    assert!(last < old, "nothing but the timeline tells it from an older state: {last} {old}");
    let mut truth = before.truth;
    truth.merge(after.truth);
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let epochs = exporter.page().await.get("cloacina_exporter_epochs_total", &[("tenant", TENANT)]);
    assert!(epochs.is_some_and(|epochs| epochs >= 1.0), "{epochs:?}");
    seen.note(format!("read {read:.1} s after the promotion"));
    exporter.finish();
    seen
}

async fn slots_exhausted(scene: Scene) -> Seen {
    let cluster = own(vec![("max_connections", "12".to_owned())]).await;
    let census = Census::take(&cluster).await;
    let url = cluster.url(READER, "postgres");
    let mut exporter = scene.watch(&url).await;
    let mut runner = Runner::connect(&cluster.url("postgres", "postgres"), TENANT, scene.seed()).await;
    let mut connection = cluster.connect("postgres").await;
    let mut others = Vec::new();
    let mut fill = async || {
        while let Ok(other) = PgConnection::connect(&url).await {
            others.push(other);
        }
    };
    fill().await;
    runner.succeed("meanwhile").await;
    exporter.until_counted(&runner.truth, TENANT).await;
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'cloacina-exporter'";
    execute(&mut connection, end).await;
    fill().await;
    runner.succeed("meanwhile").await;
    let down = exporter.until_down(TENANT, "connect").await;
    let log = exporter.exporter.log();
    assert!(log.contains("the server has no connection left"), "{log}");
    others.clear();
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("connect", down, up);
    seen.counted(&exporter.until_counted(&runner.truth, TENANT).await);
    exporter.finish();
    assert!(census.most("postgres") <= 2);
    seen.connections = Some(census.most("postgres"));
    seen
}

async fn standby_conflict(scene: Scene) -> Seen {
    scene.prepare().await;
    let standby = &scene.stage.standby;
    standby.catch_up_with(&scene.stage.cluster).await;
    let census = Census::take(standby).await;
    let url = standby.url(READER, &scene.database());
    let file = configuration(scene.folder.path(), &url, &scene.folder.path().join("state"), "20s");
    let mut exporter = Watched::start(&[], &file).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    // Reads that take a while, so that replay meets them.
    let policy = "CREATE POLICY slow ON task_executions USING (pg_sleep(0.03)::text = '')";
    scene
        .execute(&format!(
            "SET search_path = {TENANT}; ALTER TABLE task_executions ENABLE ROW LEVEL SECURITY; {policy}"
        ))
        .await;
    eventually("a cancelled read", async || {
        scene.execute(&format!("ALTER TABLE {TENANT}.task_executions SET (fillfactor = 90)")).await;
        errors(&exporter.page().await, TENANT) > 0.0
    })
    .await;
    let cancelled = exporter.page().await.sum("cloacina_exporter_poll_errors_total", &[("reason", "query")]);
    scene.execute(&format!("ALTER TABLE {TENANT}.task_executions DISABLE ROW LEVEL SECURITY")).await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    let truth = busy.stop().await;
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let log = exporter.exporter.log();
    assert!(cancelled > 0.0 && log.contains("conflict with recovery"), "{log}");
    seen.note(format!("down (query), up {up:.1} s after the last conflict"));
    exporter.finish();
    assert!(census.most(&scene.database()) <= 2);
    seen.connections = Some(census.most(&scene.database()));
    seen
}
