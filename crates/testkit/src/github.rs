//! GitHub as Copilot's users meet it: login by device code, the API that gives Copilot tokens, and
//! Copilot's own API.
//!
//! One server under three base URLs, so that its log has one order. Texts and shapes of answers are
//! those of the real services in 2025 and 2026, from GitHub's documentation ("Authorizing OAuth
//! apps", device flow), RFC 8628, and what users have quoted in issues; each answer names its
//! source where that is not the documentation.
//!
//! ```
//! use ironbridge_testkit::client::{self, Request};
//! use ironbridge_testkit::github::{DeviceFlowError, User};
//! use ironbridge_testkit::{FakeGithub, GithubEndpoint, Script};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let github = FakeGithub::start().await;
//! // Three polls: wait, wait longer, and then what the user has decided.
//! let slow_down = DeviceFlowError::SlowDown { interval_seconds: 10 };
//! let answers = [DeviceFlowError::AuthorizationPending.answer(), slow_down.answer()];
//! github.play(GithubEndpoint::AccessToken, Script::sequence(answers));
//! github.set_user(User::Denies);
//! // … the code under test logs in at `github.login_url()` …
//!
//! let token = format!("token {}", FakeGithub::GITHUB_TOKEN);
//! let request = Request::get("/api/copilot_internal/v2/token").header("authorization", token);
//! let reply = client::send(&github.login_url(), &request).await.unwrap().collect().await.json();
//! assert_eq!(reply["endpoints"]["api"], github.copilot_url());
//! github.revoke_tokens(); // from now on Copilot's API says that the token has expired
//! # });
//! ```

mod answers;
mod copilot;
mod device;
mod models;
mod quota;
mod token;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

pub use answers::{
    api_error, empty, forbidden, html, no_copilot, quota_exceeded, rate_limited, token_expired,
};
pub use device::{DeviceFlowError, User, granted};
pub use models::{default_models, model};
pub use quota::quota;

use crate::fake::{FakeServer, Service, Standing, TokenBook};
use crate::{Answer, Received};
use device::DeviceLogin;
use token::CopilotTokens;

/// A fake GitHub with a fake Copilot; [`FakeServer`] has what all fakes have in common.
pub type FakeGithub = FakeServer<Github>;

/// What a test of [`FakeGithub`] can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GithubEndpoint {
    /// `POST /login/device/code`.
    DeviceCode,
    /// `POST /login/oauth/access_token`.
    AccessToken,
    /// `GET /user`.
    User,
    /// `GET /copilot_internal/v2/token`.
    CopilotToken,
    /// `GET /copilot_internal/user`: the quotas.
    CopilotUser,
    /// `GET /models` of Copilot's API.
    Models,
    /// `POST /chat/completions` of Copilot's API.
    Chat,
    /// `POST /responses` of Copilot's API.
    Responses,
    /// `POST /v1/messages` of Copilot's API.
    Messages,
    /// `POST /embeddings` of Copilot's API.
    Embeddings,
}

/// The service behind [`FakeGithub`].
#[derive(Debug)]
pub struct Github {
    /// What stands before the paths of GitHub's API.
    api_prefix: &'static str,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    device: DeviceLogin,
    github_tokens: TokenBook,
    copilot_tokens: CopilotTokens,
    models: Vec<Value>,
    quota: Value,
}

/// The prefix of Copilot's API where token replies point.
const COPILOT_PREFIX: &str = "/copilot";

/// Starting, and where things are.
impl FakeGithub {
    /// The client id of the only app that GitHub knows here.
    pub const CLIENT_ID: &str = "Iv1.testkit";

    /// A GitHub token that is valid from the start.
    pub const GITHUB_TOKEN: &str = "gho_testkit";

    /// Starts github.com in the caller's tokio runtime.
    pub async fn start() -> Self {
        Self::serve(Github::new("/api")).await
    }

    /// Starts a GitHub Enterprise Server, whose API is under `/api/v3` of the login's host.
    pub async fn start_enterprise() -> Self {
        Self::serve(Github::new("/api/v3")).await
    }

