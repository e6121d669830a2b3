//! Over HTTP: what is sent, and what each status and body means.

use std::io::Read as _;
use std::time::Duration;

use cloacina_exporter::config::{Exporter, Signal};
use cloacina_exporter::push::sender::{Accepted, Failure, Reason, Sender};
use hyper::Version;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message as _;

use crate::exporters::{header, logs, message, metrics, over_http, traces};
use crate::server::{Reply, Server};

/// The failure of one answer that is not tried again.
async fn refused(reply: Reply) -> Failure {
    let server = Server::start(vec![reply]).await;
    let failure = Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    failure
}

#[tokio::test]
async fn a_request_arrives_whole_with_its_headers() {
    let server = Server::start(vec![Reply::status(200)]).await;
    let mut exporter = over_http(&server.url());
    exporter.headers = vec![
        header("dd-api-key", "0123456789abcdef"),
        header("content-type", "text/plain"),
        header("content-length", "1"),
        header("transfer-encoding", "chunked"),
    ];
    let accepted = Sender::new(&exporter).send(&metrics()).await.unwrap();
    assert_eq!(accepted, Accepted::default());
    let [seen] = &server.seen()[..] else { panic!("one request") };
    assert_eq!((seen.version, &*seen.path), (Version::HTTP_11, "/v1/metrics"));
    assert_eq!(seen.header("dd-api-key"), "0123456789abcdef");
    assert_eq!(seen.header("content-type"), "application/x-protobuf");
    assert_eq!(seen.header("content-encoding"), "");
    assert_eq!(seen.header("transfer-encoding"), "");
    assert_eq!(seen.header("user-agent"), concat!("cloacina-exporter/", env!("CARGO_PKG_VERSION")));
    assert_eq!(ExportMetricsServiceRequest::decode(&seen.body[..]), Ok(message()));
}

#[tokio::test]
async fn gzip_is_gzip_in_every_attempt() {
    let server = Server::start(vec![Reply::status(503), Reply::status(200)]).await;
    let exporter = Exporter { gzip: true, ..over_http(&server.url()) };
    Sender::new(&exporter).send(&metrics()).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        assert_eq!(seen.header("content-encoding"), "gzip");
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(&seen.body[..]).read_to_end(&mut body).unwrap();
        assert!(seen.body.len() < body.len());
        assert_eq!(ExportMetricsServiceRequest::decode(&body[..]), Ok(message()));
    }
}

