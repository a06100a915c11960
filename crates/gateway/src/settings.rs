//! What the operator says about the gateway, checked and complete.

use ironbridge_ledger::Allowance;
use ironbridge_tokens::Tokenizer;
use ironbridge_upstream::{Prices, ProviderSettings, Secret};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The whole configuration of a running gateway. Everything but `listen` and the connection limits may change while
/// it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `[server]`.
    pub server: ServerSettings,
    /// `[[provider]]`, in order; at least one.
    pub providers: Vec<ProviderSettings>,
    /// `[[route]]`, in order; the first that matches is taken.
    pub routes: Vec<RouteSettings>,
    /// `[[tokenizer]]`, in order; the first that matches is taken.
    pub tokenizers: Vec<TokenizerSettings>,
    /// `[[limit]]`, in order; the first that matches is taken.
    pub rate_limits: Vec<RateLimitSettings>,
    /// `[[price]]`, in order; the first that matches is taken, and none: the catalogue.
    pub prices: Vec<PriceSettings>,
    /// `[[project]]`, in order.
    pub projects: Vec<ProjectSettings>,
}

/// One `[[tokenizer]]`: models whose tokens can be counted exactly.
#[derive(Clone)]
pub struct TokenizerSettings {
    /// A glob over model names.
    pub pattern: String,
    /// What counts for them.
    pub tokenizer: Arc<dyn Tokenizer>,
}

impl fmt::Debug for TokenizerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.pattern, self.tokenizer.name())
    }
}

impl PartialEq for TokenizerSettings {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern && Arc::ptr_eq(&self.tokenizer, &other.tokenizer)
    }
}

/// `[server]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSettings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Opens `/api`, `/token` and the dashboard to callers that are not on this machine.
    pub admin_token: Option<Secret>,
    /// Opens to them what of `/api` and the dashboard changes nothing.
    pub read_token: Option<Secret>,
    /// Host names besides loopback and the listen address that requests may name.
    pub domains: Vec<String>,
    /// Origins of other sites whose pages may use the models: `https://HOST` or with a port, in lower case.
    pub cors_origins: Vec<String>,
    /// Whether a client's own credential may go upstream (Anthropic only).
    pub pass_through: bool,
    /// What becomes of the upstream's reply when the client has gone.
    pub on_disconnect: OnDisconnect,
    /// What is done with an upstream's 429.
    pub on_429: On429,
    /// Requests that make a model work start at least so far apart; `None`: whenever they come.
    pub interval: Option<Duration>,
    /// Whether a request that comes before its interval is over waits, at most five minutes, or is refused.
    pub wait: bool,
    /// A stream that has been silent for so long gets a ping or a comment.
    pub keep_alive: Duration,
    /// How long running exchanges may go on after shutdown began.
    pub shutdown_grace: Duration,
    /// How many exchanges are remembered for `/api/exchanges`.
    pub exchanges_kept: usize,
    /// Whether requests are refused while the ledger takes no records; else they go unrecorded.
    pub refuse_unrecorded: bool,
    /// How much output a request reserves from its budgets.
    pub budget_reserve: BudgetReserve,
    /// What becomes of requests whose budgets cannot be asked.
    pub budgets_away: BudgetsAway,
    /// How long requests and replies are kept in the ledger; `None`: not at all.
    pub bodies_kept: Option<Duration>,
    /// Whether `/dashboard` is served.
    pub dashboard: bool,
    /// What one client may ask of this process.
    pub limits: Limits,
}

/// How much output a request reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetReserve {
    /// As much as it asks for, or its model can give: a budget is never overspent.
    Most,
    /// As much as 99 of the last 100 replies to its client key held, once there are 20: for clients that always ask for
    /// all there is. A longer reply overspends by the difference.
    Learned,
}

/// What becomes of requests whose budgets cannot be asked, since the ledger's database is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetsAway {
    /// They are refused: a budget is never overspent.
    Refuse,
    /// They are served, and booked once the database is there again.
    Serve,
}

