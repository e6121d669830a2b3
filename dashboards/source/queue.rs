//! The queue and the runners: do tasks get a runner in time, does one tenant starve, do runners live?

use super::frame::{OF_TENANT, OF_WORKFLOW, Page};
use super::grafana::{Panel, Unit};
use super::layout::{Section, even, line, section};
use super::overview;
use super::panel::{BLUE, GREEN, ORANGE, PLAIN, RED, heatmap, series, stat};
use super::query::{
    TENANT, counted, counted_in_all, gauge, per_minute, per_minute_in_all, quantile, tenant, workflow,
};
use super::table::table;

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [even(
                4,
                [
                    overview::oldest_ready_task(),
                    overview::stale_claims(),
                    abandoned_today(),
                    oldest_heartbeat(),
                    ready(),
                    running(),
                    backing_off(),
                    runners(),
                ],
            )],
        ),
        section(
            "Queue",
            [
                even(8, [by_state(), ready_ages(), arrivals()]),
                even(8, [waits(), wait_heatmap(), waits_by_tenant()]),
            ],
        ),
        section(
            "Runners",
            [
                even(8, [active_runners(), heartbeats(), claims()]),
                even(8, [recoveries(), running_ages(), stuck()]),
            ],
        ),
        section("Tenants", [line(9, [(24, tenants())])]),
    ]
}

/// Tasks in a state, or in any.
fn tasks(matcher: &str) -> String {
    gauge("job, tenant, workflow, state", &format!("cloacina_state_tasks{{@workflow{matcher}}}"))
}

fn in_state(title: &'static str, state: &str, description: &str) -> Panel {
    let tasks = tasks(&format!(", state=\"{state}\""));
    stat(title, Unit::Count, description).now("tasks", &format!("sum({tasks}) or vector(0)"))
}

fn abandoned_today() -> Panel {
    let abandoned = r#"cloacina_state_task_recoveries_total{@workflow, action="abandoned"}"#;
    stat(
        "Tasks abandoned, 24 h",
        Unit::Count,
        "Tasks that were given up after their runner died three times: CloacinaTaskAbandoned. Such a task may be what \
         kills its runners.",
    )
    .now("abandoned", &counted_in_all(abandoned, "24h"))
    .red_from(1.0)
}

fn oldest_heartbeat() -> Panel {
    stat(
        "Oldest heartbeat",
        Unit::Seconds,
        "Runners send one every ten seconds for each claimed task. Red from a minute on: a runner is dead or hangs \
         (CloacinaStaleClaims).",
    )
    .now("oldest", &format!("max({})", tenant("cloacina_state_task_oldest_heartbeat_age_seconds")))
    .red_from(60.0)
}

fn ready() -> Panel {
    in_state(
        "Ready tasks",
        "ready",
        "Tasks that any runner could take. What counts is how long they wait, not how many.",
    )
}

fn running() -> Panel {
    in_state(
        "Running tasks",
        "running",
        "Tasks that a runner works on. None, and none ended, while some are ready: CloacinaTaskQueueStuck.",
    )
}

fn backing_off() -> Panel {
    in_state(
        "Tasks in back-off",
        "backoff",
        "Tasks that failed, and wait to be tried again. Many: CloacinaRetryStorm.",
    )
}

fn runners() -> Panel {
    let runners = tenant("cloacina_state_runners_active");
    stat(
        "Working runners",
        Unit::Count,
        "Runners that hold a claim with a fresh heartbeat. 0 is normal while there is nothing to do: idle runners leave \
         no trace in the database.",
    )
    .now("runners", &format!("sum({runners}) or vector(0)"))
}

fn by_state() -> Panel {
    series(
        "Unfinished tasks by state",
        Unit::Count,
        "Ready ones wait for a runner, blocked ones for other tasks, deferred ones for a time or an event.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({})", tasks("")))
    .stacked()
    .colours(&[
        ("ready", ORANGE),
        ("backoff", "yellow"),
        ("claimed", "light-blue"),
        ("running", BLUE),
        ("deferred", "purple"),
        ("blocked", PLAIN),
    ])
}

fn ready_ages() -> Panel {
    series(
        "Oldest ready task",
        Unit::Seconds,
        "Back-off is left out. From five minutes on: CloacinaTaskQueueSlow. One tenant far above the others starves: \
         see the table below.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_task_oldest_ready_age_seconds"))
    .red_from(300.0)
}

fn arrivals() -> Panel {
    let ready = r#"cloacina_state_events_total{@tenant, type="task_marked_ready"}"#;
    let ended = r#"cloacina_state_task_attempts_total{@workflow, outcome!~"retried|skipped"}"#;
    series(
        "Tasks made ready and ended",
        Unit::PerMinute,
        "If more become ready than end for long, the queue grows: more runners or slots are needed. Arrivals are not told \
         by workflow, so that the variable \"Workflow\" does not change that line.",
    )
    .over_time("made ready", &per_minute_in_all(ready))
    .over_time("ended", &per_minute_in_all(ended))
    .colours(&[("made ready", ORANGE), ("ended", GREEN)])
}

