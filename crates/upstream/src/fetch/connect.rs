//! Connections that are opened only to addresses that may be asked.
//!
//! The address that was judged is the one that is connected to: the judgement stands in the resolver, between the
//! look-up and the connection, so a name that answers differently the next time changes nothing.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use rustls::ClientConfig;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;
use url::{Host, Url};

use super::addresses::not_public;
use super::{FetchError, host_of};
use crate::authorities::Authorities;
use crate::client::{ConnectionTasks, tls};
use crate::credential::BoxFuture;

/// How long a connection may take, whatever the time of the whole call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What makes the connections of one call.
pub(super) struct FetchClient {
    tls: ClientConfig,
}

impl FetchClient {
    pub(super) fn new(authorities: &Authorities) -> Result<Self, String> {
        Ok(FetchClient { tls: tls(authorities)? })
    }

    /// Sends one request over a connection of its own.
    pub(super) async fn send(
        &self,
        request: Request<Empty<Bytes>>,
        url: &Url,
        private_allowed: bool,
    ) -> Result<Response<Incoming>, FetchError> {
        // Addresses that stand in the URL never reach the resolver.
        if !private_allowed && let Some(address) = literal(url) {
            judged(address).map_err(|refusal| refusal.of(url))?;
        }
        let client = Client::builder(ConnectionTasks)
            .pool_max_idle_per_host(0)
            .build(self.connector(private_allowed));
        client.request(request).await.map_err(|error| match find::<Refusal>(&error) {
            Some(refusal) => refusal.of(url),
            None => FetchError::Unanswered { host: host_of(url), reason: crate::chain(&error) },
        })
    }

    fn connector(&self, private_allowed: bool) -> HttpsConnector<HttpConnector<Judge>> {
        let mut tcp = HttpConnector::new_with_resolver(Judge { private_allowed });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp)
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// A resolver that gives no address which may not be asked.
#[derive(Clone)]
struct Judge {
    private_allowed: bool,
}

impl Service<Name> for Judge {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let private_allowed = self.private_allowed;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !private_allowed {
                // One that is refused refuses all: a name with both is a trap, not a server.
                for address in &found {
                    judged(address.ip()).map_err(io::Error::other)?;
                }
            }
            Ok(found.into_iter())
        })
    }
}

/// An address that may not be asked, on its way out of hyper.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{address} is {what}")]
struct Refusal {
    address: IpAddr,
    what: &'static str,
}

impl Refusal {
    fn of(self, url: &Url) -> FetchError {
        FetchError::Private { host: host_of(url), address: self.address, what: self.what }
    }
}

fn judged(address: IpAddr) -> Result<(), Refusal> {
    match not_public(address) {
        None => Ok(()),
        Some(what) => Err(Refusal { address, what }),
    }
}

/// The first error of this type in the chain; one inside an [`io::Error`] is not among its sources.
fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}
