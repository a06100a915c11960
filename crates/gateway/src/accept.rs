//! Room one: what is asked, and by whom.
//!
//! Headers first, then the bounded body; then just so much of the body is read as routing needs: that it is strict
//! JSON, the model, whether a stream is wanted. The rest is the upstream's business, or the translation's.

use crate::class::RequestClass;
use crate::client_key::ClientKey;
use crate::exchange::{Exchange, Record, RecordedKey, fairness_key};
use crate::settings::Limits;
use crate::settle::Account;
use crate::shared::Shared;
use crate::{credential, guard, identity, project, trace};
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, request};
use http_body_util::BodyExt;
use ironbridge_upstream::Endpoint;
use ironbridge_wire::{ApiError, Dialect, ErrorKind, Invalid, Pointer, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Begins an exchange from a request's head.
pub(crate) fn head(
    shared: &Arc<Shared>,
    parts: request::Parts,
    dialect: Dialect,
    endpoint: Endpoint,
    peer: SocketAddr,
) -> Exchange {
    let client_key = parts.extensions.get::<Arc<ClientKey>>().cloned();
    let live = shared.live();
    let pass_through = live.settings.server.pass_through;
    let domain = guard::host_of(&parts.uri, &parts.headers).unwrap_or_default();
    let mut record = Record::begin(identity::request_id(), dialect, endpoint, domain.clone());
    let text = |names: &[&str]| first_text(&parts.headers, names);
    record.client_request_id = text(&["x-request-id", "x-client-request-id"]);
    record.session =
        text(&["x-claude-code-session-id", "session-id", "session_id", "x-session-id"]);
    record.agent = text(&["x-claude-code-agent-id"]);
    let projects = &live.settings.projects;
    record.project = project::of(&parts.headers, client_key.as_deref(), &domain, projects);
    record.key = client_key.as_deref().map(RecordedKey::from);
    record.client_retries = text(&["x-stainless-retry-count"]).and_then(|count| count.parse().ok());
    Exchange {
        project: record.project.as_deref().map(Arc::from),
        session: record.session.as_deref().map(Arc::from),
        fairness_key: fairness_key(client_key.as_deref(), record.session.as_deref(), peer.ip()),
        id: record.id.clone(),
        account: Account::open(shared.clone(), record, Instant::now()),
        dialect,
        endpoint,
        query: parts.uri.query().map(str::to_owned),
        client_credential: pass_through.then(|| credential::of_client(&parts.headers)).flatten(),
        headers: parts.headers,
        body: Bytes::new(),
        layout: json::Layout::default(),
        class: None,
        model: String::new(),
        stream: false,
        include_usage: false,
        client_key,
        domain,
        patient: false,
        drains: false,
        turn: None,
        begun: false,
    }
}

/// The longest client header value that is written down, in characters.
const HEADER_VALUE_CHARS_MAX: usize = 200;

/// The longest model name, in bytes: it is written down with each exchange and kept as a label. Bedrock's ARNs, the
/// longest in use, have up to 200.
const MODEL_BYTES_MAX: usize = 512;

fn first_text(headers: &HeaderMap, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    Some(value.chars().take(HEADER_VALUE_CHARS_MAX).collect())
}

/// Reads the body and what routing needs of it.
pub(crate) async fn body(
    exchange: &mut Exchange,
    body: axum::body::Body,
    limits: &Limits,
) -> Result<(), ApiError> {
    if let Some(encoding) = exchange.headers.get(CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(ApiError::new(
            ErrorKind::UnsupportedMediaType,
            "a body with a content-encoding is not read; send it as it is",
        ));
    }
    exchange.body = collect(body, limits).await?;
    let request_bytes = exchange.body.len() as u64;
    exchange.account.note(|record| record.request_bytes = request_bytes);
    trace::body(&exchange.id, "request", &exchange.body);
    let members = json::members(&exchange.body).map_err(|error| error.to_api_error())?;
    let model = members.get("model").map(serde_json::from_str::<String>);
    let model = match model {
        Some(Ok(model)) if model.is_empty() => return Err(bad_model("must not be empty")),
        Some(Ok(model)) if model.len() > MODEL_BYTES_MAX => {
            return Err(bad_model(&format!("must not be over {MODEL_BYTES_MAX} bytes")));
        }
        Some(Ok(model)) => model,
        Some(Err(_)) => return Err(bad_model("expected a string")),
        None => return Err(bad_model("required, but missing")),
    };
    let stream = match members.get("stream").filter(|_| exchange.endpoint.streams()) {
        None | Some("null") => false,
        Some(text) => serde_json::from_str::<bool>(text).map_err(|_| {
            Invalid::one(Pointer::root().key("stream"), "expected true or false").to_api_error()
        })?,
    };
    let include_usage = members
        .read::<serde_json::Value>("stream_options")
        .is_some_and(|options| options["include_usage"] == true);
    let class = exchange.endpoint.dialect().and_then(|dialect| RequestClass::of(&members, dialect));
    exchange.account.note(|record| {
        record.model.clone_from(&model);
        record.stream = stream;
        record.class = class;
    });
    exchange.layout = members.into_layout();
    exchange.class = class;
    exchange.model = model;
    exchange.stream = stream;
    exchange.include_usage = include_usage;
    Ok(())
}

fn bad_model(why: &str) -> ApiError {
    Invalid::one(Pointer::root().key("model"), why).to_api_error()
}

async fn collect(mut body: axum::body::Body, limits: &Limits) -> Result<Bytes, ApiError> {
    let bytes_max = limits.body_bytes_max;
    let mut whole = BytesMut::new();
    loop {
        let frame =
            tokio::time::timeout(limits.body_idle_timeout, body.frame()).await.map_err(|_| {
                ApiError::new(
                    ErrorKind::Timeout,
                    format!(
                        "no byte of the body came for {} s",
                        limits.body_idle_timeout.as_secs()
                    ),
                )
            })?;
        let frame = match frame {
            None => return Ok(whole.freeze()),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                return Err(ApiError::new(
                    ErrorKind::InvalidRequest,
                    format!("the body broke off: {error}"),
                ));
            }
        };
        let Some(data) = frame.data_ref() else { continue };
        if whole.len() + data.len() > bytes_max {
            return Err(ApiError::new(
                ErrorKind::TooLarge,
                format!("the body is over {bytes_max} bytes (`limits.body_max` in the config)"),
            ));
        }
        // One chunk is the usual case, and then the bytes are not copied.
        if whole.is_empty() && body_is_over(&body) {
            return Ok(data.clone());
        }
        whole.extend_from_slice(data);
    }
}

fn body_is_over(body: &axum::body::Body) -> bool {
    http_body::Body::is_end_stream(body)
}
