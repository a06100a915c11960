//! What goes wrong with git.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::shell::SandboxError;
use crate::{Coded, ScopeError, Stopped};

/// Why an operation of git did not happen.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// A path cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// There is no program `git`.
    #[error("the program git was not found: install git 2.36 or newer, and have it in PATH")]
    NoGit,
    /// Neither the folder nor one above it is a repository.
    #[error("{}: no git repository here or above; `git init` makes one", .path.display())]
    NoRepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The repository has no files checked out.
    #[error("{}: a bare repository, which has no files; use one of its worktrees", .path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// A file lies outside of the repository.
    #[error("{}: lies outside of the repository {}", .path.display(), .root.display())]
    OutsideRepository {
        /// The file.
        path: PathBuf,
        /// The top folder of the repository.
        root: PathBuf,
    },
    /// A branch or revision has a name that git does not allow, or that it would take for an option.
    #[error("{name:?}: {why}")]
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The input contradicts itself, or says nothing.
    #[error("{0}")]
    BadInput(&'static str),
    /// Git refused.
    #[error("git {command}: {message}")]
    Refused {
        /// Why, as far as it could be told.
        reason: Refusal,
        /// The subcommand.
        command: &'static str,
        /// What git and the hooks said.
        message: String,
    },
    /// Git answered in a form that is not known.
    #[error("git {command}: its answer cannot be read near {near:?}; is git older than 2.36?")]
    Unreadable {
        /// The subcommand.
        command: &'static str,
        /// The part that was not understood.
        near: String,
    },
    /// Git could not be run.
    #[error("git {command}: cannot be run")]
    Run {
        /// The subcommand.
        command: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The workspace lets git run only in the sandbox, and there is none.
    #[error("git may run only in the sandbox here")]
    Sandbox(#[from] SandboxError),
    /// Stopped from outside, or after the time of `vcs.command_seconds` or `vcs.commit_seconds`.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What git refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The repository belongs to another user (`safe.directory`).
    Untrusted,
    /// There is nothing to commit.
    NothingStaged,
    /// Git does not know the committer's name or address.
    NoIdentity,
    /// Another git process is at work, or one died at work.
    Locked,
    /// A named file is neither there nor tracked.
    UnknownPath,
    /// A named file is ignored.
    Ignored,
    /// A revision does not exist.
    UnknownRevision,
    /// Changes that are not committed would be lost.
    WouldOverwrite,
    /// A branch or folder of that name is there already.
    AlreadyExists,
    /// The branch is checked out in another worktree.
    BranchInUse,
    /// Conflicts are not resolved.
    Conflicts,
    /// The commit could not be signed.
    Unsigned,
    /// A hook said no.
    Hook,
    /// Something else.
    Other,
}

/// What git says (in English, which [`super::process`] asks for) and what it means; the first that is found holds.
const SAYINGS: &[(&str, Refusal)] = &[
    ("detected dubious ownership", Refusal::Untrusted),
    ("nothing to commit", Refusal::NothingStaged),
    ("nothing added to commit", Refusal::NothingStaged),
    ("no changes added to commit", Refusal::NothingStaged),
    ("Please tell me who you are", Refusal::NoIdentity),
    ("empty ident name", Refusal::NoIdentity),
    (".lock': File exists", Refusal::Locked),
    ("did not match any file", Refusal::UnknownPath),
    ("are ignored by one of your .gitignore", Refusal::Ignored),
    ("is already used by worktree", Refusal::BranchInUse),
    ("already checked out at", Refusal::BranchInUse),
    ("already exists", Refusal::AlreadyExists),
    ("unknown revision", Refusal::UnknownRevision),
    ("bad revision", Refusal::UnknownRevision),
    ("invalid reference", Refusal::UnknownRevision),
    ("not a valid object name", Refusal::UnknownRevision),
    ("Not a valid object name", Refusal::UnknownRevision),
    ("Not a valid commit name", Refusal::UnknownRevision),
    ("would be overwritten", Refusal::WouldOverwrite),
    ("contains modified or untracked files", Refusal::WouldOverwrite),
    ("you need to resolve your current index", Refusal::Conflicts),
    ("you have unmerged files", Refusal::Conflicts),
    ("unmerged files", Refusal::Conflicts),
    ("failed to sign the data", Refusal::Unsigned),
    ("failed to write commit object", Refusal::Unsigned),
];

impl Refusal {
    /// What git meant by `said`; [`Refusal::Other`] when it is not known.
    pub(super) fn of(said: &str) -> Self {
        let known = SAYINGS.iter().find(|(saying, _)| said.contains(saying));
        known.map_or(Self::Other, |(_, reason)| *reason)
    }

    fn code(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted_repository",
            Self::NothingStaged => "nothing_staged",
            Self::NoIdentity => "no_identity",
            Self::Locked => "repository_locked",
            Self::UnknownPath => "unknown_path",
            Self::Ignored => "ignored_path",
            Self::UnknownRevision => "unknown_revision",
            Self::WouldOverwrite => "would_overwrite",
            Self::AlreadyExists => "already_exists",
            Self::BranchInUse => "branch_in_use",
            Self::Conflicts => "unresolved_conflicts",
            Self::Unsigned => "unsigned",
            Self::Hook => "hook_failed",
            Self::Other => "git_failed",
        }
    }
}

impl Coded for VcsError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        const {
            &[
                ScopeError::CODES[0],
                ScopeError::CODES[1],
                ("no_git", "there is no program `git`"),
                ("no_repository", "neither the folder nor one above it is a git repository"),
                ("bare_repository", "the repository has no files checked out"),
                (
                    "untrusted_repository",
                    "it belongs to another user; git's `safe.directory` allows it",
                ),
                ("outside_repository", "a file lies outside of the repository"),
                ("invalid_name", "a branch or revision has a name that git does not allow"),
                ("invalid_request", "the input contradicts itself, or says nothing"),
                ("nothing_staged", "there is nothing to commit"),
                ("no_identity", "git does not know `user.name` or `user.email`"),
                (
                    "repository_locked",
                    "another git process is at work, or died and left its lock file",
                ),
                ("unknown_path", "a named file is neither there nor tracked"),
                ("ignored_path", "a named file is ignored by `.gitignore`"),
                ("unknown_revision", "a branch, tag or commit does not exist"),
                ("would_overwrite", "changes that are not committed would be lost"),
                ("already_exists", "a branch or folder of that name is there already"),
                ("branch_in_use", "the branch is checked out in another worktree"),
                ("unresolved_conflicts", "conflicts must be resolved and staged first"),
                ("unsigned", "the commit could not be signed"),
                ("hook_failed", "a hook of the repository said no; the message is what it printed"),
                ("git_failed", "git refused for another reason, which the message says"),
                (
                    "sandbox_unavailable",
                    "git may run only in the sandbox, and the kernel has not what that needs",
                ),
                ("sandbox_failed", "the sandbox that git must run in could not be set up"),
                ("cancelled", "the call was cancelled; git was ended and its lock files are gone"),
                ("deadline", "the time was up; git was ended and its lock files are gone"),
            ]
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::NoGit => "no_git",
            Self::NoRepository { .. } => "no_repository",
            Self::Bare { .. } => "bare_repository",
            Self::OutsideRepository { .. } => "outside_repository",
            Self::BadName { .. } => "invalid_name",
            Self::BadInput(_) => "invalid_request",
            Self::Refused { reason, .. } => reason.code(),
            Self::Unreadable { .. } | Self::Run { .. } => "git_failed",
            Self::Sandbox(error) => error.code(),
            Self::Stopped(stopped) => stopped.code(),
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self {
            Self::Scope(error) => return error.details(),
            Self::Sandbox(error) => return error.details(),
            Self::OutsideRepository { root, .. } => {
                details.insert("root".to_owned(), json!(root.to_string_lossy()));
            }
            Self::Refused { command, .. } => {
                details.insert("command".to_owned(), json!(format!("git {command}")));
            }
            _ => {}
        }
        details
    }
}
