//! The listener, its connections, and how all of it ends.

use crate::connection::Connection;
use crate::held::{Hold, HoldError};
use crate::models;
use crate::services::Services;
use crate::settings::{Limits, ServerSettings, Settings};
use crate::shared::{Phase, Shared};
use crate::surface;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use ironbridge_upstream::copilot::CopilotUsage;
use ironbridge_upstream::{ProviderSettings, SendError};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower_service::Service as _;

/// Why a gateway could not begin to listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The settings cannot be carried out.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Settings that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A provider cannot be set up.
    #[error("provider `{provider}` cannot be set up: {why}")]
    Provider {
        /// Its name.
        provider: String,
        /// What is in the way.
        why: String,
    },
    /// A pattern over model names is not a glob.
    #[error("`{pattern}` is not a glob: {why}")]
    Glob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A route names a provider that is not there.
    #[error("route `{pattern}` names the provider `{provider}`, which is not there")]
    UnknownProvider {
        /// The route's pattern.
        pattern: String,
        /// The name that is not there.
        provider: String,
    },
    /// A rate limit is not a rate.
    #[error("the limit `{pattern}` cannot be kept: {why}")]
    Rate {
        /// The limit's pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no provider at all.
    #[error("no provider is configured")]
    NoProvider,
}

/// A gateway that listens and is ready to [`run`](Gateway::run).
pub struct Gateway {
    listener: TcpListener,
    shared: Arc<Shared>,
    limits: Limits,
    console: Option<Router>,
}

/// Steers a running gateway from outside.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// How long the accept loop rests after the system refused a socket (out of descriptors).
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// After a running stream got its last error it has this long to reach the client.
const ABORT_GRACE: Duration = Duration::from_secs(2);

impl Gateway {
    /// Begins to listen; connections wait until [`run`](Gateway::run).
    ///
    /// Without any client key it serves everyone where it listens on loopback, else nobody.
    ///
    /// # Errors
    /// When the address cannot be had or the settings cannot be carried out.
    pub async fn bind(settings: Settings, services: Services) -> Result<Self, BindError> {
        let address = settings.server.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| BindError::Listen { address, source })?;
        let local =
            listener.local_addr().map_err(|source| BindError::Listen { address, source })?;
        let limits = settings.server.limits;
        let shared = Arc::new(Shared::new(settings, services, local)?);
        Ok(Gateway { listener, shared, limits, console: None })
    }

    /// Serves the routes of a console beside its own: `/dashboard` and all of `/api` but `/api/limits`. It has a door of its
    /// own: who may use them is its business. A request that reaches it bears the client's [`SocketAddr`] as an extension.
    #[must_use]
    pub fn with_console(mut self, console: Router) -> Self {
        self.console = Some(console);
        self
    }

    /// The address that is listened on, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.local
    }

    /// A handle to steer this gateway with.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { shared: self.shared.clone() }
    }

    /// Serves until [`Handle::shutdown`] and every exchange has ended.
    ///
    /// Shutdown in three steps: no new connections and requests; running exchanges go on for `shutdown_grace`; then
    /// streams end with an error event of their dialect.
    pub async fn run(self) {
        let router = surface::router(self.shared.clone(), self.console);
        let places = Arc::new(Semaphore::new(self.limits.connections_max));
        let shared = self.shared;
        loop {
            // Beyond the limit connections wait in the kernel's own queue.
            let accepted = tokio::select! {
                () = shared.reached(Phase::Draining) => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let (socket, peer, place) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            };
            let served = serve(socket, peer, router.clone(), shared.clone(), self.limits);
            shared.tasks.spawn(async move {
                served.await;
                drop(place);
            });
        }
        drop(self.listener);
        let grace = shared.live().settings.server.shutdown_grace;
        let drained = tokio::select! {
            drained = tokio::time::timeout(grace, shared.tasks.idle()) => drained.is_ok(),
            () = shared.reached(Phase::Aborting) => false,
        };
        if !drained {
            shared.enter(Phase::Aborting);
            if tokio::time::timeout(ABORT_GRACE, shared.tasks.idle()).await.is_err() {
                tracing::warn!("connections were still open at the end of shutdown");
            }
        }
    }
}

