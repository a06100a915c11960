//! A provider of models, whatever its kind.

use crate::answer::Answer;
use crate::call::{Call, ClientCredential, Endpoint};
use crate::catalogue::{Catalogue, KindFacts};
use crate::credential::{Credential, CredentialId, CredentialStore};
use crate::learned::Learned;
use crate::models::{LIST_BYTES_MAX, ModelList, PAGES_MAX, first_query};
use crate::offline;
use crate::remote::Remote;
use crate::send_error::{Failure, SendError, Step};
use crate::settings::{ProviderKind, ProviderSettings};
use crate::verdict::{Verdict, verdict};
use bytes::Bytes;
use http::{StatusCode, Uri};
use ironbridge_limit::Cooldown;
use ironbridge_wire::Dialect;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How long a list of models is good for.
pub const MODELS_TTL: Duration = Duration::from_secs(300);

/// How long it is not asked for again when it could not be had.
pub const MODELS_RETRY: Duration = Duration::from_secs(30);

/// How long it may take to come, all its pages together. Requests wait for it, and a provider that hangs must not make
/// them wait for as long as a model may think.
pub const MODELS_TIMEOUT: Duration = Duration::from_secs(10);

/// The most cooldowns kept for one provider.
const COOLDOWNS_MAX: usize = 1024;

/// Why a provider cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("provider `{provider}`: {reason}")]
pub struct ProviderError {
    /// The provider's name.
    pub provider: String,
    /// Which setting is wrong, and how.
    pub reason: String,
}

/// A provider of models. It is shared by all requests; its connections close when it is dropped.
///
/// All methods must be called within a tokio runtime that has time and I/O.
pub struct Provider {
    settings: ProviderSettings,
    facts: &'static KindFacts,
    /// `None` for the built-in model.
    remote: Option<Remote>,
    learned: Learned,
    cooldown: Mutex<Cooldown<CredentialId, String>>,
    /// Of the operator's credentials the one used last: the next request will most likely be sent with it.
    last_credential: Mutex<Option<CredentialId>>,
    models: tokio::sync::Mutex<Option<FetchedModels>>,
}

struct FetchedModels {
    /// When it is to be asked for again.
    stale_at: Instant,
    result: Result<Arc<ModelList>, SendError>,
}

impl Provider {
    /// Sets up a provider. Nothing is connected yet. TLS trusts the roots of Mozilla's programme and
    /// `settings.authorities`.
    ///
    /// # Errors
    /// When the base URL or a proxy is not usable.
    pub fn new(
        settings: ProviderSettings,
        credentials: Arc<dyn CredentialStore>,
    ) -> Result<Self, ProviderError> {
        let facts = Catalogue::kind(settings.kind);
        let failed = |reason| ProviderError { provider: settings.name.clone(), reason };
        let remote = if settings.kind == ProviderKind::Offline {
            None
        } else {
            let url = match &settings.base_url {
                Some(url) => url.clone(),
                None => Uri::from_static(facts.base_url),
            };
            Some(Remote::new(&settings, &url, credentials).map_err(failed)?)
        };
        Ok(Provider {
            settings,
            facts,
            remote,
            learned: Learned::default(),
            cooldown: Mutex::new(Cooldown::new(COOLDOWNS_MAX)),
            last_credential: Mutex::new(None),
            models: tokio::sync::Mutex::new(None),
        })
    }

    /// What the operator said about it.
    #[must_use]
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Its name in routes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ProviderKind {
        self.settings.kind
    }

    /// The dialects in which `model` can be asked, best first; never empty.
    ///
    /// Kind `openai`: what the config says; else what has been learned of the model; else both of OpenAI's at OpenAI
    /// itself and chat anywhere else.
    #[must_use]
    pub fn dialects(&self, model: &str) -> Vec<Dialect> {
        if self.settings.kind != ProviderKind::Openai {
            return self.facts.dialects.to_vec();
        }
        if !self.settings.api.is_empty() {
            return self.settings.api.clone();
        }
        if let Some(learned) = self.learned.dialects(model) {
            return learned;
        }
        if self.is_official() { self.facts.dialects.to_vec() } else { vec![Dialect::Chat] }
    }

    fn is_official(&self) -> bool {
        let official = Uri::from_static(self.facts.base_url);
        self.settings.base_url.as_ref().is_none_or(|url| url.authority() == official.authority())
    }

