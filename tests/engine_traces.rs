//! The real engine's executions as traces: complete, as its rows tell them, once each over a restart, and to be found
//! from an exemplar.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};
use support::collector::{Collector, attribute};
use support::engine::{Engine, EngineAtFault, TRIES};
use support::exporter::{Exporter, Format};
use uuid::Uuid;

const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";

#[tokio::test]
async fn the_traces_of_a_real_engines_executions_arrive_complete_and_once_over_a_restart() {
    for _ in 0..TRIES {
        if check().await.is_ok() {
            return;
        }
    }
    panic!("the engine was at fault {TRIES} times running");
}

async fn check() -> Result<(), EngineAtFault> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenarios.db").display().to_string();
    let state = folder.path().join("state").display().to_string();
    let configuration = folder.path().join("exporter.yml").display().to_string();
    let collector = Collector::start().await;
    let destination = format!(
        "otlp:\n  destinations:\n    - name: collector\n      endpoint: {}\n      interval: 1s\n      \
         signals: [metrics, traces, logs]\n",
        collector.endpoint()
    );
    std::fs::write(&configuration, destination).unwrap();
    let mut engine = Engine::start(&[&format!("sqlite://{file}")]).await;
    let arguments = [
        "--database",
        &file,
        "--poll.interval",
        "1s",
        "--state.file",
        &state,
        "--config.file",
        &configuration,
    ];
    let mut exporter = Exporter::start(&arguments).await;
    engine.go().await;

    // A part of the story is told before a restart, the rest after it.
    let told = |wanted: usize| collector.look(|kept| roots(&kept.spans).len() >= wanted);
    exporter.until("the first traces", |_| told(3)).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    let printed = engine.printed().await?;
    exporter.start_again().await;
    let mut rows = Rows::open(&file).await;
    let ended = rows.ended().await;
    assert!(ended.len() > 10, "{printed}");
    exporter.until("all that ended", |page| page.sum(EXECUTIONS, &[]) as usize >= ended.len()).await;
    exporter.until("all traces", |_| told(ended.len())).await;
    let page = exporter.page(Format::OpenMetrics).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());

    let spans = collector.look(|kept| kept.spans.clone());
    let mut by_trace: BTreeMap<Vec<u8>, Vec<&Span>> = BTreeMap::new();
    for span in &spans {
        by_trace.entry(span.trace_id.clone()).or_default().push(span);
    }
    let ids: BTreeSet<(Vec<u8>, Vec<u8>)> =
        spans.iter().map(|span| (span.trace_id.clone(), span.span_id.clone())).collect();
    assert_eq!(ids.len(), spans.len(), "spans came twice");
    assert!(by_trace.len() >= ended.len());
    for execution in &ended {
        let trace = &by_trace[&execution.id.as_bytes().to_vec()];
        rows.compare(execution, trace).await;
    }
    failures_are_logged(&collector, &ended);
    an_exemplar_leads_to_a_trace(&collector, &by_trace);
    exemplars_of_the_page_lead_to_traces(page.text(), &by_trace);
    Ok(())
}

fn roots(spans: &[Span]) -> BTreeSet<Vec<u8>> {
    spans.iter().filter(|span| span.parent_span_id.is_empty()).map(|span| span.trace_id.clone()).collect()
}

#[derive(Debug)]
struct Ended {
    id: Uuid,
    workflow: String,
    status: String,
    started_at: i64,
    completed_at: i64,
}

struct Rows(SqliteConnection);

