//! Who else sees a file before it is changed.

use ironbridge_tools::files::{Before, BeforeChange};
use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Control, Location};
use std::sync::Arc;

/// Keeps a copy for undo, then shows the file to an observer.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) observer: Arc<dyn BeforeChange>,
}

impl BeforeChange for Observed {
    fn before_change(
        &self,
        before: &Before<'_>,
        control: &Control,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.snapshots.before_change(before, control)?;
        self.observer.before_change(before, control)
    }

    fn after_creation(&self, location: &Location) {
        self.snapshots.after_creation(location);
        self.observer.after_creation(location);
    }
}