fn wait(share: f64, by: &str, window: &str) -> String {
    quantile(share, by, "cloacina_state_task_queue_wait_seconds", "@workflow", window)
}

fn waits() -> Panel {
    series(
        "Wait for a runner",
        Unit::Seconds,
        "From ready to the start of the last attempt, of tasks that ended; back-off is left out.",
    )
    .with_exemplars("99 % are faster", &wait(0.99, "", "$__rate_interval"))
    .with_exemplars("95 % are faster", &wait(0.95, "", "$__rate_interval"))
    .with_exemplars("half are faster", &wait(0.5, "", "$__rate_interval"))
}

fn wait_heatmap() -> Panel {
    heatmap(
        "How long tasks waited for a runner",
        "sum by (le) (increase(cloacina_state_task_queue_wait_seconds_bucket{@workflow}[$__rate_interval]))",
        "Of tasks that ended. A second band above the first: some tasks wait for what others do not.",
    )
}

fn waits_by_tenant() -> Panel {
    series(
        "Wait for a runner, by tenant",
        Unit::Seconds,
        "95 % of the tasks that ended waited less. A tenant far above the others starves.",
    )
    .over_time("{{tenant}}", &wait(0.95, "tenant", "$__rate_interval"))
}

fn active_runners() -> Panel {
    series(
        "Working runners",
        Unit::Count,
        "Runners that hold a claim with a fresh heartbeat. Falls to 0 while there is nothing to do; with ready tasks, \
         it must not.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_runners_active"))
}

fn heartbeats() -> Panel {
    series(
        "Oldest heartbeat",
        Unit::Seconds,
        "Of claims in progress. From a minute on, the claim is stale, and the scheduler should free it within 90 seconds.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_task_oldest_heartbeat_age_seconds"))
    .red_from(60.0)
}

fn claims() -> Panel {
    let claimed = tasks(r#", state=~"claimed|running""#);
    let stale = workflow("cloacina_state_task_stale_claims");
    series(
        "Claims",
        Unit::Count,
        "Claimed tasks that do not start wait for a free slot of their runner. Stale ones that stay: CloacinaStaleClaims.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({claimed})"))
    .over_time("stale", &format!("sum({stale})"))
    .colours(&[("claimed", ORANGE), ("running", BLUE), ("stale", RED)])
}

fn recoveries() -> Panel {
    series(
        "Recoveries of tasks",
        Unit::PerMinute,
        "Claims of dead runners: reset to be claimed again, or abandoned after three times (CloacinaTaskAbandoned).",
    )
    .over_time("{{action}}", &per_minute("action", "cloacina_state_task_recoveries_total{@workflow}"))
    .stacked()
    .colours(&[("reset", ORANGE), ("abandoned", RED)])
}

fn running_ages() -> Panel {
    series(
        "Oldest running attempt",
        Unit::Seconds,
        "Of each workflow. A task that panicked stays running, with fresh heartbeats: that its line only rises is its \
         sole sign.",
    )
    .over_time("{{tenant}} / {{workflow}}", &workflow("cloacina_state_task_oldest_running_age_seconds"))
}

fn stuck() -> Panel {
    let age = workflow("cloacina_state_task_oldest_running_age_seconds");
    let stale = workflow("cloacina_state_task_stale_claims");
    let stalled = workflow("cloacina_state_workflow_stalled_executions");
    table(
        "Longest running now",
        "Workflows with a task that runs, those with the oldest attempt first. Stale claims: CloacinaStaleClaims; \
         stalled executions: CloacinaExecutionStalled.",
    )
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .value("Oldest attempt", Unit::Seconds, &format!("topk(20, {age} > 0)"))
    .value("Stale", Unit::Count, &format!("{stale} > 0"))
    .red_from(1.0)
    .value("Stalled", Unit::Count, &format!("{stalled} > 0"))
    .red_from(1.0)
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Oldest attempt")
}

fn tenants() -> Panel {
    let in_state = |state: &str| {
        let tasks = tasks(&format!(", state=\"{state}\""));
        format!("sum by ({TENANT}) ({tasks})")
    };
    let ended = r#"cloacina_state_task_attempts_total{@workflow, outcome!~"retried|skipped"}"#;
    table(
        "Tenants",
        "A tenant with old ready tasks and few running ones, beside one with many running, starves: limit the other, or \
         give it runners of its own.",
    )
    .label("tenant", "Tenant")
    .opens(Page::Queue.of_row(OF_TENANT))
    .value("Oldest ready task", Unit::Seconds, &tenant("cloacina_state_task_oldest_ready_age_seconds"))
    .red_from(300.0)
    .value("Ready", Unit::Count, &in_state("ready"))
    .value("Running", Unit::Count, &in_state("running"))
    .value("In back-off", Unit::Count, &in_state("backoff"))
    .value("Ended in the last hour", Unit::Count, &counted(TENANT, ended, "1h"))
    .value("Wait, 95 %, last hour", Unit::Seconds, &wait(0.95, TENANT, "1h"))
    .value("Working runners", Unit::Count, &tenant("cloacina_state_runners_active"))
    .label("job", "Job")
    .largest_first("Oldest ready task")
}
