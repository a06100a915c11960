//! The keys of a running gateway, which follow the file.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ironbridge_gateway::{ClientKey, ClientKeys, KeySet};

use super::{KeyFile, KeyFileError};
use crate::watch::{Stamp, stamp};

/// A request that comes so long after the last look at the file looks again, so that a revoked key is refused at once;
/// under load that is one `stat` for hundreds of requests.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// The keys as the file last had them. A file that has gone or cannot be read changes nothing but the log: it must not
/// open the door.
#[derive(Debug)]
pub(crate) struct LiveKeys {
    file: KeyFile,
    keys: RwLock<Arc<KeySet>>,
    /// The state of the file at the last look. Whoever holds it looks; nobody waits for it.
    seen: Mutex<Stamp>,
    began: Instant,
    /// When the next look is due, in milliseconds since `began`.
    next_look_ms: AtomicU64,
    /// Whether there may be keys that are not known yet: the ledger could not be asked, and there is no copy of it.
    unsure: AtomicBool,
}

impl LiveKeys {
    /// Reads the file and follows it from now on.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub(crate) fn read(file: KeyFile) -> Result<Self, KeyFileError> {
        // The stamp first: a change while it is read is seen at the next look.
        let seen = stamp(file.path());
        let keys = file.read()?.into_iter().collect();
        Ok(LiveKeys {
            file,
            keys: RwLock::new(Arc::new(keys)),
            seen: Mutex::new(seen),
            began: Instant::now(),
            next_look_ms: AtomicU64::new(0),
            unsure: AtomicBool::new(false),
        })
    }

    /// Lets nobody in for want of keys until the ledger was asked.
    pub(crate) fn set_unsure(&self, unsure: bool) {
        self.unsure.store(unsure, Ordering::Relaxed);
    }

    fn keys(&self) -> Arc<KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the file, if it is time to and nobody else does.
    fn look(&self) {
        let now = millis(self.began.elapsed());
        if now < self.next_look_ms.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut seen) = self.seen.try_lock() else { return };
        self.next_look_ms.store(now + millis(LOOK_INTERVAL), Ordering::Relaxed);
        let stamp = stamp(self.file.path());
        if stamp == *seen {
            return;
        }
        *seen = stamp;
        if stamp.is_none() {
            tracing::warn!("{} is gone; its keys stay in force until a restart", self.file.shown());
            return;
        }
        match self.file.read() {
            Ok(keys) => {
                let keys: KeySet = keys.into_iter().collect();
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                tracing::info!("{} has changed and is in force", self.file.shown());
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(cause, "{error}; the keys from before stay in force");
            }
        }
    }
}

impl ClientKeys for LiveKeys {
    fn any(&self) -> bool {
        self.look();
        self.unsure.load(Ordering::Relaxed) || self.keys().any()
    }

    fn find(&self, id: &str) -> Option<Arc<ClientKey>> {
        self.keys().find(id)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
