//! Who may use a route. Which of these rules holds is a property of how a route is registered ([`crate::surface`]),
//! never of its path: what is not registered otherwise wants a client key, and so do paths that nobody knows.

use crate::client_key::{ClientKey, PresentedKey};
use crate::credential::presented;
use crate::guard;
use crate::project;
use crate::settings::ServerSettings;
use crate::shared::Shared;
use crate::surface::Peer;
use axum::extract::Request;
use ironbridge_wire::{ApiError, ErrorKind};
use std::sync::Arc;
use std::time::SystemTime;
use subtle::ConstantTimeEq as _;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone: it says no more than that a gateway is there.
    Open,
    /// Whoever has a client key. While there are no keys at all: everyone, where the gateway listens on loopback; else
    /// nobody.
    Client,
    /// Who is on this machine, and whoever has the admin token.
    Operator,
    /// Whoever has the admin token.
    Admin,
}

/// Headers by which a proxy says that it speaks for someone else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

impl Access {
    /// The origins of other sites whose pages may use such a route. What a page asks comes from this machine: it must
    /// not get what is open to the operator.
    pub(crate) fn origins(self, server: &ServerSettings) -> &[String] {
        match self {
            Access::Open | Access::Client => &server.cors_origins,
            Access::Operator | Access::Admin => &[],
        }
    }

    /// Lets a request in, or says why not; with the client key by which it came.
    pub(crate) fn check(
        self,
        shared: &Shared,
        server: &ServerSettings,
        request: &Request,
    ) -> Result<Option<Arc<ClientKey>>, ApiError> {
        match self {
            Access::Open => Ok(None),
            Access::Client => client(shared, request),
            Access::Operator if is_local_and_direct(shared, request) => Ok(None),
            Access::Operator | Access::Admin => admin(server, request).map(|()| None),
        }
    }
}

/// Wants a client key. A wrong one costs one hash and one look into a map; nothing is allocated for it but the answer.
fn client(shared: &Shared, request: &Request) -> Result<Option<Arc<ClientKey>>, ApiError> {
    if !shared.services.keys.any() {
        if shared.local.ip().is_loopback() {
            return project::check(request.headers(), None).map(|()| None);
        }
        return Err(unauthenticated(
            "there is no client key yet, and without one nobody is served but on loopback; \
             `ironbridge key new` makes one",
        ));
    }
    let mut sent = presented(request.headers());
    let Some(sent) = sent.find_map(|sent| PresentedKey::read(sent.text())) else {
        return Err(unauthenticated(
            "send a client key of this gateway as `authorization: Bearer ib_…` or `x-api-key: ib_…`",
        ));
    };
    let known = shared.services.keys.find(sent.id);
    let now = SystemTime::now();
    let is_known = sent.matches(known.as_ref().map_or([None; 2], |key| key.hashes(now)));
    let Some(key) = known.filter(|_| is_known) else {
        return Err(unauthenticated("this client key is not known here"));
    };
    if let Some(ended) = key.ended(now) {
        return Err(unauthenticated(format!("the client key `{}` is {ended}", key.name)));
    }
    if let Some(domain) = &key.domain {
        let host = guard::host_of(request.uri(), request.headers());
        if host.as_deref() != Some(domain.as_str()) {
            let message = format!("the client key `{}` works for {domain} alone", key.name);
            return Err(ApiError::new(ErrorKind::Permission, message));
        }
    }
    if !key.allows_path(request.uri().path()) {
        let message = format!("the client key `{}` may not ask for this path", key.name);
        return Err(ApiError::new(ErrorKind::Permission, message));
    }
    project::check(request.headers(), Some(&key))?;
    Ok(Some(key))
}

/// Whether a request was made on this machine. What comes in by a configured domain came through a proxy, whose own
/// address says nothing.
fn is_local_and_direct(shared: &Shared, request: &Request) -> bool {
    let local = request.extensions().get::<Peer>().is_some_and(|peer| peer.0.ip().is_loopback());
    let by_name = guard::host_of(request.uri(), request.headers());
    let direct = by_name.is_some_and(|name| guard::is_loopback(&name));
    // A reverse proxy on this machine is not the one who asks.
    let proxied = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    local && direct && !proxied && shared.local.ip().is_loopback()
}

/// Wants the admin token.
fn admin(server: &ServerSettings, request: &Request) -> Result<(), ApiError> {
    let Some(token) = &server.admin_token else {
        return Err(ApiError::new(
            ErrorKind::Permission,
            "this wants the admin token; set `admin_token` in the config's [server] to use it from here",
        ));
    };
    let wanted = token.reveal().as_bytes();
    let is_it = |given: &str| bool::from(given.as_bytes().ct_eq(wanted));
    if presented(request.headers()).any(|given| is_it(given.text())) {
        return Ok(());
    }
    Err(unauthenticated("send the admin token as `authorization: Bearer …`"))
}

fn unauthenticated(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::Authentication, message)
}
