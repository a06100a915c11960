//! A sandbox for a command: it reads everywhere, writes only where it may, and reaches no network.
//!
//! Files are guarded by Landlock, system calls by a seccomp filter. Both are properties of a thread, inherited by what
//! it starts: a fresh thread restricts itself, starts the command and ends, so the rest of this process stays free and
//! nothing has to run between fork and exec.
//!
//! Commands and git run in the same one: [`Sandbox`] has whatever it is given started from such a thread.
//!
//! What it does not do, for Landlock cannot: keep a folder *inside* a writable one read-only (so `.git/hooks` is
//! writable where the project is; a hook runs when *git* runs, and git runs in the sandbox, too), and keep modes,
//! owners and times of files outside from being changed by their owner. With the network allowed, so are sockets of the
//! machine's own services, which may do more than the command itself.

#[cfg_attr(target_os = "linux", path = "sandbox/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "sandbox/none.rs")]
mod platform;

use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::shell::run::make_private;
use crate::{Coded, Confinement, Location, ScopeError, Workspace};

#[cfg(unix)]
pub(crate) use guard::Sandbox;

/// The folder of private temporary folders in the state folder of the workspace.
const TEMPORARY: &str = "tmp";

/// What a sandboxed command may do. It reads everywhere, and writes to `/dev/null` and its like and to a temporary
/// folder of its own (`TMPDIR`), which is removed afterwards.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SandboxInput {
    /// Folders it may write in, within the project. One that is not there is left out, with a note. Default: the
    /// project.
    #[serde(default)]
    pub writable: Option<Vec<PathBuf>>,
    /// Whether it reaches the network. Default: false.
    #[serde(default)]
    pub network: bool,
    /// Whether it runs with less where the kernel cannot do all of it; the result then says what there was. Default:
    /// false, it does not run.
    #[serde(default)]
    pub best_effort: bool,
}

/// What a sandbox did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SandboxReport {
    /// How files were guarded.
    pub files: FilesGuard,
    /// How the network was.
    pub network: NetworkGuard,
    /// Where it could write, links followed.
    pub writable: Vec<PathBuf>,
    /// What was otherwise than asked for.
    pub notes: Vec<String>,
}

/// How files were guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FilesGuard {
    /// As described.
    Full,
    /// An older kernel: writing was kept in, but not all of devices, signals and abstract sockets.
    Partial,
    /// Not at all.
    None,
}

/// How the network was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NetworkGuard {
    /// Out of reach.
    Blocked,
    /// Within reach.
    Open,
}

/// A sandbox that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The kernel has not what it needs.
    #[error(
        "the sandbox needs {missing}; use a newer kernel, or set `bestEffort` to run with what there is"
    )]
    Unavailable {
        /// What it has not.
        missing: &'static str,
    },
    /// A writable folder is not within the project.
    #[error("a folder to write in")]
    Writable(#[source] ScopeError),
    /// It could not be set up.
    #[error("setting up the sandbox: {doing}: {reason}")]
    Failed {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        reason: String,
    },
}

impl Coded for SandboxError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            (
                "sandbox_unavailable",
                "the kernel has not what the sandbox needs; `missing` says what",
            ),
            ("sandbox_failed", "the sandbox could not be set up"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "sandbox_unavailable",
            Self::Writable(error) => error.code(),
            Self::Failed { .. } => "sandbox_failed",
        }
    }

    fn details(&self) -> Map<String, Value> {
        match self {
            Self::Unavailable { missing } => {
                Map::from_iter([("missing".to_owned(), (*missing).into())])
            }
            Self::Writable(error) => error.details(),
            Self::Failed { .. } => Map::new(),
        }
    }
}

/// The sandbox a command gets: what its input asks for, or what the workspace insists on.
pub(crate) fn wanted(
    confinement: Confinement,
    asked: Option<&SandboxInput>,
) -> Option<SandboxInput> {
    match confinement {
        Confinement::AsAsked => asked.cloned(),
        Confinement::Always => Some(SandboxInput {
            writable: asked.and_then(|asked| asked.writable.clone()),
            network: false,
            best_effort: false,
        }),
    }
}

