//! Who is let in, by password or token, and what each is shown.

use std::sync::Arc;

use cloacina_exporter::config::{Sight, Web};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Description, Family, Kind, Labels, Series, Snapshot, Unit, Value};

use super::secured::{Directory, TOKEN, basic, bearer, tenants, users};
use super::server::{SMALL_PAGE, Server};

static OF_TENANTS: Description = Description {
    name: "of_tenants",
    otlp_name: "of.tenants",
    help: "One for each tenant.",
    kind: Kind::Gauge,
    unit: Unit::None,
    labels: &["tenant"],
};
static OWN: Description = Description { name: "own", labels: &[], ..OF_TENANTS };

fn publish(server: &Server, sequence: u64) {
    let series = |labels| Series { labels, value: Value::Gauge(1.0), created: None, backfilled: false };
    let of = |tenant: &str| series(Labels::new(OF_TENANTS.labels, [Arc::from(tenant)]));
    let families = vec![
        Family { description: &OWN, series: vec![series(Labels::none())] },
        Family { description: &OF_TENANTS, series: ["acme", "acme_test", "umbrella"].map(of).into() },
    ];
    server.publisher.publish(Arc::new(Snapshot { sequence, taken_at: Timestamp(0), families }));
}

fn shown(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

#[tokio::test]
async fn whoever_has_no_right_login_sees_nothing_but_how_to_log_in() {
    let directory = Directory::new(&users(&[("ann", "secret")]));
    let server = directory.serve(&directory.with_token()).await;
    let twice = format!("{}{}", basic("ann", "secret"), bearer(TOKEN));
    let wrong = [
        String::new(),
        basic("ann", "wrong"),
        basic("ann", ""),
        basic("bob", "secret"),
        basic("scraper", TOKEN),
        basic("", ""),
        bearer(""),
        bearer("secret"),
        bearer(&TOKEN[1..]),
        format!("Authorization: {TOKEN}\r\n"),
        "Authorization: Basic\r\n".to_owned(),
        "Authorization: Basic %%%\r\n".to_owned(),
        twice,
    ];
    for headers in wrong {
        for (method, path) in [
            ("GET", "/metrics"),
            ("GET", "/metrics?tenant=acme"),
            ("GET", "/"),
            ("GET", "/livez"),
            ("GET", "/readyz"),
            ("GET", "/nowhere"),
            ("POST", "/metrics"),
            ("POST", "/-/reload"),
        ] {
            let reply = server.ask(method, path, &headers).await;
            assert_eq!(reply.status, 401, "{method} {path} {headers}");
            assert_eq!(reply.text(), "This server asks for a login.\n");
            let challenges =
                reply.head.lines().filter(|line| line.to_lowercase().starts_with("www-authenticate: "));
            assert_eq!(challenges.count(), 2, "{}", reply.head);
        }
    }
    assert_eq!(server.publisher.carried_through(), 0);
}

#[tokio::test]
async fn a_right_password_or_token_is_let_in_each_time() {
    let directory = Directory::new(&users(&[("ann", "sec:ret"), ("bob", "x")]));
    let server = directory.serve(&directory.with_token()).await;
    for headers in [basic("ann", "sec:ret"), bearer(TOKEN), basic("bob", "x"), basic("ann", "sec:ret")] {
        let reply = server.ask("GET", "/metrics", &headers).await;
        assert_eq!((reply.status, reply.text()), (200, SMALL_PAGE), "{headers}");
    }
}

#[tokio::test]
async fn probes_are_open_only_if_so_configured_and_nothing_else_is() {
    let directory = Directory::new(&users(&[("ann", "secret")]));
    let server = directory.serve(&Web { open_probes: true, ..directory.web() }).await;
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 401), ("/", 401), ("/livez/", 401)]
    {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn headers_of_the_file_are_on_every_answer() {
    let headers = "http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: default-src 'none'}}\n";
    let directory = Directory::new(&format!("{headers}{}", users(&[("ann", "secret")])));
    let server = directory.serve(&directory.web()).await;
    for login in [String::new(), basic("ann", "secret")] {
        let reply = server.ask("GET", "/metrics", &login).await;
        assert_eq!(reply.header("x-frame-options"), Some("deny"));
        assert_eq!(reply.header("content-security-policy"), Some("default-src 'none'"));
    }
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_does_not_keep_out_a_login_that_was_right_before() {
    let directory = Directory::new(&users(&[("ann", "secret")]));
    let server = Arc::new(directory.serve(&directory.web()).await);
    let login = basic("ann", "secret");
    assert_eq!(server.ask("GET", "/metrics", &login).await.status, 200);
    // More than may wait, and so few that no connection is ended for another, however slow the machine is.
    let flood = (0..14).map(|index| {
        let server = Arc::clone(&server);
        tokio::spawn(
            async move { server.ask("GET", "/metrics", &basic("ann", &index.to_string())).await.status },
        )
    });
    let flood: Vec<_> = flood.collect();
    for _ in 0..20 {
        assert_eq!(server.ask("GET", "/metrics", &login).await.status, 200);
    }
    for guess in flood {
        let status = guess.await.unwrap();
        assert!(status == 401 || status == 429, "{status}");
    }
}

#[tokio::test]
async fn each_sees_its_tenants_whatever_it_asks_for_and_who_is_not_listed_nothing() {
    let directory = Directory::new(&users(&[("acme", "a"), ("admin", "b"), ("new", "c")]));
    let sights = [
        ("acme".to_owned(), tenants(&["acme*"])),
        ("admin".to_owned(), Sight::Everything),
        ("scraper".to_owned(), tenants(&["umbrella"])),
    ];
    let server = directory.serve(&Web { users: sights.into(), ..directory.with_token() }).await;
    publish(&server, 5);
    let (acme, admin, scraper) = (basic("acme", "a"), basic("admin", "b"), bearer(TOKEN));
    let all = [
        "own 1",
        "of_tenants{tenant=\"acme\"} 1",
        "of_tenants{tenant=\"acme_test\"} 1",
        "of_tenants{tenant=\"umbrella\"} 1",
    ];
    for (login, query, wanted) in [
        (&acme, "", &all[1..3]),
        (&acme, "?tenant=acme_test", &all[2..3]),
        (&acme, "?tenant=umbrella", &[]),
        (&acme, "?tenant=*", &[]),
        (&scraper, "", &all[3..]),
        (&scraper, "?tenant=acme&tenant=umbrella", &all[3..]),
        (&admin, "?tenant=umbrella&tenant=acme", &[all[1], all[3]]),
        (&admin, "?tenant=nobody", &[]),
    ] {
        let reply = server.ask("GET", &format!("/metrics{query}"), login).await;
        assert_eq!((reply.status, shown(reply.text()).as_slice()), (200, wanted), "{query}");
        assert_eq!(server.publisher.carried_through(), 0, "a part was taken for the whole");
    }
    let reply = server.ask("GET", "/metrics", &basic("new", "c")).await;
    assert_eq!((reply.status, reply.text()), (403, "This login is shown nothing.\n"));
    let reload = server.ask("POST", "/-/reload", &acme).await;
    let refused = "Only a login that sees everything may load the configuration again.\n";
    assert_eq!((reload.status, reload.text()), (403, refused));
    assert_eq!(shown(server.ask("GET", "/metrics", &admin).await.text()), all);
    assert_eq!(server.publisher.carried_through(), 5);
}

#[tokio::test]
async fn a_part_is_had_in_every_format_and_compressed() {
    use std::io::Read as _;
    let directory = Directory::new("");
    let server = directory.serve(&directory.web()).await;
    publish(&server, 1);
    let headers = "Accept: application/openmetrics-text\r\nAccept-Encoding: gzip\r\n";
    let reply = server.ask("GET", "/metrics?tenant=acme", headers).await;
    let mut page = String::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_string(&mut page).unwrap();
    assert_eq!(shown(&page), ["of_tenants{tenant=\"acme\"} 1"]);
    assert!(page.ends_with("# EOF\n"), "{page}");
    let protobuf = "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n";
    let part = server.ask("GET", "/metrics?tenant=acme", protobuf).await.body;
    let has = |name: &[u8]| part.windows(name.len()).any(|window| window == name);
    assert!(has(b"acme") && !has(b"acme_test") && !has(b"umbrella") && !has(b"own"));
}
