//! Proxies, only where the settings name them.

use crate::setup::{BODY_BYTES_MAX, chat, provider, settings};
use ironbridge_upstream::{Failure, ProviderKind, ProxySettings, StaticCredentials};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// Reads a head, and the body that follows it if its length is told.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let end = loop {
        let mut chunk = [0; 1024];
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "closed within a head");
        read.extend_from_slice(&chunk[..count]);
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    String::from_utf8(read[..end].to_vec()).unwrap()
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[tokio::test]
async fn http_goes_to_the_proxy_in_absolute_form() {
    let (listener, proxy) = listen().await;
    let mut settings = settings(ProviderKind::Openai, "http://models.example:8080/v1");
    settings.proxy = Some(ProxySettings {
        http: Some(format!("http://user:pass@{proxy}").parse().unwrap()),
        ..ProxySettings::default()
    });
    let provider = provider(settings);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        head
    };
    let (answer, head) = tokio::join!(provider.send(chat()), serving);
    assert_eq!(&answer.unwrap().body.collect(BODY_BYTES_MAX).await.unwrap()[..], b"{}");
    assert!(
        head.starts_with("POST http://models.example:8080/v1/chat/completions HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{head}");
    assert!(head.contains("host: models.example:8080\r\n"), "{head}");
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let (listener, proxy) = listen().await;
    let mut settings = settings(ProviderKind::Openai, "https://models.example/v1");
    settings.proxy = Some(ProxySettings {
        https: Some(format!("http://user:pass@{proxy}").parse().unwrap()),
        ..ProxySettings::default()
    });
    let provider = provider(settings);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        // What follows is TLS: a handshake record, naming the server.
        let mut hello = [0; 2048];
        let count = stream.read(&mut hello).await.unwrap();
        (head, hello[..count].to_vec())
    };
    let (answer, (head, hello)) = tokio::join!(provider.send(chat()), serving);
    assert!(head.starts_with("CONNECT models.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz\r\n"), "{head}");
    assert!(!head.contains("sk-test"), "the key is for the provider alone");
    assert_eq!(hello.first(), Some(&22), "a TLS handshake");
    assert!(hello.windows(14).any(|window| window == b"models.example"));
    // The other end hung up within the handshake.
    assert!(matches!(answer.unwrap_err().failure, Failure::Tls { .. }));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_as_the_cause() {
    let (listener, proxy) = listen().await;
    let mut settings = settings(ProviderKind::Openai, "https://models.example/v1");
    settings.proxy = Some(ProxySettings {
        https: Some(format!("http://{proxy}").parse().unwrap()),
        ..ProxySettings::default()
    });
    let provider = provider(settings);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal).await.unwrap();
    };
    let (answer, ()) = tokio::join!(provider.send(chat()), serving);
    let error = answer.unwrap_err();
    assert!(matches!(error.failure, Failure::Proxy { .. }), "{error}");
}

#[tokio::test]
async fn hosts_of_no_proxy_are_reached_directly() {
    let (listener, direct) = listen().await;
    let mut settings = settings(ProviderKind::Openai, &format!("http://{direct}/v1"));
    settings.proxy = Some(ProxySettings {
        http: Some("http://127.0.0.1:1".parse().unwrap()),
        no_proxy: "example.com,127.0.0.1".to_owned(),
        ..ProxySettings::default()
    });
    let provider = provider(settings);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        head
    };
    let (answer, head) = tokio::join!(provider.send(chat()), serving);
    assert!(answer.is_ok());
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{head}");
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_when_it_is_set_up() {
    let refused = |base_url: &str, proxy: Option<&str>| {
        let mut settings = settings(ProviderKind::Openai, base_url);
        settings.proxy = proxy.map(|proxy| ProxySettings {
            https: Some(proxy.parse().unwrap()),
            ..ProxySettings::default()
        });
        let credentials = StaticCredentials::of(std::slice::from_ref(&settings)).unwrap();
        ironbridge_upstream::Provider::new(settings, Arc::new(credentials)).unwrap_err().reason
    };
    for (base_url, proxy, expected) in [
        ("/v1", None, "http://"),
        ("ftp://host/", None, "http://"),
        ("http://user:pass@host/v1", None, "user name"),
        ("http://host/v1?key=x", None, "query"),
        ("http://host/v1", Some("socks5://user:secret@host:1"), "not an http:// address"),
    ] {
        let reason = refused(base_url, proxy);
        assert!(reason.contains(expected), "{base_url}: {reason}");
        assert!(!reason.contains("secret") && !reason.contains("pass"), "{base_url}: {reason}");
    }
}
