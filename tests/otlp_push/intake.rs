//! What a destination's failures cost: nothing but time. An intake with Datadog's rules, and one that never answers.

use super::{EXPORTS, Site, borrowed, completed, exports};
use crate::support::exporter::Exporter;
use crate::support::exposition::Exposition;
use crate::support::intake::{Fault, Intake};

#[tokio::test(flavor = "multi_thread")]
async fn through_outages_and_a_crash_the_datadog_preset_delivers_what_the_page_says() {
    let mut site = Site::new().await;
    let intake = Intake::start("secret-key").await;
    std::fs::write(site.path("key"), "secret-key\n").unwrap();
    let otlp = format!(
        "otlp: {{destinations: [{{name: dd, preset: datadog, endpoint: '{}', api_key_file: key, interval: 1s, \
         export_timeout: 1s}}]}}\n",
        intake.endpoint()
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let delivered = |page: &Exposition, times: f64| exports(page, "dd", "success") >= times;
    exporter.until("a first export", |page| delivered(page, 1.0)).await;
    for _ in 0..3 {
        site.runner.succeed("etl").await;
    }
    let sum = |intake: &Intake| {
        intake.sum("cloacina.state.workflow.executions", &[("workflow", "etl"), ("status", "completed")])
    };
    exporter.until("the first three", |page| completed(page, "etl") == 3.0).await;
    exporter.until("their delivery", |_| sum(&intake) == 3.0).await;

    // An outage: nothing is lost, and nothing is kept but the totals.
    // It lasts until it is seen: a few faults may be over within the attempts of one export, which then succeeds.
    intake.fail_next(std::iter::repeat_n(Fault::Status(503), 10_000));
    for _ in 0..2 {
        site.runner.succeed("etl").await;
    }
    exporter.until("failures of the intake", |page| exports(page, "dd", "unavailable") >= 1.0).await;
    intake.end_faults();
    exporter.until("recovery", |_| sum(&intake) == 5.0).await;

    // A crash, with executions that end meanwhile.
    exporter.kill();
    for _ in 0..4 {
        site.runner.succeed("etl").await;
    }
    exporter.start_again().await;
    let page = exporter.until("the last four", |page| completed(page, "etl") == 9.0).await;
    exporter.until("their delivery", |_| sum(&intake) >= 9.0).await;
    assert_eq!(sum(&intake), 9.0, "{}", exporter.log());
    assert_eq!(exports(&page, "dd", "partial"), 0.0);
    assert_eq!(exporter.terminate(), 0);
    assert_eq!(sum(&intake), 9.0, "the last export repeats nothing");
    assert!(!exporter.log().contains("secret-key"));
}

#[tokio::test]
async fn a_cumulative_configuration_is_refused_by_a_datadog_like_intake_and_that_is_said() {
    let mut site = Site::new().await;
    site.runner.succeed("etl").await;
    let intake = Intake::start("secret-key").await;
    let otlp = format!(
        "otlp: {{destinations: [{{name: wrong, endpoint: '{}', headers: {{dd-api-key: secret-key}}, interval: 1s}}]}}\n",
        intake.endpoint().trim_end_matches("/v1/metrics")
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let rejected = "cloacina_exporter_otlp_rejected_items_total";
    exporter.until("rejected points", |page| page.sum(rejected, &[("destination", "wrong")]) > 0.0).await;
    exporter.until("partial exports", |page| exports(page, "wrong", "partial") >= 2.0).await;
    let log = exporter.log();
    assert_eq!(log.matches("did not take all of an export").count(), 1, "said once: {log}");
    assert!(!log.contains("secret-key"));
}

#[tokio::test]
async fn a_destination_that_never_answers_disturbs_no_scrape_and_no_shutdown() {
    let mut site = Site::new().await;
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            held.push(stream);
        }
    });
    let otlp = format!(
        "otlp: {{destinations: [{{name: silent, endpoint: 'http://{address}', signals: [metrics, traces], \
         interval: 100ms, timeout: 200ms, export_timeout: 500ms}}]}}\n"
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let timeouts = |page: &Exposition| exports(page, "silent", "timeout");
    exporter.until("a timeout", |page| timeouts(page) >= 2.0).await;
    site.runner.succeed("etl").await;
    exporter.until("the execution", |page| completed(page, "etl") == 1.0).await;
    let waits = |page: &Exposition| page.sum("cloacina_exporter_otlp_waiting_executions", &[]);
    exporter.until("its trace waits", |page| waits(page) == 1.0).await;
    let of_traces = |page: &Exposition| page.sum(EXPORTS, &[("signal", "traces"), ("outcome", "timeout")]);
    exporter.until("a timeout of traces", |page| of_traces(page) >= 1.0).await;
    assert_eq!(exporter.log().matches("an export failed").count(), 2, "said once for each signal");
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_is_taken_up_without_a_restart_and_nothing_is_lost_meanwhile() {
    let mut site = Site::new().await;
    let intake = Intake::start("old").await;
    std::fs::write(site.path("key"), "old\n").unwrap();
    let otlp = format!(
        "otlp: {{destinations: [{{name: dd, preset: datadog, endpoint: '{}', api_key_file: key, interval: 300ms}}]}}\n",
        intake.endpoint()
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    exporter.until("a first export", |page| exports(page, "dd", "success") >= 1.0).await;
    intake.set_key("new");
    exporter.until("a refusal", |page| exports(page, "dd", "forbidden") >= 1.0).await;
    site.runner.succeed("etl").await;
    exporter.until("the execution", |page| completed(page, "etl") == 1.0).await;
    std::fs::write(site.path("key"), "new\n").unwrap();
    let sum =
        || intake.sum("cloacina.state.workflow.executions", &[("workflow", "etl"), ("status", "completed")]);
    exporter.until("its delivery", |_| sum() == 1.0).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    assert_eq!(sum(), 1.0);
}
