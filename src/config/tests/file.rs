//! Facts about the YAML file: its bounds, what a wrong one is told, and that no message repeats a secret.

use super::*;

#[test]
fn bounds_are_allowed_and_what_is_beyond_is_refused_with_its_line_and_key() {
    for (yaml, wrong) in [
        ("poll: {interval: 1s}", "poll: {interval: 999ms}"),
        ("poll: {interval: 1h}", "poll: {interval: 1h 1ms}"),
        ("poll: {interval: 1m, max_stale: 2m}", "poll: {interval: 1m, max_stale: 119s}"),
        ("poll: {max_connections: 100}", "poll: {max_connections: 0}"),
        ("poll: {statement_timeout: 100ms}", "poll: {statement_timeout: 99ms}"),
        ("hold_first_value: 10m", "hold_first_value: 601s"),
        ("labels: {task: {max: 1000000}}", "labels: {task: {max: 1000001}}"),
        ("thresholds: {stale_after: 1s}", "thresholds: {stale_after: 0s}"),
        ("thresholds: {missed_after: 1s}", "thresholds: {missed_after: 999ms}"),
        ("thresholds: {missed_after: 1h}", "thresholds: {missed_after: 3601s}"),
        ("schedules: [{match: a, grace: 1s}]", "schedules: [{match: a, grace: 0s}]"),
        (
            "schedules: [{match: [a], succeeds_within: 366d}]",
            "schedules: [{match: a, succeeds_within: 367d}]",
        ),
        ("schedules: [{match: a, grace: 1m}]", "schedules: [{match: '', grace: 1m}]"),
        ("backfill: 1s", "backfill: 0s"),
        ("web: {listen_address: ':0'}", "web: {listen_address: ':65536'}"),
        ("web: {telemetry_path: /m}", "web: {telemetry_path: m}"),
        ("web: {telemetry_path: /-/m}", "web: {telemetry_path: /-/reload}"),
        ("shard: {index: 1023, count: 1024}", "shard: {index: 1024, count: 1024}"),
        ("shard: {index: 0, count: 1024}", "shard: {index: 0, count: 1025}"),
        ("shard: {index: 0, count: 1}", "shard: {index: 0, count: 0}"),
        ("shard: {index: 0}", "shard: {index: 1}"),
        ("shard: {count: 1}", "shard: {count: 2}"),
        ("web: {telemetry_path: /readyz/x}", "web: {telemetry_path: /readyz}"),
        ("web: {telemetry_path: /livez2}", "web: {telemetry_path: /livez}"),
        ("web: {telemetry_path: /_}", "web: {telemetry_path: /}"),
        ("histograms: {buckets: [0.1]}", "histograms: {buckets: [0]}"),
        ("histograms: {buckets: [1, 2]}", "histograms: {buckets: [1, 1]}"),
        ("histograms: {buckets: [1, 2]}", "histograms: {buckets: [1, .inf]}"),
        ("histograms: {buckets: [1, 2]}", "histograms: {buckets: [.nan]}"),
        ("histograms: {buckets: [1, 2]}", "histograms: {buckets: []}"),
        ("histograms: {kind: off}", "histograms: {kind: of}"),
        ("log: {level: warn}", "log: {level: warning}"),
        ("families: {disable: [cloacina_state_tasks]}", "families: {disable: [cloacina_state_task]}"),
        ("labels: {task: {allow: ['*']}}", "labels: {task: {allow: ['']}}"),
    ] {
        config(yaml);
        let message = error(wrong);
        let key = wrong.split([':', '{', ' ']).next().unwrap();
        assert!(message.starts_with(&format!("exporter.yml:2: {key}")), "{wrong}: {message}");
    }
}

