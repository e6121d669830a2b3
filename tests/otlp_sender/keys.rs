//! Keys in headers: read from files, read again after a refusal, and in no text.

use cloacina_exporter::config::{Exporter, Header, HeaderValue, Protocol};
use cloacina_exporter::push::sender::{Accepted, Reason, Sender};

use crate::exporters::{exporter, header, metrics, over_http};
use crate::grpc::{empty, status};
use crate::server::{Reply, Server};

fn with_key_file(exporter: Exporter, path: &std::path::Path) -> Exporter {
    let header = Header { name: "authorization".to_owned(), value: HeaderValue::File(path.to_owned()) };
    Exporter { headers: vec![header], ..exporter }
}

#[tokio::test]
async fn a_replaced_key_file_is_read_after_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for (protocol, refusal, success, reason) in [
        (Protocol::HttpProtobuf, Reply::status(401), Reply::status(200), Reason::Unauthenticated),
        (Protocol::HttpProtobuf, Reply::status(403), Reply::status(200), Reason::Forbidden),
        (Protocol::Grpc, status(16, ""), empty(), Reason::Unauthenticated),
        (Protocol::Grpc, status(7, ""), empty(), Reason::Forbidden),
    ] {
        std::fs::write(&path, " Bearer first\n").unwrap();
        let server = Server::start(vec![refusal, success]).await;
        let mut sender = Sender::new(&with_key_file(exporter(&server.url(), protocol), &path));
        assert_eq!(sender.send(&metrics()).await.unwrap_err().reason(), reason);
        std::fs::write(&path, "Bearer second\r\n").unwrap();
        assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
        let keys: Vec<_> = server.seen().iter().map(|seen| seen.header("authorization").to_owned()).collect();
        assert_eq!(keys, ["Bearer first", "Bearer second"]);
    }
}

#[tokio::test]
async fn a_key_file_that_cannot_be_used_is_told_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let server = Server::start(vec![Reply::status(200)]).await;
    let mut sender = Sender::new(&with_key_file(over_http(&server.url()), &path));
    for (content, text) in [
        (None, "cannot be read"),
        (Some(Vec::new()), "is empty"),
        (Some(b"hunter22\nhunter33".to_vec()), "holds characters"),
        (Some(vec![b'x'; (64 << 10) + 1]), "is larger than"),
    ] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let failure = sender.send(&metrics()).await.unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Configuration, false));
        assert!(failure.to_string().contains(text), "{failure}");
        assert!(!failure.to_string().contains("hunter"), "{failure}");
    }
    std::fs::write(&path, "good").unwrap();
    assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn keys_that_a_server_quotes_are_taken_out() {
    let quoted = "the key hunter22 (Bearer hunter22) is wrong, and 0123456789abcdef too";
    let mut body = vec![0x12, u8::try_from(quoted.len()).unwrap()];
    body.extend(quoted.bytes());
    for (protocol, reply) in
        [(Protocol::HttpProtobuf, Reply::status(401).body(body)), (Protocol::Grpc, status(16, quoted))]
    {
        let server = Server::start(vec![reply]).await;
        let mut exporter = exporter(&server.url(), protocol);
        exporter.headers =
            vec![header("authorization", "Bearer hunter22"), header("dd-api-key", "0123456789abcdef")];
        let mut sender = Sender::new(&exporter);
        let failure = sender.send(&metrics()).await.unwrap_err();
        let text = format!("{failure} {failure:?} {sender:?}");
        assert!(text.contains("the key (key)"), "{text}");
        assert!(!text.contains("hunter22") && !text.contains("0123456789"), "{text}");
    }
}
