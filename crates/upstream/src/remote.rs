//! Requests over the network: how one is made up, sent, sent again, and its answer cleaned.

use crate::answer::{Answer, Timings};
use crate::anthropic::add_oauth_beta;
use crate::body::{AnswerBody, Upstream};
use crate::call::{Call, Endpoint};
use crate::catalogue::KindFacts;
use crate::client::{Head, HttpClient};
use crate::credential::{Credential, CredentialQuery, CredentialStore};
use crate::headers::{allowed_answer_headers, forwarded_request_headers, request_id};
use crate::scrub::{Scrubber, scrubbed};
use crate::secret::Secret;
use crate::send_error::{Failure, SendError};
use crate::settings::ProviderSettings;
use crate::verdict::{Verdict, backoff, verdict};
use crate::vision::holds_image;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// What we call ourselves upstream; never another client's name.
pub(crate) const OWN_USER_AGENT: &str = concat!("ironbridge/", env!("CARGO_PKG_VERSION"));

/// Where a provider's requests go. A client chooses no part of it.
#[derive(Debug)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    /// The path of the base URL, without a slash at its end.
    prefix: String,
}

impl Base {
    pub(crate) fn new(url: &Uri) -> Result<Self, String> {
        let scheme = url.scheme().filter(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let scheme = scheme.ok_or("base_url does not begin with http:// or https://")?.clone();
        let authority = url.authority().ok_or("base_url has no host")?.clone();
        if authority.as_str().contains('@') {
            return Err("base_url holds a user name; keys belong into `credential`".to_owned());
        }
        if url.query().is_some() {
            return Err("base_url has a query".to_owned());
        }
        Ok(Base { scheme, authority, prefix: url.path().trim_end_matches('/').to_owned() })
    }

    pub(crate) fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, String> {
        let mut text = format!("{}{path}", self.prefix);
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            text.push('?');
            text.push_str(query);
        }
        let path = PathAndQuery::try_from(text).map_err(|error| error.to_string())?;
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .map_err(|error| error.to_string())
    }
}

/// A provider at the other end of a network.
pub(crate) struct Remote {
    base: Base,
    client: HttpClient,
    credentials: Arc<dyn CredentialStore>,
}

impl Remote {
    pub(crate) fn new(
        settings: &ProviderSettings,
        url: &Uri,
        credentials: Arc<dyn CredentialStore>,
    ) -> Result<Self, String> {
        let base = Base::new(url)?;
        let client = HttpClient::new(
            url,
            settings.timeouts,
            settings.pool,
            settings.proxy.as_ref(),
            &settings.authorities,
        )?;
        Ok(Remote { base, client, credentials })
    }

