//! The checks of PromQL find each kind of mistake, and let pass what is right.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "promql/mod.rs"]
mod promql;

use promql::{Base, Catalogue, Measure, grafana};

fn findings(expression: &str) -> Vec<String> {
    Catalogue::of_exporter().analyse(expression).err().unwrap_or_default()
}

fn labels(expression: &str) -> Vec<String> {
    let answer = Catalogue::of_exporter().analyse(expression);
    answer.unwrap_or_else(|wrong| panic!("{expression}: {wrong:?}")).labels.always.into_iter().collect()
}

fn measure(expression: &str) -> Measure {
    let answer = Catalogue::of_exporter().analyse(expression);
    answer.unwrap_or_else(|wrong| panic!("{expression}: {wrong:?}")).measure
}

#[test]
fn what_is_no_promql_is_told() {
    assert_eq!(findings("sum by (tenant) cloacina_state_tasks)").len(), 1);
    assert!(findings("rate(cloacina_state_up)")[0].starts_with("not PromQL: "));
}

#[test]
fn labels_go_up_from_the_selector() {
    let queue = "cloacina_state_task_queue_wait_seconds";
    assert_eq!(labels("cloacina_state_up"), ["instance", "job", "tenant"]);
    assert_eq!(labels("up"), ["instance", "job"]);
    assert_eq!(labels("sum by (tenant) (cloacina_state_tasks)"), ["tenant"]);
    assert_eq!(labels("sum without (state, job) (cloacina_state_tasks)"), ["instance", "tenant", "workflow"]);
    assert_eq!(labels("sum(cloacina_state_tasks)"), [""; 0]);
    assert_eq!(labels("topk by (tenant) (3, cloacina_state_up)"), ["instance", "job", "tenant"]);
    let quantile = format!("histogram_quantile(0.9, sum by (tenant, le) (rate({queue}_bucket[5m])))");
    assert_eq!(labels(&quantile), ["tenant"]);
    assert_eq!(labels("absent(cloacina_state_up{tenant=\"a\",job=~\"b\"})"), ["tenant"]);
    assert_eq!(labels("vector(time())"), [""; 0]);
    assert_eq!(labels("cloacina_state_up or on () vector(0)"), [""; 0]);
    assert_eq!(
        labels("count_values by (tenant) (\"level\", cloacina_state_runners_active)"),
        ["level", "tenant"]
    );
    let replaced = "label_replace(cloacina_state_up, \"who\", \"$1\", \"tenant\", \"(.*)\")";
    assert_eq!(labels(replaced), ["instance", "job", "tenant", "who"]);
}

#[test]
fn a_join_has_the_labels_of_the_many_and_those_taken_over() {
    let joined =
        "cloacina_state_tasks * on (tenant, job, instance) group_left (backend) cloacina_state_schema_info";
    assert_eq!(labels(joined), ["backend", "instance", "job", "state", "tenant", "workflow"]);
    let single = "cloacina_state_up == on (tenant, job) cloacina_state_runners_active{instance=\"a\"}";
    let single = single.replace("cloacina_state_up", "cloacina_state_up{instance=\"a\"}");
    assert_eq!(labels(&single), ["job", "tenant"]);
}

#[test]
fn a_metric_that_is_not_there_is_found() {
    assert_eq!(findings("cloacina_state_upp == 0"), ["there is no metric cloacina_state_upp"]);
    let followed = "cloacina_state_tasks and on (tenant) max by (tenant) (cloacina_state_upp)";
    assert_eq!(findings(followed), ["there is no metric cloacina_state_upp"]);
    assert_eq!(findings("count({__name__=~\"cloaca_.*\"})"), ["no metric matches __name__=~\"cloaca_.*\""]);
    assert_eq!(findings("count({__name__=~\"cloacina_.*\"})"), [""; 0]);
    let queue = "cloacina_state_task_queue_wait_seconds";
    assert_eq!(
        findings(queue),
        [format!("{queue} is a histogram: its series end in _bucket, _sum and _count")]
    );
}

