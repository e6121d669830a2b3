//! Sessions with a real PostgreSQL server, directly and through a pooler: how they begin, what they may do, how they end.

#[path = "support/answers.rs"]
mod answers;
#[path = "support/pooler.rs"]
mod pooler;
#[path = "support/seeded.rs"]
mod seeded;
#[path = "support/tenants.rs"]
mod tenants;
#[path = "support/throwaway.rs"]
mod throwaway;

use std::sync::Arc;
use std::time::Duration;

use answers::{NO_TAIL, begin, check_all, connect};
use cloacina_exporter::config::{DatabaseUrl, Poll};
use cloacina_exporter::source::{Classifier, Error, Reader, Reason};
use pooler::Pooler;
use seeded::{VERSIONS, Version};
use sqlx::postgres::PgConnection;
use sqlx::query_scalar;
use tenants::{NAMES, discover_one, seed, seed_all};
use throwaway::{Server, sql, url};

async fn refusal(url: &DatabaseUrl, poll: &Poll) -> Error {
    Reader::connect(url, poll, Arc::new(Classifier::default())).await.unwrap_err()
}

/// Lets a read of events run `body` as a side effect, for all but the owner of the table.
async fn trap(writer: &mut PgConnection, body: &str) {
    let text = format!(
        "CREATE FUNCTION trap() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN {body}; RETURN true; END $$;
         ALTER TABLE execution_events ENABLE ROW LEVEL SECURITY;
         CREATE POLICY trap ON execution_events USING (trap());
         GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC"
    );
    sql(writer, &text).await;
}

#[tokio::test]
async fn nothing_can_be_written_through_a_reader() {
    let server = Server::shared();
    let mut writer = server.database("readonly").await;
    seed(&mut writer, "public", Version::V0_11).await;
    trap(&mut writer, "INSERT INTO schedules (id) VALUES (gen_random_uuid())").await;
    sql(&mut writer, "CREATE ROLE mighty LOGIN").await;
    let pooler = Pooler::start(server.port);
    for url in [server.url("mighty", "readonly"), pooler.url("mighty", "readonly")] {
        let mut reader = connect(&url).await;
        begin(&mut reader, "public").await;
        let error = reader.events(&NO_TAIL, |_| false).await.unwrap_err();
        assert_eq!(error.to_string(), "events: SQLSTATE 25006; the server's log has the details");
        reader.rollback().await.unwrap();
    }
    // The same trap catches who may write.
    sql(&mut writer, "SET ROLE mighty").await;
    let seen: i64 =
        query_scalar("SELECT count(*) FROM execution_events").fetch_one(&mut writer).await.unwrap();
    assert_eq!(seen, 8);
}

#[tokio::test]
async fn a_slow_statement_and_a_held_lock_are_timeouts_after_which_the_session_still_works() {
    let server = Server::shared();
    let mut writer = server.database("slow").await;
    seed(&mut writer, "public", Version::V0_11).await;
    trap(&mut writer, "PERFORM pg_sleep(3600)").await;
    sql(&mut writer, "CREATE ROLE patient LOGIN").await;
    sql(&mut writer, "ALTER ROLE patient SET statement_timeout = 0").await;
    sql(&mut writer, "ALTER ROLE patient SET lock_timeout = 0").await;
    let poll = Poll { statement_timeout: Duration::from_millis(100), ..Poll::default() };
    let url = server.url("patient", "slow");
    let mut reader = Reader::connect(&url, &poll, Arc::new(Classifier::default())).await.unwrap();
    let schema = discover_one(&mut reader, "public").await;
    let probe = reader.probe().await.unwrap();
    let check = async |reader: &mut Reader, words: &str| {
        reader.begin(&schema, &probe).await.unwrap();
        let error = reader.events(&NO_TAIL, |_| false).await.unwrap_err();
        assert_eq!((error.operation, error.reason, error.is_broken()), ("events", Reason::Timeout, false));
        assert!(error.message.contains(words), "{error}");
        reader.rollback().await.unwrap();
    };
    check(&mut reader, "statement timeout").await;
    sql(&mut writer, "BEGIN; LOCK TABLE execution_events").await;
    check(&mut reader, "timeout").await;
    sql(&mut writer, "ROLLBACK").await;
    reader.begin(&schema, &probe).await.unwrap();
    assert_eq!(reader.active_executions().await.unwrap().len(), 4);
}