/// What becomes of the upstream's reply when the client has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisconnect {
    /// The upstream's connection is closed at once.
    Cancel,
    /// The reply is read to its end, so that its usage is known, within [`DRAIN_BYTES_MAX`] and [`DRAIN_TIME_MAX`].
    Drain,
}

/// The most bytes that are read from an upstream for a client that has gone.
pub const DRAIN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest that an upstream is read for a client that has gone.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(60);

/// What is done with an upstream's 429 when no other target is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On429 {
    /// It is answered at once with the upstream's `Retry-After`.
    Answer,
    /// Requests wait, at most five minutes, and are let go one by one once the upstream's rest is over.
    Wait,
}

/// What one process takes at once, and from one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body, in bytes.
    pub body_bytes_max: usize,
    /// The largest request head, in bytes.
    pub header_bytes_max: usize,
    /// The most connections from clients.
    pub connections_max: usize,
    /// The most exchanges under way.
    pub concurrency_max: usize,
    /// The most requests that wait for one of those places; one session (or address) may hold half of them.
    pub queue_max: usize,
    /// How long a request waits for a place.
    pub queue_wait: Duration,
    /// How long a client may take to send its request head.
    pub header_timeout: Duration,
    /// How long a client may be silent while it sends its body.
    pub body_idle_timeout: Duration,
    /// How long a client may take no byte of its reply.
    pub write_idle_timeout: Duration,
}

impl Default for Limits {
    /// 64 MiB (Anthropic takes 32), 64 KiB, 4,096 connections, 512 exchanges and as many waiting for up to 30 s;
    /// 30 s for a head, 30 s of silence in a body, 5 min for a client that does not read.
    fn default() -> Self {
        Limits {
            body_bytes_max: 64 * 1024 * 1024,
            header_bytes_max: 64 * 1024,
            connections_max: 4096,
            concurrency_max: 512,
            queue_max: 512,
            queue_wait: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            body_idle_timeout: Duration::from_secs(30),
            write_idle_timeout: Duration::from_secs(300),
        }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 4141)),
            admin_token: None,
            read_token: None,
            domains: Vec::new(),
            cors_origins: Vec::new(),
            pass_through: false,
            on_disconnect: OnDisconnect::Cancel,
            on_429: On429::Answer,
            interval: None,
            wait: false,
            keep_alive: Duration::from_secs(15),
            shutdown_grace: Duration::from_secs(30),
            exchanges_kept: 1000,
            refuse_unrecorded: false,
            budget_reserve: BudgetReserve::Most,
            budgets_away: BudgetsAway::Refuse,
            bodies_kept: None,
            dashboard: true,
            limits: Limits::default(),
        }
    }
}

/// One `[[route]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSettings {
    /// A glob over the model name the client sent.
    pub pattern: String,
    /// Where such a request goes, tried in order; at least one.
    pub targets: Vec<TargetName>,
    /// Refuse what cannot be translated without loss.
    pub strict: bool,
}

/// One `[[limit]]`: what all models of a pattern may use together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// A glob over the model that a request's first target is asked for.
    pub pattern: String,
    /// The most requests per minute; 1 to 2⁴⁸.
    pub requests_per_minute: Option<u64>,
    /// The most tokens per minute, of input (cached or not) and output together; 1 to 2⁴⁸.
    pub tokens_per_minute: Option<u64>,
    /// So much time's worth of both may be used at once.
    pub burst: Duration,
    /// What all of them may take together.
    pub budgets: Vec<Allowance>,
}

/// One `[[project]]`: what requests are made for, as far as it has a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Its name in records.
    pub name: String,
    /// The Hosts whose requests are its own where neither key nor header names a project; in lower case.
    pub domains: Vec<String>,
    /// What all its requests may take together.
    pub budgets: Vec<Allowance>,
}

/// One `[[price]]`: what an operator pays, where that is not what the catalogue says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSettings {
    /// A glob over the model that a provider is asked for.
    pub pattern: String,
    /// What its tokens cost.
    pub prices: Prices,
}

/// `provider` or `provider/model` in a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetName {
    /// The provider's name.
    pub provider: String,
    /// The model to ask for; `None`: the one the client named.
    pub model: Option<String>,
}
