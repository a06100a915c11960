//! TLS of the listener's: rustls with ring.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::accept::Refused;
use super::options::Options;

pub(super) type Acceptor = tokio_rustls::TlsAcceptor;

/// What accepts with the certificates of the options; None without any.
pub(super) fn acceptor(options: &Options) -> Result<Option<Acceptor>, Refused> {
    let (Some(certificates), Some(key)) = (&options.certificates, &options.key) else {
        return Ok(None);
    };
    let wrong = |what: &str, why: String| Refused {
        code: "tls",
        message: format!("the {what} for TLS cannot be used: {why}; it has to be PEM"),
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(certificates.as_bytes()).collect();
    let chain = chain.map_err(|error| wrong("certificate", error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("certificate", "there is none in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
    let key = key.map_err(|error| wrong("key", error.to_string()))?;
    let provider = Arc::new(ring::default_provider());
    let versions =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| wrong("library", error.to_string()))?;
    let mut config = versions
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("certificate or key", error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Acceptor::from(Arc::new(config))))
}
