//! How a connection to a provider is opened: name, TCP, proxy, TLS; within one time-out and one count.

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tower_service::Service;

use crate::credential::BoxFuture;
use crate::settings::ProxySettings;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why no connection came about; each with its chain of causes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("no connection in time")]
    TimedOut,
    #[error("{0}")]
    Tcp(String),
    #[error("{0}")]
    Proxy(String),
    #[error("{0}")]
    Tls(String),
}

/// Opens a connection, TLS included, within `limit`.
#[derive(Clone)]
pub(crate) struct Connector {
    secure: HttpsConnector<Dial>,
    limit: Duration,
}

impl Connector {
    /// HTTP/2 is offered over TLS; without TLS HTTP/1.1 is spoken. At most `connections_max` are open at once.
    pub(crate) fn new(
        tls: ClientConfig,
        proxies: Option<Matcher>,
        connections_max: usize,
        limit: Duration,
    ) -> Self {
        let secure = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(dialer(proxies, connections_max));
        Connector { secure, limit }
    }
}

impl Service<Uri> for Connector {
    type Response = hyper_rustls::MaybeHttpsStream<Dialed>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        self.secure.poll_ready(cx).map_err(not_dialed)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = self.secure.call(target);
        let limit = self.limit;
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(not_dialed),
                Err(_) => Err(DialError::TimedOut),
            }
        })
    }
}

/// What does not come from [`Dial`] comes from the layer above it.
fn not_dialed(error: BoxError) -> DialError {
    match error.downcast::<DialError>() {
        Ok(error) => *error,
        Err(error) => DialError::Tls(crate::chain(error.as_ref())),
    }
}

/// The proxies of the environment, as the binary read them.
///
/// # Errors
/// When a proxy is spoken to in anything but plain HTTP.
pub(crate) fn proxies(settings: &ProxySettings) -> Result<Matcher, String> {
    for proxy in [&settings.http, &settings.https].into_iter().flatten() {
        if proxy.scheme_str().is_some_and(|scheme| scheme != "http") || proxy.host().is_none() {
            let host = proxy.host().unwrap_or_default();
            return Err(format!("the proxy at `{host}` is not an http:// address"));
        }
    }
    let text = |proxy: &Option<Uri>| proxy.as_ref().map(Uri::to_string).unwrap_or_default();
    Ok(Matcher::builder()
        .http(text(&settings.http))
        .https(text(&settings.https))
        .no(settings.no_proxy.clone())
        .build())
}

/// The `proxy-authorization` of requests that go to a proxy in absolute form.
pub(crate) fn proxy_authorization(proxies: &Matcher, target: &Uri) -> Option<HeaderValue> {
    let plain = target.scheme_str() == Some("http");
    proxies.intercept(target).filter(|_| plain)?.basic_auth().cloned()
}

fn dialer(proxies: Option<Matcher>, connections_max: usize) -> Dial {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    // Without it the kernel waits for an acknowledgement before it sends the rest of a request: 40 ms.
    tcp.set_nodelay(true);
    let places = Arc::new(Semaphore::new(connections_max.clamp(1, Semaphore::MAX_PERMITS)));
    Dial { tcp, proxies: proxies.map(Arc::new), places }
}

/// Opens TCP connections, directly or through a proxy.
#[derive(Clone)]
pub(crate) struct Dial {
    tcp: HttpConnector,
    proxies: Option<Arc<Matcher>>,
    places: Arc<Semaphore>,
}

impl Service<Uri> for Dial {
    type Response = Dialed;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Dialed, DialError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        self.tcp.poll_ready(cx).map_err(|error| DialError::Tcp(crate::chain(&error)))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        // The one that is ready is taken, as Service wants it.
        let next = self.clone();
        let ready = std::mem::replace(self, next);
        Box::pin(ready.dial(target))
    }
}

impl Dial {
    async fn dial(mut self, target: Uri) -> Result<Dialed, DialError> {
        let place = self.places.acquire_owned().await;
        let place = place.map_err(|error| DialError::Tcp(error.to_string()))?;
        let proxy = self.proxies.as_ref().and_then(|proxies| proxies.intercept(&target));
        let (stream, absolute_form) = match proxy {
            None => (self.tcp.call(target).await.map_err(tcp_error)?, false),
            Some(proxy) if target.scheme_str() == Some("https") => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp);
                if let Some(authorization) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(authorization.clone());
                }
                let tunnelled = tunnel.call(target).await;
                let tunnelled =
                    tunnelled.map_err(|error| DialError::Proxy(crate::chain(&error)))?;
                (tunnelled, false)
            }
            Some(proxy) => {
                let connected = self.tcp.call(proxy.uri().clone()).await;
                let connected =
                    connected.map_err(|error| DialError::Proxy(crate::chain(&error)))?;
                (connected, true)
            }
        };
        Ok(Dialed { stream, absolute_form, opened: Instant::now(), _place: place })
    }
}

fn tcp_error(error: impl std::error::Error + 'static) -> DialError {
    DialError::Tcp(crate::chain(&error))
}

/// When a connection was opened; travels with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened(pub(crate) Instant);

/// An open connection. It gives its place back when it is closed.
pub(crate) struct Dialed {
    stream: TokioIo<TcpStream>,
    /// A proxy is told the whole URL in each request.
    absolute_form: bool,
    opened: Instant,
    _place: OwnedSemaphorePermit,
}

impl Connection for Dialed {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.absolute_form).extra(Opened(self.opened))
    }
}

impl Read for Dialed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Dialed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_writes_are_not_held_back_by_the_kernel() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let connected = dialer(None, 1).dial(target).await.unwrap();
        assert!(connected.stream.inner().nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_place_comes_back_when_its_connection_closes() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target: Uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let dial = dialer(None, 1);
        let first = dial.clone().dial(target.clone()).await.unwrap();
        let mut second = Box::pin(dial.clone().dial(target));
        let waits = std::future::poll_fn(|cx| Poll::Ready(second.as_mut().poll(cx).is_pending()));
        assert!(waits.await && dial.places.available_permits() == 0);
        drop(first);
        second.await.unwrap();
    }
}
