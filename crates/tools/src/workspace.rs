//! The folder the tools work in, with what they share there.

use std::path::{Path, PathBuf};

use crate::{Limits, Scope};

/// What all tools of one project share: where they may work, their limits, and a folder for what they keep.
///
/// Cheap to make, meant to live long; every tool takes it by reference, from any thread.
#[derive(Debug)]
pub struct Workspace {
    scope: Scope,
    limits: Limits,
    state: PathBuf,
}

impl Workspace {
    /// `state` is a folder outside the project for spilled outputs, snapshots and lock files. It is made when first
    /// needed, readable by its owner alone.
    pub fn new(scope: Scope, state: impl Into<PathBuf>) -> Self {
        Self { scope, limits: Limits::default(), state: state.into() }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the tools may work.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How much they may take and give.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The folder for what they keep.
    pub fn state(&self) -> &Path {
        &self.state
    }
}
