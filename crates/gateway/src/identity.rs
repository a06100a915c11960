//! Ids that nobody can guess into and nobody meets twice.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// A new request id: `req_`, the time in milliseconds (so that ids sort by age), and 16 digits that differ between
/// processes and requests.
pub(crate) fn request_id() -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let millis =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, crate::exchange::millis);
    format!("req_{millis:012x}{:016x}", KEY.hash_one(count))
}
