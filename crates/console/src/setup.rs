//! What is set up at the place where the console stands: accounts, client keys, settings.

use ironbridge_upstream::{BoxFuture, Secret};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use utoipa::ToSchema;

/// What a gateway is set up with, and what an operator changes of it. Whoever starts the console implements it.
pub trait Setup: Debug + Send + Sync {
    /// The providers and how things stand with their credentials, as far as that is known without asking anybody.
    fn accounts(&self) -> BoxFuture<'_, Vec<Account>>;

    /// Finds out from the service itself how things stand with one, and renews what can be renewed.
    fn check<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Account, SetupError>>;

    /// What is left of the quotas that providers tell of.
    fn quotas(&self) -> BoxFuture<'_, Vec<Quota>>;

    /// The client keys. Blocks.
    ///
    /// # Errors
    /// They cannot be read.
    fn keys(&self) -> Result<Vec<ClientKey>, SetupError>;

    /// Makes a key; the only time that its text is known. Blocks.
    ///
    /// # Errors
    /// What is wanted is wrong, or cannot be written.
    fn make_key(&self, wanted: WantedKey) -> Result<(ClientKey, Secret), SetupError>;

    /// Refuses the key of that id from now on. Blocks.
    ///
    /// # Errors
    /// There is none, or it cannot be written.
    fn revoke_key(&self, id: &str) -> Result<ClientKey, SetupError>;

    /// Facts of the config that are in force, without secrets: name and value.
    fn settings(&self) -> Vec<(String, String)>;
}

/// Why something is not set up as wanted.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is no such thing.
    #[error("{0}")]
    Unknown(String),
    /// What is wanted is wrong.
    #[error("{0}")]
    Wrong(String),
    /// It did not work.
    #[error("{0}")]
    Failed(String),
}

/// How things stand with a provider's credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    /// The provider's name in the config.
    pub name: String,
    /// `anthropic`, `openai`, `copilot` or `offline`.
    pub kind: String,
    /// Where it is asked.
    pub base_url: String,
    /// `none` (it needs none), `key` (of the config, not tried out), `nobody` (nobody has logged in), `kept` (a login,
    /// not tried out), `good` or `broken`.
    pub state: &'static str,
    /// Whose login it is, where that is known.
    pub who: Option<String>,
    /// Until when its token serves, after which it is renewed.
    pub until_ms: Option<u64>,
    /// What is wrong with it.
    pub reason: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
    /// Whether its service can be asked how things stand.
    pub can_be_checked: bool,
}

/// The quotas of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Quota {
    /// The provider's name.
    pub provider: String,
    /// Its plan.
    pub plan: Option<String>,
    /// The day on which they start anew.
    pub reset_date: Option<String>,
    /// Each of them.
    pub snapshots: Vec<QuotaSnapshot>,
    /// Why they are not known.
    pub error: Option<String>,
}

/// One quota, in requests.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QuotaSnapshot {
    /// `premium_interactions`, `chat`, `completions` …
    pub name: String,
    /// How many the plan includes.
    pub entitlement: f64,
    /// How many of them are left.
    pub remaining: f64,
    /// There is no limit; the numbers then mean nothing.
    pub unlimited: bool,
    /// How many were made beyond those included.
    pub overage: f64,
}

/// A client key, without what would let one use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClientKey {
    /// Its public part.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// `active`, or why it is refused.
    pub state: String,
    /// The models it may ask for; empty: all.
    pub models: Vec<String>,
    /// Requests in a minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens in a minute.
    pub tokens_per_minute: Option<u64>,
    /// How much it may spend.
    pub budgets: Vec<String>,
    /// The only Host it works for.
    pub domain: Option<String>,
    /// When it was made.
    pub created_ms: u64,
    /// From when on it is refused.
    pub expires_ms: Option<u64>,
}

/// A key that is to be made; each as the flag of that name of `ironbridge key new` takes it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WantedKey {
    /// What to call it.
    pub name: Option<String>,
    /// Globs of models, with commas between.
    pub models: Option<String>,
    /// Requests in a minute.
    pub rpm: Option<u64>,
    /// Tokens in a minute.
    pub tpm: Option<u64>,
    /// For example `5USD/day,1000000tokens/month`.
    pub budget: Option<String>,
    /// For example `30d` or `2027-01-31`.
    pub expires: Option<String>,
    /// The only Host it works for.
    pub domain: Option<String>,
}
