//! Client keys: who may use the gateway, for which models, and how much.
//!
//! A key is `ib_<public id>_<secret>` ([`NewKey`]). The gateway is handed what is kept of it, which is enough to know it
//! again and not enough to make it. Where keys are kept is the business of whoever implements [`ClientKeys`].

mod models;
mod text;

pub use models::{ModelGlobs, ModelGlobsError};
pub use text::{NewKey, SecretHash};
pub(crate) use text::{PresentedKey, looks_like_key};

use ironbridge_ledger::Allowance;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// What is kept of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// The public part of its text: no secret, and never given twice.
    pub id: String,
    /// What its owner calls it, for records and statistics.
    pub name: String,
    /// By what its secret is known again.
    pub hash: SecretHash,
    /// By what the secret before is still known, for a time, so that clients can change from one to the other.
    pub former: Option<FormerSecret>,
    /// The models it may ask for.
    pub models: ModelGlobs,
    /// The paths it may ask for, each with what is below it, without `/v1`: `/messages`; empty: all of them.
    pub paths: Vec<String>,
    /// The project that all its requests are made for; `None`: whichever they name.
    pub project: Option<String>,
    /// How much it may ask for.
    pub limits: KeyLimits,
    /// How much it may spend.
    pub budgets: Vec<Allowance>,
    /// From when on it is refused.
    pub expires: Option<SystemTime>,
    /// The only Host it works for, in lower case and without a port; `None`: any that the gateway serves.
    pub domain: Option<String>,
    /// When it was made.
    pub created: SystemTime,
    /// Since when it is refused for good.
    pub revoked: Option<SystemTime>,
}

/// A secret that a key had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerSecret {
    /// By what it is known again.
    pub hash: SecretHash,
    /// From when on it is not.
    pub until: SystemTime,
}

/// How much one key may ask for; `None`: as much as it likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyLimits {
    /// Requests in a minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens in a minute, input and output.
    pub tokens_per_minute: Option<u64>,
}

impl ClientKey {
    /// A key without any limit, made now.
    #[must_use]
    pub fn unlimited(name: impl Into<String>, new: &NewKey) -> Self {
        ClientKey {
            id: new.id.clone(),
            name: name.into(),
            hash: new.hash,
            former: None,
            models: ModelGlobs::default(),
            paths: Vec::new(),
            project: None,
            limits: KeyLimits::default(),
            budgets: Vec::new(),
            expires: None,
            domain: None,
            created: SystemTime::now(),
            revoked: None,
        }
    }

    /// Takes a new secret in place of its own, which is known until `until`. One that was replaced before is not.
    pub fn rotate(&mut self, hash: SecretHash, until: SystemTime) {
        self.former = Some(FormerSecret { hash: self.hash, until });
        self.hash = hash;
    }

    /// The hashes by which its secret is known at `now`.
    pub(crate) fn hashes(&self, now: SystemTime) -> [Option<SecretHash>; 2] {
        let former = self.former.filter(|former| now < former.until);
        [Some(self.hash), former.map(|former| former.hash)]
    }

    /// Whether it may ask for a path of the gateway.
    pub(crate) fn allows_path(&self, path: &str) -> bool {
        let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let is_below = |allowed: &String| {
            let rest = path.strip_prefix(allowed.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.paths.is_empty() || self.paths.iter().any(is_below)
    }

    /// Whether it is of no use at `now`, and why.
    #[must_use]
    pub fn ended(&self, now: SystemTime) -> Option<Ended> {
        if self.revoked.is_some() {
            return Some(Ended::Revoked);
        }
        self.expires.is_some_and(|expires| expires <= now).then_some(Ended::Expired)
    }
}

/// Why a key is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Expired => "expired",
            Ended::Revoked => "revoked",
        })
    }
}

/// Where the keys are kept. Every request asks, on the threads that relay: what answers keeps the keys in memory.
///
/// When a key was last used it need not be told: every record of an exchange names its key.
pub trait ClientKeys: Send + Sync + fmt::Debug {
    /// Whether there is any key, also one that has ended. Without any, a gateway on loopback is open; the last key's
    /// end must not open it.
    fn any(&self) -> bool;

    /// The key of that public id, also one that has ended.
    fn find(&self, id: &str) -> Option<Arc<ClientKey>>;
}

/// Some keys, in memory; by default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(HashMap<String, Arc<ClientKey>>);

impl FromIterator<ClientKey> for KeySet {
    fn from_iter<T: IntoIterator<Item = ClientKey>>(keys: T) -> Self {
        KeySet(keys.into_iter().map(|key| (key.id.clone(), Arc::new(key))).collect())
    }
}

impl ClientKeys for KeySet {
    fn any(&self) -> bool {
        !self.0.is_empty()
    }

    fn find(&self, id: &str) -> Option<Arc<ClientKey>> {
        self.0.get(id).cloned()
    }
}