#[tokio::test]
async fn failures_to_connect_say_what_to_do() {
    let server = Server::shared();
    let mut writer = server.database("login").await;
    sql(&mut writer, "CREATE ROLE locked LOGIN PASSWORD 'right'").await;
    let pooler = Pooler::start(server.port);
    let port = server.port;
    let at = |rest: &str| url(&rest.replace("HERE", &format!("127.0.0.1:{port}")));
    for (url, words) in [
        (at("postgres://locked:wr0ng@HERE/login"), "wrong password for user \"locked\""),
        (at("postgres://nobody:wr0ng@HERE/login"), "refuses user \"nobody\""),
        (at("postgres://postgres:wr0ng@HERE/missing"), "database \"missing\" does not exist"),
        (at("postgres://tls_only:wr0ng@HERE/login?sslmode=disable"), "the server wants TLS"),
        (at("postgres://postgres:wr0ng@HERE/login?sslmode=verify-full"), "TLS failed; check sslmode"),
        (
            url(&format!("postgres://u:wr0ng@127.0.0.1:{}/d?sslmode=require", pooler.port)),
            "TLS failed; check sslmode",
        ),
        (url(&format!("postgres://u:wr0ng@127.0.0.1:{}/d", throwaway::free_port())), "nothing listens there"),
        (url("postgres://u:wr0ng@host.invalid/d"), "check that the host name resolves"),
        (url("postgres://u:wr0ng@127.0.0.1:not-a-port/d"), "the connection string cannot be used"),
        (url("wr0ng"), "the connection string cannot be used"),
    ] {
        let error = refusal(&url, &Poll::default()).await;
        assert_eq!((error.operation, error.reason, error.is_broken()), ("connect", Reason::Connect, true));
        assert!(error.message.contains(words), "{error}");
        assert!(!format!("{error:?}").contains("wr0ng"), "{error:?}");
    }
    connect(&at("postgres://locked:right@HERE/login")).await.discover().await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_authority_and_the_host_name() {
    let server = Server::shared();
    let mut writer = server.database("tls").await;
    sql(&mut writer, "CREATE ROLE tls_only LOGIN").await;
    let address = |host: &str| {
        let authority = server.authority();
        let rest = format!("{}/tls?sslmode=verify-full&sslrootcert={}", server.port, authority.display());
        url(&format!("postgres://tls_only@{host}:{rest}"))
    };
    connect(&address("localhost")).await.close().await;
    let error = refusal(&address("127.0.0.1"), &Poll::default()).await;
    assert!(error.message.contains("the certificate names this host"), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let poll = Poll { connect_timeout: Duration::from_millis(50), ..Poll::default() };
    let error = refusal(&url(&format!("postgres://u@127.0.0.1:{port}/d")), &poll).await;
    assert_eq!((error.reason, error.is_broken()), (Reason::Timeout, true));
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_broken() {
    let server = Server::shared();
    let mut writer = server.database("ended").await;
    seed(&mut writer, "public", Version::V0_11).await;
    let mut reader = connect(&server.url("postgres", "ended")).await;
    begin(&mut reader, "public").await;
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'cloacina-exporter' \
               AND datname = 'ended'";
    assert!(query_scalar::<_, bool>(end).fetch_one(&mut writer).await.unwrap());
    let error = reader.active_executions().await.unwrap_err();
    assert_eq!((error.reason, error.is_broken()), (Reason::Connect, true), "{error}");
}

#[tokio::test]
async fn readers_share_the_sessions_of_a_pooler_in_transaction_mode() {
    let server = Server::shared();
    let mut writer = server.database("pooled").await;
    seed_all(&mut writer).await;
    let pooler = Pooler::start(server.port);
    let url = pooler.url("postgres", "pooled");
    // More readers than sessions, so that each transaction may get another session.
    let readers = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let mut reader = connect(&url).await;
            for (name, version) in NAMES.into_iter().zip(VERSIONS).cycle().take(6) {
                begin(&mut reader, name).await;
                check_all(&mut reader, version).await;
                reader.rollback().await.unwrap();
                reader.change_counts().await.unwrap();
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
}
