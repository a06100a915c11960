//! One caller's queries.

use std::sync::{Arc, Mutex};

use super::super::failure::FindError;
use super::super::narrow::Narrowing;
use super::{Found, Inner};
use crate::Control;

/// Asks an index for one caller; see [`super::FileIndex::searcher`]. It answers also when the index is closed, from what
/// that held last.
pub struct Searcher {
    inner: Arc<Inner>,
    narrowing: Mutex<Narrowing>,
}

impl Searcher {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, narrowing: Mutex::default() }
    }

    /// As [`super::FileIndex::search`].
    ///
    /// # Errors
    ///
    /// When the query is too long, or `control` stopped it.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        control: &Control,
    ) -> Result<Vec<Found>, FindError> {
        self.inner.search(query, limit, &self.narrowing, control)
    }
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searcher").finish_non_exhaustive()
    }
}
