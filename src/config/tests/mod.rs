//! Facts about the configuration as a whole: precedence, defaults, bounds, and where things are looked for.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

mod file;
mod otlp;
mod secrets;
mod web;

const FAMILIES: [&str; 1] = ["cloacina_state_tasks"];

/// Flags over variables over a file, in a directory of their own, which is also the home directory.
struct Case {
    home: TempDir,
    settings: Settings,
    variables: HashMap<&'static str, String>,
}

impl Case {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let variables = HashMap::from([("HOME", home.path().to_str().unwrap().to_owned())]);
        Self { home, settings: Settings::default(), variables }
    }

    fn with_file(yaml: &str) -> Self {
        let mut case = Self::new();
        let path = case.write("exporter.yml", yaml);
        case.settings.config_file = Some(Setting::new(path, "--config.file"));
        case
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn load(self, purpose: Purpose) -> Result<Loaded, Error> {
        load(self.settings, purpose, &|name| self.variables.get(name).cloned(), &FAMILIES.into())
    }

    /// The message, with the file's directory taken out.
    fn error(self) -> String {
        let directory = format!("{}/", self.home.path().display());
        self.load(Purpose::Check).unwrap_err().to_string().replace(&directory, "")
    }
}

fn config(yaml: &str) -> Config {
    Case::with_file(&format!("databases: [{{url: /a.db}}]\n{yaml}")).load(Purpose::Check).unwrap().config
}

fn error(yaml: &str) -> String {
    Case::with_file(&format!("databases: [{{url: /a.db}}]\n{yaml}")).error()
}

