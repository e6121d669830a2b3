//! A directory with certificates, tokens and a web configuration file, servers that use it, and clients over TLS.

use std::path::Path;
use std::sync::Arc;

use cloacina_exporter::config::{Patterns, Sight, Token, Web};
use cloacina_exporter::serve::{Guard, GuardError, Settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::server::{Reply, Server, settings, snapshot};

pub const TLS: &str = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n";
pub const TOKEN: &str = "an-example-of-a-token";

/// `ca` signs `server` for localhost, and `client` with the name `scraper`; `other` signs `server2` and `stranger`.
pub struct Directory(TempDir);

impl Directory {
    pub fn new(yaml: &str) -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        for (authority, signed) in [
            ("ca", [("server", "localhost"), ("client", "scraper")]),
            ("other", [("server2", "localhost"), ("stranger", "scraper")]),
        ] {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            // OpenSSL takes a certificate with its issuer's name for the issuer's own.
            params.distinguished_name.push(DnType::CommonName, authority);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
            directory.write(&format!("{authority}.pem"), &issuer.pem());
            for (file, name) in signed {
                let key = KeyPair::generate().unwrap();
                let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
                let certificate = params.signed_by(&key, &issuer).unwrap();
                directory.write(&format!("{file}.pem"), &certificate.pem());
                directory.write(&format!("{file}.key"), &key.serialize_pem());
            }
        }
        directory.write("token", TOKEN);
        directory.write("web.yml", yaml);
        directory
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// In place of the file that is there, as careful programs do it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::write(path.with_extension("new"), text).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
    }

    pub fn copy(&self, from: &str, to: &str) {
        self.write(to, &String::from_utf8(self.read(from)).unwrap());
    }

    pub fn web(&self) -> Web {
        Web { config_file: Some(self.path().join("web.yml")), ..Web::default() }
    }

    pub fn with_token(&self) -> Web {
        Web {
            tokens: vec![Token { name: "scraper".to_owned(), file: self.path().join("token") }],
            ..self.web()
        }
    }

    /// With a snapshot, and with files that are looked at for each request.
    pub async fn serve(&self, web: &Web) -> Server {
        let server = Server::start(Settings { guard: guard(web).unwrap(), ..settings() }).await;
        server.publisher.publish(snapshot(1, 1));
        server
    }

    pub fn client(
        &self,
        authority: &str,
        identity: Option<&str>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&self.read(&format!("{authority}.pem"))).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let builder = builder.with_root_certificates(roots);
        match identity {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let chain = vec![CertificateDer::from_pem_slice(&self.read(&format!("{name}.pem"))).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(&self.read(&format!("{name}.key"))).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        }
    }

    /// The status of `/metrics`, asked over TLS by a client with that identity; `None` if it was not let in.
    pub async fn status(&self, server: &Server, identity: Option<&str>) -> Option<u16> {
        let client = self.client("ca", identity, rustls::ALL_VERSIONS);
        ask(server, client, "").await.map(|reply| reply.status)
    }
}

pub fn guard(web: &Web) -> Result<Arc<Guard>, GuardError> {
    Guard::open(web).map(|guard| Arc::new(guard.without_delay()))
}

/// `GET /metrics` over TLS; `None` if there is no answer.
pub async fn ask(server: &Server, client: ClientConfig, headers: &str) -> Option<Reply> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.ok()?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let bytes = super::server::read_to_end(stream).await;
    if bytes.is_empty() { None } else { Some(Reply::read(&bytes[..]).await) }
}

pub fn users(users: &[(&str, &str)]) -> String {
    let line =
        |(user, password): &(&str, &str)| format!("  {user}: {}\n", bcrypt::hash(password, 4).unwrap());
    format!("basic_auth_users:\n{}", users.iter().map(line).collect::<String>())
}

pub fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {login}\r\n")
}

pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

pub fn tenants(patterns: &[&str]) -> Sight {
    Sight::Tenants(Patterns::new(patterns.iter().copied()).unwrap())
}
