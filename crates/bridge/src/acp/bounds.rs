//! How much one editor may ask for, and is told.

/// Sessions that are open at once.
pub(super) const SESSIONS_MAX: usize = 64;
/// Sessions on one page of the list.
pub(super) const SESSIONS_PAGE: usize = 100;
/// What is shown of a running tool's output, in bytes: its end.
pub(super) const RUNNING_OUTPUT_BYTES_MAX: usize = 4 * 1024;
/// The largest file whose change is shown as a difference, in bytes.
pub(super) const DIFF_BYTES_MAX: usize = 1024 * 1024;
/// Changed files that are remembered until their change was told.
pub(super) const CHANGES_MAX: usize = 1_000;
