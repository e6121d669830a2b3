//! One export and the end, as from cron.

use std::path::Path;

use super::{Site, borrowed};
use crate::support::collector::Collector;
use crate::support::process;

/// Runs the binary to its end; gives the exit code and what it said.
fn once(site: &Site, arguments: &[&str]) -> (i32, String) {
    let mut command = process::own(Path::new(env!("CARGO_BIN_EXE_cloacina-exporter")));
    command.args(arguments).env_clear().env("HOME", site.folder.path()).env("PATH", "/usr/bin:/bin");
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    (output.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_export_says_by_its_exit_code_whether_everything_was_delivered() {
    let mut site = Site::new().await;
    let collector = Collector::start().await;
    let state = site.path("once.state");
    let endpoint = collector.endpoint();
    let arguments = |endpoint: &str, database: &str| {
        [
            "serve",
            "--web.listen-address",
            "none",
            "--otlp.once",
            "--otlp.endpoint",
            endpoint,
            "--database",
            database,
            "--state.file",
            &state,
        ]
        .map(str::to_owned)
    };
    let run = |endpoint: &str, database: &str| {
        let arguments = arguments(endpoint, database);
        once(&site, &borrowed(&arguments))
    };
    let (code, said) = run(&endpoint, &site.url);
    assert_eq!(code, 0, "{said}");
    site.runner.succeed("etl").await;
    // The first run that sees a new series shows its zero, the next one its count.
    for _ in 0..2 {
        let arguments = arguments(&endpoint, &site.url);
        let (code, said) = once(&site, &borrowed(&arguments));
        assert_eq!(code, 0, "{said}");
    }
    let names =
        collector.look(|kept| kept.metrics.iter().map(|metric| metric.name.clone()).collect::<Vec<_>>());
    assert!(names.iter().any(|name| name == "cloacina.state.workflow.executions"), "{names:?}");

    let nowhere = format!("http://127.0.0.1:{}", process::free_port());
    let unreachable = arguments(&nowhere, &site.url);
    assert_eq!(once(&site, &borrowed(&unreachable)).0, 1, "nothing listens there");
    let unread = arguments(&endpoint, "postgres://nobody@127.0.0.1:1/none");
    assert_eq!(once(&site, &borrowed(&unread)).0, 1, "the database cannot be read");
    let wrong = arguments("ftp://collector", &site.url);
    assert_eq!(once(&site, &borrowed(&wrong)).0, 2, "the endpoint is not one");
}