#[test]
fn a_label_that_is_not_there_is_found() {
    assert_eq!(findings("cloacina_state_up{workflow=\"a\"}"), ["cloacina_state_up has no label workflow"]);
    assert_eq!(
        findings("sum by (tenant, worflow) (cloacina_state_tasks)"),
        ["sum by (worflow): there is no such label among {instance, job, state, tenant, workflow}"]
    );
    assert_eq!(
        findings("max without (task) (cloacina_state_up)"),
        ["max without (task): there is no such label among {instance, job, tenant}"]
    );
    assert_eq!(
        findings("cloacina_state_tasks > 0 and on (tenant, workflow) cloacina_state_up == 1"),
        ["on (workflow): the right side of \"and\" has no such label"]
    );
    assert_eq!(
        findings("cloacina_state_up unless ignoring (schedule) cloacina_state_up"),
        ["ignoring (schedule): neither side of \"unless\" has such a label"]
    );
    assert_eq!(
        findings("cloacina_state_tasks * on (tenant, job, instance) group_left (cron) cloacina_state_up"),
        ["group (cron): the \"one\" side of \"*\" has no such label"]
    );
    assert_eq!(
        findings("label_replace(cloacina_state_up, \"who\", \"$1\", \"task\", \"(.*)\")"),
        ["label_replace: there is no label task among {instance, job, tenant}"]
    );
}

#[test]
fn a_value_outside_of_a_closed_set_is_found() {
    let fires = "cloacina_state_schedule_fires_total";
    let known = "abandoned, catchup, handoff_failed, late, missed, on_time, recovered";
    for (operator, value) in [("=", "mised"), ("!=", "mised"), ("=~", "late|mised"), ("!~", "mised.*|late")] {
        let wrong = value.split('|').find(|value| value.contains("mised")).unwrap();
        assert_eq!(
            findings(&format!("increase({fires}{{outcome{operator}\"{value}\"}}[1h])")),
            [format!("{fires} never has outcome=\"{wrong}\"; its values are {known}")]
        );
    }
    for right in ["outcome=~\"on_.*|late\"", "outcome=\"\"", "outcome!=\"missed\"", "outcome=~\".*\""] {
        assert_eq!(findings(&format!("increase({fires}{{{right}}}[1h])")), [""; 0]);
    }
    assert_eq!(
        findings("ALERTS{alertstate=\"fired\"}"),
        ["ALERTS never has alertstate=\"fired\"; its values are firing, pending"]
    );
    assert_eq!(findings("cloacina_state_up{tenant=\"anything\"}"), [""; 0]);
}

#[test]
fn a_counter_is_asked_for_its_increase_and_a_gauge_is_not() {
    let fires = "cloacina_state_trigger_fires_total";
    let raw = format!("the counter {fires} stands outside rate() and increase()");
    let is_raw = [
        format!("{fires} > 5"),
        format!("sum by (tenant) ({fires})"),
        format!("last_over_time({fires}[1h])"),
        format!("{fires} - {fires} offset 1h"),
    ];
    for expression in is_raw {
        assert_eq!(findings(&expression), [raw.as_str()], "{expression}");
    }
    let is_presence = [
        format!("count({fires})"),
        format!("absent({fires})"),
        format!("cloacina_state_trigger_poll_interval_seconds unless {fires}"),
        format!("changes({fires}[1h])"),
        format!("max_over_time(rate({fires}[5m])[1h:])"),
    ];
    for expression in is_presence {
        assert_eq!(findings(&expression), [""; 0], "{expression}");
    }
    assert_eq!(
        findings(&format!("max_over_time({fires}[1h])")),
        [format!("max_over_time() of the counter {fires}")]
    );
    for function in ["rate", "increase", "irate", "resets"] {
        assert_eq!(
            findings(&format!("{function}(cloacina_state_task_stale_claims[5m])")),
            [format!("{function}() of the gauge cloacina_state_task_stale_claims")]
        );
    }
}

#[test]
fn a_counter_may_stand_raw_where_that_was_allowed() {
    let mut catalogue = Catalogue::of_exporter();
    catalogue.allow_raw("cloacina_state_trigger_fires_total");
    assert!(catalogue.analyse("cloacina_state_trigger_fires_total").is_ok());
    assert!(catalogue.analyse("cloacina_state_events_total").is_err());
}

#[test]
fn a_quantile_without_le_is_found() {
    let wait = "cloacina_state_task_queue_wait_seconds_bucket";
    assert_eq!(
        findings(&format!("histogram_quantile(0.9, sum by (tenant) (rate({wait}[5m])))")),
        ["histogram_quantile needs the label le, which is not among {tenant}"]
    );
}

