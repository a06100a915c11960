//! TLS, and HTTP/2 over it.

use crate::setup::{BODY_BYTES_MAX, KEY, chat, settings};
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use ironbridge_upstream::{Authorities, Failure, Provider, ProviderKind, StaticCredentials};
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// An authority, and a server's certificate of it for `localhost`.
fn certificates() -> (String, CertificateDer<'static>, PrivateKeyDer<'static>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (root.pem(), server.der().clone(), key)
}

/// A server that tells the version it was spoken to in, and counts its connections.
struct Server {
    url: String,
    /// Its authority, in PEM form.
    root: String,
    accepted: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

async fn tells_version(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let version = if request.version() == Version::HTTP_2 { "h2" } else { "http/1.1" };
    let authorized = request.headers().get("authorization").is_some();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let text = format!("{version} {authorized} {}", body.len());
    Ok(Response::new(Full::new(Bytes::from(text))))
}

async fn serve(protocols: &[&[u8]]) -> Server {
    let (root, certificate, key) = certificates();
    serve_with(protocols, root, certificate, key).await
}

async fn serve_with(
    protocols: &[&[u8]],
    root: String,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let stream = TokioIo::new(stream);
                if h2 {
                    let http2 = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ = http2.serve_connection(stream, service_fn(tells_version)).await;
                } else {
                    let http1 = hyper::server::conn::http1::Builder::new();
                    let _ = http1.serve_connection(stream, service_fn(tells_version)).await;
                }
            });
        }
    });
    Server { url, root, accepted, _tasks: tasks }
}

fn provider(server: &Server, authorities: Authorities) -> Provider {
    let mut settings = settings(ProviderKind::Openai, &server.url);
    settings.authorities = authorities;
    let credentials = StaticCredentials::of(std::slice::from_ref(&settings)).unwrap();
    Provider::new(settings, Arc::new(credentials)).unwrap()
}

async fn check(protocols: &[&[u8]], version: &str) -> (usize, Vec<bool>) {
    let server = serve(protocols).await;
    let provider = provider(&server, Authorities::from_pem(server.root.as_bytes()).unwrap());
    let mut connected = Vec::new();
    for _ in 0..5 {
        let answer = provider.send(chat()).await.unwrap();
        connected.push(answer.timings.connected.is_some());
        let body = answer.body.collect(BODY_BYTES_MAX).await.unwrap();
        assert_eq!(body, format!("{version} true 27"));
    }
    (server.accepted.load(Ordering::SeqCst), connected)
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_can_and_on_one_connection() {
    let (accepted, connected) = check(&[b"h2", b"http/1.1"], "h2").await;
    assert_eq!(accepted, 1);
    assert_eq!(connected, [true, false, false, false, false]);
}

#[tokio::test]
async fn http1_is_spoken_where_it_cannot() {
    let (accepted, _) = check(&[b"http/1.1"], "http/1.1").await;
    assert_eq!(accepted, 1);
    let (accepted, _) = check(&[], "http/1.1").await;
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn a_self_signed_server_is_trusted_by_its_own_certificate() {
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = serve_with(&[], server.pem(), server.der().clone(), key).await;
    let authorities = Authorities::from_pem(server.root.as_bytes()).unwrap();
    assert_eq!(provider(&server, authorities).send(chat()).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_trusted() {
    let server = serve(&[b"h2"]).await;
    let error = provider(&server, Authorities::default()).send(chat()).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Tls { .. }), "{error}");
    assert!(!error.retryable() && error.to_string().contains("UnknownIssuer"), "{error}");
    assert!(!error.to_string().contains(KEY));
}
