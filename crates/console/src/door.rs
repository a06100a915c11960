//! The door before every route of the console: the guard, then who asks and what that one may.

use crate::audit::KnownBy;
use crate::failure::Failure;
use crate::guard;
use crate::place::Rules;
use crate::sign_in;
use crate::surface::Shared;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use ironbridge_upstream::Secret;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;

/// What one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Look.
    Reader,
    /// Look, and change what can be changed.
    Admin,
}

/// Headers by which a proxy says that it speaks for someone else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// Other names of the header with a token; those of the earlier proxy's dashboard.
const TOKEN_HEADERS: [&str; 2] = ["x-api-key", "x-dashboard-key"];

/// What every reply says to the browser. The page loads nothing from elsewhere and stands in nobody's frame.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The middleware of what everyone may see once the guard let it pass: the page's files, which hold no data.
pub(crate) async fn guarded(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let rules = shared.console.place.rules();
    let checked = guard::check(request.method(), request.uri(), request.headers(), &rules);
    with_headers(match checked {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    })
}

/// The middleware of all else: who asks must be known, and to change something, an admin.
pub(crate) async fn known(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let rules = shared.console.place.rules();
    let (role, known_by) = match role_of(&shared, &rules, &request) {
        Ok(known) => known,
        Err(failure) => return failure.into_response(),
    };
    request.extensions_mut().insert(role);
    let deed = is_deed(&request).then(|| format!("{} {}", request.method(), request.uri().path()));
    let from = request.extensions().get::<SocketAddr>().copied();
    let response = if changes(&request) && role == Role::Reader {
        Failure::Forbidden("this token may look, and change nothing".to_owned()).into_response()
    } else {
        next.run(request).await
    };
    if let Some(deed) = deed {
        shared.audit.note((role, known_by), from, &deed, response.status().as_u16());
    }
    response
}

fn changes(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD)
}

/// What is remembered: changes, and looks at what was said.
fn is_deed(request: &Request) -> bool {
    let path = request.uri().path();
    let looks = path.starts_with("/api/exchanges/")
        && (path.ends_with("/request") || path.ends_with("/reply"));
    changes(request) || looks
}

fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn role_of(shared: &Shared, rules: &Rules, request: &Request) -> Result<(Role, KnownBy), Failure> {
    let headers = request.headers();
    if let Some(token) = token_of(headers) {
        let role = role_of_token(token, rules);
        role.map(|role| (role, KnownBy::Token))
            .ok_or(Failure::Unauthenticated("this token is not known here"))
    } else if let Some(role) = sign_in::cookie(headers).and_then(|id| shared.signed_in.role(id)) {
        if changes(request) && !guard::is_of_own_page(headers, rules) {
            let message = "what is done by a cookie must come from the dashboard's own page";
            return Err(Failure::Forbidden(message.to_owned()));
        }
        Ok((role, KnownBy::Cookie))
    } else if is_local_and_direct(rules, request) {
        Ok((Role::Admin, KnownBy::ThisMachine))
    } else {
        if rules.admin_token.is_none() && rules.read_token.is_none() {
            let message = "this wants the admin token; set `admin_token` in the config's [server] to use it from here";
            return Err(Failure::Forbidden(message.to_owned()));
        }
        let message = "sign in, or send the token as `authorization: Bearer …`";
        Err(Failure::Unauthenticated(message))
    }
}

/// What a token opens.
pub(crate) fn role_of_token(token: &str, rules: &Rules) -> Option<Role> {
    let is = |known: &Option<Secret>| {
        known.as_ref().is_some_and(|known| known.reveal().as_bytes().ct_eq(token.as_bytes()).into())
    };
    match (is(&rules.admin_token), is(&rules.read_token)) {
        (true, _) => Some(Role::Admin),
        (_, true) => Some(Role::Reader),
        _ => None,
    }
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = bearer.and_then(|text| text.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(token.trim());
    }
    TOKEN_HEADERS.iter().find_map(|name| headers.get(*name)?.to_str().ok())
}

/// Whether a request was made on this machine, by nobody on another's behalf.
fn is_local_and_direct(rules: &Rules, request: &Request) -> bool {
    let peer = request.extensions().get::<SocketAddr>();
    let local = peer.is_some_and(|peer| peer.ip().is_loopback());
    let direct = guard::names_loopback(request.uri(), request.headers());
    let proxied = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    local && direct && !proxied && rules.local.ip().is_loopback()
}