    /// Whether its kind has the endpoint at all.
    #[must_use]
    pub fn serves(&self, endpoint: Endpoint) -> bool {
        self.facts.path(endpoint).is_some()
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// A network error or a 5xx is met by sending it again, up to `settings.retries` times; nothing of an answer has
    /// been handed out by then. All statuses but redirects come as answers, also a last 5xx. After a 429 the
    /// credential is [`cooling`](Self::cooling) for the model; it is for the caller to heed that.
    ///
    /// Cancel safe: dropping the future ends the exchange at the provider's end, too.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, call: Call) -> Result<Answer, SendError> {
        let Some(remote) = &self.remote else { return Ok(offline::answer(&call)) };
        let answer = remote.send(&self.settings, self.facts, &call).await?;
        if self.clients_own(call.client_credential.as_ref()).is_none() {
            *locked(&self.last_credential) = Some(answer.credential.clone());
        }
        if call.endpoint.generates()
            && let Verdict::TryOther { cooldown: Some(rest) } =
                verdict(answer.status, &answer.headers, 1, SystemTime::now(), 0.0)
        {
            let now = Instant::now().into_std();
            let id = answer.credential.clone();
            locked(&self.cooldown).cool_model(id, call.model, now + rest, now);
        }
        Ok(answer)
    }

    /// How long the credential that a request would be sent with must still be left alone for `model`; `None`: it is
    /// ready. `client` is [`Call::client_credential`]; without it, the operator's.
    #[must_use]
    pub fn cooling(&self, model: &str, client: Option<&ClientCredential>) -> Option<Duration> {
        let id = match self.clients_own(client) {
            Some(own) => Credential::of_client(own).ok()?.id().clone(),
            None => locked(&self.last_credential).clone()?,
        };
        locked(&self.cooldown).remaining(&id, model, Instant::now().into_std())
    }

    /// The client's own credential, if a request would be sent with it.
    #[must_use]
    pub fn clients_own<'a>(
        &self,
        client: Option<&'a ClientCredential>,
    ) -> Option<&'a ClientCredential> {
        client.filter(|_| self.facts.pass_through)
    }

    /// The models the provider lists. The list is kept for [`MODELS_TTL`], a failure for [`MODELS_RETRY`]; where there
    /// was a list before, a failure keeps that one. Callers that come meanwhile wait for the one request under way, at
    /// most [`MODELS_TIMEOUT`].
    ///
    /// # Errors
    /// When the list cannot be had or read.
    pub async fn models(&self) -> Result<Arc<ModelList>, SendError> {
        let mut kept = self.models.lock().await;
        if let Some(fetched) = &*kept
            && Instant::now() < fetched.stale_at
        {
            return fetched.result.clone();
        }
        let fetched = tokio::time::timeout(MODELS_TIMEOUT, self.fetch_models()).await;
        let fetched = fetched.unwrap_or_else(|_| {
            let failure = Failure::Timeout { step: Step::Models, after: MODELS_TIMEOUT };
            Err(SendError { provider: self.settings.name.clone(), failure, tries: 1 })
        });
        let (result, ttl) = match (fetched, kept.take()) {
            (Ok(list), _) => {
                self.learned.list(&list);
                (Ok(Arc::new(list)), MODELS_TTL)
            }
            (Err(_), Some(FetchedModels { result: Ok(before), .. })) => (Ok(before), MODELS_RETRY),
            (Err(error), _) => (Err(error), MODELS_RETRY),
        };
        *kept = Some(FetchedModels { stale_at: Instant::now() + ttl, result: result.clone() });
        result
    }

    async fn fetch_models(&self) -> Result<ModelList, SendError> {
        let failed = |reason| SendError {
            provider: self.settings.name.clone(),
            failure: Failure::Models { reason },
            tries: 1,
        };
        let mut list = ModelList::default();
        let mut query = Some(first_query());
        for _ in 0..PAGES_MAX {
            let Some(next) = query.take() else { break };
            let mut call = Call::new(Endpoint::Models, "", Bytes::new());
            call.query = Some(next);
            let answer = self.send(call).await?;
            let status = answer.status;
            let body = answer.body.collect(LIST_BYTES_MAX).await;
            let body = body.map_err(|error| failed(error.to_string()))?;
            if !status.is_success() {
                return Err(failed(format!("the provider answered {status}")));
            }
            query = list.read_page(&body).map_err(|error| failed(error.message))?;
        }
        Ok(list)
    }

    /// Takes in what an error of the provider says about the dialects of `model`; `body` is its whole body.
    ///
    /// True: something new was learned, [`dialects`](Self::dialects) now says otherwise, and the same request may be
    /// sent again in another dialect. Only a 400, 404 or 405 teaches, and only where the config leaves it open.
    pub fn learn_from_error(
        &self,
        model: &str,
        endpoint: Endpoint,
        status: StatusCode,
        body: &[u8],
    ) -> bool {
        self.settings.kind == ProviderKind::Openai
            && self.settings.api.is_empty()
            && self.learned.error(model, endpoint, status, body)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}