#[test]
fn sides_that_never_match_are_found() {
    assert_eq!(
        findings("cloacina_state_tasks / cloacina_state_runners_active"),
        ["the sides of \"/\" never match: only the left one has state, workflow"]
    );
    assert_eq!(
        findings("cloacina_state_up and cloacina_state_tasks"),
        ["the sides of \"and\" never match: only the right one has state, workflow"]
    );
    assert_eq!(
        findings("cloacina_state_tasks / ignoring (state) group_left () cloacina_state_runners_active"),
        ["the sides of \"/\" never match: only the left one has workflow"]
    );
    assert_eq!(findings("sum(cloacina_state_tasks) / sum(cloacina_state_runners_active)"), [""; 0]);
    // Alerts have whatever labels their expressions gave.
    assert_eq!(findings("cloacina_state_up and ignoring (alertname, alertstate) ALERTS"), [""; 0]);
}

#[test]
fn a_match_with_several_series_is_found() {
    assert_eq!(
        findings("cloacina_state_up * on (tenant) group_right () cloacina_state_runners_active"),
        ["the \"one\" side of \"*\" may have several series to a match, by instance, job"]
    );
    assert_eq!(
        findings("cloacina_state_tasks > on (tenant, job, instance) cloacina_state_runners_active"),
        ["the left side of \">\" may have several series to a match, by state, workflow"]
    );
    // One value, and what a schedule starts, distinguish nothing.
    let interval = "cloacina_state_schedule_interval_seconds";
    let lost = format!(
        "cloacina_state_schedule_handoffs{{state=\"lost\"}} * on (tenant, schedule, job, instance) ({interval} > bool 60)"
    );
    assert_eq!(findings(&lost), [""; 0]);
}

#[test]
fn units_are_told() {
    let attempts = "cloacina_state_task_duration_seconds";
    let mean = format!("sum(rate({attempts}_sum[5m])) / sum(rate({attempts}_count[5m]))");
    let quantile = format!("histogram_quantile(0.9, sum by (le) (rate({attempts}_bucket[5m])))");
    let cases = [
        ("time()", Measure::Is(Base::Instant)),
        ("time() - cloacina_state_last_poll_timestamp_seconds", Measure::Is(Base::Seconds)),
        ("5 * cloacina_state_poll_interval_seconds", Measure::Is(Base::Seconds)),
        ("rate(process_cpu_seconds_total[5m])", Measure::Rate(Base::Seconds)),
        ("rate(process_cpu_seconds_total[5m]) + up", Measure::Is(Base::Number)),
        ("rate(cloacina_exporter_otlp_sent_bytes_total[5m])", Measure::Rate(Base::Bytes)),
        ("process_resident_memory_bytes / process_virtual_memory_bytes", Measure::Is(Base::Number)),
        ("cloacina_state_last_poll_timestamp_seconds * 1000", Measure::Unknown),
        ("clamp_min(3 * cloacina_state_poll_interval_seconds, 120)", Measure::Is(Base::Seconds)),
        ("count(cloacina_state_poll_interval_seconds)", Measure::Is(Base::Number)),
        ("cloacina_state_poll_interval_seconds or cloacina_state_up", Measure::Unknown),
        ("cloacina_state_runners_active or vector(0)", Measure::Is(Base::Number)),
        ("5 * 60", Measure::Literal),
        (mean.as_str(), Measure::Is(Base::Seconds)),
        (quantile.as_str(), Measure::Is(Base::Seconds)),
    ];
    for (expression, expected) in cases {
        assert_eq!(measure(expression), expected, "{expression}");
    }
}

