//! Sessions that the operator holds: a paused one's requests wait, a stopped one's are broken off and refused.
//!
//! What an exchange asks, it asks by the session its client names; one without a session cannot be held.

use ironbridge_wire::{ApiError, ErrorKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How a session is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Requests that come wait, those under way go on.
    Pause,
    /// Requests under way are broken off, and those that come are refused.
    Stop,
}

/// Why a session was not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// As many as may be are held already.
    #[error("{HELD_MAX} sessions are held already; resume one first")]
    TooMany,
}

/// The most sessions that are held at once.
pub const HELD_MAX: usize = 1000;

/// How long a request of a paused session waits before its client is told to come again: less than the ten minutes
/// after which the SDKs give up.
pub const PAUSE_WAIT_MAX: Duration = Duration::from_secs(300);

/// The sessions that are held.
#[derive(Debug)]
pub(crate) struct HeldSessions {
    held: watch::Sender<Arc<BTreeMap<String, Hold>>>,
    /// How often that has changed; counted before those who wait are woken.
    changes: AtomicU64,
}

impl Default for HeldSessions {
    fn default() -> Self {
        HeldSessions { held: watch::Sender::new(Arc::default()), changes: AtomicU64::new(0) }
    }
}

impl HeldSessions {
    /// Holds a session, or holds it otherwise; whether that changed anything.
    pub(crate) fn hold(&self, session: &str, hold: Hold) -> Result<bool, HoldError> {
        let mut refused = false;
        let changed = self.held.send_if_modified(|held| {
            if held.len() >= HELD_MAX && !held.contains_key(session) {
                refused = true;
                return false;
            }
            self.changes.fetch_add(1, Ordering::AcqRel);
            Arc::make_mut(held).insert(session.to_owned(), hold) != Some(hold)
        });
        if refused { Err(HoldError::TooMany) } else { Ok(changed) }
    }

    /// Lets a session go on; whether it was held.
    pub(crate) fn release(&self, session: &str) -> bool {
        self.held.send_if_modified(|held| {
            self.changes.fetch_add(1, Ordering::AcqRel);
            held.contains_key(session) && Arc::make_mut(held).remove(session).is_some()
        })
    }

    /// How often what is held has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// All that are held.
    pub(crate) fn all(&self) -> Arc<BTreeMap<String, Hold>> {
        self.held.borrow().clone()
    }

    /// Waits while the session is paused. Cancel safe.
    ///
    /// # Errors
    /// It is stopped, or was paused for [`PAUSE_WAIT_MAX`].
    pub(crate) async fn let_through(&self, session: Option<&str>) -> Result<(), ApiError> {
        let Some(session) = session else { return Ok(()) };
        let mut watch = self.held.subscribe();
        let over = watch.wait_for(|held| held.get(session) != Some(&Hold::Pause));
        match tokio::time::timeout(PAUSE_WAIT_MAX, over).await {
            Ok(held) => match held.map(|held| held.get(session).copied()) {
                Ok(Some(Hold::Stop)) => Err(stopped()),
                _ => Ok(()),
            },
            Err(_) => Err(ApiError::new(
                ErrorKind::Unavailable,
                "this session is paused by the operator of the gateway",
            )),
        }
    }

    /// Waits until the session is stopped; for ever, where there is none. Cancel safe.
    pub(crate) async fn stopped(&self, session: Option<&str>) -> ApiError {
        let Some(session) = session else { return std::future::pending().await };
        let mut watch = self.held.subscribe();
        // The sender lives as long as the gateway, so the wait cannot fail.
        let _ = watch.wait_for(|held| held.get(session) == Some(&Hold::Stop)).await;
        stopped()
    }
}

/// 403: no SDK sends such a request again by itself.
fn stopped() -> ApiError {
    let message = "this session was stopped by the operator of the gateway";
    ApiError::new(ErrorKind::Permission, message).with_code("session_stopped")
}
