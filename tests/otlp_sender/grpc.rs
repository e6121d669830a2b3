//! Over gRPC: against the generated server, and against answers that it would never give.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cloacina_exporter::config::Exporter;
use cloacina_exporter::push::sender::{Accepted, Failure, Reason, Sender};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::certificates::Authority;
use crate::exporters::{header, logs, message, metrics, over_grpc, traces};
use crate::server::{Reply, Server};

const TYPE: (&str, &str) = ("content-type", "application/grpc");

/// Success without partial success.
pub fn empty() -> Reply {
    Reply::status(200).header(TYPE.0, TYPE.1).body([0; 5]).trailer("grpc-status", "0")
}

/// In the headers, as servers answer that have no message.
pub fn status(code: i32, text: &str) -> Reply {
    let reply = Reply::status(200).header(TYPE.0, TYPE.1).header("grpc-status", &code.to_string());
    reply.header("grpc-message", &text.replace('%', "%25").replace('\n', "%0A"))
}

/// `google.rpc.Status` with a `RetryInfo` of some seconds; both by hand, so that this is not what the sender
/// reads with.
fn with_retry_info(reply: Reply, seconds: u8) -> Reply {
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let info = [0x0a, 2, 0x08, seconds];
    let mut any = vec![0x0a, u8::try_from(url.len()).unwrap()];
    any.extend(url);
    any.extend([0x12, 4]);
    any.extend(info);
    let mut status = vec![0x08, 8, 0x1a, u8::try_from(any.len()).unwrap()];
    status.extend(any);
    reply.header("grpc-status-details-bin", &STANDARD_NO_PAD.encode(status))
}

async fn failure(server: &Server) -> Failure {
    Sender::new(&over_grpc(&server.url())).send(&metrics()).await.unwrap_err()
}

async fn refused(reply: Reply) -> Failure {
    let server = Server::start(vec![reply]).await;
    let failure = failure(&server).await;
    assert_eq!(server.seen().len(), 1, "{failure}");
    failure
}

/// A receiver of metrics, made from the generated code.
#[derive(Debug, Clone, Default)]
struct Receiver {
    seen: Arc<Mutex<Vec<(MetadataMap, ExportMetricsServiceRequest)>>>,
}

#[tonic::async_trait]
impl MetricsService for Receiver {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        self.seen.lock().unwrap().push((metadata, message));
        let partial =
            ExportMetricsPartialSuccess { rejected_data_points: 3, error_message: "too\nold".to_owned() };
        Ok(Response::new(ExportMetricsServiceResponse { partial_success: Some(partial) }))
    }
}

#[tokio::test]
async fn the_generated_server_takes_requests_plain_compressed_and_over_tls() {
    let authority = Authority::new();
    for (gzip, secured) in [(false, false), (true, false), (true, true)] {
        let receiver = Receiver::default();
        let service = MetricsServiceServer::new(receiver.clone());
        let service = if gzip { service.accept_compressed(CompressionEncoding::Gzip) } else { service };
        let tls = secured.then(|| authority.server("127.0.0.1").server_config());
        let server = Server::of_tonic(Routes::new(service), tls).await;
        let mut exporter = Exporter { gzip, ..over_grpc(&server.url()) };
        exporter.tls.certificate = Some(authority.path());
        exporter.headers = vec![header("authorization", "Bearer hunter22")];
        let accepted = Sender::new(&exporter).send(&metrics()).await.unwrap();
        assert_eq!(accepted, Accepted { rejected: 3, message: "tooold".to_owned() });
        let seen = receiver.seen.lock().unwrap();
        let [(metadata, request)] = &seen[..] else { panic!("one request") };
        assert_eq!(request, &message());
        assert_eq!(metadata.get("authorization").unwrap(), "Bearer hunter22");
        let agent = concat!("cloacina-exporter/", env!("CARGO_PKG_VERSION"));
        assert_eq!(metadata.get("user-agent").unwrap(), agent);
    }
}

