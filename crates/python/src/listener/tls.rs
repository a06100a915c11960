//! TLS of the listener's: rustls with ring.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::accept::Refused;
use super::options::Options;
use super::text::Tls;

/// What accepts connections, and the certificate that it shows.
#[derive(Clone)]
pub(super) struct Acceptor {
    acceptor: TlsAcceptor,
    certificate: Arc<str>,
}

impl Acceptor {
    /// Shakes hands; gives what was agreed on, too.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Tls)> {
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
    let certificate = first_of(certificates).into();
    Ok(Some(Acceptor { acceptor: TlsAcceptor::from(Arc::new(config)), certificate }))
}

/// The first certificate of a chain in PEM.
fn first_of(chain: &str) -> &str {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let from = chain.find(BEGIN).map_or(chain, |at| &chain[at..]);
    from.find(END).map_or(from, |at| &from[..at + END.len()])
}
