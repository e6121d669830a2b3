//! Real receivers are sent the numbers of the page.

use std::collections::BTreeMap;

use super::{EXECUTIONS, Site, borrowed, completed, exports};
use crate::support::exporter::Exporter;
use crate::support::process;
use crate::support::rotel::Rotel;
use crate::support::victoria_metrics::{Element, VictoriaMetrics};

/// The numbers that rotel, over either protocol, and VictoriaMetrics were sent are those of the page.
#[tokio::test]
async fn real_receivers_get_the_numbers_of_the_page() {
    let mut site = Site::new().await;
    let rotel = Rotel::start().await;
    let victoria = VictoriaMetrics::start().await;
    let otlp = format!(
        "otlp:\n  destinations:\n  - {{name: grpc, endpoint: '{}', protocol: grpc, interval: 1s, compression: gzip}}\n  \
         - {{name: http, endpoint: '{}', interval: 1s, temporality: delta, histograms: exponential}}\n  \
         - {{name: victoria, endpoint: '{}', interval: 1s}}\n",
        rotel.grpc_endpoint(),
        rotel.http_endpoint(),
        victoria.base_endpoint(),
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    for _ in 0..5 {
        site.runner.succeed("etl").await;
    }
    exporter.until("five executions", |page| completed(page, "etl") == 5.0).await;
    for destination in ["grpc", "http", "victoria"] {
        let page = exporter.metrics().await;
        let before = exports(&page, destination, "success");
        exporter.until(destination, |page| exports(page, destination, "success") >= before + 2.0).await;
    }
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    // It prints what it has received a little later.
    let printed = async || {
        let received = completed_by_rotel(&rotel.received(), "etl");
        received.get("CUMULATIVE").is_some_and(|points| points.contains(&5.0))
            && received.get("DELTA").is_some_and(|points| points.iter().sum::<f64>() >= 5.0)
    };
    process::eventually("rotel to print both", printed).await;
    let received = completed_by_rotel(&rotel.received(), "etl");
    assert_eq!(received["CUMULATIVE"].last(), Some(&5.0), "over gRPC");
    assert_eq!(received["DELTA"].iter().sum::<f64>(), 5.0, "over HTTP");
    victoria.flush().await;
    let stored = victoria.query(&format!("sum({EXECUTIONS}{{workflow=\"etl\",status=\"completed\"}})")).await;
    assert_eq!(stored[0].1, 5.0);
    let count = "cloacina_state_workflow_execution_duration_seconds_count";
    let stored = victoria.query(&format!("sum({count}{{workflow=\"etl\"}})")).await;
    assert_eq!(stored[0].1, 5.0);
}

/// The points of completed executions of `workflow` in the order in which rotel printed them, by temporality.
fn completed_by_rotel(log: &str, workflow: &str) -> BTreeMap<String, Vec<f64>> {
    let mut points: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let (mut is_wanted, mut temporality, mut attributes) = (false, String::new(), String::new());
    for line in log.lines() {
        if let Some((_, name)) = line.split_once("-> Name: ") {
            is_wanted = name == "cloacina.state.workflow.executions";
        } else if let Some((_, name)) = line.split_once("AGGREGATION_TEMPORALITY_") {
            name.clone_into(&mut temporality);
        } else if line.starts_with("NumberDataPoints") {
            attributes.clear();
        } else if let Some(value) = line.strip_prefix("Value: ").filter(|_| is_wanted) {
            let wanted = [format!("workflow: Str({workflow})"), "status: Str(completed)".to_owned()];
            if wanted.iter().all(|wanted| attributes.contains(wanted)) {
                points.entry(temporality.clone()).or_default().push(value.parse().unwrap());
            }
        } else {
            attributes += line;
        }
    }
    points
}

#[tokio::test]
async fn every_counter_and_gauge_in_victoriametrics_equals_the_page_by_its_prometheus_name() {
    let mut site = Site::new().await;
    let victoria = VictoriaMetrics::start().await;
    for _ in 0..3 {
        site.runner.succeed("etl").await;
    }
    let otlp = format!(
        "otlp: {{destinations: [{{name: victoria, endpoint: '{}', interval: 1s}}]}}\n",
        victoria.base_endpoint()
    );
    let mut arguments = site.arguments("exporter", &otlp);
    arguments.extend(["--backfill", "all"].map(str::to_owned));
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let page = exporter.until("two exports", |page| exports(page, "victoria", "success") >= 2.0).await;
    assert_eq!(exporter.terminate(), 0);
    victoria.flush().await;
    let mut compared = 0;
    let mut stored: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for (series, value) in &page.samples {
        // What stands still between the page and the last export; counts of buckets have labels of another form.
        let still = series.name.starts_with("cloacina_state_workflow_executions")
            || series.name.starts_with("cloacina_state_task_attempts")
            || series.name.ends_with("_duration_seconds_sum")
            || series.name.ends_with("_info");
        if !still || series.name.starts_with("cloacina_exporter") {
            continue;
        }
        if !stored.contains_key(&series.name) {
            stored.insert(series.name.clone(), victoria.query(&series.name).await);
        }
        let found = stored[&series.name].iter().find(|(labels, _)| {
            // An empty label is as good as none.
            series.labels.iter().all(|(name, value)| labels.get(name).map_or("", String::as_str) == value)
        });
        let found = found.unwrap_or_else(|| panic!("{series:?} is not stored: {:?}", stored[&series.name]));
        assert_eq!(found.1, *value, "{series:?}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared} series");
}
