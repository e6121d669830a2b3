//! TLS: which servers are trusted, and which clients.

use std::path::PathBuf;

use cloacina_exporter::config::Exporter;
use cloacina_exporter::push::sender::{Accepted, Failure, Reason, Sender};
use hyper::Version;

use crate::certificates::{Authority, Identity};
use crate::exporters::{metrics, over_grpc, over_http};
use crate::grpc::empty;
use crate::raw::{Act, Raw};
use crate::server::{Reply, Server};

const HERE: &str = "127.0.0.1";

fn trusting(mut exporter: Exporter, authority: &Authority) -> Exporter {
    exporter.tls.certificate = Some(authority.path());
    exporter
}

fn presenting(mut exporter: Exporter, authority: &Authority, identity: &Identity) -> Exporter {
    exporter.tls.client_certificate = Some(authority.write("client.pem", &identity.certificate));
    exporter.tls.client_key = Some(authority.write("client.key", &identity.key));
    exporter
}

async fn failure(exporter: &Exporter) -> Failure {
    Sender::new(exporter).send(&metrics()).await.unwrap_err()
}

#[tokio::test]
async fn a_configured_authority_is_trusted() {
    let authority = Authority::new();
    let tls = authority.server(HERE).server_config();
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    let exporter = trusting(over_http(&server.url()), &authority);
    assert_eq!(Sender::new(&exporter).send(&metrics()).await.unwrap(), Accepted::default());
    assert_eq!(server.seen()[0].version, Version::HTTP_2);
}

#[tokio::test]
async fn http_1_is_spoken_where_the_server_prefers_it() {
    let authority = Authority::new();
    let mut tls = authority.server(HERE).server_config();
    tls.alpn_protocols.clear();
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    Sender::new(&trusting(over_http(&server.url()), &authority)).send(&metrics()).await.unwrap();
    assert_eq!(server.seen()[0].version, Version::HTTP_11);
}

#[tokio::test]
async fn unknown_authorities_expired_certificates_and_other_names_are_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    for identity in [other.server(HERE), authority.expired(HERE), authority.server("elsewhere.example")] {
        for exporter in [over_http, over_grpc] {
            let server = Server::secured(vec![Reply::status(200)], identity.server_config()).await;
            let failure = failure(&trusting(exporter(&server.url()), &authority)).await;
            assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Tls, false), "{failure:?}");
            assert!(failure.to_string().contains("certificate"), "{failure}");
            assert_eq!(server.seen().len(), 0);
        }
    }
}

#[tokio::test]
async fn a_client_certificate_is_presented() {
    let authority = Authority::new();
    let tls = authority.server_config_for_clients(&authority.server(HERE));
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    let exporter = trusting(over_http(&server.url()), &authority);
    let exporter = presenting(exporter, &authority, &authority.client());
    assert_eq!(Sender::new(&exporter).send(&metrics()).await.unwrap(), Accepted::default());
}

#[tokio::test]
async fn a_missing_client_certificate_is_told() {
    let authority = Authority::new();
    let tls = authority.server_config_for_clients(&authority.server(HERE));
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    for exporter in [over_http, over_grpc] {
        let failure = failure(&trusting(exporter(&server.url()), &authority)).await;
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Tls, false), "{failure:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_replaced_client_certificate_is_used_after_the_refusal() {
    let (authority, other) = (Authority::new(), Authority::new());
    let tls = authority.server_config_for_clients(&authority.server(HERE));
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    let exporter = trusting(over_http(&server.url()), &authority);
    let exporter = presenting(exporter, &authority, &other.client());
    let mut sender = Sender::new(&exporter);
    assert_eq!(sender.send(&metrics()).await.unwrap_err().reason(), Reason::Tls);
    presenting(exporter, &authority, &authority.client());
    assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
}

#[tokio::test]
async fn grpc_is_spoken_over_tls() {
    let authority = Authority::new();
    let tls = authority.server(HERE).server_config();
    let server = Server::secured(vec![empty()], tls).await;
    let exporter = trusting(over_grpc(&server.url()), &authority);
    assert_eq!(Sender::new(&exporter).send(&metrics()).await.unwrap(), Accepted::default());
    assert_eq!(server.seen()[0].version, Version::HTTP_2);
}

#[tokio::test]
async fn grpc_to_a_server_of_http_1_over_tls_asks_for_the_port() {
    let authority = Authority::new();
    let mut tls = authority.server(HERE).server_config();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let server = Server::secured(vec![Reply::status(200)], tls).await;
    let failure = failure(&trusting(over_grpc(&server.url()), &authority)).await;
    assert_eq!(failure.reason(), Reason::Protocol, "{failure}");
    assert!(failure.to_string().contains("is this the gRPC port"), "{failure}");
}

#[tokio::test]
async fn a_port_without_tls_is_told() {
    let authority = Authority::new();
    let server = Raw::start(vec![Act::Greet(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())]).await;
    let url = server.url().replace("http:", "https:");
    let failure = failure(&trusting(over_http(&url), &authority)).await;
    assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Tls, false), "{failure}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_and_mended_files_are_read() {
    let authority = Authority::new();
    let server = Server::secured(vec![Reply::status(200)], authority.server(HERE).server_config()).await;
    let client = authority.client();
    let write = |name: &str, text: &str| Some(authority.write(name, text));
    let good = trusting(over_http(&server.url()), &authority);

    let mut missing = good.clone();
    missing.tls.certificate = Some(PathBuf::from("/nowhere/authority.pem"));
    let mut empty = good.clone();
    empty.tls.certificate = write("empty.pem", "");
    let mut no_key = good.clone();
    no_key.tls.client_certificate = write("only.pem", &client.certificate);
    let mut bad_key = no_key.clone();
    bad_key.tls.client_key =
        write("bad.key", "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----\n");
    let mut other_key = no_key.clone();
    other_key.tls.client_key = write("other.key", &authority.client().key);
    for (exporter, text) in [
        (missing, "/nowhere/authority.pem"),
        (empty, "empty.pem holds no certificate"),
        (no_key.clone(), "a client certificate needs its key"),
        (bad_key, "cannot be used together"),
        (other_key, "cannot be used together"),
    ] {
        let failure = failure(&exporter).await;
        assert_eq!(
            (failure.reason(), failure.maybe_delivered()),
            (Reason::Configuration, false),
            "{failure}"
        );
        assert!(failure.to_string().contains(text), "{failure}");
        assert!(!failure.to_string().contains("hunter22"), "{failure}");
    }

    let mut mended = good;
    mended.tls.certificate = write("later.pem", "");
    let mut sender = Sender::new(&mended);
    assert_eq!(sender.send(&metrics()).await.unwrap_err().reason(), Reason::Configuration);
    write("later.pem", &std::fs::read_to_string(authority.path()).unwrap());
    assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
}
