//! Signing in: a token against a cookie, for browsers.

use crate::asked::Sent;
use crate::door::{self, Role};
use crate::failure::{ErrorDocument, Failure};
use crate::surface::Shared;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::{COOKIE, SET_COOKIE};
use ironbridge_upstream::random_bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// The cookie's name.
const NAME: &str = "ironbridge_console";

/// How long one stays signed in.
const SIGNED_IN_MAX: Duration = Duration::from_secs(12 * 3600);

/// The most that are signed in at once; a further one takes the place of the oldest.
const COOKIES_MAX: usize = 1000;

/// Who is signed in, by the hash of the cookie.
#[derive(Debug, Default)]
pub(crate) struct SignedIn(Mutex<HashMap<[u8; 32], (Role, Instant)>>);

impl SignedIn {
    fn all(&self) -> MutexGuard<'_, HashMap<[u8; 32], (Role, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the bearer of a cookie may; `None`: it is none of ours, or too old.
    pub(crate) fn role(&self, cookie: &str) -> Option<Role> {
        let (role, since) = *self.all().get(&hash(cookie))?;
        (since.elapsed() < SIGNED_IN_MAX).then_some(role)
    }

    fn add(&self, cookie: &str, role: Role) {
        let mut all = self.all();
        all.retain(|_, (_, since)| since.elapsed() < SIGNED_IN_MAX);
        if all.len() >= COOKIES_MAX
            && let Some(oldest) = all.iter().min_by_key(|(_, (_, since))| *since)
        {
            let oldest = *oldest.0;
            all.remove(&oldest);
        }
        all.insert(hash(cookie), (role, Instant::now()));
    }
}

/// Hashes are compared, so that how long a comparison takes tells nothing of a cookie.
fn hash(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie).into()
}

/// Our cookie among those of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then_some(value))
}

/// What one signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The admin token, or the one for looking.
    token: String,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Viewer {
    /// What one may.
    role: Role,
    /// Whether a token is there that can be signed in with.
    can_sign_in: bool,
    /// Whether exchanges are kept.
    has_ledger: bool,
    /// The version of Ironbridge.
    version: &'static str,
}

/// Signs in.
#[utoipa::path(post, path = "/api/sign-in", tag = "signing in", request_body = SignIn, responses(
    (status = 204, description = "The cookie is set."),
    (status = 400, body = ErrorDocument), (status = 401, body = ErrorDocument),
    (status = 403, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn sign_in(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Sent(sent): Sent<SignIn>,
) -> Result<Response, Failure> {
    let rules = shared.console.place.rules();
    let role = door::role_of_token(&sent.token, &rules)
        .ok_or(Failure::Unauthenticated("this token is not known here"))?;
    let bytes = random_bytes::<32>().map_err(|_| Failure::Fault)?;
    let cookie = URL_SAFE_NO_PAD.encode(bytes);
    shared.signed_in.add(&cookie, role);
    let secure = if headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https") {
        "; Secure"
    } else {
        ""
    };
    let seconds = SIGNED_IN_MAX.as_secs();
    let set =
        format!("{NAME}={cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, set)]).into_response())
}

/// Signs out.
#[utoipa::path(post, path = "/api/sign-out", tag = "signing in", responses(
    (status = 204, description = "The cookie is void."),
    (status = 403, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn sign_out(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(cookie) = cookie(&headers) {
        shared.signed_in.all().remove(&hash(cookie));
    }
    let set = format!("{NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, set)]).into_response()
}

/// Who one is here.
#[utoipa::path(get, path = "/api/viewer", tag = "signing in", responses(
    (status = 200, body = Viewer), (status = 401, body = ErrorDocument),
))]
pub(crate) async fn viewer(
    State(shared): State<Arc<Shared>>,
    Extension(role): Extension<Role>,
) -> Json<Viewer> {
    let rules = shared.console.place.rules();
    Json(Viewer {
        role,
        can_sign_in: rules.admin_token.is_some() || rules.read_token.is_some(),
        has_ledger: shared.console.ledger.is_there(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
