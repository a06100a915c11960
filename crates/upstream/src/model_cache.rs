//! A provider's list of models, kept: fresh, stale and served while it is fetched anew, or not to be had.

use crate::models::ModelList;
use crate::send_error::{Failure, SendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a list is not asked for again when it could not be had, or did not have the model that was looked for.
pub const MODELS_RETRY: Duration = Duration::from_secs(30);

type Fetched = Result<Arc<ModelList>, SendError>;

/// What is known of a list now.
pub(crate) enum Known {
    /// It is good.
    Fresh(Fetched),
    /// It is good enough to go on with, and should be fetched anew beside.
    Stale(Arc<ModelList>),
    /// It must be waited for.
    Missing,
}

/// The list of one provider.
#[derive(Debug, Default)]
pub(crate) struct ModelCache {
    kept: Mutex<Option<Kept>>,
    /// Held by whoever fetches: all others go on with what is there, or wait for it.
    pub(crate) fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Kept {
    fetched: Fetched,
    /// When it was asked for.
    at: Instant,
    /// When it is to be asked for again.
    stale_at: Instant,
}

impl ModelCache {
    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn known(&self, now: Instant) -> Known {
        match &*self.kept() {
            None => Known::Missing,
            Some(kept) if now < kept.stale_at => Known::Fresh(kept.fetched.clone()),
            Some(Kept { fetched: Ok(list), .. }) => Known::Stale(list.clone()),
            Some(_) => Known::Missing,
        }
    }

    /// Whether it was asked for so long ago that a model it lacks may have come meanwhile.
    pub(crate) fn may_have_grown(&self, now: Instant) -> bool {
        self.kept().as_ref().is_none_or(|kept| now >= kept.at + MODELS_RETRY)
    }

    /// Takes in what came; where there was a list before, a failure keeps that one for [`MODELS_RETRY`].
    pub(crate) fn keep(&self, fetched: Fetched, now: Instant, ttl: Duration) -> Fetched {
        let mut kept = self.kept();
        let before = kept.take();
        let (fetched, ttl) = match (fetched, before) {
            (Ok(list), _) => (Ok(list), ttl),
            (Err(_), Some(Kept { fetched: Ok(before), .. })) => (Ok(before), MODELS_RETRY),
            // Nobody was asked. Credentials keep their own rests, and a login may be made in a moment.
            (Err(error), _) if matches!(error.failure, Failure::Credential(_)) => {
                return Err(error);
            }
            (Err(error), _) => (Err(error), MODELS_RETRY),
        };
        *kept = Some(Kept { fetched: fetched.clone(), at: now, stale_at: now + ttl });
        fetched
    }
}
