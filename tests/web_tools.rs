//! The secured server as the family's own programs meet it: promtool on the web configuration files, Prometheus and curl
//! as clients of the real binary.

#![allow(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "the test `serve` uses the rest")]
#[path = "serve/secured.rs"]
mod secured;
#[allow(dead_code, reason = "the test `serve` uses the rest")]
#[path = "serve/server.rs"]
mod server;
mod support;

use std::process::Command;

use cloacina_exporter::serve::Guard;
use secured::{Directory, TLS, TOKEN, users};
use support::exporter::Exporter;
use support::process::{self, eventually};
use support::prometheus::{Prometheus, Version};

const VERIFIED: &str = ", client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}";
/// All that is read of both sides alike.
const REST: &str = "http_server_config: {http2: true, headers: {X-Frame-Options: sameorigin, \
                    X-Content-Type-Options: nosniff, X-XSS-Protection: '1', Strict-Transport-Security: max-age=60, \
                    Content-Security-Policy: \"default-src 'none'\"}}\n";

fn tls(more: &str) -> String {
    TLS.replace('}', &format!(", {more}}}"))
}

#[test]
fn promtool_takes_the_files_that_are_taken_and_refuses_those_that_are_refused() {
    let directory = Directory::new("");
    let path = directory.path().join("web.yml");
    let all = "min_version: TLS12, max_version: TLS13, prefer_server_cipher_suites: false, \
               cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [X25519, CurveP256]";
    let good = [
        String::new(),
        TLS.to_owned(),
        TLS.replace('}', VERIFIED),
        tls(all),
        tls("client_auth_type: RequestClientCert"),
        tls("client_auth_type: RequireAnyClientCert"),
        tls("client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem"),
        REST.to_owned(),
        format!("{TLS}{REST}{}", users(&[("ann", "secret"), ("bob", "x")])),
    ];
    let bad = [
        "tls_server_config: {cert_file: server.pem}".to_owned(),
        "tls_server_config: {key_file: server.key}".to_owned(),
        "tls_server_config: {cert_file: server.pem, key_file: client.key}".to_owned(),
        "tls_server_config: {cert_file: none.pem, key_file: server.key}".to_owned(),
        tls("client_ca_file: ca.pem"),
        tls("client_auth_type: Maybe"),
        tls("min_version: TLS14"),
        tls("cipher_suites: [x]"),
        tls("curve_preferences: [x]"),
        tls("unknown: x"),
        "http_server_config: {headers: {Server: x}}".to_owned(),
        "http_server_config: {headers: {X-Frame-Options: x}}".to_owned(),
        "basic_auth_users: {ann: secret}".to_owned(),
        "unknown: {}".to_owned(),
        "{".to_owned(),
    ];
    let files = good.iter().map(|yaml| (yaml, true)).chain(bad.iter().map(|yaml| (yaml, false)));
    for (yaml, is_good) in files {
        directory.write("web.yml", yaml);
        assert_eq!(Guard::open(&directory.web()).is_ok(), is_good, "{yaml}");
        for version in Version::ALL {
            let output = version.promtool(&["check", "web-config", path.to_str().unwrap()], "");
            assert_eq!(output.status.success(), is_good, "{version:?} {yaml} {output:?}");
        }
    }
}

#[test]
fn the_documented_samples_are_taken() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/security.md")).unwrap();
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let directory = Directory::new(&blocks[0].replace("$2y$10$…", &bcrypt::hash("secret", 4).unwrap()));
    directory.write("prometheus.yml", blocks[1]);
    directory.write("password", "secret");
    assert!(Guard::open(&directory.web()).unwrap().to_string().contains("login as user [prometheus]"));
    for version in Version::ALL {
        for (kind, file) in [("web-config", "web.yml"), ("config", "prometheus.yml")] {
            let path = directory.path().join(file).display().to_string();
            let output = version.promtool(&["check", kind, &path], "");
            assert!(output.status.success(), "{version:?} {file} {output:?}");
        }
    }
}