fn password(database: &Database) -> String {
    let DatabaseUrl::Postgres(url) = &database.url else { panic!("{database:?}") };
    url.expose_secret().split("password=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn a_file_that_says_nothing_gives_the_defaults() {
    for yaml in
        ["", "poll:\nlabels: {}\nfailure_reasons: []\n", "# nothing\n", "web:\n#  telemetry_path: /m\n"]
    {
        let config = config(yaml);
        assert_eq!(config.poll.interval, Duration::from_secs(15));
        assert_eq!(config.poll.max_stale, Duration::from_secs(300));
        assert_eq!(config.web.listen_address.unwrap().to_string(), "0.0.0.0:9877");
        assert_eq!(config.web.telemetry_path, "/metrics");
        assert_eq!(config.backfill, Backfill::None);
        assert_eq!(config.log, Log { level: tracing::Level::INFO, format: LogFormat::Logfmt });
        assert_eq!(config.metrics.buckets.len(), 17);
        assert!(!config.databases[0].prefix_tenants);
    }
}

#[test]
fn every_key_of_the_file_has_its_effect() {
    let case = Case::with_file(
        "databases:
  - {name: prod, url_file: url.txt, password_file: password.txt, include: [tenant_*], exclude: [tenant_x?]}
  - {url: 'sqlite:/var/b.db'}
poll: {interval: 30s, statement_timeout: 1s, connect_timeout: 2s, max_connections: 3, overlap: 4m, max_stale: 1h}
web: {listen_address: '[::1]:80', telemetry_path: /m/x, max_connections: 5}
state: {file: my.state}
backfill: 30d
labels:
  workflow: {allow: [a*], deny: [ab], max: 6}
  task: {max: 7}
  schedule: {max: 0}
histograms: {kind: native, buckets: [1, 2.5], task_label: true}
families: {disable: [cloacina_state_tasks]}
failure_reasons: [{name: quota, pattern: 'quota .* exceeded'}]
thresholds: {stalled_after: 20m, stale_after: 90s, missed_after: 3m}
schedules:
  - {match: nightly, grace: 5m}
  - {match: [nightly*, '*_report'], grace: 10m, succeeds_within: 2h}
  - {match: '*', succeeds_within: 1d}
hold_first_value: 0s
created_samples: false
log: {level: debug, format: json}
",
    );
    case.write("url.txt", "postgres://monitor@db.example/app\n");
    case.write("password.txt", "s3cret \r\n");
    let state = case.home.path().join("my.state");
    let config = case.load(Purpose::Serve).unwrap().config;

    let [prod, second] = config.databases.as_slice() else { panic!("{:?}", config.databases) };
    assert_eq!((&*prod.name, prod.url.to_string().as_str()), ("prod", "postgres://db.example/app"));
    assert_eq!(password(prod), "s3cret%20");
    assert!(prod.include.matches("tenant_xyz") && !prod.include.matches("public"));
    assert!(prod.exclude.matches("tenant_xy") && !prod.exclude.matches("tenant_xyz"));
    assert_eq!((&*second.name, second.url.to_string().as_str()), ("b", "sqlite:/var/b.db"));
    assert!(prod.prefix_tenants && second.prefix_tenants);
    let Poll { interval, statement_timeout, connect_timeout, max_connections, overlap, max_stale } =
        config.poll;
    let seconds =
        [interval, statement_timeout, connect_timeout, overlap, max_stale].map(|span| span.as_secs());
    assert_eq!((seconds, max_connections), ([30, 1, 2, 240, 3600], 3));
    assert_eq!(config.web.listen_address.unwrap().to_string(), "[::1]:80");
    assert_eq!((config.web.telemetry_path.as_str(), config.web.max_connections), ("/m/x", 5));
    assert_eq!(config.state_file, Some(state));
    assert_eq!(config.backfill, Backfill::Since(Duration::from_secs(30 * 86_400)));
    let metrics = config.metrics;
    assert!(
        metrics.workflows.allows("ac") && !metrics.workflows.allows("ab") && !metrics.workflows.allows("b")
    );
    assert_eq!([metrics.workflows.max, metrics.tasks.max, metrics.schedules.max], [6, 7, 0]);
    assert_eq!(
        (metrics.histograms, &*metrics.buckets, metrics.task_histograms),
        (Histograms::Native, &[1.0, 2.5][..], true)
    );
    assert!(metrics.disabled.contains("cloacina_state_tasks"));
    assert_eq!(&*metrics.failure_reasons[0].0, "quota");
    assert!(metrics.failure_reasons[0].1.is_match("the quota of x exceeded"));
    assert_eq!((metrics.stalled_after.as_secs(), metrics.stale_after.as_secs()), (1200, 90));
    assert_eq!(metrics.missed_after.as_secs(), 180);
    let given = |schedule: &str| {
        let given = metrics.schedule_override(schedule).unwrap();
        [given.grace, given.succeeds_within].map(|span| span.map(|span| span.as_secs()))
    };
    assert_eq!(given("nightly"), [Some(300), None], "the first that matches");
    assert_eq!(given("nightly_2"), [Some(600), Some(7200)]);
    assert_eq!(given("a_report"), [Some(600), Some(7200)]);
    assert_eq!(given("other"), [None, Some(86_400)]);
    assert_eq!((metrics.hold_first_value, metrics.created_samples), (Duration::ZERO, false));
    assert_eq!(config.log, Log { level: tracing::Level::DEBUG, format: LogFormat::Json });
}

#[test]
fn a_flag_beats_the_file() {
    let mut case = Case::with_file("databases: [{url: /file.db}]\npoll: {interval: 1m}\nbackfill: all\n");
    case.settings.databases = vec![Setting::new("/flag.db".to_owned(), "--database")];
    case.settings.poll_interval = Some(Setting::new("2m".to_owned(), "--poll.interval"));
    let config = case.load(Purpose::Check).unwrap().config;
    assert_eq!(config.databases.len(), 1);
    assert_eq!(config.databases[0].url.to_string(), "sqlite:/flag.db");
    assert_eq!(config.poll.interval, Duration::from_secs(120));
    assert_eq!(config.backfill, Backfill::All);
}

#[test]
fn without_a_database_the_variable_is_used_then_the_daemons_file_then_there_is_an_error() {
    assert!(matches!(Case::new().load(Purpose::Check), Err(Error::NoDatabase)));
    for name in [".cloacina/cloacina.db?mode=rwc&_journal_mode=WAL", ".cloacina/cloacina.db"] {
        let case = Case::new();
        let path = case.write(name, "");
        let database = case.load(Purpose::Check).unwrap().config.databases.remove(0);
        assert_eq!((&*database.name, database.url.to_string()), ("cloacina", format!("sqlite:{path}")));
    }
    let mut case = Case::new();
    case.write(".cloacina/cloacina.db", "");
    case.variables.insert("DATABASE_URL", "postgres://h/d".to_owned());
    let database = case.load(Purpose::Check).unwrap().config.databases.remove(0);
    assert_eq!((&*database.name, database.url.to_string().as_str()), ("d", "postgres://h/d"));

    let mut case = Case::new();
    case.variables.insert("DATABASE_URL", "mysql://u:hidden@h/d".to_owned());
    let error = case.error();
    assert!(error.starts_with("DATABASE_URL: the address is of an unknown kind; accepted are"), "{error}");
}

#[test]
fn the_demo_has_no_database_and_no_state_file_unless_named() {
    let config = Case::new().load(Purpose::Demo).unwrap().config;
    assert!(config.databases.is_empty());
    assert_eq!(config.state_file, None);
}

#[test]
fn reading_once_needs_a_database_but_no_state_file_even_if_an_unusable_one_is_named() {
    assert!(matches!(Case::new().load(Purpose::ReadOnce), Err(Error::NoDatabase)));
    let case = Case::with_file("databases: [{url: /a.db}]\nstate: {file: /nonexistent/x}\n");
    let loaded = case.load(Purpose::ReadOnce).unwrap();
    assert_eq!((loaded.config.state_file, loaded.warnings), (None, Vec::new()));
    assert_eq!(loaded.config.databases.len(), 1);
}

#[test]
fn the_state_file_is_looked_for_where_systemd_then_xdg_then_home_say() {
    let case = |variables: &[(&'static str, &str)]| {
        let mut case = Case::new();
        let home = case.home.path().to_owned();
        case.variables.insert("DATABASE_URL", "/a.db".to_owned());
        case.variables.extend(
            variables.iter().map(|(name, path)| (*name, path.replace("HOME", home.to_str().unwrap()))),
        );
        let path = case.load(Purpose::Serve).unwrap().config.state_file.unwrap();
        path.strip_prefix(home).unwrap().to_owned()
    };
    assert_eq!(case(&[]), Path::new(".local/state/cloacina-exporter/cloacina-exporter.state"));
    let xdg = ("XDG_STATE_HOME", "HOME/xdg");
    assert_eq!(case(&[xdg]), Path::new("xdg/cloacina-exporter/cloacina-exporter.state"));
    assert_eq!(case(&[xdg, ("STATE_DIRECTORY", "HOME/a:HOME/b")]), Path::new("a/cloacina-exporter.state"));
}

#[test]
fn an_unusable_default_state_file_is_a_warning_and_an_unusable_named_one_an_error() {
    let mut case = Case::new();
    case.variables.insert("DATABASE_URL", "/a.db".to_owned());
    case.write(".local", "a file where a directory should be");
    let loaded = case.load(Purpose::Serve).unwrap();
    assert_eq!(loaded.config.state_file, None);
    assert!(loaded.warnings[0].contains("pass --state.file"), "{:?}", loaded.warnings);

    let mut case = Case::new();
    case.settings.state_file = Some(Setting::new("/nonexistent/x".to_owned(), "--state.file"));
    case.variables.insert("DATABASE_URL", "/a.db".to_owned());
    assert!(case.error().starts_with("--state.file: the state file /nonexistent/x cannot be written: "));

    let mut case = Case::new();
    case.settings.state_file = Some(Setting::new("none".to_owned(), "--state.file"));
    case.variables.insert("DATABASE_URL", "/a.db".to_owned());
    let loaded = case.load(Purpose::Serve).unwrap();
    assert_eq!((loaded.config.state_file, loaded.warnings.len()), (None, 0));
}

#[test]
fn checking_creates_nothing() {
    let mut case = Case::new();
    case.variables.insert("DATABASE_URL", "/a.db".to_owned());
    let home = case.home.path().to_owned();
    let Case { home: _kept, settings, variables } = case;
    load(settings, Purpose::Check, &|name| variables.get(name).cloned(), &FAMILIES.into()).unwrap();
    assert_eq!(fs::read_dir(home).unwrap().count(), 0);
}

#[test]
fn tenants_and_sqlite_databases_of_other_shards_are_not_read() {
    let listed: Vec<String> =
        (0..40).map(|number| format!("{{name: s{number}, url: /s{number}.db}}")).collect();
    let yaml = format!("databases: [{{name: p, url: 'postgres://h/d'}}, {}]\n", listed.join(", "));
    let mut sqlite = 0;
    for index in 0..3 {
        let case = Case::with_file(&format!("{yaml}shard: {{index: {index}, count: 3}}"));
        let config = case.load(Purpose::Check).unwrap().config;
        let (postgres, others): (Vec<_>, Vec<_>) =
            config.databases.iter().partition(|read| *read.name == *"p");
        sqlite += others.len();
        assert!(others.iter().all(|database| database.reads("main") && database.owns(&database.name)));
        let [postgres] = postgres[..] else { panic!("every shard reads the server") };
        let held: Vec<bool> = ["a", "b", "c", "d"].map(|schema| postgres.reads(schema)).into();
        assert_eq!(held, ["p/a", "p/b", "p/c", "p/d"].map(|label| postgres.shard.holds(label)));
        assert_eq!(held, ["p/a", "p/b", "p/c", "p/d"].map(|label| postgres.owns(label)));
        assert!(postgres.owns("p") && !postgres.owns("a") && !postgres.owns("q/a"));
    }
    assert_eq!(sqlite, 40);
}

#[test]
fn whoever_reads_once_reads_all_shards() {
    let case = Case::with_file("databases: [{name: p, url: 'postgres://h/d'}]\nshard: {index: 0, count: 3}");
    let config = case.load(Purpose::ReadOnce).unwrap().config;
    assert!(["a", "b", "c", "d", "e", "f", "g", "h"].iter().all(|schema| config.databases[0].reads(schema)));
}

#[test]
fn the_flag_of_the_shard_comes_before_the_file() {
    let mut case = Case::with_file("databases: [{url: /a.db}]\nshard: {count: 7}");
    case.settings.shard_index = Some(Setting::new("6".to_owned(), "--shard.index"));
    case.settings.shard_count = Some(Setting::new("5".to_owned(), "--shard.count"));
    assert_eq!(case.error(), "--shard.index: 6 is not from 0 to 4");
    let mut case = Case::with_file("databases: [{url: /a.db}]");
    case.settings.shard_count = Some(Setting::new("some".to_owned(), "--shard.count"));
    assert_eq!(case.error(), "--shard.count: `some` is not a whole number");
}

#[test]
fn a_password_that_was_replaced_in_its_file_is_found() {
    let yaml = "databases: [{url: 'postgres://u@h/d', password_file: pw}, {name: e, url_file: address}]";
    let case = Case::with_file(yaml);
    case.write("pw", "old\n");
    let address = case.write("address", "postgres://u:old@h/d");
    let write = |name: &str, text: &str| fs::write(Path::new(&address).with_file_name(name), text).unwrap();
    let config = {
        let Case { home: _home, settings, variables } = &case;
        load(settings.clone(), Purpose::Check, &|name| variables.get(name).cloned(), &FAMILIES.into())
            .unwrap()
            .config
    };
    let again = |index: usize| {
        let database = &config.databases[index];
        database.read_again().map(|url| password(&Database { url, ..database.clone() }))
    };
    write("pw", "new\n");
    write("address", "postgres://u:new@h/d");
    assert_eq!([again(0), again(1)], [Some("new".to_owned()), Some("new".to_owned())]);
    // Another database takes a reload, and a file that is being written is no address.
    write("address", "postgres://u:new@h/other");
    assert_eq!(again(1), None);
    write("address", "");
    assert_eq!(again(1), None);
}