    /// Sends `call`, up to `settings.retries` times again, and once more with a newer credential after a 401. The answer
    /// to a 429 is the caller's, too.
    pub(crate) async fn send(
        &self,
        settings: &ProviderSettings,
        facts: &KindFacts,
        call: &Call,
        mut credential: Credential,
    ) -> Result<Answer, SendError> {
        let failed = |failure, tries| SendError { provider: settings.name.clone(), failure, tries };
        let unsent = |failure| failed(failure, 0);
        let started = Instant::now();
        let (mut attempt, mut renewed) = (1, false);
        loop {
            let request = self.request(settings, facts, call, &credential).map_err(unsent)?;
            let jitter = jitter();
            let wait = match self.client.send(request).await {
                Ok(head) => match retried(&head, attempt, jitter) {
                    Some(wait) if attempt <= settings.retries => wait,
                    _ => {
                        if head.response.status() == StatusCode::UNAUTHORIZED
                            && !std::mem::replace(&mut renewed, true)
                        {
                            let newer =
                                self.credentials.renewed(query(settings, call), &credential);
                            // Why there is none says more than the refusal: log in again, or GitHub is down.
                            let newer =
                                newer.await.map_err(|error| failed(error.into(), attempt))?;
                            if let Some(newer) = newer {
                                credential = newer;
                                attempt += 1;
                                continue;
                            }
                        }
                        let timings = Timings {
                            started: started.into_std(),
                            connected: head.connected,
                            headers: started.elapsed(),
                        };
                        return answer(settings, head, &credential, attempt, timings)
                            .map_err(|failure| failed(failure, attempt));
                    }
                },
                Err(failure) => {
                    let error = failed(cleaned(failure, credential.secrets()), attempt);
                    if attempt > settings.retries || !error.retryable() {
                        return Err(error);
                    }
                    backoff(attempt, jitter)
                }
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    pub(crate) fn credentials(&self) -> &dyn CredentialStore {
        self.credentials.as_ref()
    }

    /// The credential for `call`.
    pub(crate) async fn credential(
        &self,
        settings: &ProviderSettings,
        call: &Call,
    ) -> Result<Credential, Failure> {
        Ok(self.credentials.credential(query(settings, call)).await?)
    }

    fn request(
        &self,
        settings: &ProviderSettings,
        facts: &KindFacts,
        call: &Call,
        credential: &Credential,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let endpoint = call.endpoint;
        let path = facts.path(endpoint).ok_or(Failure::Unsupported { endpoint })?;
        let query = call.query.as_deref().filter(|_| facts.forwards_query);
        let invalid = |reason| Failure::Invalid { reason };
        let uri = match credential.base_url() {
            Some(url) => Base::new(url).and_then(|base| base.uri(path, query)),
            None => self.base.uri(path, query),
        };
        let uri = uri.map_err(invalid)?;
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() =
            if endpoint == Endpoint::Models { Method::GET } else { Method::POST };
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        *headers = forwarded_request_headers(settings.kind, endpoint, &call.headers);
        for (name, value) in facts.default_headers {
            headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
        }
        headers.insert(USER_AGENT, HeaderValue::from_static(OWN_USER_AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if !call.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if facts.reports_initiator {
            report(headers, call);
        }
        for (name, value) in credential.headers() {
            headers.insert(name.clone(), value.clone());
        }
        // The operator's own word goes last; it cannot name the credential's header.
        for (name, value) in settings.headers.iter() {
            headers.insert(name.clone(), value.clone());
        }
        if credential.is_oauth() {
            add_oauth_beta(headers);
        }
        Ok(request)
    }
}

/// Who brought the request about, and whether it holds an image, as Copilot is told (reference gateway.md §1.3).
fn report(headers: &mut HeaderMap, call: &Call) {
    if let Some(initiator) = call.initiator {
        headers.insert("x-initiator", HeaderValue::from_static(initiator.name()));
    }
    if holds_image(&call.body) {
        headers.insert("copilot-vision-request", HeaderValue::from_static("true"));
    }
}

fn query<'a>(settings: &'a ProviderSettings, call: &'a Call) -> CredentialQuery<'a> {
    CredentialQuery {
        provider: &settings.name,
        domain: call.domain.as_deref(),
        client: call.client_credential.as_ref(),
    }
}

/// How long to wait before the request is sent again because of what came; `None` when that would not help.
fn retried(head: &Head, attempt: u32, jitter: f64) -> Option<Duration> {
    let response = &head.response;
    match verdict(response.status(), response.headers(), attempt, SystemTime::now(), jitter) {
        Verdict::RetrySame { after } => Some(after),
        Verdict::Deliver | Verdict::TryOther { .. } => None,
    }
}

fn answer(
    settings: &ProviderSettings,
    head: Head,
    credential: &Credential,
    attempts: u32,
    timings: Timings,
) -> Result<Answer, Failure> {
    let (parts, incoming) = head.response.into_parts();
    if parts.status.is_redirection() {
        return Err(Failure::Redirect { status: parts.status.as_u16() });
    }
    let gzip = match parts.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => false,
        Some(b"gzip" | b"x-gzip") => true,
        Some(other) => {
            let encoding = String::from_utf8_lossy(other).into_owned();
            return Err(Failure::Encoding { encoding });
        }
    };
    let secrets = credential.secrets();
    let upstream = Upstream::new(&settings.name, incoming, settings.timeouts.idle, head.place);
    Ok(Answer {
        status: parts.status,
        headers: without_secrets(allowed_answer_headers(&parts.headers), secrets),
        upstream_request_id: request_id(&parts.headers).map(|id| scrubbed(&id, secrets)),
        body: AnswerBody::of_upstream(upstream, gzip, Scrubber::new(secrets.iter().cloned())),
        credential: credential.id().clone(),
        owner: credential.owner(),
        attempts,
        timings,
    })
}

fn without_secrets(mut headers: HeaderMap, secrets: &[Secret]) -> HeaderMap {
    for value in headers.values_mut() {
        let text = String::from_utf8_lossy(value.as_bytes());
        let clean = scrubbed(&text, secrets);
        if clean != text {
            *value = HeaderValue::from_str(&clean)
                .unwrap_or_else(|_| HeaderValue::from_static(crate::scrub::MASK));
        }
    }
    headers
}

/// A failure without secrets: a server's nonsense may stand in its reason.
fn cleaned(failure: Failure, secrets: &[Secret]) -> Failure {
    let clean = |reason: String| scrubbed(&reason, secrets);
    match failure {
        Failure::Closed { reason } => Failure::Closed { reason: clean(reason) },
        Failure::Protocol { reason } => Failure::Protocol { reason: clean(reason) },
        other => other,
    }
}

/// A number from 0 to 1, so that many waiting requests do not come back at the same moment.
#[expect(clippy::cast_precision_loss, reason = "any number in the range will do")]
fn jitter() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
