//! The door before every route: the guard, then who may use the route, then the route itself.

use crate::access::Access;
use crate::settings::ServerSettings;
use crate::shared::Shared;
use crate::surface::dialect_of_path;
use crate::{cors, guard, identity, respond};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use futures_util::FutureExt;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use ironbridge_wire::{ApiError, Dialect, ErrorKind};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// What an error in authentication asks for (RFC 6750 §3).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");

#[derive(Clone)]
struct Door {
    shared: Arc<Shared>,
    access: Access,
}

/// Puts all that `routes` has, its fallbacks included, behind a door for those with `access`.
pub(crate) fn behind(
    routes: Router<Arc<Shared>>,
    access: Access,
    shared: &Arc<Shared>,
) -> Router<Arc<Shared>> {
    let door = Door { shared: shared.clone(), access };
    routes.layer(middleware::from_fn_with_state(door, pass))
}

/// The middleware: lets a request through to its route, and sees to what every reply has.
async fn pass(State(door): State<Door>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let dialect = dialect_of_path(path).unwrap_or_else(|| respond::dialect_of(request.headers()));
    let live = door.shared.live();
    let page = cors::origin(&request, door.access.origins(&live.settings.server));
    let mut response = match door.let_in(request, &live.settings.server, page.is_some()) {
        Ok(Passed::Request(request)) => run(next, request, dialect).await,
        Ok(Passed::Preflight(response)) => response,
        Err(error) => refuse(&error, dialect),
    };
    if let Some(origin) = page {
        cors::permit(response.headers_mut(), origin);
    }
    // Exchanges bear their own id already; so does every other reply, for whoever reports a fault.
    if !response.headers().contains_key(respond::REQUEST_ID) {
        respond::sign(response.headers_mut(), dialect, &identity::request_id());
    }
    response
}

/// What came of a request at the door.
enum Passed {
    /// It goes on to its route, with the client's key among its extensions where it has one.
    Request(Request),
    /// It was the question of a browser, which bears no key; this is the answer.
    Preflight(Response),
}

impl Door {
    /// `by_page`: a web page asks, of another site that may.
    fn let_in(
        &self,
        mut request: Request,
        server: &ServerSettings,
        by_page: bool,
    ) -> Result<Passed, ApiError> {
        guard::check(&request, server, self.shared.local, self.access.origins(server))?;
        if by_page && cors::is_preflight(&request) {
            return Ok(Passed::Preflight(cors::preflight(&request)));
        }
        if let Some(key) = self.access.check(&self.shared, server, &request)? {
            request.extensions_mut().insert(key);
        }
        Ok(Passed::Request(request))
    }
}

/// Runs the route. A fault of ours in one exchange is told to its client, and nobody else.
async fn run(next: Next, request: Request, dialect: Dialect) -> Response {
    let ran = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    ran.unwrap_or_else(|_| {
        let error = ApiError::new(
            ErrorKind::Internal,
            "a fault of the gateway ended this request; its log says more",
        );
        respond::error(&error, dialect, &identity::request_id())
    })
}

fn refuse(error: &ApiError, dialect: Dialect) -> Response {
    let mut response = respond::error(error, dialect, &identity::request_id());
    if error.kind == ErrorKind::Authentication {
        response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}
