//! The TLS of the server, from its section of the web configuration file. What rustls does not have is refused by name.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{NamedGroup, ProtocolVersion, RootCertStore, ServerConfig, SupportedCipherSuite, version};

use super::clients::{self, ClientAuth};
use super::file::{TlsSection, given};
use super::watch::Reader;

/// TLS ready for use.
pub(super) struct Tls {
    pub(super) server: Arc<ServerConfig>,
    pub(super) clients: ClientAuth,
    /// Whether certificates of clients must hold certain names.
    pub(super) names: bool,
}

/// Reads certificates and key, by paths relative to `directory`.
///
/// # Errors
/// The key that is wrong, and why; never what a key file holds.
pub(super) fn build(section: &TlsSection, directory: &Path, reader: &mut Reader) -> Result<Tls, String> {
    let certificate = content("cert", &section.cert_file, &section.cert, directory, reader)?;
    let key = content("key", &section.key_file, &section.key, directory, reader)?;
    let certificate = certificate.ok_or("tls_server_config: one of cert and cert_file is missing")?;
    let key = key.ok_or("tls_server_config: one of key and key_file is missing")?;
    let chain =
        certificates(&certificate).map_err(|problem| format!("the certificate of the server {problem}"))?;
    // The reader's error might quote what it cannot read.
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|_| "the key of the server is no private key in PEM form")?;

    let (suites, groups) = (suites(section)?, groups(section)?);
    let provider =
        Arc::new(CryptoProvider { cipher_suites: suites, kx_groups: groups, ..ring::default_provider() });
    let (clients, verifier) = client_verifier(section, directory, reader, &provider)?;
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(section)?)
        .map_err(|error| format!("tls_server_config: {error}"))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| format!("the certificate and the key of the server: {error}"))?;
    server.ignore_client_order = section.prefer_server_cipher_suites.unwrap_or(true);
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { server: Arc::new(server), clients, names: section.client_allowed_sans.is_some() })
}

/// What the file or the text itself holds. The toolkit lets the file win; here only one may be given.
fn content(
    key: &str,
    file: &Option<String>,
    text: &Option<String>,
    directory: &Path,
    reader: &mut Reader,
) -> Result<Option<Vec<u8>>, String> {
    match (given(file), given(text)) {
        (Some(_), Some(_)) => {
            Err(format!("tls_server_config: {key} and {key}_file are both given; keep one"))
        }
        (Some(path), None) => reader.read(&directory.join(path)).map(Some),
        (None, text) => Ok(text.map(|text| text.as_bytes().to_vec())),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err("is not in PEM form"),
    }
}

type Verifier = Arc<dyn rustls::server::danger::ClientCertVerifier>;

fn client_verifier(
    section: &TlsSection,
    directory: &Path,
    reader: &mut Reader,
    provider: &Arc<CryptoProvider>,
) -> Result<(ClientAuth, Verifier), String> {
    let auth = match given(&section.client_auth_type) {
        None => ClientAuth::None,
        Some(text) => ClientAuth::parse(text).ok_or(
            "client_auth_type must be NoClientCert, RequestClientCert, VerifyClientCertIfGiven, RequireAnyClientCert or \
             RequireAndVerifyClientCert",
        )?,
    };
    let authorities = content("client_ca", &section.client_ca_file, &section.client_ca, directory, reader)?;
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(pem) if auth.verifies() => {
            let wrong = |problem| format!("client_ca_file {problem}");
            for certificate in certificates(&pem).map_err(wrong)? {
                roots.add(certificate).map_err(|_| wrong("holds a certificate that is no authority's"))?;
            }
        }
        Some(_) => {
            return Err("client_ca_file is given, but no client_auth_type that verifies: use \
                        RequireAndVerifyClientCert or VerifyClientCertIfGiven"
                .into());
        }
        None if auth.verifies() => {
            return Err("client_auth_type verifies certificates, but client_ca_file is missing".into());
        }
        None => {}
    }
    let names = section.client_allowed_sans.clone();
    if let Some(names) = &names {
        check_names(names, auth)?;
    }
    let verifier = clients::verifier(auth, roots, names, provider);
    Ok((auth, verifier.map_err(|error| format!("client_ca_file: {error}"))?))
}

