//! The requests of the other side that are not answered yet.

use super::bounds::REQUESTS_MAX;
use super::{INVALID_REQUEST, Id, OVERLOADED, RpcError};
use ironbridge_tools::Cancel;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The requests in flight of one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<Id, Cancel>>>);

/// One request in flight; it is not any more when this is dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    all: InFlight,
    id: Id,
    /// Stops the work on it.
    pub(crate) cancel: Cancel,
}

impl InFlight {
    /// Takes in a request.
    ///
    /// # Errors
    /// When one of the same id is in flight, or too many are.
    pub(crate) fn enter(&self, id: &Id) -> Result<Entered, RpcError> {
        let mut all = self.locked();
        if all.len() >= REQUESTS_MAX {
            let why = format!(
                "{REQUESTS_MAX} requests are in flight; send it again when some are answered"
            );
            return Err(RpcError::new(OVERLOADED, why));
        }
        if all.contains_key(id) {
            let why = format!("the request {} is not answered yet", id.json());
            return Err(RpcError::new(INVALID_REQUEST, why));
        }
        let cancel = Cancel::new();
        all.insert(id.clone(), cancel.clone());
        Ok(Entered { all: self.clone(), id: id.clone(), cancel })
    }

    /// Stops the work on a request. One that is not there may have been answered meanwhile.
    pub(crate) fn cancel(&self, id: &Id) {
        let cancel = self.locked().get(id).cloned();
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
    }

    /// Stops the work on all.
    pub(crate) fn cancel_all(&self) {
        let all: Vec<Cancel> = self.locked().values().cloned().collect();
        for cancel in all {
            cancel.cancel();
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Id, Cancel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.all.locked().remove(&self.id);
    }
}
