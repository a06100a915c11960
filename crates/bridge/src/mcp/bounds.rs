//! How much one client may ask for.

use std::time::Duration;

/// Calls that run at once; others wait for a place.
pub(super) const CALLS_AT_ONCE: usize = 8;
/// How long one call may run; tools have shorter limits of their own.
pub(super) const CALL_TIME: Duration = Duration::from_secs(60 * 60);
/// Between two signs of life of a call whose client wants them.
pub(super) const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// What a sign of life shows of what a command printed last, in bytes.
pub(super) const PROGRESS_BYTES_MAX: usize = 200;
/// How long a call waits for the client to name its roots.
pub(super) const ROOTS_TIME: Duration = Duration::from_secs(5);
/// Roots of a client that are taken.
pub(super) const ROOTS_MAX: usize = 64;
/// Files on one page of the list of resources.
pub(super) const RESOURCES_PAGE: usize = 500;
/// Files of a project that are listed at all.
pub(super) const RESOURCES_MAX: u64 = 100_000;