impl Handle {
    /// Takes over new settings. What cannot change while running (`listen`, connection limits) stays as it was.
    ///
    /// # Errors
    /// When the settings cannot be carried out; the old ones go on.
    pub fn reload(&self, settings: Settings) -> Result<(), SettingsError> {
        self.shared.reload(settings)
    }

    /// The names of all models that can be asked for here, as the operator sees them: whatever client keys may use. A
    /// provider that does not answer is left out. Cancel safe.
    pub async fn models(&self) -> Vec<String> {
        models::names(&self.shared).await
    }

    /// Whether clients need a key: there are some, revoked ones among them.
    #[must_use]
    pub fn wants_client_key(&self) -> bool {
        self.shared.services.keys.any()
    }

    /// The settings of the server that are in force.
    #[must_use]
    pub fn server_settings(&self) -> ServerSettings {
        self.shared.live().settings.server.clone()
    }

    /// The providers that are in force.
    #[must_use]
    pub fn provider_settings(&self) -> Vec<ProviderSettings> {
        self.shared.live().settings.providers.clone()
    }

    /// What is left of the quota of each provider that has one, by the provider's name. Asks them one after the other.
    /// Cancel safe.
    pub async fn quotas(&self) -> Vec<(String, Result<CopilotUsage, SendError>)> {
        let mut quotas = Vec::new();
        for provider in &self.shared.live().providers {
            let quota = provider.quota().await.transpose();
            quotas.extend(quota.map(|quota| (provider.name().to_owned(), quota)));
        }
        quotas
    }

    /// Pauses or stops a session, as its client names it; `None` lets it go on. Whether that changed anything.
    ///
    /// # Errors
    /// [`crate::HELD_MAX`] sessions are held already.
    pub fn hold_session(&self, session: &str, hold: Option<Hold>) -> Result<bool, HoldError> {
        match hold {
            Some(hold) => self.shared.held.hold(session, hold),
            None => Ok(self.shared.held.release(session)),
        }
    }

    /// The sessions that are held.
    #[must_use]
    pub fn held_sessions(&self) -> Arc<BTreeMap<String, Hold>> {
        self.shared.held.all()
    }

    /// Waits until a shutdown has begun. Cancel safe.
    pub async fn stops(&self) {
        self.shared.reached(Phase::Draining).await;
    }

    /// Begins a graceful shutdown; called again, running exchanges are broken off.
    pub fn shutdown(&self) {
        let next = match self.shared.phase() {
            Phase::Serving => Phase::Draining,
            Phase::Draining | Phase::Aborting => Phase::Aborting,
        };
        self.shared.enter(next);
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (socket, peer) = listener.accept().await?;
    Ok((socket, peer, place))
}

/// Serves one connection to its end.
async fn serve(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
    limits: Limits,
) {
    let connection = match Connection::new(socket, &limits) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::debug!(%error, "a connection was lost before it was served");
            return;
        }
    };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(surface::Peer(peer));
            request.extensions_mut().insert(peer);
            let response = match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = auto::Builder::new(shared.tasks.clone());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes_max.max(HEADER_BYTES_LEAST));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING_INTERVAL)
        .keep_alive_timeout(HTTP2_PING_TIMEOUT)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    let mut connection =
        std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service));
    let served = tokio::select! {
        biased;
        served = connection.as_mut() => served,
        () = shared.reached(Phase::Draining) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, error, "a connection ended early");
    }
}

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so. HTTP/1 has its
/// limit in the time for the next head.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(30);
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// hyper's smallest head buffer.
const HEADER_BYTES_LEAST: usize = 8192;
