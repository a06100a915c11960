//! Systems without terminals as Unix has them.

use super::{PtyError, PtyEvent};
use crate::Limits;

/// Never made here.
#[derive(Debug)]
pub struct Terminals(());

impl Terminals {
    /// Not on this system.
    ///
    /// # Errors
    ///
    /// Always [`PtyError::Unsupported`].
    pub fn new(
        _limits: &Limits,
        _on_event: impl Fn(PtyEvent) + Send + Sync + 'static,
    ) -> Result<Self, PtyError> {
        Err(PtyError::Unsupported)
    }
}
