//! What is asked of a client's certificate. Reads no file.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};

/// What the file's `client_auth_type` means; the later bar more clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClientAuth {
    None,
    /// A certificate is asked for, and nothing is made of it.
    Request,
    VerifyIfGiven,
    RequireAny,
    RequireAndVerify,
}

impl ClientAuth {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "NoClientCert" => Self::None,
            "RequestClientCert" => Self::Request,
            "VerifyClientCertIfGiven" => Self::VerifyIfGiven,
            // The second is an older name.
            "RequireAnyClientCert" | "RequireClientCert" => Self::RequireAny,
            "RequireAndVerifyClientCert" => Self::RequireAndVerify,
            _ => return None,
        })
    }

    pub(super) const fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "not asked for",
            Self::Request => "asked for",
            Self::VerifyIfGiven => "verified if given",
            Self::RequireAny => "required",
            Self::RequireAndVerify => "required and verified",
        })
    }
}

/// `roots` are those of `ClientAuth::verifies`; `names`, of which a certificate must hold one, of `RequireAndVerify`.
///
/// # Errors
/// If there are no roots.
pub(super) fn verifier(
    auth: ClientAuth,
    roots: RootCertStore,
    names: Option<Vec<String>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, rustls::server::VerifierBuilderError> {
    let any = |mandatory| Arc::new(Unverified { mandatory, provider: Arc::clone(provider) });
    let verified = || WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    Ok(match auth {
        ClientAuth::None => WebPkiClientVerifier::no_client_auth(),
        ClientAuth::Request => any(false),
        ClientAuth::RequireAny => any(true),
        ClientAuth::VerifyIfGiven => verified().allow_unauthenticated().build()?,
        ClientAuth::RequireAndVerify => {
            let inner = verified().build()?;
            match names {
                Some(names) => Arc::new(Named { inner, names }),
                None => inner,
            }
        }
    })
}

/// Takes any certificate whose key the client has.
#[derive(Debug)]
struct Unverified {
    mandatory: bool,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Unverified {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes a certificate that `inner` takes and that holds one of the names.
#[derive(Debug)]
struct Named {
    inner: Arc<dyn ClientCertVerifier>,
    names: Vec<String>,
}

impl ClientCertVerifier for Named {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.inner.verify_client_cert(end_entity, intermediates, now)?;
        if holds_one_of(end_entity, &self.names) {
            Ok(verified)
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a DNS name, URI or IP address of the certificate is among `names`, letter for letter.
fn holds_one_of(certificate: &CertificateDer<'_>, names: &[String]) -> bool {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else { return false };
    let wanted = |name: &str| names.iter().any(|wanted| wanted == name);
    let is_for = |name: &String| {
        let address = name.parse::<IpAddr>().map(ServerName::from);
        address.is_ok_and(|address| certificate.verify_is_valid_for_subject_name(&address).is_ok())
    };
    certificate.valid_dns_names().any(wanted)
        || certificate.valid_uri_names().any(wanted)
        || names.iter().any(is_for)
}
