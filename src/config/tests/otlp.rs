//! Facts about OTLP: which variable comes first, what a destination of the file gets, and what is refused.

use super::*;

/// With these variables set, and no file.
fn loaded(variables: &[(&'static str, &str)]) -> Loaded {
    try_load(variables).unwrap()
}

fn try_load(variables: &[(&'static str, &str)]) -> Result<Loaded, Error> {
    let mut case = Case::with_file("databases: [{url: /a.db}]\n");
    case.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    case.load(Purpose::Check)
}

/// The exporter of a signal, which must be there.
fn of(variables: &[(&'static str, &str)], signal: Signal) -> Exporter {
    let otlp = loaded(variables).config.otlp;
    otlp.exporters.into_iter().find(|exporter| exporter.signal == signal).expect("it is pushed")
}

fn signals(variables: &[(&'static str, &str)]) -> Vec<Signal> {
    loaded(variables).config.otlp.exporters.iter().map(|exporter| exporter.signal).collect()
}

fn destination(yaml: &str) -> Exporter {
    let otlp = config(&format!("otlp: {{destinations: [{yaml}]}}")).otlp;
    let [exporter] = &otlp.exporters[..] else { panic!("{otlp:?}") };
    exporter.clone()
}

fn refused(yaml: &str) -> String {
    error(&format!("otlp: {{destinations: [{yaml}]}}"))
}

fn text(value: &HeaderValue) -> &str {
    match value {
        HeaderValue::Text(text) => text.expose_secret(),
        HeaderValue::File(path) => path.file_name().unwrap().to_str().unwrap(),
    }
}

const GENERAL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/base/");

#[test]
fn nothing_is_pushed_unless_it_is_asked_for() {
    assert_eq!(signals(&[]), []);
    assert_eq!(signals(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_SERVICE_NAME", "x")]), []);
    assert_eq!(signals(&[("OTEL_METRICS_EXPORTER", "none"), GENERAL]), []);
    assert_eq!(signals(&[("OTEL_METRICS_EXPORTER", "prometheus"), GENERAL]), []);
}

#[test]
fn a_general_endpoint_is_for_metrics_alone_and_the_others_have_to_be_named() {
    assert_eq!(signals(&[GENERAL]), [Signal::Metrics]);
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://tempo:4318/v1/traces");
    assert_eq!(signals(&[own]), [Signal::Traces]);
    assert_eq!(signals(&[GENERAL, ("OTEL_LOGS_EXPORTER", "otlp")]), [Signal::Metrics, Signal::Logs]);
    assert_eq!(signals(&[("OTEL_METRICS_EXPORTER", "prometheus,otlp")]), [Signal::Metrics]);
    assert_eq!(signals(&[own, ("OTEL_TRACES_EXPORTER", "none")]), []);
}

#[test]
fn a_base_endpoint_gets_the_signals_path_and_a_signals_own_one_is_used_as_it_is() {
    let endpoint = |variables: &[_], signal| of(variables, signal).endpoint.to_string();
    assert_eq!(endpoint(&[GENERAL], Signal::Metrics), "http://all:4318/base/v1/metrics");
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own:4318/as/is?x=1");
    assert_eq!(endpoint(&[GENERAL, own], Signal::Metrics), "http://own:4318/as/is?x=1");
    let bare = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own:4318");
    assert_eq!(endpoint(&[bare], Signal::Metrics), "http://own:4318/");
    let wanted = ("OTEL_METRICS_EXPORTER", "otlp");
    assert_eq!(endpoint(&[wanted], Signal::Metrics), "http://localhost:4318/v1/metrics");
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    assert_eq!(endpoint(&[wanted, grpc], Signal::Metrics), "http://localhost:4317/");
    assert_eq!(endpoint(&[GENERAL, grpc], Signal::Metrics), "http://all:4318/");
    let schemeless = ("OTEL_EXPORTER_OTLP_ENDPOINT", "all:4317");
    assert_eq!(endpoint(&[schemeless, grpc], Signal::Metrics), "https://all:4317/");
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    assert_eq!(endpoint(&[schemeless, grpc, insecure], Signal::Metrics), "http://all:4317/");
}

#[test]
fn a_signals_own_form_of_a_variable_comes_first() {
    let plain = of(&[GENERAL], Signal::Metrics);
    assert_eq!((plain.timeout, plain.gzip), (Duration::from_secs(10), false));
    assert_eq!(plain.protocol, Protocol::HttpProtobuf);
    let general = [
        GENERAL,
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
    ];
    let exporter = of(&general, Signal::Metrics);
    assert_eq!((exporter.protocol, exporter.timeout), (Protocol::Grpc, Duration::from_secs(2)));
    assert_eq!((exporter.gzip, text(&exporter.headers[0].value)), (true, "1"));
    let own = [
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "3000"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "b=2"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "9"),
    ];
    let exporter = of(&[&general[..], &own[..]].concat(), Signal::Metrics);
    assert_eq!((exporter.protocol, exporter.timeout), (Protocol::HttpProtobuf, Duration::from_secs(3)));
    let headers: Vec<_> =
        exporter.headers.iter().map(|header| (header.name.as_str(), text(&header.value))).collect();
    assert_eq!((exporter.gzip, headers), (false, vec![("b", "2")]));
}

#[test]
fn temporality_histograms_and_times_have_the_specifications_defaults_and_values() {
    let plain = of(&[GENERAL], Signal::Metrics);
    assert_eq!((plain.temporality, plain.histograms), (Temporality::Cumulative, HistogramKind::Explicit));
    assert_eq!((plain.interval, plain.export_timeout), (Duration::from_secs(60), Duration::from_secs(30)));
    for (value, wanted) in [
        ("DELTA", Temporality::Delta),
        ("lowmemory", Temporality::LowMemory),
        ("Cumulative", Temporality::Cumulative),
    ] {
        let variable = ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", value);
        assert_eq!(of(&[GENERAL, variable], Signal::Metrics).temporality, wanted);
    }
    let exporter = of(
        &[
            GENERAL,
            (
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                "base2_exponential_bucket_histogram",
            ),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "500"),
        ],
        Signal::Metrics,
    );
    assert_eq!(exporter.histograms, HistogramKind::Exponential);
    assert_eq!(
        (exporter.interval, exporter.export_timeout),
        (Duration::from_secs(1), Duration::from_millis(500))
    );
}

#[test]
fn a_value_that_makes_no_sense_is_a_warning_and_the_default() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "no pairs"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_CONFIG_FILE", "sdk.yaml"),
    ] {
        let loaded = loaded(&[GENERAL, (name, value)]);
        let [warning] = &loaded.warnings[..] else { panic!("{name}: {:?}", loaded.warnings) };
        assert!(warning.contains(name), "{warning}");
        let plain = of(&[GENERAL], Signal::Metrics);
        assert_eq!(format!("{:?}", loaded.config.otlp.exporters[0]), format!("{plain:?}"));
    }
}

#[test]
fn a_disabled_sdk_pushes_nothing_and_says_so() {
    let loaded = loaded(&[GENERAL, ("OTEL_SDK_DISABLED", "True")]);
    assert!(loaded.config.otlp.exporters.is_empty());
    assert_eq!(loaded.warnings, ["OTEL_SDK_DISABLED is true: nothing is pushed"]);
}

#[test]
fn the_resource_is_that_of_the_variables_with_the_files_attributes_over_it() {
    let resource = |variables: &[_]| loaded(variables).config.otlp.resource;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(resource(&[]), [pair("service.name", "cloacina-exporter")]);
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a, team=on%20call%2C%20ops,");
    assert_eq!(resource(&[attributes]), [pair("service.name", "a"), pair("team", "on call, ops")]);
    let name = ("OTEL_SERVICE_NAME", "b");
    assert_eq!(resource(&[attributes, name]), [pair("service.name", "b"), pair("team", "on call, ops")]);
    let file = config("otlp: {resource_attributes: {service.name: c, deployment.environment.name: prod}}");
    let wanted = [pair("deployment.environment.name", "prod"), pair("service.name", "c")];
    assert_eq!(file.otlp.resource, wanted);
    let instance = error("otlp: {resource_attributes: {service.instance.id: x}}");
    assert!(instance.contains("made anew by each process"), "{instance}");
}

#[test]
fn a_wrong_endpoint_header_or_file_is_an_error_that_repeats_no_secret() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "all:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://all"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@all:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a b=hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=hunter2%0A"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/hunter.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/dev/null"),
    ] {
        let error = try_load(&[GENERAL, (name, value)]).unwrap_err().to_string();
        assert!(error.contains("OTEL_EXPORTER_OTLP_"), "{name}={value}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn flags_come_before_all_variables() {
    let mut case = Case::with_file("databases: [{url: /a.db}]\n");
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own:1/x");
    case.variables
        .extend([(own.0, own.1.to_owned()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned())]);
    case.settings.otlp.endpoint = Some(Setting::new("http://flag:4317".to_owned(), "--otlp.endpoint"));
    case.settings.otlp.protocol = Some(Setting::new("grpc".to_owned(), "--otlp.protocol"));
    let otlp = case.load(Purpose::Check).unwrap().config.otlp;
    assert_eq!((otlp.exporters.len(), otlp.exporters[0].protocol), (1, Protocol::Grpc));
    assert_eq!(otlp.exporters[0].endpoint.to_string(), "http://flag:4317/");
}

#[test]
fn a_destination_of_the_file_begins_with_the_defaults_and_is_named_after_its_host() {
    let exporter = destination("{endpoint: 'http://Collector.example:4318'}");
    assert_eq!((&*exporter.destination, exporter.signal), ("collector-example", Signal::Metrics));
    assert_eq!(exporter.endpoint.to_string(), "http://Collector.example:4318/v1/metrics");
    assert_eq!((exporter.protocol, exporter.gzip), (Protocol::HttpProtobuf, false));
    assert_eq!(
        (exporter.temporality, exporter.histograms),
        (Temporality::Cumulative, HistogramKind::Explicit)
    );
    assert_eq!(exporter.max_request_bytes, 2 * 1024 * 1024);
    let all = "{name: all, endpoint: 'https://c', signals: [traces, metrics, logs], temporality: delta, \
               histograms: exponential, compression: gzip, interval: 5s, timeout: 1s, export_timeout: 2s, \
               max_request_bytes: 16384, headers: {X-Team: a}, header_files: {authorization: token}}";
    let otlp = config(&format!("otlp: {{push: none, error_text: false, destinations: [{all}]}}")).otlp;
    assert_eq!((otlp.pusher, otlp.error_text, otlp.exporters.len()), (Pusher::None, false, 3));
    for exporter in &otlp.exporters {
        let headers: Vec<_> = exporter.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(headers, ["x-team", "authorization"]);
        assert_eq!(exporter.endpoint.path(), format!("/v1/{}", exporter.signal.name()));
        assert_eq!((exporter.interval, exporter.max_request_bytes), (Duration::from_secs(5), 16_384));
    }
    assert!(otlp.sends_executions());
}

#[test]
fn the_datadog_preset_sets_all_that_its_intake_wants_and_refuses_the_rest() {
    let exporter = destination("{preset: datadog, site: datadoghq.eu, api_key_file: key}");
    assert_eq!(exporter.endpoint.to_string(), "https://otlp.datadoghq.eu/v1/metrics");
    assert_eq!((exporter.temporality, exporter.gzip), (Temporality::Delta, true));
    assert_eq!((&*exporter.destination, exporter.max_request_bytes), ("datadog", 480_000));
    let headers: Vec<_> =
        exporter.headers.iter().map(|header| (header.name.as_str(), text(&header.value))).collect();
    let config = r#"{"resource_attributes_as_tags":true}"#;
    assert_eq!(headers, [("dd-api-key", "key"), ("dd-otel-metric-config", config)]);
    for wrong in [
        "{preset: datadog}",
        "{preset: datadog, api_key_file: key, temporality: cumulative}",
        "{preset: datadog, api_key_file: key, temporality: lowmemory}",
        "{preset: datadog, api_key_file: key, protocol: grpc}",
        "{preset: datadog, api_key_file: key, signals: [traces]}",
        "{preset: datadog, api_key_file: key, max_request_bytes: 500001}",
        "{preset: newrelic, api_key_file: key}",
        "{endpoint: 'https://otlp.datadoghq.com'}",
    ] {
        assert!(refused(wrong).starts_with("exporter.yml:2: otlp.destinations"), "{}", refused(wrong));
    }
    let mut case = Case::with_file("databases: [{url: /a.db}]\n");
    case.settings.otlp.preset = Some(Setting::new("datadog".to_owned(), "--otlp.preset"));
    case.variables
        .extend([("DD_API_KEY", "hunter2".to_owned()), ("DD_SITE", "us5.datadoghq.com".to_owned())]);
    let otlp = case.load(Purpose::Check).unwrap().config.otlp;
    assert_eq!(otlp.exporters[0].endpoint.to_string(), "https://otlp.us5.datadoghq.com/v1/metrics");
    assert_eq!(text(&otlp.exporters[0].headers[0].value), "hunter2");
    assert!(!format!("{otlp:?}{otlp}").contains("hunter2"));
}

#[test]
fn what_cannot_be_pushed_as_asked_is_refused() {
    for (wrong, wanted) in [
        ("{name: a}", "no endpoint"),
        ("{name: A, endpoint: 'http://c'}", "a-z"),
        ("{name: default, endpoint: 'http://c'}", "two destinations called default"),
        ("{name: a, endpoint: 'http://c'}, {name: a, endpoint: 'http://d'}", "two destinations called a"),
        ("{endpoint: 'http://c', signals: [profiles]}", "metrics, traces, logs"),
        ("{endpoint: 'http://c', max_request_bytes: 16383}", "16384"),
        ("{endpoint: 'http://c', interval: 99ms}", "100ms"),
        ("{endpoint: 'http://c', client_key: exporter.yml}", "certificate"),
        ("{endpoint: 'http://c', certificate: missing.pem}", "missing.pem"),
        ("{endpoint: 'http://user:hunter2@c'}", "no user"),
    ] {
        let message = refused(wrong);
        assert!(message.contains(wanted) && !message.contains("hunter2"), "{wrong}: {message}");
    }
    let elected = error("otlp: {push: elected, destinations: [{endpoint: 'http://c'}]}");
    assert!(elected.contains("takes a PostgreSQL database"), "{elected}");
    let native = config("histograms: {kind: native}\notlp: {destinations: [{endpoint: 'http://c'}]}");
    assert_eq!(
        native.otlp.exporters[0].histograms,
        HistogramKind::Exponential,
        "what is kept, unless it is said"
    );
    for (kept, pushed) in [("classic", "exponential"), ("native", "explicit")] {
        let yaml = format!(
            "histograms: {{kind: {kept}}}\notlp: {{destinations: [{{endpoint: 'http://c', histograms: {pushed}}}]}}"
        );
        assert!(error(&yaml).contains("histograms.kind"), "{}", error(&yaml));
    }
    config(
        "histograms: {kind: off}\notlp: {destinations: [{endpoint: 'http://c', histograms: exponential}]}",
    );
}

#[test]
fn serving_nothing_and_pushing_nothing_is_refused() {
    assert!(error("web: {listen_address: none}").starts_with("nothing would be served and nothing pushed"));
    let pushed = config("web: {listen_address: none}\notlp: {destinations: [{endpoint: 'http://c'}]}");
    assert_eq!(pushed.web.listen_address, None);
    let mut case = Case::with_file("databases: [{url: /a.db}]\n");
    case.settings.once = true;
    assert!(case.error().starts_with("nothing would be served"));
}

#[test]
fn the_shown_configuration_names_headers_and_never_their_values() {
    let yaml = "otlp: {destinations: [{name: c, endpoint: 'http://c?key=hunter2', headers: {authorization: hunter2}}]}";
    let shown = config(yaml).to_string();
    let line = "push metrics to c: HTTP http://c/v1/metrics, cumulative, explicit histograms, every 1m, \
                headers authorization\n";
    assert!(shown.contains(line), "{shown}");
    assert!(!shown.contains("hunter2"));
}

/// The table of variables is whole, and holds nothing that is not read.
#[test]
fn every_variable_that_is_read_is_documented_and_the_other_way_round() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(here.join("src/config/otlp/environment.rs")).unwrap();
    let page = fs::read_to_string(here.join("docs/configuration.md")).unwrap();
    let table: String =
        page.lines().filter(|line| line.starts_with("| `OTEL_") || line.starts_with("| `DD_")).collect();
    let quoted = Regex::new(r#"`((?:OTEL|DD)_[A-Z_<>]+)`"#).unwrap();
    let documented: BTreeSet<String> =
        quoted.captures_iter(&table).map(|found| found[1].to_owned()).collect();
    assert!(documented.len() > 20, "{documented:?}");
    for name in &documented {
        let key = name.trim_start_matches("OTEL_EXPORTER_OTLP_").trim_start_matches("<SIGNAL>_");
        let key =
            key.trim_start_matches("METRICS_").trim_start_matches("TRACES_").trim_start_matches("LOGS_");
        let read = [format!("\"{name}\""), format!("\"{key}\"")].iter().any(|text| source.contains(text));
        let composed = name.ends_with("_ENDPOINT") || name.ends_with("S_EXPORTER");
        assert!(read || composed, "{name} is documented and not read");
    }
    let literal = Regex::new(r#""((?:OTEL|DD)_[A-Z_]+)""#).unwrap();
    for found in literal.captures_iter(&source) {
        assert!(documented.contains(&found[1]), "{} is read and not documented", &found[1]);
    }
    let keys = Regex::new(r#"(?s)self\.(?:of|choice)\(\s*signal,\s*"([A-Z_]+)""#).unwrap();
    let found: Vec<_> = keys.captures_iter(&source).map(|found| found[1].to_owned()).collect();
    assert!(found.len() >= 9, "{found:?}");
    for key in found {
        assert!(documented.iter().any(|name| name.ends_with(&format!("_{key}"))), "{key} is not documented");
    }
}

#[test]
fn no_secret_of_a_destination_is_shown() {
    let yaml = "otlp: {destinations: [{name: c, endpoint: 'https://c.example/v1?api_key=hunter2', \
                headers: {x-key: hunter2}}]}";
    let config = config(yaml);
    let shown = format!("{config:?} {config:#?} {config}");
    assert!(shown.contains("c.example") && !shown.contains("hunter2"), "{shown}");
}