#[test]
fn at_most_fifty_buckets_and_twenty_failure_reasons_are_allowed() {
    let buckets = |count: usize| format!("histograms: {{buckets: {:?}}}", (1..=count).collect::<Vec<_>>());
    assert_eq!(config(&buckets(50)).metrics.buckets.len(), 50);
    assert_eq!(
        error(&buckets(51)),
        "exporter.yml:2: histograms.buckets: there are 51 buckets; give 1 to 50 (histograms.kind: off for none)"
    );
    let reasons = |count: u8| {
        let reasons = (0..count).map(|index| format!("{{name: r{}, pattern: x}}", "_".repeat(index.into())));
        format!("failure_reasons: [{}]", reasons.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(config(&reasons(20)).metrics.failure_reasons.len(), 20);
    assert_eq!(
        error(&reasons(21)),
        "exporter.yml:2: failure_reasons[20]: there may be at most 20 failure reasons"
    );
}

#[test]
fn names_of_failure_reasons_are_new_and_simple_and_their_patterns_valid() {
    for (reason, problem) in [
        ("{name: timeout, pattern: x}", "the name `timeout` is taken"),
        ("{name: a, pattern: x}, {name: a, pattern: y}", "the name `a` is taken"),
        ("{name: A, pattern: x}", "must be of the letters a to z"),
        ("{name: '', pattern: x}", "must be of the letters a to z"),
        ("{name: a}", "needs a name and a pattern"),
        ("{name: a, pattern: '('}", "the pattern of `a` is not a regular expression: unclosed group"),
    ] {
        let message = error(&format!("failure_reasons: [{reason}]"));
        assert!(
            message.starts_with("exporter.yml:2: failure_reasons[") && message.contains(problem),
            "{message}"
        );
    }
}

#[test]
fn what_is_said_of_schedules_needs_patterns_and_a_duration() {
    for (given, problem) in [
        ("{grace: 1m}", "schedules[1]: match is missing: give a pattern of schedules, or a list of patterns"),
        ("{match: [], grace: 1m}", "schedules[1]: match is missing"),
        (
            "{match: a}",
            "schedules[1]: it says nothing of the schedules: give grace, succeeds_within, or both",
        ),
        (
            "{match: a, grace: soon}",
            "schedules[1].grace: `soon` is not a duration from 1s to 1year 18h, such as",
        ),
        ("{match: [a, ''], grace: 1m}", "schedules[1].match: a pattern is empty; write * for any text"),
    ] {
        let message = error(&format!("schedules: [{{match: ok, grace: 1m}}, {given}]"));
        assert!(message.starts_with(&format!("exporter.yml:2: {problem}")), "{message}");
    }
    assert_eq!(
        error("schedules: [{match: {a: b}, grace: 1m}]"),
        "exporter.yml:2:21: the value is of the wrong kind; expected is a text or a list of texts"
    );
}

#[test]
fn databases_need_one_address_and_names_of_their_own() {
    let databases = |list: &str| Case::with_file(&format!("databases: [{list}]")).error();
    for (list, problem) in [
        ("{name: a}", "exporter.yml: databases[0]: a database needs its address as url or url_file"),
        (
            "{url: /a.db, url_file: exporter.yml}",
            "exporter.yml:1: databases[0].url: give either url or url_file, not both",
        ),
        ("{url: /a.db, name: a/b}", "exporter.yml:1: databases[0].name: a name must not be empty"),
        (
            "{url: /a.db, password_file: exporter.yml}",
            "exporter.yml:1: databases[0].password_file: a SQLite file takes no password",
        ),
        ("{url: /a.db}, {url: /b/a.db}", "databases: two databases have the name `a`"),
        ("{url: 'mysql://h'}", "exporter.yml:1: databases[0].url: the address is of an unknown kind"),
        ("{url_file: nowhere}", "exporter.yml:1: databases[0].url_file: cannot read nowhere: No such file"),
    ] {
        let message = databases(list);
        assert!(message.starts_with(problem), "{list}: {message}");
    }
}

#[test]
fn a_wrong_file_is_told_line_column_and_the_keys_there_are() {
    assert_eq!(
        error("poll:\n  intervall: 15s"),
        "exporter.yml:3:3: unknown key `intervall`; the keys here are interval, statement_timeout, connect_timeout, max_connections, overlap, max_stale"
    );
    assert_eq!(
        error("poll: 15s"),
        "exporter.yml:2:7: the value is of the wrong kind; expected is keys with values (`key: value`)"
    );
    assert_eq!(
        error("labels: {task: {max: many}}"),
        "exporter.yml:2:22: the value is of the wrong kind; expected is a whole number, 0 or more"
    );
    assert_eq!(error("web: {}\nweb: {}"), "exporter.yml:3:1: the key `web` is given twice; keep one");
    assert_eq!(
        error("log: {level: \"info}"),
        "exporter.yml:2:14: this is not valid YAML; check indentation, quotes and colons"
    );
}

#[test]
fn a_secret_in_any_wrong_place_of_the_file_is_not_repeated() {
    const SECRET: &str = "postgres://user:hunter2@host:x/db";
    for yaml in [
        "databases: SECRET",
        "databases: [SECRET]",
        "databases: [{SECRET: url}]",
        "databases: [{url: [SECRET]}]",
        "databases: [{url: SECRET}]",
        "databases: [{url: 'SECRET}]",
        "databases:\n  - url:\n      SECRET:\n",
        "databases:\n- url: SECRET\n password: x",
        "database: SECRET",
        "SECRET: 1",
        "SECRET",
        "? SECRET\n: SECRET\n? SECRET\n: SECRET",
        "poll: SECRET",
        "created_samples: SECRET",
        "poll: {max_connections: SECRET}",
        "histograms: {buckets: [SECRET]}",
        "databases: [{url: &SECRET x}, *SECRET]",
        "schedules: SECRET",
        "schedules: [SECRET]",
        "schedules: [{match: {SECRET: x}, grace: 1m}]",
    ] {
        let message = Case::with_file(&yaml.replace("SECRET", SECRET)).error();
        assert!(!message.contains("hunter2"), "{yaml}: {message}");
    }
}

#[test]
fn what_is_printed_of_a_configuration_has_no_secrets() {
    let mut case = Case::new();
    case.settings.databases = vec![
        Setting::new("postgres://user:hunter2@db.example:5433/app?options=hunter2".to_owned(), "--database"),
        Setting::new("host=b user=user password='hunter2'".to_owned(), "--database"),
    ];
    assert!(!format!("{:?}", case.settings).contains("hunter2"));
    let config = case.load(Purpose::Check).unwrap().config;
    let printed = config.to_string();
    assert!(printed.starts_with("database app: postgres://db.example:5433/app, schemas all\n"), "{printed}");
    assert!(!printed.contains("hunter2") && !format!("{config:?}").contains("hunter2"));
}
