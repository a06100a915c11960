//! One Copilot account: a valid token at hand for every request.
//!
//! Nothing runs while nobody asks. A request that finds a valid token takes it and goes; if the token is due, it starts
//! the renewal on its way out. Only a request that finds none waits, and all such wait for one exchange. The exchange is
//! a task of its own, so that a client that leaves does not end it for the others.

use super::github::{Github, GithubUser};
use super::github_error::GithubError;
use super::token::CopilotToken;
use super::usage::CopilotUsage;
use crate::clock::{Clock, Moment};
use crate::secret::Secret;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How long is waited before each further try of an exchange.
const BACKOFF: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// After this time no further try is begun: those who wait are told.
const TRIES_WITHIN: Duration = Duration::from_secs(30);

/// How long GitHub is left alone after an exchange whose every try failed; those who come meanwhile get the same error.
const REST_AFTER_TROUBLE: Duration = Duration::from_secs(15);

/// The same after a refusal, which a moment does not change.
const REST_AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// The longest rest, whatever GitHub asks for.
const REST_MAX: Duration = Duration::from_secs(600);

/// A token that is refused within this time of its issue is not replaced: the next would fare no better, and each
/// request would cost an exchange.
const FRESH: Duration = Duration::from_secs(30);

type Outcome = Result<Arc<CopilotToken>, GithubError>;

/// An account of Copilot. Share it by `Arc`; dropping it stops an exchange under way.
///
/// All methods must be called within a tokio runtime that has time and I/O.
pub struct CopilotAccount {
    shared: Arc<Shared>,
}

struct Shared {
    github: Github,
    github_token: Secret,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The newest one; it may have expired.
    token: Option<Arc<CopilotToken>>,
    /// The exchange under way.
    exchange: Option<Exchange>,
    failure: Option<Failed>,
}

struct Exchange {
    outcome: watch::Receiver<Option<Outcome>>,
    task: AbortHandle,
}

/// The last exchange failed.
struct Failed {
    error: GithubError,
    at: Moment,
    rest: Duration,
}

impl CopilotAccount {
    /// The account behind `github_token`. Nothing is sent yet.
    #[must_use]
    pub fn new(github: Github, github_token: Secret, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::default();
        CopilotAccount { shared: Arc::new(Shared { github, github_token, clock, state }) }
    }

    /// The token for the next request: at once while one is valid, whatever GitHub does meanwhile; else when it has
    /// been fetched, once for all who wait.
    ///
    /// Cancel safe: the exchange goes on for the others.
    ///
    /// # Errors
    /// When there is none and it cannot be had. The error is kept for a moment, so that a GitHub in trouble is not asked
    /// by every request.
    pub async fn token(&self) -> Result<Arc<CopilotToken>, GithubError> {
        let waiting = {
            let mut state = self.shared.state();
            let now = self.shared.clock.now();
            let token = state.token.clone().filter(|token| !token.is_expired(now));
            if let Some(token) = token {
                if token.is_due(now) {
                    // Whoever needs its outcome asks again; a failure is kept in the state.
                    let _ = self.shared.exchange(&mut state, now);
                }
                return Ok(token);
            }
            self.shared.exchange(&mut state, now)?
        };
        outcome(waiting).await
    }

    /// The token for sending a request once more that Copilot answered with a 401 for `refused`: the newer one if there
    /// is one already, else a newly fetched one. Cancel safe, as [`token`](Self::token).
    ///
    /// # Errors
    /// When there is none and it cannot be had, or when `refused` is too new for another to be better; the 401 then
    /// stands.
    pub async fn renewed(&self, refused: &Secret) -> Result<Arc<CopilotToken>, GithubError> {
        let waiting = {
            let mut state = self.shared.state();
            let now = self.shared.clock.now();
            match &state.token {
                Some(token) if token.secret() == refused => {
                    if now.since(token.issued()) < FRESH {
                        return Err(GithubError::FreshTokenRefused);
                    }
                    state.token = None;
                }
                Some(newer) if !newer.is_expired(now) => return Ok(Arc::clone(newer)),
                _ => {}
            }
            self.shared.exchange(&mut state, now)?
        };
        outcome(waiting).await
    }

