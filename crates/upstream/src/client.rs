//! The HTTP client of one provider: its connections, and one request over them.
//!
//! Built on hyper-util's client, which pools connections and tells HTTP/2 from HTTP/1.1 by ALPN. What it does not do
//! is done here: at most so many requests under way, time-outs, no redirects, proxies only where told.

use crate::authorities::Authorities;
use crate::connect::{Connector, DialError, Opened, proxies, proxy_authorization};
use crate::send_error::{Failure, Step};
use crate::settings::{Pool, ProxySettings, Timeouts};
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioTimer;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How often a silent HTTP/2 connection is asked whether it is alive, and how long it may take to say so.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(30);
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Runs what hyper must do beside a request: reading and writing a connection, putting it back into the pool.
///
/// These tasks end with their connection, and those end when the client is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionTasks;

impl<F> hyper::rt::Executor<F> for ConnectionTasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "hyper's own tasks end with their connection")]
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

/// Sends requests, to one host or to any.
pub(crate) struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
    timeouts: Timeouts,
    proxy_authorization: Option<HeaderValue>,
    places: Arc<Semaphore>,
}

/// The head of an answer, with the place of its request.
pub(crate) struct Head {
    pub(crate) response: Response<Incoming>,
    pub(crate) place: OwnedSemaphorePermit,
    /// How long a new connection took; `None` when one was at hand.
    pub(crate) connected: Option<Duration>,
}

impl HttpClient {
    /// A client for requests to `target`'s host.
    ///
    /// # Errors
    /// When TLS cannot be set up, or a proxy is not usable.
    pub(crate) fn new(
        target: &Uri,
        timeouts: Timeouts,
        pool: Pool,
        proxy: Option<&ProxySettings>,
        authorities: &Authorities,
    ) -> Result<Self, String> {
        let matcher = proxy.map(proxies).transpose()?;
        let mut client = HttpClient::for_any_host(timeouts, pool, proxy, authorities)?;
        client.proxy_authorization =
            matcher.as_ref().and_then(|matcher| proxy_authorization(matcher, target));
        Ok(client)
    }

    /// A client for requests to any host. Which of them need a `proxy-authorization` is the caller's to know.
    ///
    /// # Errors
    /// When TLS cannot be set up, or a proxy is not usable.
    pub(crate) fn for_any_host(
        timeouts: Timeouts,
        pool: Pool,
        proxy: Option<&ProxySettings>,
        authorities: &Authorities,
    ) -> Result<Self, String> {
        let matcher = proxy.map(proxies).transpose()?;
        let connector =
            Connector::new(tls(authorities)?, matcher, pool.connections_max, timeouts.connect);
        let client = Client::builder(ConnectionTasks)
            .pool_idle_timeout(pool.idle_timeout)
            .pool_max_idle_per_host(pool.idle_max)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(HTTP2_PING_INTERVAL)
            .http2_keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .build(connector);
        let places = pool.connections_max.clamp(1, Semaphore::MAX_PERMITS);
        Ok(HttpClient {
            client,
            timeouts,
            proxy_authorization: None,
            places: Arc::new(Semaphore::new(places)),
        })
    }

    /// Sends a request once and waits for the head of the answer.
    ///
    /// Cancel safe: dropping the future closes the connection (HTTP/1.1) or resets the stream (HTTP/2).
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Head, Failure> {
        let waited =
            tokio::time::timeout(self.timeouts.headers, Arc::clone(&self.places).acquire_owned());
        let place = match waited.await {
            Ok(Ok(place)) => place,
            Ok(Err(closed)) => return Err(Failure::Closed { reason: closed.to_string() }),
            Err(_) => {
                let after = self.timeouts.headers;
                return Err(Failure::Timeout { step: Step::Connect, after });
            }
        };
        if let Some(authorization) = &self.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let started = Instant::now();
        let mut connection = capture_connection(&mut request);
        let watched = connection.clone();
        let answered = self.client.request(request);
        let response = tokio::select! {
            biased;
            answered = answered => answered.map_err(|error| self.failure(&error))?,
            () = too_late(&mut connection, self.timeouts.headers) => {
                let after = self.timeouts.headers;
                return Err(Failure::Timeout { step: Step::Headers, after });
            }
        };
        Ok(Head { response, place, connected: opened_since(&watched, started) })
    }

    fn failure(&self, error: &ClientError) -> Failure {
        let reason = crate::chain(error);
        if error.is_connect() {
            return match find::<DialError>(error) {
                Some(DialError::TimedOut) => {
                    Failure::Timeout { step: Step::Connect, after: self.timeouts.connect }
                }
                Some(DialError::Tcp(reason)) => Failure::Connect { reason: reason.clone() },
                Some(DialError::Proxy(reason)) => Failure::Proxy { reason: reason.clone() },
                Some(DialError::Tls(reason)) => Failure::Tls { reason: reason.clone() },
                None => Failure::Connect { reason },
            };
        }
        match find::<hyper::Error>(error) {
            Some(hyper) if hyper.is_parse() => Failure::Protocol { reason },
            Some(hyper) if hyper.is_user() => Failure::Invalid { reason },
            _ => Failure::Closed { reason },
        }
    }
}

/// Ends when the connection was there for `limit` and no answer has come.
async fn too_late(connection: &mut CaptureConnection, limit: Duration) {
    if connection.wait_for_connection_metadata().await.is_none() {
        // The request fails for want of a connection, which says more than a time-out.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(limit).await;
}

fn opened_since(connection: &CaptureConnection, started: Instant) -> Option<Duration> {
    let metadata = connection.connection_metadata();
    let mut extensions = http::Extensions::new();
    metadata.as_ref()?.get_extras(&mut extensions);
    extensions.get::<Opened>()?.0.checked_duration_since(started)
}

fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<E>())
}

pub(crate) fn tls(authorities: &Authorities) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    authorities.add_to(&mut roots)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
