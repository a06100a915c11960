//! Where tools may work: paths are resolved to what they really name, held against the allowed roots, and opened in a
//! way that a link swapped in meanwhile cannot lead out.

mod location;
mod open;
mod resolve;

use std::io;
use std::path::{Component, Path, PathBuf};

pub use location::Location;
pub use open::Folder;
pub(crate) use resolve::resolve_from;

use crate::Coded;

/// The folder relative paths start from, and the folders that may not be left.
///
/// A path is judged by what it *resolves* to, links and `..` followed as the kernel would, also for what does not exist
/// yet. So a link inside the project to a place outside of it is outside. [`Location::open_file`] and
/// [`Location::folder`] judge again while opening (Linux: `openat2` with `RESOLVE_BENEATH`).
#[derive(Debug, Clone)]
pub struct Scope {
    base: PathBuf,
    roots: Option<Vec<PathBuf>>,
}

impl Scope {
    /// No folder is forbidden; relative paths start at `base`.
    ///
    /// # Errors
    ///
    /// When `base` is no folder.
    pub fn anywhere(base: impl AsRef<Path>) -> Result<Self, ScopeError> {
        Ok(Self { base: canonical_folder(base.as_ref())?, roots: None })
    }

    /// Only `root` and what lies under it; relative paths start there.
    ///
    /// # Errors
    ///
    /// When `root` is no folder.
    pub fn within(root: impl AsRef<Path>) -> Result<Self, ScopeError> {
        let root = canonical_folder(root.as_ref())?;
        Ok(Self { base: root.clone(), roots: Some(vec![root]) })
    }

    /// The same, and what lies under `root` as well.
    ///
    /// # Errors
    ///
    /// When `root` is no folder.
    pub fn and(mut self, root: impl AsRef<Path>) -> Result<Self, ScopeError> {
        let root = canonical_folder(root.as_ref())?;
        if let Some(roots) = &mut self.roots {
            roots.push(root);
        }
        Ok(self)
    }

    /// Where relative paths start; canonical.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The folders that may not be left; `None`: no folder is forbidden.
    pub fn roots(&self) -> Option<&[PathBuf]> {
        self.roots.as_deref()
    }

    /// What `path` names, whether it exists or not.
    ///
    /// # Errors
    ///
    /// [`ScopeError::Outside`] when it leads out of the roots; others when it cannot be resolved.
    pub fn locate(&self, path: impl AsRef<Path>) -> Result<Location, ScopeError> {
        let path = path.as_ref();
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(ScopeError::Nul { path: path.to_owned() });
        }
        if path.as_os_str().is_empty() {
            return Err(ScopeError::Empty);
        }
        let named = lexically_clean(&self.base.join(path));
        let resolved = resolve::resolve(&self.base.join(path))
            .map_err(|source| ScopeError::Unresolved { path: named.clone(), source })?;
        let root = match &self.roots {
            None => None,
            Some(roots) => match roots.iter().find(|root| resolved.starts_with(root)) {
                Some(root) => Some(root.clone()),
                None => return Err(self.outside(named, resolved, roots)),
            },
        };
        Ok(Location::new(named, resolved, root))
    }

    /// `path` as a caller would write it: relative to the base where it lies under it.
    pub fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        match path.strip_prefix(&self.base) {
            Ok(rest) if rest.as_os_str().is_empty() => Path::new("."),
            Ok(rest) => rest,
            Err(_) => path,
        }
    }

    fn outside(&self, path: PathBuf, resolved: PathBuf, roots: &[PathBuf]) -> ScopeError {
        ScopeError::Outside { path, resolved, root: roots.first().unwrap_or(&self.base).clone() }
    }
}

/// A path that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// It is the empty string.
    #[error("the path is empty")]
    Empty,
    /// It has a NUL byte, which no file name has.
    #[error("{}: the path has a NUL byte", .path.display())]
    Nul {
        /// As it was given.
        path: PathBuf,
    },
    /// It leads out of the folders that may not be left.
    #[error("{}: {}lies outside {}", .path.display(), leads_to(.path, .resolved), .root.display())]
    Outside {
        /// Absolute, `.` and `..` taken out.
        path: PathBuf,
        /// What it resolves to.
        resolved: PathBuf,
        /// The (first) folder that may not be left.
        root: PathBuf,
    },
    /// A part of it cannot be read, or its links go round in a circle.
    #[error("{}: cannot be resolved", .path.display())]
    Unresolved {
        /// Absolute, `.` and `..` taken out.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A root or base is no folder.
    #[error("{}: is no folder", .path.display())]
    NoFolder {
        /// As it was given.
        path: PathBuf,
        /// What the system said, where it said something.
        #[source]
        source: Option<io::Error>,
    },
}

impl ScopeError {
    /// The codes of this enum, for the tables of the enums that hold it.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("invalid_path", "the path is empty, has a NUL byte, or cannot be resolved"),
        ("outside", "the path leads out of the project; `resolved` says where to"),
    ];
}

impl Coded for ScopeError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        Self::CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Outside { .. } => "outside",
            _ => "invalid_path",
        }
    }

    fn details(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut details = serde_json::Map::new();
        if let Self::Outside { resolved, root, .. } = self {
            details.insert("resolved".to_owned(), resolved.to_string_lossy().into());
            details.insert("root".to_owned(), root.to_string_lossy().into());
        }
        details
    }
}

/// `leads to X, which `, where a link led the path elsewhere.
fn leads_to(path: &Path, resolved: &Path) -> String {
    if path == resolved {
        String::new()
    } else {
        format!("leads to {}, which ", resolved.display())
    }
}

fn canonical_folder(path: &Path) -> Result<PathBuf, ScopeError> {
    let no_folder = |source| ScopeError::NoFolder { path: path.to_owned(), source };
    let canonical = std::fs::canonicalize(path).map_err(|error| no_folder(Some(error)))?;
    if canonical.is_dir() { Ok(canonical) } else { Err(no_folder(None)) }
}

/// Without `.` and `..`, for showing: links are not asked, so it may name another file than the path does.
fn lexically_clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