    /// The token at hand, if one is valid; nothing is fetched.
    #[must_use]
    pub fn current(&self) -> Option<Arc<CopilotToken>> {
        let now = self.shared.clock.now();
        self.shared.state().token.clone().filter(|token| !token.is_expired(now))
    }

    /// Why the last exchange failed, if it did.
    #[must_use]
    pub fn last_failure(&self) -> Option<GithubError> {
        self.shared.state().failure.as_ref().map(|failed| failed.error.clone())
    }

    /// The GitHub it is an account of.
    #[must_use]
    pub fn github(&self) -> &Github {
        &self.shared.github
    }

    /// The token of the login.
    #[must_use]
    pub fn github_token(&self) -> &Secret {
        &self.shared.github_token
    }

    /// Who is logged in.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub async fn user(&self) -> Result<GithubUser, GithubError> {
        self.shared.github.user(&self.shared.github_token).await
    }

    /// What is left of its quotas.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub async fn usage(&self) -> Result<CopilotUsage, GithubError> {
        self.shared.github.copilot_usage(&self.shared.github_token).await
    }
}

impl Drop for CopilotAccount {
    fn drop(&mut self) {
        if let Some(exchange) = self.shared.state().exchange.take() {
            exchange.task.abort();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchange under way, or a new one; the last error while GitHub is to be left alone.
    fn exchange(
        self: &Arc<Self>,
        state: &mut State,
        now: Moment,
    ) -> Result<watch::Receiver<Option<Outcome>>, GithubError> {
        // One that has ended and is still here was stopped with the runtime it ran in.
        if let Some(running) = state.exchange.as_ref().filter(|one| !one.task.is_finished()) {
            return Ok(running.outcome.clone());
        }
        if let Some(failed) = &state.failure
            && now.since(failed.at) < failed.rest
        {
            return Err(failed.error.clone());
        }
        let (tell, told) = watch::channel(None);
        let shared = Arc::clone(self);
        #[expect(clippy::disallowed_methods, reason = "ends after few tries, or with its account")]
        let task = tokio::spawn(async move {
            let outcome = shared.tries().await;
            shared.settle(&outcome);
            tell.send_replace(Some(outcome));
        });
        state.exchange = Some(Exchange { outcome: told.clone(), task: task.abort_handle() });
        Ok(told)
    }

    /// Exchanges until it succeeds, is refused, or the tries or their time are over.
    async fn tries(&self) -> Outcome {
        let begun = self.clock.now();
        let mut waits = BACKOFF.into_iter();
        loop {
            let once = self.github.copilot_token(&self.github_token, self.clock.as_ref()).await;
            let error = match once {
                Ok(token) => return Ok(Arc::new(token)),
                Err(error) => error,
            };
            let late = self.clock.now().since(begun) >= TRIES_WITHIN;
            match waits.next() {
                Some(wait) if error.is_transient() && !late => self.clock.sleep(wait).await,
                _ => return Err(error),
            }
        }
    }

    /// Keeps what came. A failure leaves the token that is there: it serves until it expires.
    fn settle(&self, outcome: &Outcome) {
        let mut state = self.state();
        state.exchange = None;
        match outcome {
            Ok(token) => {
                state.token = Some(Arc::clone(token));
                state.failure = None;
            }
            Err(error) => {
                let (error, at, rest) = (error.clone(), self.clock.now(), rest(error));
                state.failure = Some(Failed { error, at, rest });
            }
        }
    }
}

/// How long GitHub is left alone after this error.
fn rest(error: &GithubError) -> Duration {
    match error {
        GithubError::RateLimited { retry_after, .. } => {
            retry_after.unwrap_or(REST_AFTER_REFUSAL).clamp(REST_AFTER_TROUBLE, REST_MAX)
        }
        error if error.is_transient() => REST_AFTER_TROUBLE,
        _ => REST_AFTER_REFUSAL,
    }
}

async fn outcome(mut told: watch::Receiver<Option<Outcome>>) -> Outcome {
    match told.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().unwrap_or(Err(GithubError::Stopped)),
        Err(_) => Err(GithubError::Stopped),
    }
}

impl fmt::Debug for CopilotAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopilotAccount")
            .field("github", &self.shared.github)
            .field("token", &self.current())
            .finish_non_exhaustive()
    }
}
