//! Web configuration files that are refused, and what is said of them.

use super::secured::{Directory, TLS, guard, users};

/// What is said when the file holds `yaml`.
fn error(directory: &Directory, yaml: &str) -> String {
    directory.write("web.yml", yaml);
    match guard(&directory.web()) {
        Ok(_) => panic!("{yaml} was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_the_family_refuses_or_rustls_lacks_is_refused_with_the_reason() {
    let directory = Directory::new("");
    directory.write("empty.pem", "");
    directory.write("garbage.pem", "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n");
    for (keys, problem) in [
        ("cert_file: server.pem", "one of key and key_file is missing"),
        ("key_file: server.key", "one of cert and cert_file is missing"),
        ("client_auth_type: NoClientCert", "one of cert and cert_file is missing"),
        ("cert_file: none.pem, key_file: server.key", "none.pem: No such file or directory"),
        ("cert_file: ., key_file: server.key", "it is not a regular file"),
        ("cert_file: empty.pem, key_file: server.key", "the certificate of the server is not in PEM form"),
        ("cert_file: garbage.pem, key_file: server.key", "the certificate and the key of the server: "),
        (
            "cert_file: server.pem, key_file: server.pem",
            "the key of the server is no private key in PEM form",
        ),
        ("cert_file: server.pem, key_file: client.key", "the certificate and the key of the server: "),
        ("cert_file: server.pem, cert: x, key_file: server.key", "cert and cert_file are both given"),
    ] {
        let error = error(&directory, &format!("tls_server_config: {{{keys}}}"));
        assert!(error.contains(problem), "{keys}: {error}");
    }
    for (key, problem) in [
        ("client_auth_type: Maybe", "client_auth_type must be NoClientCert, RequestClientCert"),
        ("client_ca_file: ca.pem", "client_ca_file is given, but no client_auth_type that verifies"),
        (
            "client_auth_type: RequireAnyClientCert, client_ca_file: ca.pem",
            "but no client_auth_type that verifies",
        ),
        ("client_auth_type: RequireAndVerifyClientCert", "but client_ca_file is missing"),
        ("client_auth_type: VerifyClientCertIfGiven", "but client_ca_file is missing"),
        (
            "client_auth_type: VerifyClientCertIfGiven, client_ca_file: empty.pem",
            "client_ca_file is not in PEM form",
        ),
        ("client_allowed_sans: [x]", "client_allowed_sans needs the client_auth_type RequireAndVerify"),
        (
            "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, client_allowed_sans: []",
            "is empty",
        ),
        (
            "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, client_allowed_sans: [a@b.c]",
            "e-mail",
        ),
        ("min_version: TLS10", "min_version: TLS 1.0 and 1.1 are broken and rustls has neither"),
        ("max_version: TLS11", "max_version: TLS 1.0 and 1.1 are broken and rustls has neither"),
        ("min_version: SSL3", "min_version must be TLS12 or TLS13"),
        ("min_version: TLS13, max_version: TLS12", "min_version is above max_version"),
        (
            "cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]",
            "cipher_suites: rustls has only TLS_AES_256_GCM_SHA384",
        ),
        ("curve_preferences: [CurveP521]", "rustls with ring has only X25519, CurveP256 and CurveP384"),
        ("cert_fil: x", "unknown key `cert_fil`"),
        ("min_version: TLS12, min_version: TLS13", "is given twice"),
    ] {
        let error = error(&directory, &TLS.replace('}', &format!(", {key}}}")));
        assert!(error.contains(problem), "{key}: {error}");
    }
    for (yaml, problem) in [
        ("tls_server_confi: {}", "web.yml:1:1: unknown key `tls_server_confi`"),
        ("http_server_config: {http3: true}", "unknown key `http3`"),
        ("http_server_config: {http2: 1}", "expected is true or false"),
        ("http_server_config: {headers: {Server: x}}", "only these can be set"),
        ("basic_auth_users: {ann: secret}", "what is given for \"ann\" is not a bcrypt hash"),
        ("rate_limit: {burst: 1, interval: 1s}", "rate_limit is not supported"),
        ("- a\n", "expected is keys with values"),
        ("{", "this is not valid YAML"),
    ] {
        let error = error(&directory, yaml);
        assert!(error.contains(problem), "{yaml}: {error}");
    }
    let missing = std::fs::remove_file(directory.path().join("web.yml"));
    assert!(missing.is_ok() && guard(&directory.web()).unwrap_err().to_string().contains("No such file"));
}

#[test]
fn certificates_and_keys_may_stand_in_the_file_itself() {
    let directory = Directory::new("");
    let text = |name| serde_json::to_string(&String::from_utf8(directory.read(name)).unwrap()).unwrap();
    let yaml = format!(
        "tls_server_config: {{cert: {}, key: {}, client_ca: {}, client_auth_type: RequireAndVerifyClientCert}}",
        text("server.pem"),
        text("server.key"),
        text("ca.pem")
    );
    directory.write("web.yml", &yaml);
    let shown = guard(&directory.web()).unwrap().to_string();
    assert_eq!(shown, "TLS, certificates of clients: required and verified\nno login\n");
}

#[test]
fn names_of_logins_must_be_known_and_of_one_kind() {
    use cloacina_exporter::config::{Sight, Web};
    let directory = Directory::new(&users(&[("ann", "a"), ("scraper", "b")]));
    let both = guard(&directory.with_token()).unwrap_err().to_string();
    assert!(both.contains("scraper is the name of a token and of a user"), "{both}");
    let sights = [("anne".to_owned(), Sight::Everything)].into();
    let unknown = guard(&Web { users: sights, ..directory.web() }).unwrap_err().to_string();
    assert!(unknown.contains("web.users names \"anne\", which is no user"), "{unknown}");
}

#[test]
fn nothing_shows_a_hash_a_key_or_a_token() {
    let directory = Directory::new("");
    directory.write("web.yml", &format!("{TLS}{}", users(&[("ann", "hunter2")])));
    let guard = guard(&directory.with_token()).unwrap();
    assert_eq!(format!("{guard:?}"), "Guard { .. }");
    assert_eq!(
        guard.to_string(),
        "TLS, certificates of clients: not asked for\nlogin as user [ann] or with token [scraper]\n"
    );
}