    /// Starts github.com on a thread and runtime of its own.
    pub fn start_on_thread() -> Self {
        Self::serve_on_thread(Github::new("/api"))
    }

    /// What stands before `/login/device/code` and `/login/oauth/access_token`.
    pub fn login_url(&self) -> String {
        self.upstream().base_url()
    }

    /// What stands before `/user` and `/copilot_internal/…`.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.upstream().base_url(), self.service().api_prefix)
    }

    /// What stands before `/models`, `/chat/completions` …: token replies name it.
    pub fn copilot_url(&self) -> String {
        format!("{}{COPILOT_PREFIX}", self.upstream().base_url())
    }

    /// The same API under the name of an account type (`individual`, `business`, `enterprise`): the
    /// path of a request then shows which base was chosen.
    pub fn account_url(&self, account_type: &str) -> String {
        format!("{}/{account_type}", self.upstream().base_url())
    }
}

/// The login.
impl FakeGithub {
    /// What the user does with the code; at first [`User::Approves`].
    pub fn set_user(&self, user: User) {
        self.service().lock().device.user = user;
    }

    /// The interval and the life of further device codes, in seconds; at first 5 and 900.
    pub fn set_device_code(&self, interval_seconds: u64, expires_in_seconds: u64) {
        let device = &mut self.service().lock().device;
        (device.interval_seconds, device.expires_in_seconds) =
            (interval_seconds, expires_in_seconds);
    }

    /// Answers `slow_down`, with an interval 5 s longer, to polls that come before the interval is
    /// over by the server's clock, as GitHub does. Not so at first, as a test's clock may stand
    /// still.
    pub fn time_polls(&self) {
        self.service().lock().device.times_polls = true;
    }

    /// Every GitHub token handed out or accepted, the oldest first.
    pub fn github_tokens(&self) -> Vec<String> {
        self.service().lock().github_tokens.texts()
    }

    /// Makes a GitHub token valid.
    pub fn accept_github_token(&self, token: &str) {
        self.service().lock().github_tokens.add(token, None);
    }

    /// Makes all GitHub tokens invalid, as when the user revokes the app.
    pub fn revoke_github_tokens(&self) {
        self.service().lock().github_tokens.revoke_all();
    }
}

/// Copilot.
impl FakeGithub {
    /// When further Copilot tokens expire, and when their reply says to refresh, in seconds from the
    /// server's now; at first 1800 and 1500.
    pub fn set_token_life(&self, expires_in_seconds: u64, refresh_in_seconds: u64) {
        let tokens = &mut self.service().lock().copilot_tokens;
        (tokens.expires_in_seconds, tokens.refresh_in_seconds) =
            (expires_in_seconds, refresh_in_seconds);
    }

    /// What token replies say in `endpoints.api`: this URL, or with `None` no `endpoints` at all. At
    /// first [`FakeGithub::copilot_url`].
    pub fn set_token_endpoint(&self, url: Option<&str>) {
        self.service().lock().copilot_tokens.endpoint = Some(url.map(str::to_owned));
    }

    /// Every Copilot token handed out, the oldest first.
    pub fn copilot_tokens(&self) -> Vec<String> {
        self.service().lock().copilot_tokens.book.texts()
    }

    /// Makes all Copilot tokens handed out so far invalid.
    pub fn revoke_tokens(&self) {
        self.service().lock().copilot_tokens.book.revoke_all();
    }

    /// The models that are listed and served; at first [`default_models`].
    pub fn set_models(&self, models: Vec<Value>) {
        self.service().lock().models = models;
    }

    /// The quota document; at first 300 premium requests, of which 123 are left.
    pub fn set_quota(&self, quota: Value) {
        self.service().lock().quota = quota;
    }
}

/// The server's own name, as the request has it.
fn host(request: &Received) -> &str {
    request.header("host").unwrap_or("127.0.0.1")
}

