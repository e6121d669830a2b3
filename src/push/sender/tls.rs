//! The TLS side of a connection: which authorities are trusted, and the client's own certificate.

use std::path::Path;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::task::spawn_blocking;

use super::failure::Refusal;
use super::transport::read;
use crate::config::Tls;

/// The largest bundle of certificates in use is a quarter of a megabyte.
const MOST_BYTES: u64 = 4 << 20;

/// Reads the files, or the system's authorities if none are configured.
///
/// # Errors
///
/// A file cannot be read or holds no certificate or key; key and certificate do not belong together; the
/// system has no authorities.
pub async fn client_config(tls: &Tls) -> Result<ClientConfig, Refusal> {
    let roots = match &tls.certificate {
        Some(path) => Some(authorities(path).await?),
        None => None,
    };
    let identity = match (&tls.client_certificate, &tls.client_key) {
        (Some(certificate), Some(key)) => Some((certificates(certificate).await?, private_key(key).await?)),
        (None, None) => None,
        _ => return Err(Refusal::configuration("a client certificate needs its key, and the key it")),
    };
    // The system's authorities are read from files, without async.
    spawn_blocking(move || build(roots, identity))
        .await
        .unwrap_or_else(|_| Err(Refusal::configuration("the certificates could not be read")))
}

/// For endpoints without TLS, which need no authorities.
pub fn unused() -> Result<ClientConfig, Refusal> {
    build(Some(RootCertStore::empty()), None)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn build(roots: Option<RootCertStore>, identity: Option<Identity>) -> Result<ClientConfig, Refusal> {
    // Named here, since a process-wide provider would be global state, and of the tests' too.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Refusal::configuration(format!("TLS is not available: {error}")))?;
    let builder = match roots {
        Some(roots) => builder.with_root_certificates(roots),
        None => builder.with_native_roots().map_err(|error| {
            Refusal::configuration(format!("the system's certificate authorities cannot be read: {error}"))
        })?,
    };
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
            Refusal::configuration(format!("client certificate and key cannot be used together: {error}"))
        }),
    }
}

async fn authorities(path: &Path) -> Result<RootCertStore, Refusal> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path).await? {
        roots
            .add(certificate)
            .map_err(|error| unusable(path, &format!("holds a certificate that cannot be used: {error}")))?;
    }
    Ok(roots)
}

async fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let pem = read(path, MOST_BYTES).await?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        // The parser's own error quotes the file.
        _ => Err(unusable(path, "holds no certificate in PEM form")),
    }
}

async fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Refusal> {
    let pem = read(path, MOST_BYTES).await?;
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| unusable(path, "holds no private key in PEM form without a password"))
}

fn unusable(path: &Path, text: &str) -> Refusal {
    Refusal::configuration(format!("{} {text}", path.display()))
}