fn check_names(names: &[String], auth: ClientAuth) -> Result<(), &'static str> {
    if auth != ClientAuth::RequireAndVerify {
        return Err(
            "client_allowed_sans needs the client_auth_type RequireAndVerifyClientCert: what is not verified \
                    may say any name",
        );
    }
    if names.is_empty() {
        return Err("client_allowed_sans is empty: no client could connect");
    }
    if names.iter().any(|name| name.contains('@') && !name.contains("://")) {
        return Err(
            "client_allowed_sans takes DNS names, URIs and IP addresses; e-mail addresses are not supported",
        );
    }
    Ok(())
}

fn versions(section: &TlsSection) -> Result<Vec<&'static rustls::SupportedProtocolVersion>, String> {
    let least = protocol("min_version", &section.min_version)?.unwrap_or(ProtocolVersion::TLSv1_2);
    let most = protocol("max_version", &section.max_version)?.unwrap_or(ProtocolVersion::TLSv1_3);
    let known = [&version::TLS12, &version::TLS13];
    let range = u16::from(least)..=u16::from(most);
    let versions: Vec<_> =
        known.into_iter().filter(|known| range.contains(&u16::from(known.version))).collect();
    if versions.is_empty() {
        return Err("min_version is above max_version".into());
    }
    Ok(versions)
}

fn protocol(key: &str, value: &Option<String>) -> Result<Option<ProtocolVersion>, String> {
    match given(value) {
        None => Ok(None),
        Some("TLS12") => Ok(Some(ProtocolVersion::TLSv1_2)),
        Some("TLS13") => Ok(Some(ProtocolVersion::TLSv1_3)),
        Some("TLS10" | "TLS11") => {
            Err(format!("{key}: TLS 1.0 and 1.1 are broken and rustls has neither; use TLS12 or TLS13"))
        }
        Some(_) => Err(format!("{key} must be TLS12 or TLS13")),
    }
}

/// Those of TLS 1.2 that are listed. Those of 1.3 are all good and always there, as the family has it.
fn suites(section: &TlsSection) -> Result<Vec<SupportedCipherSuite>, String> {
    let all = ring::ALL_CIPHER_SUITES;
    let Some(listed) = section.cipher_suites.as_ref().filter(|listed| !listed.is_empty()) else {
        return Ok(all.to_vec());
    };
    let name = |suite: &SupportedCipherSuite| format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1);
    let mut suites: Vec<_> = all.iter().filter(|suite| suite.tls13().is_some()).copied().collect();
    for wanted in listed {
        let Some(suite) = all.iter().find(|suite| name(suite) == *wanted) else {
            let names: Vec<_> = all.iter().map(name).collect();
            return Err(format!("cipher_suites: rustls has only {}", names.join(", ")));
        };
        if !suites.contains(suite) {
            suites.push(*suite);
        }
    }
    Ok(suites)
}

fn groups(section: &TlsSection) -> Result<Vec<&'static dyn SupportedKxGroup>, String> {
    let all = ring::default_provider().kx_groups;
    let Some(listed) = section.curve_preferences.as_ref().filter(|listed| !listed.is_empty()) else {
        return Ok(all);
    };
    let group = |name: &String| {
        let wanted = match name.as_str() {
            "X25519" => NamedGroup::X25519,
            "CurveP256" => NamedGroup::secp256r1,
            "CurveP384" => NamedGroup::secp384r1,
            _ => {
                return Err(
                    "curve_preferences: rustls with ring has only X25519, CurveP256 and CurveP384".into()
                );
            }
        };
        Ok(*all.iter().find(|group| group.name() == wanted).expect("ring has these three groups"))
    };
    listed.iter().map(group).collect()
}
