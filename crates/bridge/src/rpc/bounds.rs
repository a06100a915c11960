//! How much one connection may cost.

use std::time::Duration;

/// The longest line that is read, in bytes: more than the largest file a tool writes, as JSON.
pub(crate) const LINE_BYTES_MAX: usize = 64 << 20;
/// Lines that wait for the other side to read them; beyond that those who answer wait.
pub(super) const LINES_WAITING_MAX: usize = 64;
/// Requests of the other side that are not answered yet.
pub(crate) const REQUESTS_MAX: usize = 1_024;
/// Requests of ours that are not answered yet.
pub(super) const OWN_REQUESTS_MAX: usize = 256;
/// How long requests may go on once the input has ended.
pub(super) const LAST_REQUESTS_TIME: Duration = Duration::from_secs(2);
/// How long they may take to end once they are told to: a command has two seconds between being asked and being killed.
pub(super) const END_TIME: Duration = Duration::from_secs(4);
/// How long the last lines may wait for the other side to read them.
pub(super) const LAST_LINES_TIME: Duration = Duration::from_secs(2);
