//! Files that change while the server runs.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::secured::{Directory, TLS, TOKEN, ask, basic, bearer, users};
use super::server::{Reply, within_reason};

const CLIENTS: &str = "tls_server_config: {cert_file: server.pem, key_file: server.key, client_ca_file: ca.pem, \
                       client_auth_type: RequireAndVerifyClientCert}\n";

#[tokio::test]
async fn a_new_certificate_is_used_once_its_key_is_there_too() {
    let directory = Directory::new(TLS);
    let server = directory.serve(&directory.web()).await;
    let trusted = async |authority: &str| {
        ask(&server, directory.client(authority, None, rustls::ALL_VERSIONS), "").await.is_some()
    };
    assert_eq!((trusted("ca").await, trusted("other").await), (true, false));
    directory.copy("server2.pem", "server.pem");
    assert_eq!((trusted("ca").await, trusted("other").await), (true, false));
    directory.copy("server2.key", "server.key");
    assert_eq!((trusted("ca").await, trusted("other").await), (false, true));
    std::fs::remove_file(directory.path().join("server.key")).unwrap();
    assert_eq!((trusted("ca").await, trusted("other").await), (false, true));
}

#[tokio::test]
async fn another_authority_lets_in_other_clients() {
    let directory = Directory::new(CLIENTS);
    let server = directory.serve(&directory.web()).await;
    assert_eq!(directory.status(&server, Some("client")).await, Some(200));
    directory.copy("other.pem", "ca.pem.next");
    let authority = directory.client("ca", Some("client"), rustls::ALL_VERSIONS);
    let stranger = directory.client("ca", Some("stranger"), rustls::ALL_VERSIONS);
    directory.copy("other.pem", "ca.pem");
    assert!(ask(&server, authority, "").await.is_none());
    assert_eq!(ask(&server, stranger, "").await.map(|reply| reply.status), Some(200));
}

#[tokio::test]
async fn users_and_tokens_change_with_the_next_request_and_what_was_remembered_is_forgotten() {
    let directory = Directory::new(&users(&[("ann", "old"), ("bob", "x")]));
    let server = directory.serve(&directory.with_token()).await;
    let status = async |headers: String| server.ask("GET", "/metrics", &headers).await.status;
    assert_eq!(status(basic("ann", "old")).await, 200);
    assert_eq!(status(basic("bob", "x")).await, 200);
    directory.write("web.yml", &users(&[("ann", "new")]));
    assert_eq!(status(basic("ann", "old")).await, 401);
    assert_eq!(status(basic("bob", "x")).await, 401);
    assert_eq!(status(basic("ann", "new")).await, 200);
    assert_eq!(status(bearer(TOKEN)).await, 200);
    directory.write("token", "another-example-of-a-token\n");
    assert_eq!(status(bearer(TOKEN)).await, 401);
    assert_eq!(status(bearer("another-example-of-a-token")).await, 200);
}

#[tokio::test]
async fn a_file_that_has_become_bad_or_asks_for_less_changes_nothing() {
    let good = format!("{CLIENTS}{}", users(&[("ann", "secret")]));
    let directory = Directory::new(&good);
    let server = directory.serve(&directory.with_token()).await;
    let is_as_before = async || {
        let client = |identity| directory.client("ca", identity, rustls::ALL_VERSIONS);
        let status = async |identity, headers: String| {
            ask(&server, client(identity), &headers).await.map(|reply| reply.status)
        };
        assert_eq!(status(Some("client"), basic("ann", "secret")).await, Some(200));
        assert_eq!(status(Some("client"), bearer(TOKEN)).await, Some(200));
        assert_eq!(status(Some("client"), String::new()).await, Some(401));
        assert_eq!(status(None, basic("ann", "secret")).await, None);
        assert_eq!(status(Some("stranger"), basic("ann", "secret")).await, None);
    };
    is_as_before().await;
    for bad in [
        "",
        "tls_server_config:\n",
        "basic_auth_users: {ann: secret}\n",
        "{",
        TLS,
        &good.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven"),
        &good.replace("ca.pem", "none.pem"),
        &good.replace("basic_auth_users", "users"),
        &users(&[("ann", "secret")]),
    ] {
        directory.write("web.yml", bad);
        is_as_before().await;
    }
    directory.write("web.yml", &good);
    for bad in ["", "short", "with blanks in between it"] {
        directory.write("token", bad);
        is_as_before().await;
    }
    std::fs::remove_file(directory.path().join("web.yml")).unwrap();
    is_as_before().await;
    directory.write("token", TOKEN);
    directory.write("web.yml", &good.replace("ann", "eve"));
    let client = directory.client("ca", Some("client"), rustls::ALL_VERSIONS);
    let reply = ask(&server, client, &basic("eve", "secret")).await.unwrap();
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn logins_cannot_be_taken_away_without_a_restart_but_can_be_asked_for() {
    let directory = Directory::new("");
    let server = directory.serve(&directory.web()).await;
    assert_eq!(server.get("/metrics").await.status, 200);
    directory.write("web.yml", &users(&[("ann", "secret")]));
    assert_eq!(server.get("/metrics").await.status, 401);
    directory.write("web.yml", "");
    assert_eq!(server.get("/metrics").await.status, 401);
}

#[tokio::test]
async fn a_connection_from_before_a_change_of_tls_ends_with_its_next_answer() {
    let directory = Directory::new("");
    let server = directory.serve(&directory.web()).await;
    let mut kept = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut reply = [0; 1000];
    let length = within_reason(kept.read(&mut reply)).await.unwrap();
    assert!(reply[..length].ends_with(b"is alive.\n"));
    directory.write("web.yml", TLS);
    kept.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let last = Reply::read(kept).await;
    assert_eq!((last.status, last.header("connection")), (200, Some("close")));
    let stream = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!super::server::read_to_end(stream).await.starts_with(b"HTTP"));
}