/// The binary on these files; its database cannot be read, which it says in metrics of that tenant.
fn exporter(directory: &Directory) -> Exporter {
    let path = |name: &str| directory.path().join(name).display().to_string();
    directory.write(
        "exporter.yml",
        "databases: [{name: acme, url: none.db}, {name: umbrella, url: none2.db}]\nstate: {file: none}\nweb:\n  \
         config_file: web.yml\n  tokens: [{name: scraper, token_file: token}]\n  \
         users: {ann: {everything: true}, scraper: {tenants: ['ac*']}}\n",
    );
    Exporter::launch(&["--config.file", &path("exporter.yml")])
}

fn curl(directory: &Directory, arguments: &[&str]) -> String {
    let mut command = Command::new(process::find("curl", "curl"));
    let output = command
        .current_dir(directory.path())
        .args(["--silent", "--cacert", "ca.pem"])
        .args(arguments)
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_scrapes_over_tls_with_a_password_and_with_a_token() {
    let directory = Directory::new(&format!("{TLS}{}", users(&[("ann", "secret")])));
    let exporter = exporter(&directory);
    directory.write("password", "secret\n");
    let path = |name: &str| directory.path().join(name).display().to_string();
    let scrape = |job: &str, login: &str| {
        format!(
            "{{job_name: {job}, scheme: https, tls_config: {{ca_file: {}, server_name: localhost}}, {login}, \
             static_configs: [{{targets: ['{}']}}]}}",
            path("ca.pem"),
            exporter.address()
        )
    };
    let prometheus = Prometheus::start_with(
        Version::V2_53,
        &[
            scrape(
                "password",
                &format!("basic_auth: {{username: ann, password_file: {}}}", path("password")),
            ),
            scrape("token", &format!("authorization: {{credentials_file: {}}}", path("token"))),
            scrape("nobody", "basic_auth: {username: ann, password: wrong}"),
        ],
    )
    .await;
    let seen = prometheus
        .until_answered("count by (job, tenant) (cloacina_state_up) and on () (count(up == 1) == 2)")
        .await;
    let mut seen: Vec<_> =
        seen.iter().map(|sample| [&*sample.labels["job"], &*sample.labels["tenant"]]).collect();
    seen.sort_unstable();
    assert_eq!(seen, [["password", "acme"], ["password", "umbrella"], ["token", "acme"]]);
    let own = prometheus.query("count by (job) (cloacina_exporter_build_info)").await;
    assert_eq!(own.iter().map(|sample| sample.labels["job"].as_str()).collect::<Vec<_>>(), ["password"]);
    assert!(prometheus.query("up{job='nobody'}").await.iter().all(|sample| sample.value == 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_has_become_bad_is_told_of_once_and_the_next_good_one_is_used() {
    let directory = Directory::new(&format!("{TLS}{}", users(&[("ann", "secret")])));
    let exporter = exporter(&directory);
    let url = format!("https://localhost:{}/readyz", exporter.address().port());
    let resolve = format!("localhost:{}:127.0.0.1", exporter.address().port());
    let status = |login: &str| {
        curl(
            &directory,
            &[
                "--resolve",
                &resolve,
                "--user",
                login,
                "--output",
                "page",
                "--write-out",
                "%{http_code}",
                &url,
            ],
        )
    };
    eventually("readiness", async || status("ann:secret") == "200").await;
    assert_eq!(status("ann:wrong"), "401");
    directory.write("web.yml", "basic_auth_users: {ann: hunter2}\n");
    eventually("a look at the bad file", async || {
        assert_eq!(status("ann:secret"), "200");
        exporter.log().contains("cannot be used")
    })
    .await;
    directory.write("web.yml", &format!("{TLS}{}", users(&[("ann", "changed")])));
    eventually("the good file", async || status("ann:changed") == "200").await;
    assert_eq!(status("ann:secret"), "401");
    let log = exporter.log();
    assert_eq!(log.matches("cannot be used").count(), 1, "{log}");
    assert!(!log.contains("hunter2") && !log.contains("$2b$") && !log.contains(TOKEN), "{log}");
}
