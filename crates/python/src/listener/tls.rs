//! TLS of the listener's: rustls with ring.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::options::Options;
use super::text::Tls;
use crate::failure::Failure;

/// What accepts connections, and the certificate that it shows.
#[derive(Clone)]
pub(super) struct Acceptor {
    acceptor: TlsAcceptor,
    certificate: Arc<str>,
}

impl Acceptor {
    /// Shakes hands; gives what was agreed on, too.
    pub(super) async fn accept<S>(&self, stream: S) -> io::Result<(TlsStream<S>, Tls)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(stream).await?;
        let session = stream.get_ref().1;
        let tls = Tls {
            version: session.protocol_version().map(u16::from),
            cipher: session.negotiated_cipher_suite().map(|suite| suite.suite().into()),
            certificate: Arc::clone(&self.certificate),
        };
        Ok((stream, tls))
    }
}

/// What accepts with the certificates of the options.
pub(super) fn acceptor(options: &Options) -> Result<Acceptor, Failure> {
    let wrong = |what: &'static str, why: String| Failure::Tls(what, why);
    let missing = |what: &'static str| wrong(what, "it was not given".to_owned());
    let certificates = options.certificates.as_deref().ok_or_else(|| missing("certificate"))?;
    let key = options.key.as_deref().ok_or_else(|| missing("key"))?;
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
    let certificate = first_of(certificates).into();
    Ok(Acceptor { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
}

/// The first certificate of a chain in PEM.
fn first_of(chain: &str) -> &str {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let from = chain.find(BEGIN).map_or(chain, |at| &chain[at..]);
    from.find(END).map_or(from, |at| &from[..at + END.len()])
}
