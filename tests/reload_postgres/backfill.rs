//! A reload while history is being read: it is counted whole, once, whatever changes.

use super::{Site, reload};
use crate::support::exporter::Exporter;
use crate::support::proxy::Proxy;
use crate::support::recount::Recount;
use crate::support::writer;

/// Hundreds of kilobytes, which a first poll reads after little else.
const HISTORY: &str = "
INSERT INTO workflow_executions (workflow_name, status, started_at, completed_at, created_at, updated_at)
    SELECT 'w' || n % 20, 'Completed', now() - interval '2 h', now() - interval '1 h', now() - interval '2 h',
        now() - interval '1 h' FROM generate_series(1, 2000) n;
INSERT INTO task_executions (workflow_execution_id, task_name, status, attempt, started_at, completed_at, created_at, updated_at)
    SELECT id, 'public::p::' || workflow_name || '::load', 'Completed', 2, started_at, completed_at, created_at, updated_at
    FROM workflow_executions;
INSERT INTO execution_events (workflow_execution_id, event_type, created_at)
    SELECT id, 'workflow_completed', completed_at FROM workflow_executions;
";
/// In the middle of it.
const MIDDLE: u64 = 120_000;

/// An exporter whose first poll stands still in the middle.
struct Case {
    name: &'static str,
    proxy: Proxy,
    exporter: Exporter,
}

impl Case {
    async fn start(site: &Site, name: &'static str) -> Self {
        let proxy = Proxy::start(site.cluster.address()).await;
        proxy.fall_silent_after(MIDDLE);
        configure(site, name, &proxy, "backfill: all");
        let exporter = site.launch(name);
        proxy.silence().await;
        Self { name, proxy, exporter }
    }

    async fn reload(&self, site: &Site, rest: &str) {
        configure(site, self.name, &self.proxy, rest);
        reload(&self.exporter).await;
    }
}

fn configure(site: &Site, name: &str, proxy: &Proxy, rest: &str) {
    let way = site.url().replace(&site.cluster.address().to_string(), &proxy.address().to_string());
    site.configure_at(name, &way, &format!("poll: {{interval: 1s}}\n{rest}"));
}

#[tokio::test]
async fn a_reload_during_a_backfill_neither_loses_nor_doubles_any_of_it() {
    let site = Site::new(&["tenant_a"]).await;
    site.cluster.create_database("other").await;
    site.cluster.execute("app", &format!("SET search_path = tenant_a; {HISTORY}")).await;
    let mut runner = site.runner("tenant_a", 1).await;
    let [unchanged, other_settings, less_then_all, out_and_in] = [
        Case::start(&site, "unchanged").await,
        Case::start(&site, "other_settings").await,
        Case::start(&site, "less_then_all").await,
        Case::start(&site, "out_and_in").await,
    ];
    runner.succeed("during").await;
    unchanged.reload(&site, "backfill: all").await;
    other_settings
        .reload(&site, "backfill: all\nhistograms: {buckets: [1, 2]}\nthresholds: {stalled_after: 1h}")
        .await;
    less_then_all.reload(&site, "backfill: 1m").await;
    less_then_all.reload(&site, "backfill: all").await;
    site.configure_at(out_and_in.name, &site.cluster.url("postgres", "other"), "poll: {interval: 1s}");
    reload(&out_and_in.exporter).await;
    out_and_in.reload(&site, "backfill: all").await;
    runner.succeed("after").await;

    let mut connection = writer::connect(&site.url(), "tenant_a").await;
    let wanted = Recount::postgres(&mut connection, "v0.11").await;
    for mut case in [unchanged, other_settings, less_then_all, out_and_in] {
        case.proxy.set_silent(false);
        case.exporter.wait_until_ready().await;
        let all = |page: &_| Recount::exported(page, "tenant_a") == wanted;
        case.exporter.until(&format!("all of it, {}", case.name), all).await;
        case.exporter.kill();
        case.exporter.start_again().await;
        case.exporter.until(&format!("the same after a crash, {}", case.name), all).await;
    }
}
