//! The folder the tools work in, with what they share there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::BeforeChange;
use crate::{Limits, Scope};

/// Whether commands run in a sandbox ([`crate::shell::SandboxInput`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confinement {
    /// When their input asks for it.
    #[default]
    AsAsked,
    /// Always. Their input may narrow where they write, but not open the network, nor do with less than the kernel has.
    Always,
}

/// What all tools of one project share: where they may work, their limits, and a folder for what they keep.
///
/// Cheap to make, meant to live long; every tool takes it by reference, from any thread.
#[derive(Debug)]
pub struct Workspace {
    scope: Scope,
    limits: Limits,
    state: PathBuf,
    before_change: Option<Arc<dyn BeforeChange>>,
    confinement: Confinement,
}

impl Workspace {
    /// `state` is a folder outside the project for spilled outputs, snapshots and lock files. It is made when first
    /// needed, readable by its owner alone.
    pub fn new(scope: Scope, state: impl Into<PathBuf>) -> Self {
        Self {
            scope,
            limits: Limits::default(),
            state: state.into(),
            before_change: None,
            confinement: Confinement::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, and `hook` sees each file before it is changed.
    #[must_use]
    pub fn with_before_change(mut self, hook: Arc<dyn BeforeChange>) -> Self {
        self.before_change = Some(hook);
        self
    }

    /// The same, with this said of commands.
    #[must_use]
    pub fn with_confinement(mut self, confinement: Confinement) -> Self {
        self.confinement = confinement;
        self
    }

    /// Whether commands run in a sandbox though their input does not ask for one.
    pub fn confinement(&self) -> Confinement {
        self.confinement
    }

    /// Who sees each file before it is changed.
    pub fn before_change(&self) -> Option<&Arc<dyn BeforeChange>> {
        self.before_change.as_ref()
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

    /// The folder `name` in it, made when it is missing, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn state_folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.state.join(name);
        if !folder.is_dir() {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder)?;
        }
        Ok(folder)
    }
}
