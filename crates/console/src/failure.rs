//! Errors, in the form that OpenAI's clients know: the gateway answers so on every path that belongs to no dialect.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use ironbridge_ledger::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Unauthenticated(&'static str),
    #[error("{0}")]
    Forbidden(String),
    #[error("{0}")]
    NotFound(String),
    #[error("POST takes a JSON body; send `content-type: application/json`")]
    NotJson,
    #[error("this path does not take that method; the `allow` header says what it takes")]
    WrongMethod,
    #[error("{0}")]
    Conflict(String),
    #[error(
        "exchanges are not kept: there is no ledger; a `[ledger]` section in the config makes one"
    )]
    NoLedger,
    #[error("{0}")]
    Ledger(#[from] StoreError),
    #[error("{0}")]
    Busy(&'static str),
    #[error("a fault of the console ended this request; its log says more")]
    Fault,
}

/// The document of an error.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorDocument {
    error: ErrorBody,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// In words, with how to mend it.
    message: String,
    /// `invalid_request_error`, `authentication_error`, `permission_error`, `not_found_error`, `api_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Always null here: the message names what is wrong.
    param: Option<String>,
    /// Stable, for programs.
    code: &'static str,
}

impl Failure {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Failure::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request_error", "invalid"),
            Failure::Unauthenticated(_) => {
                (StatusCode::UNAUTHORIZED, "authentication_error", "unauthenticated")
            }
            Failure::Forbidden(_) => (StatusCode::FORBIDDEN, "permission_error", "forbidden"),
            Failure::NotFound(_) => (StatusCode::NOT_FOUND, "not_found_error", "not_found"),
            Failure::NotJson => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request_error", "not_json")
            }
            Failure::WrongMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", "wrong_method")
            }
            Failure::Conflict(_) => (StatusCode::CONFLICT, "invalid_request_error", "conflict"),
            Failure::NoLedger => (StatusCode::SERVICE_UNAVAILABLE, "api_error", "no_ledger"),
            Failure::Ledger(_) => (StatusCode::SERVICE_UNAVAILABLE, "api_error", "ledger"),
            Failure::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "api_error", "busy"),
            Failure::Fault => (StatusCode::INTERNAL_SERVER_ERROR, "api_error", "fault"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, kind, code) = self.parts();
        let error = ErrorBody { message: self.to_string(), kind, param: None, code };
        let mut response = (status, Json(ErrorDocument { error })).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
