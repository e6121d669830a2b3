//! Names of tenants, workflows, tasks and schedules, from rows to all formats.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cloacina_exporter::catalogue;
use cloacina_exporter::config::Metrics;
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::{
    Batch, Execution, ExecutionStatus, Identity, Levels, Origin, Position, Schedule, ScheduleKind, Span,
    Task, TaskStatus, Timestamp, short_name,
};
use cloacina_exporter::snapshot::{Family, Snapshot};
use cloacina_exporter::state::health::{Health, Reading, TenantHealth};
use cloacina_exporter::state::{Settings, State};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as model;
use prost::Message as _;
use uuid::Uuid;

use super::exposition::{Exposition, Series};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// So many names give two rows of a kind, of which one may be in the other's way. Each more is a hundred series.
const MOST_NAMES: usize = 6;
/// Reading pages takes longest: an input has only one of so many parts of the families in its pages.
const PARTS: usize = 8;

/// A tenant's name, then names between zero bytes, in turns of an execution, its task, and a schedule: no series stands
/// twice, every workflow is there by its name, every page can be read, and all formats say the same.
pub(super) fn series(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut names = text.split('\0');
    let tenant = names.next().unwrap_or_default();
    let batch = batch(&names.take(MOST_NAMES).collect::<Vec<_>>());
    let mut state = State::new(&METRICS);
    let settings = Settings { metrics: &METRICS, overlap: Span::from_seconds(120), keep_ended: false };
    state.apply(&Arc::from(tenant), &batch, settings, 1);

    let mut snapshot = snapshot(&state, &METRICS);
    let mut workflows = BTreeSet::new();
    for Family { description, series } in &snapshot.families {
        let mut blocks = HashSet::new();
        for labels in series.iter().map(|series| &series.labels) {
            assert!(blocks.insert(labels.block()), "{}{labels:?} stands twice", description.name);
            workflows
                .extend(labels.pairs().filter(|(name, _)| *name == "workflow").map(|(_, value)| &**value));
        }
    }
    for execution in &batch.levels.active {
        assert!(workflows.contains(&*execution.workflow), "{:?}: {workflows:?}", execution.workflow);
    }
    let part = input.iter().map(|byte| usize::from(*byte)).sum::<usize>() % PARTS;
    snapshot.families = snapshot.families.into_iter().skip(part).step_by(PARTS).collect();
    assert_formats_agree(&snapshot);
}

fn assert_formats_agree(snapshot: &Snapshot) {
    let page = |format| encode::encode(snapshot, format, Options { created_samples: false });
    let text = String::from_utf8(page(Format::Text)).expect("a page of text is UTF-8");
    let openmetrics = String::from_utf8(page(Format::OpenMetrics)).expect("a page of text is UTF-8");
    assert!(lines(&text).eq(lines(&openmetrics)), "{text}\n{openmetrics}");
    let samples = Exposition::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).samples;
    assert_is_said_by(&page(Format::Protobuf), &samples, snapshot);
}

/// Of histograms each bucket is a line of the same labels: one is enough.
static METRICS: LazyLock<Metrics> =
    LazyLock::new(|| Metrics { buckets: Arc::from([1.0]), ..Metrics::default() });

/// Samples alone, which are the same in both formats where there are no exemplars.
fn lines(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| !line.starts_with('#'))
}

fn batch(names: &[&str]) -> Batch {
    let mut levels = Levels::default();
    for (row, name) in names.iter().enumerate() {
        let id = Uuid::from_u128(row as u128 + 1);
        match row % 3 {
            0 => levels.active.push(execution(id, name)),
            1 => {
                let execution = levels.active.last().map_or_else(Uuid::nil, |execution| execution.id);
                levels.tasks.push(task(id, execution, name));
                assert!(name.ends_with(short_name(name)));
            }
            _ => levels.schedules.push(schedule(id, name)),
        }
    }
    Batch {
        position: Position {
            identity: Identity::default(),
            clock: NOW,
            own_clock: NOW,
            now: NOW,
            xmin: 1,
            xmax: 2,
            locked: 0,
            replayed_at: None,
        },
        events: Vec::new(),
        events_until: Timestamp::MAX,
        levels,
        executions: Vec::new(),
        tasks: Vec::new(),
        fires: Vec::new(),
        scanned_cancelled: true,
        workflows: None,
        recount: None,
    }
}

fn execution(id: Uuid, name: &str) -> Execution {
    Execution {
        id,
        workflow: Arc::from(name),
        status: ExecutionStatus::Running,
        origin: Origin::Manual,
        created_at: NOW,
        updated_at: NOW,
        started_at: Some(NOW),
        completed_at: None,
    }
}

fn task(id: Uuid, execution: Uuid, name: &str) -> Task {
    Task {
        id,
        execution,
        name: Arc::from(name),
        status: TaskStatus::Running,
        deferred: false,
        attempt: 1,
        recoveries: 0,
        created_at: NOW,
        updated_at: NOW,
        started_at: Some(NOW),
        completed_at: None,
        retry_at: None,
        claimed_by: None,
        heartbeat_at: None,
        failure: None,
    }
}

fn schedule(id: Uuid, name: &str) -> Schedule {
    Schedule {
        id,
        kind: ScheduleKind::Cron,
        workflow: Arc::from(name),
        instance_name: Some(Arc::from(name)),
        trigger_name: None,
        enabled: true,
        paused: false,
        paused_at: None,
        cron: Some(Arc::from("0 * * * *")),
        timezone: Some(Arc::from("UTC")),
        catchup: None,
        start_date: None,
        end_date: None,
        poll_interval_ms: None,
        created_at: NOW,
        next_run_at: Some(NOW),
        last_run_at: None,
        last_poll_at: None,
    }
}

/// Of all tenants, as read a moment ago.
pub(super) fn snapshot(state: &State, metrics: &Metrics) -> Snapshot {
    let mut health = Health::default();
    for tenant in state.tenants.keys() {
        let mut known = TenantHealth::new("sqlite");
        known.reading = Reading::Read;
        known.last_good = Some(NOW);
        health.tenants.insert(tenant.clone(), known);
    }
    catalogue::snapshot(catalogue::Input {
        state,
        health: &health,
        metrics,
        poll_interval: Duration::from_secs(15),
        max_stale: Duration::from_secs(300),
        now: NOW,
        sequence: 2,
        carried: 1,
        previous: None,
    })
}

/// Every gauge of a page of protobuf is one of these samples, and all gauges of the snapshot are there.
fn assert_is_said_by(mut page: &[u8], samples: &BTreeMap<Series, f64>, snapshot: &Snapshot) {
    for wanted in &snapshot.families {
        let family =
            model::MetricFamily::decode_length_delimited(&mut page).expect("the page can be decoded");
        assert_eq!((&*family.name, family.metric.len()), (wanted.description.name, wanted.series.len()));
        for metric in family.metric {
            let Some(gauge) = metric.gauge else { continue };
            let labels = metric.label.into_iter().map(|pair| (pair.name, pair.value)).collect();
            let series = Series { name: family.name.clone(), labels };
            let said = samples.get(&series).map(|value| value.to_bits());
            assert_eq!(said, Some(gauge.value.to_bits()), "{series:?}");
        }
    }
    assert!(page.is_empty(), "there are more families than the snapshot has");
}
