//! Faults between the exporter and PostgreSQL: silence, refusal, sessions that are ended, a pooler that restarts.

use std::time::{Duration, Instant};

use crate::fault::{Fault, Seen};
use crate::scene::{Scene, TENANT};
use crate::support::pgbouncer::PgBouncer;
use crate::support::process::eventually;
use crate::support::proxy::Proxy;
use crate::watched::errors;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "database stalled",
        made: "a proxy holds back every byte and keeps the connections open; the exporter is restarted meanwhile",
        expected: "down (timeout) when a statement has had no answer for the statement timeout and 5 s, nor a new \
                   connection one for `poll.connect_timeout`; it starts, with its totals, and stops as always",
        run: |scene| Box::pin(stalled(scene)),
    },
    Fault {
        name: "database refused",
        made: "the port is closed and the connections are cut",
        expected: "down (connect) with the next poll; tried again after 1, 3, 7 … intervals, at most a minute",
        run: |scene| Box::pin(refused(scene)),
    },
    Fault {
        name: "sessions ended in a loop",
        made: "pg_terminate_backend on each session of the exporter, every 15 ms for 5 s",
        expected: "a session that ended between two polls is replaced unnoticed; within a poll, that poll fails (connect)",
        run: |scene| Box::pin(sessions_ended(scene)),
    },
    Fault {
        name: "pooler restarted",
        made: "PgBouncer in transaction mode is killed, left away, and started again",
        expected: "down (connect) while it is away; nothing that a session kept is needed after it",
        run: |scene| Box::pin(pooler_restarted(scene)),
    },
];

async fn stalled(scene: Scene) -> Seen {
    scene.prepare().await;
    let proxy = Proxy::start(scene.stage.cluster.address()).await;
    let mut exporter = scene.watch(&through(&proxy, &scene)).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    proxy.set_silent(true);
    let down = exporter.until_down(TENANT, "timeout").await;
    assert_eq!(exporter.terminate(), 0, "a poll that hangs keeps nobody waiting");
    exporter.start_again().await;
    exporter.until_down(TENANT, "timeout").await;
    proxy.set_silent(false);
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("timeout", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    let log = exporter.exporter.log();
    assert!(log.contains("no answer; check address, routes and firewalls"), "{log}");
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn refused(scene: Scene) -> Seen {
    scene.prepare().await;
    let proxy = Proxy::start(scene.stage.cluster.address()).await;
    let mut exporter = scene.watch(&through(&proxy, &scene)).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    proxy.refuse();
    let down = exporter.until_down(TENANT, "connect").await;
    proxy.accept().await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("connect", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    assert!(exporter.exporter.log().contains("nothing listens there"), "{}", exporter.exporter.log());
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn sessions_ended(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    let mut connection = scene.stage.cluster.connect(&scene.database()).await;
    let mut ended = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE application_name = 'cloacina-exporter' AND datname = current_database()";
        ended += sqlx::query_scalar::<_, i64>(end).fetch_one(&mut connection).await.unwrap();
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    assert!(ended > 2, "{ended}");
    exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    let failed = errors(&exporter.page().await, TENANT) as u64;
    seen.note(format!("{ended} sessions ended, {failed} polls failed"));
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn pooler_restarted(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut pooler = PgBouncer::start(&scene.stage.cluster, "postgres").await;
    let mut exporter = scene.watch(&pooler.url(&scene.database())).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    pooler.halt();
    pooler.start_again().await;
    exporter.until_polled(TENANT).await;
    pooler.halt();
    let down = exporter.until_down(TENANT, "connect").await;
    pooler.start_again().await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("connect", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

fn through(proxy: &Proxy, scene: &Scene) -> String {
    format!("postgres://postgres@{}/{}", proxy.address(), scene.database())
}

/// # Panics
/// If the server ever had more than two connections, which is `poll.max_connections`.
pub fn budget(seen: &mut Seen, scene: &Scene) {
    let most = scene.most_connections();
    assert!((1..=2).contains(&most), "{most} connections");
    seen.connections = Some(most);
}

/// Waits until the exporter's log has this.
pub async fn until_logged(exporter: &crate::watched::Watched, text: &str) {
    eventually(text, async || exporter.exporter.log().contains(text)).await;
}
