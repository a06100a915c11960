//! The other side, as those who answer it see it.

use super::bounds::{LINES_WAITING_MAX, OWN_REQUESTS_MAX};
use super::message::call;
use super::{Id, RpcError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// The other side. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    lines: mpsc::Sender<String>,
    own: Arc<Mutex<Own>>,
}

/// Requests of ours.
#[derive(Debug, Default)]
struct Own {
    last: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Box<RawValue>, RpcError>>>,
}

/// A request of ours that got no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The other side is gone.
    #[error("the other side is gone")]
    Gone,
    /// Too many wait already.
    #[error("{OWN_REQUESTS_MAX} requests wait for answers")]
    TooMany,
    /// It answered with an error.
    #[error("it answered with an error")]
    Refused(#[source] RpcError),
    /// What was sent or answered is not of the form it must have.
    #[error("no proper answer")]
    Form(#[source] serde_json::Error),
}

impl Peer {
    /// The other side, and the lines to write to it.
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (lines, waiting) = mpsc::channel(LINES_WAITING_MAX);
        (Peer { lines, own: Arc::default() }, waiting)
    }

    /// Writes a line. Waits while many wait to be read; `false`: the other side is gone.
    pub(crate) async fn send(&self, line: String) -> bool {
        self.lines.send(line).await.is_ok()
    }

    /// Tells something. Waits as [`Peer::send`]; what cannot be told is lost.
    pub(crate) async fn notify(&self, method: &str, params: &impl Serialize) {
        match call(None, method, params) {
            Ok(line) => drop(self.send(line).await),
            Err(error) => tracing::error!(%error, method, "a notification is no JSON"),
        }
    }

    /// Asks, and waits for the answer. Dropped meanwhile, the answer is not heard.
    ///
    /// # Errors
    /// When there is no answer, or not the one that was asked for.
    pub(crate) async fn request<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &impl Serialize,
    ) -> Result<R, CallError> {
        let (answered, answer) = oneshot::channel();
        let waiting = self.wait(answered)?;
        let line = call(Some(waiting.id), method, params).map_err(CallError::Form)?;
        if !self.send(line).await {
            return Err(CallError::Gone);
        }
        let result = answer.await.map_err(|_| CallError::Gone)?.map_err(CallError::Refused)?;
        serde_json::from_str(result.get()).map_err(CallError::Form)
    }

    fn wait(
        &self,
        answered: oneshot::Sender<Result<Box<RawValue>, RpcError>>,
    ) -> Result<Waiting<'_>, CallError> {
        let mut own = self.locked();
        if own.waiting.len() >= OWN_REQUESTS_MAX {
            return Err(CallError::TooMany);
        }
        own.last += 1;
        let id = own.last;
        own.waiting.insert(id, answered);
        Ok(Waiting { peer: self, id })
    }

    /// Takes an answer of the other side. One that nobody waits for is dropped.
    pub(crate) fn answered(&self, id: &Id, outcome: Result<Box<RawValue>, RpcError>) {
        let waiting = id.number().and_then(|id| self.locked().waiting.remove(&id));
        match waiting {
            Some(waiting) => drop(waiting.send(outcome)),
            None => tracing::debug!(id = id.json(), "an answer that nobody waits for"),
        }
    }

    /// No answer comes any more.
    pub(super) fn is_gone(&self) {
        self.locked().waiting.clear();
    }

    fn locked(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request of ours that waits; it does not any more when this is dropped.
struct Waiting<'p> {
    peer: &'p Peer,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.peer.locked().waiting.remove(&self.id);
    }
}