impl Github {
    fn new(api_prefix: &'static str) -> Self {
        let mut github_tokens = TokenBook::default();
        github_tokens.add(FakeGithub::GITHUB_TOKEN, None);
        let state = State {
            device: DeviceLogin::new(),
            github_tokens,
            copilot_tokens: CopilotTokens::new(),
            models: default_models(),
            quota: quota(300, 123),
        };
        Self { api_prefix, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// GitHub takes `token` and `Bearer` alike.
    fn refuses_github_token(&self, request: &Received, now: SystemTime) -> Option<Answer> {
        let header = request.header("authorization").unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        let known = ["token", "bearer"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
        let standing = self.lock().github_tokens.standing(token.trim(), now);
        let good = known && standing == Standing::Valid;
        (!good).then(|| api_error(401, "Bad credentials"))
    }
}

impl Service for Github {
    type Endpoint = GithubEndpoint;

    fn endpoint(&self, request: &Received) -> Option<GithubEndpoint> {
        let path = request.path.as_str();
        let below = |prefix: &str| path.strip_prefix(prefix);
        let copilot = [COPILOT_PREFIX, "/individual", "/business", "/enterprise"];
        let copilot = copilot.iter().find_map(|prefix| below(prefix));
        let place = match (below("/login"), below(self.api_prefix), copilot) {
            (Some("/device/code"), ..) => ("POST", GithubEndpoint::DeviceCode),
            (Some("/oauth/access_token"), ..) => ("POST", GithubEndpoint::AccessToken),
            (_, Some("/user"), _) => ("GET", GithubEndpoint::User),
            (_, Some("/copilot_internal/v2/token"), _) => ("GET", GithubEndpoint::CopilotToken),
            (_, Some("/copilot_internal/user"), _) => ("GET", GithubEndpoint::CopilotUser),
            (_, _, Some("/models")) => ("GET", GithubEndpoint::Models),
            (_, _, Some("/chat/completions")) => ("POST", GithubEndpoint::Chat),
            (_, _, Some("/responses")) => ("POST", GithubEndpoint::Responses),
            (_, _, Some("/v1/messages")) => ("POST", GithubEndpoint::Messages),
            (_, _, Some("/embeddings")) => ("POST", GithubEndpoint::Embeddings),
            _ => return None,
        };
        (place.0 == request.method).then_some(place.1)
    }

    fn nothing_there(&self, _request: &Received) -> Answer {
        api_error(404, "Not Found")
    }

    fn refusal(
        &self,
        endpoint: GithubEndpoint,
        request: &Received,
        now: SystemTime,
    ) -> Option<Answer> {
        match endpoint {
            GithubEndpoint::DeviceCode | GithubEndpoint::AccessToken => None,
            GithubEndpoint::User | GithubEndpoint::CopilotToken | GithubEndpoint::CopilotUser => {
                self.refuses_github_token(request, now)
            }
            GithubEndpoint::Models
            | GithubEndpoint::Chat
            | GithubEndpoint::Responses
            | GithubEndpoint::Messages
            | GithubEndpoint::Embeddings => copilot::refusal(request, |token| {
                self.lock().copilot_tokens.book.standing(token, now)
            }),
        }
    }

    fn natural(&self, endpoint: GithubEndpoint, request: &Received, now: SystemTime) -> Answer {
        let state = &mut *self.lock();
        match endpoint {
            GithubEndpoint::DeviceCode => state.device.begin(request, now),
            GithubEndpoint::AccessToken => state.device.poll(request, now, || {
                let number = state.github_tokens.next_number();
                let token = format!("gho_testkit_{number}");
                state.github_tokens.add(&token, None);
                token
            }),
            GithubEndpoint::User => Answer::json(
                200,
                &json!({"login": "octocat", "id": 583_231, "type": "User", "name": "The Octocat"}),
            ),
            GithubEndpoint::CopilotToken => state.copilot_tokens.issue(request, now),
            GithubEndpoint::CopilotUser => Answer::json(200, &state.quota),
            GithubEndpoint::Models => copilot::models(&state.models),
            GithubEndpoint::Embeddings => copilot::embeddings(&state.models, request),
            GithubEndpoint::Chat | GithubEndpoint::Responses | GithubEndpoint::Messages => {
                copilot::reply(&state.models, request)
            }
        }
    }
}