#[tokio::test]
async fn one_connection_serves_several_requests_and_signals_are_told_apart() {
    let partial = ExportLogsPartialSuccess { rejected_log_records: 2, error_message: "late".to_owned() };
    let body = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let server = Server::start(vec![Reply::status(200), Reply::status(200).body(body)]).await;
    let mut sender = Sender::new(&Exporter { signal: Signal::Logs, ..over_http(&server.url()) });
    assert_eq!(sender.send(&traces()).await.unwrap(), Accepted::default());
    let accepted = sender.send(&logs()).await.unwrap();
    assert_eq!(accepted, Accepted { rejected: 2, message: "late".to_owned() });
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn each_status_has_its_reason_and_is_not_tried_again() {
    for (status, reason) in [
        (400, Reason::Refused),
        (401, Reason::Unauthenticated),
        (403, Reason::Forbidden),
        (404, Reason::NotFound),
        (405, Reason::Refused),
        (413, Reason::TooLarge),
        (415, Reason::UnsupportedMedia),
        (500, Reason::Refused),
    ] {
        let failure = refused(Reply::status(status).body("<html>a page</html>")).await;
        assert_eq!(
            (failure.reason(), failure.maybe_delivered(), failure.retry_after()),
            (reason, false, None)
        );
        let text = failure.to_string();
        assert!(text.starts_with("sending metrics to http://127.0.0.1:"), "{text}");
        assert!(text.contains(&format!("/v1/metrics failed: the server answers {status}")), "{text}");
        assert!(!text.contains("page"), "{text}");
    }
}

#[tokio::test]
async fn a_status_message_is_quoted_on_one_line() {
    // A `google.rpc.Status` with its message only.
    let long = format!("no\n\u{1b}[31m such {}", "x".repeat(100));
    let mut body = vec![0x12, u8::try_from(long.len()).unwrap()];
    body.extend(long.bytes());
    let text = refused(Reply::status(400).body(body)).await.to_string();
    assert!(text.contains("the server answers 400 Bad Request: no[31m such xxx"), "{text}");
}

#[tokio::test]
async fn redirections_are_not_followed() {
    let elsewhere = Server::start(vec![Reply::status(200)]).await;
    for status in [301, 307] {
        let failure = refused(Reply::status(status).header("location", &elsewhere.url())).await;
        assert_eq!(failure.reason(), Reason::Refused);
        assert!(failure.to_string().contains("redirections are not followed"), "{failure}");
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn temporary_statuses_are_tried_again() {
    for status in [429, 502, 503, 504] {
        let server = Server::start(vec![Reply::status(status), Reply::status(200)]).await;
        let outcome = Sender::new(&over_http(&server.url())).send(&metrics()).await;
        assert_eq!(outcome.unwrap(), Accepted::default());
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn what_stays_temporary_is_given_up_with_its_reason() {
    for (status, reason, maybe) in [
        (429, Reason::Throttled, false),
        (502, Reason::Unavailable, true),
        (503, Reason::Unavailable, false),
        (504, Reason::Unavailable, true),
    ] {
        let server = Server::start(vec![Reply::status(status)]).await;
        let failure =
            Sender::new(&Exporter { export_timeout: Duration::from_secs(1), ..over_http(&server.url()) })
                .send(&metrics())
                .await
                .unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (reason, maybe));
        assert!(!server.seen().is_empty());
    }
}

#[tokio::test]
async fn a_retry_after_that_fits_is_waited_for() {
    let wait = Reply::status(429).header("retry-after", "1");
    let server = Server::start(vec![wait, Reply::status(200)]).await;
    Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_retry_after_beyond_the_time_is_handed_on() {
    for (date, value) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "3600"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 09:49:37 GMT"),
    ] {
        for status in [429, 503] {
            let failure =
                refused(Reply::status(status).header("date", date).header("retry-after", value)).await;
            assert_eq!(failure.retry_after(), Some(Duration::from_secs(3600)));
        }
    }
    let failure = refused(Reply::status(400).header("retry-after", "3600")).await;
    assert_eq!(failure.retry_after(), None);
}

#[tokio::test]
async fn partial_success_is_accepted_and_its_message_is_bounded() {
    let partial = ExportMetricsPartialSuccess {
        rejected_data_points: 7,
        error_message: format!("cumulative\n{}", "ü".repeat(1000)),
    };
    let body = ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let server = Server::start(vec![Reply::status(200).body(body)]).await;
    let accepted = Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap();
    assert_eq!(accepted, Accepted { rejected: 7, message: format!("cumulative{}", "ü".repeat(190)) });
}

#[tokio::test]
async fn negative_counts_of_rejected_points_are_none() {
    let partial = ExportMetricsPartialSuccess { rejected_data_points: -1, error_message: String::new() };
    let body = ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let server = Server::start(vec![Reply::status(202).body(body)]).await;
    let accepted = Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap();
    assert_eq!(accepted, Accepted::default());
}

#[tokio::test]
async fn a_success_that_cannot_be_read_may_be_one_and_is_not_tried_again() {
    for body in [b"<html>welcome</html>".to_vec(), b"{}".to_vec(), vec![0x0a, 0xff], vec![0; (64 << 10) + 1]]
    {
        let failure = refused(Reply::status(200).body(body)).await;
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Protocol, true));
        assert!(!failure.to_string().contains("welcome"), "{failure}");
    }
}

#[tokio::test]
async fn a_grpc_server_is_recognised_as_none_of_http() {
    use crate::raw::{Act, Raw};
    // The settings that an HTTP/2 server begins with.
    let server = Raw::start(vec![Act::Say(vec![0, 0, 0, 4, 0, 0, 0, 0, 0])]).await;
    let failure = Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::Protocol);
    assert!(failure.to_string().contains("is this the HTTP port"), "{failure}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_query_of_an_endpoint_is_sent_and_not_told() {
    // A message that quotes it.
    let mut body = vec![0x12, 19];
    body.extend(b"no api_key=hunter22");
    let server = Server::start(vec![Reply::status(400).body(body)]).await;
    let mut exporter = over_http(&server.url());
    exporter.endpoint = format!("{}/v1/metrics?api_key=hunter22", server.url()).parse().unwrap();
    let mut sender = Sender::new(&exporter);
    let failure = sender.send(&metrics()).await.unwrap_err();
    assert!(failure.to_string().contains("400 Bad Request: no (query); "), "{failure}");
    assert!(!format!("{failure} {failure:?} {sender:?}").contains("hunter22"));
}
