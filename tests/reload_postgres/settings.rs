//! How a database is read changes while many writers write to it.

use std::time::Duration;

use super::{Site, UP, reload};
use crate::support::exposition::Exposition;
use crate::support::totals::Totals;
use crate::support::writer::round::Round;
use crate::support::writer::truth::Truth;

/// In each tenant.
const EXECUTIONS: usize = 100;
const TENANTS: [&str; 2] = ["tenant_a", "tenant_b"];
/// Each is in force for a poll or not even that.
const SETTINGS: [&str; 6] = [
    "poll: {interval: 1s, statement_timeout: 100ms}",
    "poll: {interval: 1h, max_stale: 3h}",
    "poll: {interval: 1s, max_connections: 1, connect_timeout: 1s}",
    "poll: {interval: 2s, overlap: 1m, statement_timeout: 30s}",
    "poll: {interval: 1s}\nhistograms: {kind: native}",
    "poll: {interval: 1s, max_connections: 5}",
];
const SELECTED: [&str; 4] =
    ["", ", exclude: [tenant_a]", ", include: ['*_a']", ", include: ['tenant_?'], exclude: ['x*']"];

/// Without cancelled executions: they leave no event, and are looked for once a minute.
fn of_page(page: &Exposition, tenant: &str) -> Totals {
    let mut page = page.clone();
    page.samples.retain(|series, _| {
        let is = |label, value| series.labels.get(label).is_some_and(|found| found == value);
        is("tenant", tenant) && !is("status", "cancelled")
    });
    Totals::of_page(&page)
}

fn of_truth(truth: &Truth) -> Totals {
    let mut truth = truth.clone();
    truth.executions.retain(|_, (_, status)| status != "Cancelled");
    Totals::of_truth(&truth)
}

#[tokio::test]
async fn settings_and_selected_tenants_change_while_executions_are_written_and_each_transition_counts_once() {
    let site = Site::new(&TENANTS).await;
    let configure = |selected: &str, rest: &str| {
        let state = site.folder.path().join("state").display().to_string();
        let yaml =
            format!("databases: [{{url: '{}'{selected}}}]\nstate: {{file: '{state}'}}\n{rest}\n", site.url());
        std::fs::write(site.file("exporter"), yaml).unwrap();
    };
    configure("", "poll: {interval: 1s}");
    let mut exporter = site.start("exporter").await;
    exporter.until("both tenants", |page| page.sum(UP, &[]) == 2.0).await;
    let round = |seed| Round {
        hold: Duration::from_millis(800),
        pace: Duration::from_millis(60),
        workflows: 10,
        ..Round::new(seed, 2, EXECUTIONS)
    };
    let (url, [a, b]) = (site.url(), TENANTS);
    let mut writing = tokio::spawn(async move { tokio::join!(round(1).run(&url, a), round(2).run(&url, b)) });
    let mut reloads = 0;
    let truths = loop {
        configure(SELECTED[reloads % SELECTED.len()], SETTINGS[reloads % SETTINGS.len()]);
        reload(&exporter).await;
        reloads += 1;
        // Some polls are finished, some are under way, when the next reload comes.
        let pause = Duration::from_millis([0, 30, 90, 150, 700][reloads % 5]);
        if let Ok(written) = tokio::time::timeout(pause, &mut writing).await {
            break written.unwrap();
        }
    };
    assert!(reloads > 8, "{reloads}");
    configure("", "poll: {interval: 1s}");
    reload(&exporter).await;
    for (tenant, truth) in TENANTS.into_iter().zip([&truths.0, &truths.1]) {
        let wanted = of_truth(truth);
        assert!(wanted.sum("executions") > 70 && wanted.sum("retries") > 20);
        let difference = |page: &Exposition| wanted.difference(&of_page(page, tenant));
        exporter.until(tenant, |page| difference(page).is_empty()).await;
    }
    exporter.kill();
    exporter.start_again().await;
    for (tenant, truth) in TENANTS.into_iter().zip([&truths.0, &truths.1]) {
        let page = exporter.metrics().await;
        assert_eq!(of_truth(truth).difference(&of_page(&page, tenant)), "", "{tenant}");
    }
}