/// Microseconds of a time as this engine writes it.
fn micros(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

impl Rows {
    async fn open(file: &str) -> Self {
        Self(SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap())
    }

    async fn ended(&mut self) -> Vec<Ended> {
        let sql = "SELECT id, workflow_name, status, started_at, completed_at FROM workflow_executions \
                   WHERE status IN ('Completed', 'Failed', 'Cancelled')";
        let rows = sqlx::query(sql).fetch_all(&mut self.0).await.unwrap();
        let ended = rows.iter().map(|row| Ended {
            id: Uuid::from_slice(row.get(0)).unwrap(),
            workflow: row.get(1),
            status: row.get(2),
            started_at: micros(row.get(3)),
            completed_at: micros(row.get(4)),
        });
        ended.collect()
    }

    async fn compare(&mut self, execution: &Ended, trace: &[&Span]) {
        let what = format!("{} {}", execution.workflow, execution.id);
        let root = trace
            .iter()
            .find(|span| span.parent_span_id.is_empty())
            .unwrap_or_else(|| panic!("{what}: no root"));
        assert_eq!(root.name, execution.workflow);
        assert_eq!(root.start_time_unix_nano, execution.started_at as u64 * 1000, "{what}");
        assert_eq!(root.end_time_unix_nano, execution.completed_at as u64 * 1000, "{what}");
        let failed = root.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
        assert_eq!(failed, execution.status == "Failed", "{what}");
        let sql = "SELECT task_name, status, attempt FROM task_executions WHERE workflow_execution_id = ?";
        let tasks =
            sqlx::query(sql).bind(execution.id.as_bytes().to_vec()).fetch_all(&mut self.0).await.unwrap();
        assert!(!tasks.is_empty(), "{what}");
        for task in &tasks {
            let (name, status, attempts): (&str, &str, i64) = (task.get(0), task.get(1), task.get(2));
            let name = name.rsplit("::").next().unwrap();
            let span = trace.iter().find(|span| span.name == name && span.parent_span_id == root.span_id);
            let span = span.unwrap_or_else(|| panic!("{what}: no span of {name} below the root"));
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{what}: {name}");
            let failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
            assert_eq!(failed, status == "Failed", "{what}: {name}");
            let below: BTreeSet<_> = trace
                .iter()
                .filter(|other| other.parent_span_id == span.span_id)
                .map(|other| other.span_id.clone())
                .collect();
            if attempts > 1 && status != "NotStarted" {
                assert_eq!(below.len(), attempts as usize, "{what}: attempts of {name}");
            }
        }
    }
}

fn failures_are_logged(collector: &Collector, ended: &[Ended]) {
    for execution in ended.iter().filter(|execution| execution.status == "Failed") {
        let records = collector.look(|kept| {
            let own = |record: &&_| record_of(record, &execution.id);
            kept.records.iter().filter(own).cloned().collect::<Vec<_>>()
        });
        assert!(!records.is_empty(), "{}: no record", execution.workflow);
        assert!(records.iter().all(|record| record.severity_number == 17));
        assert!(
            records
                .iter()
                .any(|record| attribute(&record.attributes, "cloacina.workflow.name")
                    == Some(&execution.workflow)),
            "{records:?}"
        );
    }
}

fn record_of(record: &opentelemetry_proto::tonic::logs::v1::LogRecord, id: &Uuid) -> bool {
    record.trace_id == id.as_bytes()
}

/// Those of executions that ended since the exporter began, on the page that Prometheus scrapes.
fn exemplars_of_the_page_lead_to_traces(page: &str, traces: &BTreeMap<Vec<u8>, Vec<&Span>>) {
    let of_executions =
        |line: &&str| line.starts_with(EXECUTIONS) || line.contains("_execution_duration_seconds_bucket");
    let named = page.lines().filter(of_executions).filter_map(|line| line.split("# {trace_id=\"").nth(1));
    let ids: BTreeSet<Uuid> = named.map(|rest| Uuid::parse_str(&rest[..32]).unwrap()).collect();
    assert!(ids.len() > 3, "{page}");
    for id in ids {
        assert!(traces.contains_key(&id.as_bytes().to_vec()), "{id}");
    }
}

/// On a counter that was pushed, and the root span that it names.
fn an_exemplar_leads_to_a_trace(collector: &Collector, traces: &BTreeMap<Vec<u8>, Vec<&Span>>) {
    let exemplars = collector.look(|kept| {
        let sums = kept.metrics.iter().filter(|metric| metric.name == "cloacina.state.workflow.executions");
        let points = sums.filter_map(|metric| match metric.data.as_ref()? {
            Data::Sum(sum) => Some(sum.data_points.clone()),
            _ => None,
        });
        let counted = points.flatten().filter(
            |point| !matches!(point.value, Some(number_data_point::Value::AsDouble(total)) if total == 0.0),
        );
        counted.flat_map(|point| point.exemplars).collect::<Vec<_>>()
    });
    assert!(!exemplars.is_empty());
    for exemplar in exemplars {
        let trace = &traces[&exemplar.trace_id];
        assert!(trace.iter().any(|span| span.span_id == exemplar.span_id && span.parent_span_id.is_empty()));
    }
}
