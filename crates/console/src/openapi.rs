//! The description of `/api` for programs, made of the routes and types themselves.

use crate::live;
use crate::{
    accounts, audit, bodies, cache, conversations, exchanges, keys, overview, prices, sessions,
    sign_in, windows,
};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ironbridge console",
        description = "What an operator sees of a gateway, and does to it. On loopback nothing is asked for; else \
                       the admin token, or `read_token` for what changes nothing.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        exchanges::list, exchanges::one, bodies::request, bodies::reply, conversations::list, conversations::one, overview::overview,
        windows::windows, sessions::list, sessions::pause, sessions::resume, sessions::stop, cache::of_session,
        prices::prices, accounts::list, accounts::check, accounts::quotas, accounts::settings, keys::list, keys::make,
        keys::revoke, audit::audit, live::live,
        sign_in::viewer, sign_in::sign_in, sign_in::sign_out,
    ),
    components(schemas(live::Board)),
    security((), ("token" = [])),
    modifiers(&Token)
)]
struct Description;

/// The token of the operator.
struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = &mut openapi.components {
            let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
            components.add_security_scheme("token", scheme);
        }
    }
}

/// The OpenAPI document, as JSON with line breaks.
#[must_use]
pub fn document() -> String {
    let mut text = Description::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /api/openapi.json`.
pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], document()).into_response()
}
