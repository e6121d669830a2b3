//! Parts of queries that recur.
//!
//! `{@tenant}`, `{@workflow}`, `{@schedule}` stand for the filters by the dashboard's variables, `{@job}` for metrics of
//! the exporter as a whole, `{@firing}` for alerts. Gauges are taken as the largest of all instances, so that two
//! replicas count once.

pub const TENANT: &str = "job, tenant";
pub const WORKFLOW: &str = "job, tenant, workflow";
pub const SCHEDULE: &str = "job, tenant, workflow, schedule";

const FILTERS: [(&str, &str); 5] = [
    // Some alerts are of no tenant.
    ("@firing", r#"alertname=~"Cloacina.*", alertstate="firing", tenant=~"$tenant|""#),
    ("@schedule", r#"@workflow, schedule=~"$schedule""#),
    ("@workflow", r#"@tenant, workflow=~"$workflow""#),
    ("@tenant", r#"@job, tenant=~"$tenant""#),
    ("@job", r#"job=~"$job""#),
];

/// `text` with its filters written out.
pub fn written_out(text: &str) -> String {
    FILTERS.iter().fold(text.to_owned(), |text, (short, long)| text.replace(short, long))
}

/// A gauge of each `by`.
pub fn gauge(by: &str, selector: &str) -> String {
    format!("max by ({by}) ({selector})")
}

/// A gauge of tenants, by its name.
pub fn tenant(metric: &str) -> String {
    gauge(TENANT, &format!("{metric}{{@tenant}}"))
}

/// A gauge of workflows, by its name.
pub fn workflow(metric: &str) -> String {
    gauge(WORKFLOW, &format!("{metric}{{@workflow}}"))
}

/// A gauge of schedules, by its name.
pub fn schedule(metric: &str) -> String {
    gauge(SCHEDULE, &format!("{metric}{{@schedule}}"))
}

/// How fast a counter rises.
pub fn per_minute(by: &str, selector: &str) -> String {
    format!("60 * sum by ({by}) (rate({selector}[$__rate_interval]))")
}

/// How much a counter rose.
pub fn increase(by: &str, selector: &str, window: &str) -> String {
    format!("sum by ({by}) (increase({selector}[{window}]))")
}

/// How often a counter counted. Prometheus extrapolates to the window's edges, so that one may be 1.02.
pub fn counted(by: &str, selector: &str, window: &str) -> String {
    format!("round({})", increase(by, selector, window))
}

/// As `counted`, of all; 0 if there is no such counter.
pub fn counted_in_all(selector: &str, window: &str) -> String {
    format!("round(sum(increase({selector}[{window}]))) or vector(0)")
}

/// As `per_minute`, of all.
pub fn per_minute_in_all(selector: &str) -> String {
    format!("60 * sum(rate({selector}[$__rate_interval]))")
}

/// Active executions of each workflow and state.
pub fn executions_active() -> String {
    gauge("job, tenant, workflow, state", "cloacina_state_workflow_executions_active{@workflow}")
}

/// A quantile of a histogram, of what was observed within `window`; nothing where nothing was, rather than NaN.
pub fn quantile(quantile: f64, by: &str, metric: &str, filter: &str, window: &str) -> String {
    let by = if by.is_empty() { "le".to_owned() } else { format!("{by}, le") };
    format!(
        "histogram_quantile({quantile}, sum by ({by}) (rate({metric}_bucket{{{filter}}}[{window}]))) >= 0"
    )
}

/// The mean of a histogram, guarded as `quantile` is.
pub fn mean(by: &str, metric: &str, filter: &str) -> String {
    let rate = |suffix| format!("sum by ({by}) (rate({metric}_{suffix}{{{filter}}}[$__rate_interval]))");
    format!("{} / ({} > 0)", rate("sum"), rate("count"))
}

/// How many `of` are there; 0 if none.
pub fn count(of: &str) -> String {
    format!("count({of}) or vector(0)")
}

/// When each schedule is to run next.
pub fn next_run() -> String {
    schedule("cloacina_state_schedule_next_run_timestamp_seconds")
}

/// How late each schedule may be.
pub fn grace() -> String {
    schedule("cloacina_state_schedule_grace_seconds")
}

/// The period of each schedule.
pub fn period() -> String {
    schedule("cloacina_state_schedule_interval_seconds")
}

/// By how much each schedule is late, in seconds; below 0 until it is due.
pub fn lateness() -> String {
    format!("time() - {}", next_run())
}

/// Schedules that are late by more than their grace.
pub fn late() -> String {
    format!("{} > {}", lateness(), grace())
}

/// Schedules whose success is overdue.
pub fn overdue() -> String {
    format!("time() > {}", schedule("cloacina_state_schedule_success_deadline_timestamp_seconds"))
}
