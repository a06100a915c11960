//! Small JSON calls beside those to models: logins, tokens, quotas.
//!
//! Each is one request and one small answer, to hosts of the operator's settings. Nothing is sent again here: what a
//! second try means differs from call to call.

use crate::authorities::Authorities;
use crate::body::{AnswerBody, BodyError, Upstream};
use crate::client::HttpClient;
use crate::connect::{proxies, proxy_authorization};
use crate::remote::OWN_USER_AGENT;
use crate::scrub::Scrubber;
use crate::send_error::Failure;
use crate::settings::{Pool, ProxySettings, Timeouts};
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, PROXY_AUTHORIZATION, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::client::proxy::matcher::Matcher;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// How long one call may take, from the connection to the last byte of the answer.
pub const API_CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest answer that is read, in bytes.
pub const API_ANSWER_BYTES_MAX: usize = 1 << 20;

/// How long a connection may take; a call whose host cannot be reached says so before its whole time is over.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long each other step may take: never reached, so that what is told is that the whole call took too long.
const STEP_TIMEOUT: Duration = Duration::from_secs(2 * API_CALL_TIMEOUT.as_secs());

/// How many calls are under way at once; one beyond waits for its turn.
const CALLS_MAX: usize = 16;

/// Why a call got no answer. No message holds what was sent, or anything of an answer's body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiCallError {
    /// It got no answer at all.
    #[error("{host}: {failure}")]
    Unanswered {
        /// Who was asked.
        host: String,
        /// What went wrong.
        failure: Failure,
    },
    /// The answer was not whole within [`API_CALL_TIMEOUT`].
    #[error("{host}: no whole answer within {} s", API_CALL_TIMEOUT.as_secs())]
    TooSlow {
        /// Who was asked.
        host: String,
    },
    /// It broke off, was larger than [`API_ANSWER_BYTES_MAX`], or cannot be unpacked.
    #[error("the answer is not whole: {0}")]
    Body(#[from] BodyError),
    /// It points elsewhere; redirects are not followed, since they would carry a token to another host.
    #[error(
        "{host}: answered with a redirect ({status}), which is not followed: check the address"
    )]
    Redirect {
        /// Who was asked.
        host: String,
        /// The 3xx.
        status: u16,
    },
}

impl ApiCallError {
    /// Whether the same call may do better in a moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            ApiCallError::Unanswered { failure, .. } => matches!(
                failure,
                Failure::Connect { .. }
                    | Failure::Proxy { .. }
                    | Failure::Closed { .. }
                    | Failure::Timeout { .. }
            ),
            ApiCallError::TooSlow { .. } => true,
            ApiCallError::Body(error) => matches!(error, BodyError::Broken { .. }),
            ApiCallError::Redirect { .. } => false,
        }
    }
}

/// The answer to a call. `Debug` leaves out the body, which may hold a token.
#[derive(Clone)]
pub struct ApiAnswer {
    /// Its status; never a redirect.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
}

impl ApiAnswer {
    /// The body as JSON; `None` when it is not.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl fmt::Debug for ApiAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiAnswer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Makes calls. Its connections close when it is dropped.
///
/// All methods must be called within a tokio runtime that has time and I/O.
pub struct ApiClient {
    client: HttpClient,
    proxies: Option<Matcher>,
}

impl ApiClient {
    /// A client that reaches any host, over `proxy` if there is one. Nothing is connected yet. TLS trusts the roots of
    /// Mozilla's programme and `authorities`.
    ///
    /// # Errors
    /// When a proxy or an authority is not usable; the text says which.
    pub fn new(proxy: Option<&ProxySettings>, authorities: &Authorities) -> Result<Self, String> {
        let timeouts = Timeouts {
            connect: CONNECT_TIMEOUT,
            headers: STEP_TIMEOUT,
            first_content: STEP_TIMEOUT,
            idle: STEP_TIMEOUT,
        };
        let pool = Pool { connections_max: CALLS_MAX, idle_max: CALLS_MAX, ..Pool::default() };
        let client = HttpClient::for_any_host(timeouts, pool, proxy, authorities)?;
        Ok(ApiClient { client, proxies: proxy.map(proxies).transpose()? })
    }

    /// Calls `uri` once. `headers` go as they are; where they do not say otherwise, JSON is asked for and we name
    /// ourselves. `body` is sent as JSON.
    ///
    /// Every status but a redirect comes as an answer. Cancel safe: dropping the future ends the call.
    ///
    /// # Errors
    /// When no whole answer comes in time.
    pub async fn call(
        &self,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> Result<ApiAnswer, ApiCallError> {
        let host = uri.host().unwrap_or_default().to_owned();
        let request = self.request(method, uri, headers, body);
        match tokio::time::timeout(API_CALL_TIMEOUT, self.answer(&host, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(ApiCallError::TooSlow { host }),
        }
    }

    fn request(
        &self,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> Request<Full<Bytes>> {
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let mut request = Request::new(Full::new(bytes));
        *request.method_mut() = method;
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OWN_USER_AGENT));
        headers.entry(ACCEPT).or_insert(json.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, json);
        }
        if let Some(authorization) =
            self.proxies.as_ref().and_then(|proxies| proxy_authorization(proxies, uri))
        {
            headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        request
    }

    async fn answer(
        &self,
        host: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<ApiAnswer, ApiCallError> {
        let failed = |failure| ApiCallError::Unanswered { host: host.to_owned(), failure };
        let head = self.client.send(request).await.map_err(failed)?;
        let (parts, incoming) = head.response.into_parts();
        if parts.status.is_redirection() {
            let status = parts.status.as_u16();
            return Err(ApiCallError::Redirect { host: host.to_owned(), status });
        }
        let gzip = match parts.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None | Some(b"" | b"identity") => false,
            Some(b"gzip" | b"x-gzip") => true,
            Some(other) => {
                let encoding = String::from_utf8_lossy(other).into_owned();
                return Err(failed(Failure::Encoding { encoding }));
            }
        };
        let upstream = Upstream::new(host, incoming, STEP_TIMEOUT, head.place);
        let body = AnswerBody::of_upstream(upstream, gzip, Scrubber::default());
        let body = body.collect(API_ANSWER_BYTES_MAX).await?;
        Ok(ApiAnswer { status: parts.status, headers: parts.headers, body })
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").finish_non_exhaustive()
    }
}