#[tokio::test]
async fn a_generated_server_without_the_service_or_the_compression_is_told() {
    let receiver = Receiver::default();
    let server = Server::of_tonic(Routes::new(MetricsServiceServer::new(receiver.clone())), None).await;
    let mut sender = Sender::new(&over_grpc(&server.url()));
    assert_eq!(sender.send(&traces()).await.unwrap_err().reason(), Reason::NotFound);
    let mut sender = Sender::new(&Exporter { gzip: true, ..over_grpc(&server.url()) });
    assert_eq!(sender.send(&metrics()).await.unwrap_err().reason(), Reason::NotFound);
    assert!(receiver.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_generated_server_whose_limit_is_lower_is_told_as_too_large() {
    let service = MetricsServiceServer::new(Receiver::default()).max_decoding_message_size(100);
    let server = Server::of_tonic(Routes::new(service), None).await;
    assert_eq!(failure(&server).await.reason(), Reason::TooLarge);
}

#[tokio::test]
async fn each_signal_has_its_method() {
    let server = Server::start(vec![empty()]).await;
    let mut sender = Sender::new(&Exporter { gzip: true, ..over_grpc(&server.url()) });
    for request in [metrics(), traces(), logs()] {
        assert_eq!(sender.send(&request).await.unwrap(), Accepted::default());
    }
    let seen = server.seen();
    let paths: Vec<_> = seen.iter().map(|seen| &*seen.path).collect();
    assert_eq!(
        paths,
        [
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        ]
    );
    assert_eq!(seen[0].header("te"), "trailers");
    assert_eq!(seen[0].header("grpc-encoding"), "gzip");
    assert_eq!(seen[0].header("grpc-timeout"), "20000m");
    assert_eq!(seen[0].body[..1], [1]);
}

#[tokio::test]
async fn lasting_codes_have_their_reasons_and_are_not_tried_again() {
    for (code, reason) in [
        (2, Reason::Refused),
        (3, Reason::Refused),
        (5, Reason::NotFound),
        (7, Reason::Forbidden),
        (8, Reason::Throttled),
        (12, Reason::NotFound),
        (13, Reason::Refused),
        (16, Reason::Unauthenticated),
        (99, Reason::Refused),
    ] {
        let failure = refused(status(code, "100% wrong\n")).await;
        assert_eq!(
            (failure.reason(), failure.maybe_delivered(), failure.retry_after()),
            (reason, false, None)
        );
        assert!(failure.to_string().contains(": 100% wrong; "), "{failure}");
    }
}

#[tokio::test]
async fn temporary_codes_are_tried_again() {
    for code in [1, 4, 10, 11, 14, 15] {
        let server = Server::start(vec![status(code, ""), empty()]).await;
        let mut sender = Sender::new(&over_grpc(&server.url()));
        assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
        assert_eq!(server.seen().len(), 2, "{code}");
    }
}

#[tokio::test]
async fn a_throttling_server_is_tried_again_only_when_it_says_when() {
    let server = Server::start(vec![with_retry_info(status(8, ""), 1), empty()]).await;
    Sender::new(&over_grpc(&server.url())).send(&metrics()).await.unwrap();
    assert_eq!(server.seen().len(), 2);

    let failure = refused(with_retry_info(status(8, ""), 100)).await;
    assert_eq!(failure.reason(), Reason::Throttled);
    assert_eq!(failure.retry_after(), Some(Duration::from_secs(100)));

    let failure = refused(status(8, "").header("grpc-status-details-bin", "no base64!")).await;
    assert_eq!((failure.reason(), failure.retry_after()), (Reason::Throttled, None));
}

#[tokio::test]
async fn the_status_of_a_proxy_counts_as_over_http() {
    let page = |status| Reply::status(status).header("content-type", "text/html").body("<html>");
    assert_eq!(refused(page(401)).await.reason(), Reason::Unauthenticated);
    assert_eq!(refused(page(404)).await.reason(), Reason::NotFound);
    let server = Server::start(vec![page(503), empty()]).await;
    Sender::new(&over_grpc(&server.url())).send(&metrics()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn answers_that_are_no_grpc_may_be_successes_and_are_not_tried_again() {
    let grpc = || Reply::status(200).header(TYPE.0, TYPE.1);
    let whole = ExportMetricsServiceResponse::default().encode_to_vec();
    for reply in [
        Reply::status(200).body("<html>"),
        grpc().body(whole),
        grpc().body([0; 5]),
        grpc().trailer("grpc-status", "0"),
        grpc().body([0, 0, 0, 0, 9, 1]).trailer("grpc-status", "0"),
        grpc().body([1, 0, 0, 0, 0]).trailer("grpc-status", "0"),
        grpc().body([0, 0, 0, 0, 2, 0x0a, 0xff]).trailer("grpc-status", "0"),
        grpc().body(vec![0; (64 << 10) + 1]).trailer("grpc-status", "0"),
    ] {
        let failure = refused(reply).await;
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Protocol, true), "{failure}");
    }
}

/// Ends each stream with this code; the count is of streams.
async fn resetting(code: h2::Reason) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let streams = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let streams = Arc::clone(&streams);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut answer))) = connection.accept().await {
                    streams.fetch_add(1, Ordering::SeqCst);
                    answer.send_reset(code);
                }
            });
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_stream_that_the_server_ends_may_have_delivered_unless_it_was_refused() {
    for (code, maybe) in [
        (h2::Reason::REFUSED_STREAM, false),
        (h2::Reason::INTERNAL_ERROR, true),
        (h2::Reason::ENHANCE_YOUR_CALM, true),
    ] {
        let (url, _) = resetting(code).await;
        let exporter = Exporter { export_timeout: Duration::from_secs(1), ..over_grpc(&url) };
        let failure = Sender::new(&exporter).send(&metrics()).await.unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Unreachable, maybe), "{failure}");
    }
}

#[tokio::test]
async fn a_stream_ended_for_its_protocol_is_not_tried_again() {
    for code in [h2::Reason::HTTP_1_1_REQUIRED, h2::Reason::PROTOCOL_ERROR] {
        let (url, streams) = resetting(code).await;
        let failure = Sender::new(&over_grpc(&url)).send(&metrics()).await.unwrap_err();
        assert_eq!(failure.reason(), Reason::Protocol, "{failure}");
        assert_eq!(streams.load(Ordering::SeqCst), 1);
    }
}
