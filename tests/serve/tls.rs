//! TLS: who gets a connection, and its bounds.

use std::time::Duration;

use cloacina_exporter::serve::Settings;
use rustls::version::{TLS12, TLS13};

use super::secured::{Directory, TLS, ask, guard};
use super::server::{LARGE, SMALL_PAGE, Server, read_to_end, settings, snapshot, within_reason};

fn clients(auth: &str) -> String {
    TLS.replace('}', &format!(", client_auth_type: {auth}}}"))
}

#[tokio::test]
async fn a_page_is_the_same_over_tls_and_plain_http_gets_nothing() {
    let directory = Directory::new(TLS);
    let server = directory.serve(&directory.web()).await;
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let reply = ask(&server, directory.client("ca", None, versions), "").await.unwrap();
        assert_eq!((reply.status, reply.text()), (200, SMALL_PAGE));
    }
    let plain = read_to_end(server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await).await;
    assert!(!plain.starts_with(b"HTTP"), "{plain:?}");
    assert!(ask(&server, directory.client("other", None, rustls::ALL_VERSIONS), "").await.is_none());
}

#[tokio::test]
async fn versions_outside_of_the_bounds_get_no_connection() {
    for (bounds, tls12, tls13) in [
        ("min_version: TLS13", None, Some(200)),
        ("max_version: TLS12", Some(200), None),
        ("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", None, Some(200)),
        ("cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]", Some(200), Some(200)),
        ("curve_preferences: [CurveP384]", Some(200), Some(200)),
    ] {
        let directory = Directory::new(&TLS.replace('}', &format!(", {bounds}}}")));
        let server = directory.serve(&directory.web()).await;
        for (version, wanted) in [(&TLS12, tls12), (&TLS13, tls13)] {
            let reply = ask(&server, directory.client("ca", None, &[version]), "").await;
            assert_eq!(reply.map(|reply| reply.status), wanted, "{bounds} {version:?}");
        }
    }
}

#[tokio::test]
async fn certificates_of_clients_are_wanted_as_the_file_says() {
    let verified = "RequireAndVerifyClientCert, client_ca_file: ca.pem";
    for (auth, none, client, stranger) in [
        ("NoClientCert", true, true, true),
        ("RequestClientCert", true, true, true),
        ("RequireAnyClientCert", false, true, true),
        ("VerifyClientCertIfGiven, client_ca_file: ca.pem", true, true, false),
        (verified, false, true, false),
        (&format!("{verified}, client_allowed_sans: [scraper, 10.0.0.1]"), false, true, false),
        (
            &format!("{verified}, client_allowed_sans: [scrape, '*', 10.0.0.1, 'spiffe://x/y']"),
            false,
            false,
            false,
        ),
    ] {
        let directory = Directory::new(&clients(auth));
        let server = directory.serve(&directory.web()).await;
        for (identity, let_in) in [(None, none), (Some("client"), client), (Some("stranger"), stranger)] {
            let status = directory.status(&server, identity).await;
            assert_eq!(status, let_in.then_some(200), "{auth} {identity:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_cut_off_and_gives_its_slot_back() {
    let directory = Directory::new(TLS);
    let bounds = Settings {
        guard: guard(&directory.web()).unwrap(),
        header_timeout: Duration::from_millis(100),
        max_connections: 1,
        ..settings()
    };
    let server = Server::start(bounds).await;
    server.publisher.publish(snapshot(1, 1));
    for beginning in ["", "\x16\x03\x01"] {
        let silent = server.connect(beginning).await;
        assert_eq!(directory.status(&server, None).await, Some(200));
        assert_eq!(read_to_end(silent).await, b"");
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_handshake() {
    let directory = Directory::new(TLS);
    let server = directory.serve(&directory.web()).await;
    let silent = server.connect("").await;
    // Answered after the silent one was accepted, since connections are accepted in order.
    assert_eq!(directory.status(&server, None).await, Some(200));
    server.stop.send(()).unwrap();
    within_reason(server.ended).await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn a_large_page_arrives_whole_over_tls_and_counts_as_carried() {
    let directory = Directory::new(TLS);
    let server = directory.serve(&directory.web()).await;
    server.publisher.publish(snapshot(7, LARGE / 16));
    let reply = ask(&server, directory.client("ca", None, &[&TLS13]), "").await.unwrap();
    assert!(reply.body.len() > LARGE / 16);
    assert_eq!(server.publisher.carried_through(), 7);
}