#[test]
fn units_that_do_not_go_together_are_found() {
    let cases = [
        (
            "cloacina_state_last_poll_timestamp_seconds > 300",
            "\">\" compares an instant with a plain number; an instant is compared with time()",
        ),
        (
            "cloacina_state_last_poll_timestamp_seconds > cloacina_state_poll_interval_seconds",
            "\">\" compares an instant and seconds",
        ),
        (
            "process_resident_memory_bytes > time() - process_start_time_seconds",
            "\">\" compares bytes and seconds",
        ),
        (
            "cloacina_state_poll_interval_seconds < cloacina_state_runners_active",
            "\"<\" compares seconds and a count",
        ),
        ("time() + cloacina_state_last_poll_timestamp_seconds", "\"+\" adds two instants"),
        ("sum(cloacina_state_last_poll_timestamp_seconds)", "sum adds instants"),
        (
            "clamp_min(cloacina_state_poll_interval_seconds, scalar(process_open_fds))",
            "clamp_min() bounds seconds and a count",
        ),
    ];
    for (expression, expected) in cases {
        assert_eq!(findings(expression), [expected], "{expression}");
    }
}

#[test]
fn a_recording_rule_is_known_by_what_its_expression_gives() {
    let mut catalogue = Catalogue::of_exporter();
    let recorded = catalogue.analyse("sum by (tenant) (rate(cloacina_state_events_total[5m]))").unwrap();
    catalogue.record("tenant:events:rate5m", &recorded);
    let answer = catalogue.analyse("tenant:events:rate5m > 5").unwrap();
    assert_eq!(answer.labels.to_string(), "{tenant}");
    assert_eq!(answer.measure, Measure::Rate(Base::Number));
    assert!(catalogue.analyse("tenant:events:rate6m").is_err());
}

#[test]
fn grafanas_variables_are_replaced() {
    let text =
        "topk($limit, rate(a{t=~\"$t\",u=\"${u:regex}\",v=~\"[[v]]|x\"}[$__rate_interval]) * $__range_s)";
    let expected = "topk(1, rate(a{t=~\".*\",u=\".*\",v=~\".*|x\"}[5m]) * 3600)";
    assert_eq!(grafana::expression(text), expected);
    let names: Vec<String> = grafana::variables(text).into_iter().collect();
    assert_eq!(names, ["limit", "t", "u", "v"]);
    let catalogue = Catalogue::of_exporter();
    let fires = "cloacina_state_schedule_fires_total";
    let right = format!("increase({fires}{{tenant=~\"$tenant\",outcome=\"$outcome\"}}[$__range])");
    assert!(grafana::analyse(&catalogue, &right).is_ok());
    let wrong = format!("increase({fires}{{task=~\"$task\"}}[$__range])");
    assert_eq!(grafana::analyse(&catalogue, &wrong), Err(vec![format!("{fires} has no label task")]));
    // A regular expression's end and a template of label_replace are no variables.
    assert_eq!(grafana::expression("a{b=~\"c$\"}"), "a{b=~\"c$\"}");
    let template = "label_replace(cloacina_state_up, \"who\", \"$1\", \"tenant\", \"(.*)\")";
    assert_eq!(grafana::expression(template), template);
    assert!(grafana::variables(template).is_empty());
}

#[test]
fn queries_of_grafanas_variables_are_checked() {
    let catalogue = Catalogue::of_exporter();
    let right = [
        "label_values(cloacina_state_up, tenant)",
        "label_values(cloacina_state_schedule_info{tenant=~\"$tenant\", workflow=~\"$workflow\"}, schedule)",
        "label_values(cloacina_state_events_total, type)",
        "label_values(schedule)",
        "query_result(topk(5, cloacina_state_workflow_consecutive_failures))",
        "metrics(cloacina_.*)",
        "label_names()",
    ];
    for definition in right {
        assert_eq!(grafana::analyse_variable(&catalogue, definition), Ok(()), "{definition}");
    }
    let wrong = [
        (
            "label_values(cloacina_state_up, workflow)",
            "count by (workflow): there is no such label among {instance, job, tenant}",
        ),
        (
            "label_values(cloacina_state_up{schedule=\"$schedule\"}, tenant)",
            "cloacina_state_up has no label schedule",
        ),
        ("label_values(pod)", "no metric has a label pod"),
        ("query_result(cloacina_up)", "there is no metric cloacina_up"),
        ("metrics(cloaca)", "no metric matches __name__=~\"(?:.*cloaca.*)\""),
        ("label_value(tenant)", "label_value() is no query of a variable"),
        ("tenant", "tenant is no query of a variable"),
    ];
    for (definition, finding) in wrong {
        let found = grafana::analyse_variable(&catalogue, definition);
        assert_eq!(found, Err(vec![finding.to_owned()]), "{definition}");
    }
}