/// What commands say that were refused something.
const DENIALS: [&str; 7] = [
    "operation not permitted",
    "permission denied",
    "read-only file system",
    "seccomp",
    "sandbox",
    "landlock",
    "failed to write file",
];
/// 128 and the number of `SIGSYS`, where a filter kills.
const STATUS_SIGSYS: i32 = 128 + 31;

/// Whether a failure looks like a sandbox's doing, as codex judges it: by its words, else by `SIGSYS`.
pub(super) fn looks_denied(status: i32, printed: &str) -> bool {
    if status == 0 {
        return false;
    }
    let printed = printed.to_ascii_lowercase();
    DENIALS.iter().any(|denial| printed.contains(denial)) || status == STATUS_SIGSYS
}

#[cfg(unix)]
mod guard {
    use std::process::Command;

    use super::{
        FilesGuard, Location, NetworkGuard, Path, PathBuf, SandboxError, SandboxInput,
        SandboxReport, TEMPORARY, Workspace, io, make_private, platform,
    };
    use crate::process::unique_name;

    /// A sandbox made ready for one command.
    pub(crate) struct Sandbox {
        writable: Vec<Location>,
        temporary: Temporary,
        network: bool,
        best_effort: bool,
        notes: Vec<String>,
        /// What the fresh thread found to hold.
        guards: std::cell::Cell<(FilesGuard, NetworkGuard)>,
    }

    /// A folder that goes away with this value.
    struct Temporary(PathBuf);

    impl Drop for Temporary {
        fn drop(&mut self) {
            // What the command made unremovable stays in the state folder.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    impl Sandbox {
        /// One as `input` asks for; `also` is writable besides.
        pub(crate) fn prepare(
            workspace: &Workspace,
            input: &SandboxInput,
            also: Vec<Location>,
        ) -> Result<Self, SandboxError> {
            let scope = workspace.scope();
            let wanted = match (&input.writable, scope.roots()) {
                (Some(given), _) => given.clone(),
                (None, Some(roots)) => roots.to_vec(),
                (None, None) => vec![scope.base().to_owned()],
            };
            let mut notes = Vec::new();
            let mut writable = also;
            for path in wanted {
                let location = scope.locate(&path).map_err(SandboxError::Writable)?;
                if location.resolved().exists() {
                    writable.push(location);
                } else {
                    notes.push(format!("{}: not there, so not writable", path.display()));
                }
            }
            let temporary = workspace.state().join(TEMPORARY).join(unique_name());
            let failed = |error: io::Error| SandboxError::Failed {
                doing: "making its temporary folder",
                reason: format!("{}: {error}", temporary.display()),
            };
            make_private(&temporary).map_err(failed)?;
            let guards = (FilesGuard::None, NetworkGuard::Open).into();
            let Ok(temporary) = temporary.canonicalize().map(Temporary) else {
                return Err(SandboxError::Failed {
                    doing: "finding its temporary folder",
                    reason: temporary.display().to_string(),
                });
            };
            let SandboxInput { network, best_effort, .. } = *input;
            Ok(Self { writable, temporary, network, best_effort, notes, guards })
        }

        /// Has `command` started, by `start`, from a thread that has restricted itself.
        pub(crate) fn start<T: Send + 'static>(
            &self,
            mut command: Command,
            start: impl FnOnce(Command) -> T + Send + 'static,
        ) -> Result<T, SandboxError> {
            for name in ["TMPDIR", "TMP", "TEMP"] {
                command.env(name, &self.temporary.0);
            }
            let (started, guards) = platform::start(
                move || start(command),
                &self.writable,
                &self.temporary.0,
                self.network,
                self.best_effort,
            )?;
            self.guards.set(guards);
            Ok(started)
        }

        /// Removes the temporary folder, unless something in the background may use it still.
        pub(in crate::shell) fn finish(self, nobody_left: bool) -> SandboxReport {
            let Self { writable, temporary, mut notes, guards, .. } = self;
            if !nobody_left {
                notes.push(format!("{}: kept for the background", temporary.0.display()));
                std::mem::forget(temporary);
            }
            let (files, network) = guards.get();
            let path = |location: &Location| -> PathBuf { Path::to_owned(location.resolved()) };
            SandboxReport { files, network, writable: writable.iter().map(path).collect(), notes }
        }
    }
}
