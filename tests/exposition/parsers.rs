//! What the reference parsers say of the text pages. They have to be installed, hence the feature `servers`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use cloacina_exporter::encode::Format;

use super::page;
use super::sample::TRACE;

fn fed(mut command: Command, package: &str, page: &str) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap_or_else(|error| panic!("install Debian's {package}: {error}"));
    // A parser that ends before it has read all says why by itself.
    let _ = child.stdin.take().unwrap().write_all(page.as_bytes());
    child.wait_with_output().unwrap()
}

fn assert_clean(output: &Output, hint: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{hint}\n{errors}");
}

#[test]
fn promtool_finds_nothing_wrong_with_the_text_page() {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]);
    assert_clean(&fed(promtool, "prometheus", &page(Format::Text, true)), "promtool complains");
}

#[test]
fn the_python_parser_reads_the_openmetrics_page_with_units_exemplars_and_creation_times() {
    let program = "import sys\n\
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n\
        families = {family.name: family for family in parse(sys.stdin.read())}\n\
        for name, family in families.items():\n\
        \x20   print(name, family.type, family.unit or '-', len(family.samples))\n\
        total, created = families['test_executions'].samples[:2]\n\
        print(repr(total.labels['workflow']), float(total.value), total.exemplar.labels, float(total.exemplar.timestamp))\n\
        print(created.name, created.value)\n\
        print(repr(families['test_age_seconds'].documentation))\n";
    let wanted = format!(
        "test_level gauge - 10\n\
         test_age_seconds gauge seconds 1\n\
         test_executions counter executions 3\n\
         test_failures counter - 1\n\
         test_build info - 1\n\
         test_duration_seconds histogram seconds 21\n\
         test_size_bytes histogram bytes 5\n\
         'a \"quoted\" \\\\ name\\nof two lines, é' 12.0 {{'trace_id': '{TRACE}'}} 1700000100.123456\n\
         test_executions_created 1700000000.25\n\
         'Help with \"quotes\", a \\\\ and\\na second line.'\n"
    );
    let python = std::env::var_os("CLOACINA_EXPORTER_PYTHON").unwrap_or_else(|| "python3".into());
    let mut python = Command::new(python);
    python.env("PYTHONIOENCODING", "utf-8").args(["-c", program]);
    let output = fed(python, "python3", &page(Format::OpenMetrics, true));
    assert_clean(
        &output,
        "tests/install installs prometheus-client, and tests/all sets CLOACINA_EXPORTER_PYTHON",
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted);
}
