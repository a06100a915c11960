//! What a request asks, with errors in our form.

use crate::failure::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The query of a request; a parameter that nobody knows is a mistake.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(asked)| Asked(asked))
            .map_err(|error| Failure::Invalid(format!("the query is wrong: {}", error.body_text())))
    }
}

/// The id in a path.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Named(id)).map_err(|_| Failure::Invalid("the path is not UTF-8".into()))
    }
}

/// The largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The body of a request.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let body: Result<Bytes, _> =
            axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await;
        let body = body.map_err(|error| Failure::Invalid(format!("the body is wrong: {error}")))?;
        serde_json::from_slice(&body)
            .map(Sent)
            .map_err(|error| Failure::Invalid(format!("the body is wrong: {error}")))
    }
}
