//! Paths as words name them, resolved where the shell would be.

use std::path::{Path, PathBuf};

use super::folders::{Folders, Places};
use super::term::Term;
use super::types::{PathUse, TouchedPath};
use crate::Scope;

/// Files that are no place: what is written there is gone, what is read there is no secret.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
];

/// Whether `path` is one of the files that are no place.
pub(super) fn is_harmless_device(path: &str) -> bool {
    DEVICES.contains(&path)
}

/// The paths touched so far, each once per command.
#[derive(Debug)]
pub(super) struct Paths<'a> {
    pub(super) touched: Vec<TouchedPath>,
    scope: &'a Scope,
}

impl<'a> Paths<'a> {
    pub(super) fn within(scope: &'a Scope) -> Self {
        Self { touched: Vec::new(), scope }
    }

    /// `command` touches what `term` names in any of `places`.
    pub(super) fn touch(
        &mut self,
        term: &Term,
        usage: PathUse,
        command: Option<usize>,
        folders: &Folders,
        places: Places,
    ) {
        if term.written.starts_with("<(") || term.written.starts_with(">(") {
            // The pipe of a substitution, whose commands are read by themselves.
            return;
        }
        let Some(length) = term.path_prefix else {
            let path = if term.written.is_empty() { &term.text } else { &term.written };
            return self.add(path, usage, None, command);
        };
        let path = term.text.get(..length).unwrap_or_default();
        if is_harmless_device(path) {
            return;
        }
        if path.is_empty() && !term.dynamic {
            // `rm ""` touches nothing.
            return;
        }
        if path.starts_with('/') {
            return self.add(path, usage, resolve(Path::new("/"), path), command);
        }
        let shown = if path.is_empty() { "." } else { path };
        for folder in folders.known(places) {
            self.add(shown, usage, resolve(folder, path), command);
        }
        if places.may_be_anywhere() {
            self.add(shown, usage, None, command);
        }
    }

    pub(super) fn add(
        &mut self,
        path: &str,
        usage: PathUse,
        resolved: Option<PathBuf>,
        command: Option<usize>,
    ) {
        let outside = self.leads_out(resolved.as_deref());
        let path = path.to_owned();
        let touched = TouchedPath { path, usage, resolved, outside, command };
        let known = self.touched.iter().rev().take_while(|known| known.command == command);
        if !known.into_iter().any(|known| *known == touched) {
            self.touched.push(touched);
        }
    }

    fn leads_out(&self, resolved: Option<&Path>) -> bool {
        match (resolved, self.scope.roots()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(path), Some(roots)) => !roots.iter().any(|root| path.starts_with(root)),
        }
    }

    /// What was touched since `mark` by a path relative to the working folder is not known after all: a loop comes by
    /// again from elsewhere.
    pub(super) fn forget_relative_since(&mut self, mark: usize) {
        let roots = self.scope.roots().is_some();
        for touched in self.touched.iter_mut().skip(mark) {
            if !touched.path.starts_with('/') {
                touched.resolved = None;
                touched.outside = roots;
            }
        }
    }
}

/// `path` against `folder`, which is resolved; `None` when it cannot be followed (a circle of links, no permission).
pub(super) fn resolve(folder: &Path, path: &str) -> Option<PathBuf> {
    if path.contains('\0') {
        return None;
    }
    crate::scope::resolve_from(folder, Path::new(path)).ok()
}
