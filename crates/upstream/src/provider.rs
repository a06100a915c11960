//! A provider of models, whatever its kind.

use crate::answer::Answer;
use crate::call::{Call, ClientCredential, Endpoint};
use crate::catalogue::{Catalogue, KindFacts};
use crate::copilot::CopilotUsage;
use crate::credential::{CredentialId, CredentialQuery, CredentialStore};
use crate::learned::Learned;
use crate::model_cache::{Known, ModelCache};
use crate::models::{LIST_BYTES_MAX, ModelList, PAGES_MAX, first_query};
use crate::offline;
use crate::remote::Remote;
use crate::secret::Secret;
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

/// How long a list of models may take to come, all its pages together. Requests wait for it, and a provider that hangs must not make
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
    models: ModelCache,
}

/// How a provider is asked for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The model by the name that the provider knows it by.
    pub model: String,
    /// The dialects in which it can be asked, best first; never empty.
    pub dialects: Vec<Dialect>,
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
            models: ModelCache::default(),
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

    /// What is known of its kind.
    #[must_use]
    pub fn facts(&self) -> &'static KindFacts {
        self.facts
    }

    /// How to ask for the model that a client calls `asked`.
    ///
    /// Where the list decides (kind `copilot`) it is waited for, and fetched anew once when it lacks the model; a model
    /// that is still not found is asked for as the client calls it. Elsewhere nothing is waited for.
    pub async fn spoken(self: &Arc<Self>, asked: &str) -> Spoken {
        let model = if self.facts.resolves_names { self.resolve(asked).await } else { None };
        let model = model.unwrap_or_else(|| asked.to_owned());
        Spoken { dialects: self.dialects(&model), model }
    }

    /// The name under which its list has the model that a client calls `asked`; `None`: it lists none that counts as
    /// the same, or the list cannot be had.
    pub async fn resolve(self: &Arc<Self>, asked: &str) -> Option<String> {
        let find = |list: &ModelList| {
            if self.facts.resolves_names {
                list.resolve(asked).map(str::to_owned)
            } else {
                list.lists(asked).then(|| asked.to_owned())
            }
        };
        let list = self.models().await.ok()?;
        if let Some(found) = find(&list) {
            return Some(found);
        }
        if !self.facts.resolves_names || !self.models.may_have_grown(Instant::now()) {
            return None;
        }
        find(&*self.fetch_unless(|cache| !cache.may_have_grown(Instant::now())).await.ok()?)
    }

    /// The dialects in which `model`, by its provider's name for it, can be asked, best first; never empty.
    ///
    /// What the config says; else what has been learned of the model; else what its kind speaks with every model: both
    /// of OpenAI's at OpenAI itself, and chat at servers that imitate it.
    #[must_use]
    pub fn dialects(&self, model: &str) -> Vec<Dialect> {
        if self.facts.taught.is_empty() {
            return self.facts.dialects.to_vec();
        }
        if !self.settings.api.is_empty() {
            return self.settings.api.clone();
        }
        if let Some(learned) = self.learned.dialects(model) {
            return learned;
        }
        let imitates = self.settings.kind == ProviderKind::Openai && !self.is_official();
        if imitates { vec![Dialect::Chat] } else { self.facts.dialects.to_vec() }
    }

    /// Whether it is the server that its kind is named after, and not one that imitates it.
    #[must_use]
    pub fn is_official(&self) -> bool {
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
    /// A network error or a 5xx is met by sending it again, up to `settings.retries` times; a 401 by sending it once
    /// more with a newer credential, where the store has one. Nothing of an answer has been handed out by then. All
    /// statuses but redirects come as answers, also a last 5xx. After a 429 the credential rests for the model: until
    /// that is over, requests for it fail at once with [`Failure::Cooling`], so that nobody storms a tired provider.
    ///
    /// Cancel safe: dropping the future ends the exchange at the provider's end, too.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, call: Call) -> Result<Answer, SendError> {
        let Some(remote) = &self.remote else { return Ok(offline::answer(&call)) };
        let credential = remote.credential(&self.settings, &call).await;
        let credential = credential.map_err(|failure| self.unsent(failure))?;
        let generates = call.endpoint.generates();
        if generates && let Some(rest) = self.cooling(credential.id(), &call.model) {
            return Err(self.unsent(Failure::Cooling { rest }));
        }
        let answer = remote.send(&self.settings, self.facts, &call, credential).await?;
        if generates
            && let Verdict::TryOther { cooldown: Some(rest) } =
                verdict(answer.status, &answer.headers, 1, SystemTime::now(), 0.0)
        {
            let now = Instant::now().into_std();
            let id = answer.credential.clone();
            locked(&self.cooldown).cool_model(id, call.model, now + rest, now);
        }
        Ok(answer)
    }

    /// What is left of the operator's quota; `None`: the provider has none that can be asked for.
    ///
    /// # Errors
    /// When there is no login, or the provider does not say.
    pub async fn quota(&self) -> Result<Option<CopilotUsage>, SendError> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let quota = remote.credentials().quota(&self.settings.name).await;
        quota.map_err(|error| self.unsent(error.into()))
    }

    /// The token that is exchanged again and again with the operator's login; `None`: there is no such.
    ///
    /// # Errors
    /// When there is no login, or no token can be had.
    pub async fn short_lived_token(&self) -> Result<Option<Secret>, SendError> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let token = remote.credentials().short_lived_token(&self.settings.name).await;
        token.map_err(|error| self.unsent(error.into()))
    }

    /// Which credential a request is sent with: the account that a 429 is about. `None`: there is none, or none to be
    /// had.
    pub async fn account(
        &self,
        domain: Option<&str>,
        client: Option<&ClientCredential>,
    ) -> Option<CredentialId> {
        let query = CredentialQuery { provider: &self.settings.name, domain, client };
        let credential = self.remote.as_ref()?.credentials().credential(query).await.ok()?;
        Some(credential.id().clone())
    }

    /// What it wants to be left alone for after a 429: account, model and how long still. In no order, at most
    /// 1024.
    #[must_use]
    pub fn resting(&self) -> Vec<(CredentialId, String, Duration)> {
        let cooldown = locked(&self.cooldown);
        let all = cooldown.iter(Instant::now().into_std());
        all.filter_map(|(account, model, rest)| Some((account.clone(), model?.clone(), rest)))
            .collect()
    }

    /// How long a credential must still be left alone for `model`; `None`: it is ready.
    fn cooling(&self, credential: &CredentialId, model: &str) -> Option<Duration> {
        locked(&self.cooldown).remaining(credential, model, Instant::now().into_std())
    }

    fn unsent(&self, failure: Failure) -> SendError {
        SendError { provider: self.settings.name.clone(), failure, tries: 0 }
    }

    /// The models the provider lists. The list is good for its kind's [`models_ttl`](KindFacts::models_ttl) or the
    /// config's; after that the old one is still given while it is fetched anew beside. A failure is kept for
    /// [`MODELS_RETRY`](crate::MODELS_RETRY); where there was a list before, that one stays. Callers that find none wait
    /// for the one request under way, at most [`MODELS_TIMEOUT`].
    ///
    /// # Errors
    /// When the list cannot be had or read.
    pub async fn models(self: &Arc<Self>) -> Result<Arc<ModelList>, SendError> {
        match self.models.known(Instant::now()) {
            Known::Fresh(fetched) => fetched,
            Known::Stale(list) => {
                self.refresh_beside();
                Ok(list)
            }
            Known::Missing => {
                self.fetch_unless(|cache| matches!(cache.known(Instant::now()), Known::Fresh(_)))
                    .await
            }
        }
    }

    /// Fetches the list beside whoever asked; at most one such task runs.
    fn refresh_beside(self: &Arc<Self>) {
        if self.models.fetching.try_lock().is_err() {
            return;
        }
        let provider = self.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "ends by itself within MODELS_TIMEOUT, and nothing waits for it"
        )]
        tokio::spawn(async move {
            let is_fresh =
                |cache: &ModelCache| matches!(cache.known(Instant::now()), Known::Fresh(_));
            // Whoever needs the list sees the failure when it is asked for next.
            let _ = provider.fetch_unless(is_fresh).await;
        });
    }

    /// Fetches the list, unless whoever fetched it meanwhile has made `done` true.
    async fn fetch_unless(
        &self,
        done: impl Fn(&ModelCache) -> bool,
    ) -> Result<Arc<ModelList>, SendError> {
        let _fetching = self.models.fetching.lock().await;
        if done(&self.models)
            && let Known::Fresh(fetched) = self.models.known(Instant::now())
        {
            return fetched;
        }
        let fetched = tokio::time::timeout(MODELS_TIMEOUT, self.fetch_models()).await;
        let fetched = fetched.unwrap_or_else(|_| {
            let failure = Failure::Timeout { step: Step::Models, after: MODELS_TIMEOUT };
            Err(SendError { provider: self.settings.name.clone(), failure, tries: 1 })
        });
        if let Ok(list) = &fetched {
            self.learned.list(list, self.facts.taught);
        }
        let ttl = self.settings.models_ttl.unwrap_or(self.facts.models_ttl);
        self.models.keep(fetched.map(Arc::new), Instant::now(), ttl)
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
        !self.facts.taught.is_empty()
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
