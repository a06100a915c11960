//! Files as they were before the agent changed them, until an editor was told.

use super::bounds::{CHANGES_MAX, DIFF_BYTES_MAX};
use ironbridge_tools::Control;
use ironbridge_tools::files::{Before, BeforeChange};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What each file held before it was last changed; `None`: it was not there.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<HashMap<PathBuf, Option<String>>>);

impl Changes {
    /// What the file held before; asked once.
    pub(super) fn take(&self, path: &Path) -> Option<Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path)
    }
}

impl BeforeChange for Changes {
    fn before_change(
        &self,
        before: &Before<'_>,
        _: &Control,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let text = match before.content {
            None if before.metadata.is_some() => return Ok(()),
            None => None,
            Some(bytes) if bytes.len() > DIFF_BYTES_MAX => return Ok(()),
            Some(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Some(text.to_owned()),
                Err(_) => return Ok(()),
            },
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CHANGES_MAX {
            all.clear();
        }
        all.insert(before.location.resolved().to_owned(), text);
        Ok(())
    }
}
