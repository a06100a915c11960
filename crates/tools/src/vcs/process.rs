//! Running `git`: one process, its answer bounded, ended when the call is stopped; in the sandbox of commands where the
//! workspace insists on one, with all that git starts: filters, hooks, the signing program.

#[cfg_attr(unix, path = "process/by_poll.rs")]
#[cfg_attr(not(unix), path = "process/by_threads.rs")]
mod platform;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::{Refusal, VcsError};
#[cfg(unix)]
use crate::Scope;
use crate::limits::VcsLimits;
#[cfg(not(unix))]
use crate::{Confinement, shell::SandboxError};
use crate::{Control, Workspace};

/// Variables that would point git at another repository, index or config than those of the folder it runs in (those of
/// `git rev-parse --local-env-vars`), change how paths are read, start other programs, or put its messages into another
/// language.
const TAKEN_AWAY: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_WORK_TREE",
    "LANGUAGE",
];

/// For [`Kind::Plain`]. The monitor of files is a hook, too; git's own one is no loss for a single call.
const PLAIN_SETTINGS: [&str; 3] =
    ["core.quotepath=off", "core.hooksPath=/dev/null", "core.fsmonitor=false"];

/// How long git has to remove its lock files once it was asked to end.
const END_GRACE: Duration = Duration::from_secs(2);

/// What must hold of the whole process for one kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No hook of the project runs (its config could name any program as one, and asking for a status must not run it):
    /// paths are literal, names are not quoted, the index is not written to save work for later calls (which could make
    /// a `git` of the user's find it locked).
    Plain,
    /// Hooks may run. They inherit git's settings by the environment, so none is set, and they get more time.
    WithHooks,
}

/// What git answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: Option<ExitStatus>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Whether there was more on stdout than was asked for; git was ended then, and there is no status.
    pub(super) truncated: bool,
}

/// How much of an answer is kept.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Of stdout; git is ended at the first byte beyond it.
    stdout: usize,
    /// Of stderr; what is beyond it is read and dropped.
    stderr: usize,
}

/// `git` in one folder.
pub(super) struct Git<'a> {
    pub(super) folder: &'a Path,
    pub(super) workspace: &'a Workspace,
    pub(super) control: &'a Control,
    /// Where it may write beside the project, in the sandbox.
    pub(super) writable: &'a [PathBuf],
}

/// What has to live as long as the program in it.
#[cfg(unix)]
type Cage = Option<crate::shell::Sandbox>;
#[cfg(not(unix))]
type Cage = ();

impl<'a> Git<'a> {
    pub(super) fn limits(&self) -> &'a VcsLimits {
        &self.workspace.limits().vcs
    }

    /// Runs `git SUBCOMMAND ARGUMENTS` with `input` on its stdin and gives its answer; not zero is an error.
    pub(super) fn run<A: AsRef<OsStr>>(
        &self,
        kind: Kind,
        subcommand: &'static str,
        arguments: &[A],
        input: &[u8],
    ) -> Result<Answer, VcsError> {
        let most = self.limits().answer_bytes;
        self.run_bounded(kind, subcommand, arguments, input, most)
    }

    /// The same with at most `stdout_bytes` of stdout; more is cut off and said.
    pub(super) fn run_bounded<A: AsRef<OsStr>>(
        &self,
        kind: Kind,
        subcommand: &'static str,
        arguments: &[A],
        input: &[u8],
        stdout_bytes: u64,
    ) -> Result<Answer, VcsError> {
        self.control.check()?;
        let mut command = self.command(OsStr::new("git"), kind);
        command.arg(subcommand).args(arguments);
        command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
        let (_cage, spawned) = self.spawn(command)?;
        let mut child = spawned.map_err(|source| {
            if platform::is_missing(OsStr::new("git"), self.folder, &source) {
                return VcsError::NoGit;
            }
            VcsError::Run { command: subcommand, source }
        })?;
        let limits = self.limits();
        let seconds = match kind {
            Kind::Plain => limits.command_seconds,
            Kind::WithHooks => limits.commit_seconds,
        };
        let control = self.control.clone().and_within(Duration::from_secs(seconds));
        let bounds = Bounds {
            stdout: usize::try_from(stdout_bytes).unwrap_or(usize::MAX),
            stderr: usize::try_from(limits.message_bytes).unwrap_or(usize::MAX),
        };
        let answer = match platform::exchange(&mut child, input, bounds, &control) {
            Ok(Ok(answer)) => answer,
            Ok(Err(stopped)) => return Err(stopped.into()),
            Err(source) => return Err(VcsError::Run { command: subcommand, source }),
        };
        match answer.status {
            Some(status) if !status.success() => Err(self.refused(subcommand, &answer)),
            _ => Ok(answer),
        }
    }

    fn command(&self, program: &OsStr, kind: Kind) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder);
        if kind == Kind::Plain {
            command.args(["--no-optional-locks", "--literal-pathspecs"]);
            for setting in PLAIN_SETTINGS {
                command.args(["-c", setting]);
            }
        }
        // Each on its own: clearing the environment would make std fork instead of `posix_spawn`, and would need the
        // environment to be read.
        for name in TAKEN_AWAY {
            command.env_remove(name);
        }
        // English messages, but the text of hooks stays UTF-8. A system without this locale takes C, which is English.
        command.env("LC_ALL", "C.UTF-8");
        // Nobody is there to answer.
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_EDITOR", "true").env("GIT_PAGER", "cat");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    #[cfg(unix)]
    fn spawn(&self, mut command: Command) -> Result<(Cage, io::Result<Child>), VcsError> {
        use crate::shell::{Sandbox, wanted_sandbox};
        let Some(input) = wanted_sandbox(self.workspace.confinement(), None) else {
            return Ok((None, command.spawn()));
        };
        let locate = |folder: &PathBuf| Scope::anywhere(folder).ok()?.locate(folder).ok();
        let also = self.writable.iter().filter_map(locate).collect();
        let sandbox = Sandbox::prepare(self.workspace, &input, also)?;
        let spawned = sandbox.start(command, |mut command| command.spawn())?;
        Ok((Some(sandbox), spawned))
    }

    #[cfg(not(unix))]
    fn spawn(&self, mut command: Command) -> Result<(Cage, io::Result<Child>), VcsError> {
        match self.workspace.confinement() {
            Confinement::AsAsked => Ok(((), command.spawn())),
            Confinement::Always => Err(SandboxError::Unavailable { missing: "Linux" }.into()),
        }
    }

    fn refused(&self, command: &'static str, answer: &Answer) -> VcsError {
        let error = String::from_utf8_lossy(&answer.stderr);
        // Some refusals (nothing to commit) are said on stdout.
        let said =
            if error.trim().is_empty() { String::from_utf8_lossy(&answer.stdout) } else { error };
        let said = said.trim();
        let path = || self.folder.to_owned();
        if said.contains("must be run in a work tree") {
            return VcsError::Bare { path: path() };
        }
        if said.contains("not a git repository") {
            return VcsError::NoRepository { path: path() };
        }
        let both = format!("{said}\n{}", String::from_utf8_lossy(&answer.stdout));
        let message = if said.is_empty() { "it failed and did not say why" } else { said };
        VcsError::Refused { reason: Refusal::of(&both), command, message: message.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `git` cannot be taken out of `PATH` here: a test must not change the environment of others.
    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        let workspace = Workspace::new(Scope::anywhere(".").expect("a folder"), ".");
        let control = &Control::unbounded();
        let folder = Path::new(".");
        let git = Git { folder, workspace: &workspace, control, writable: &[] };
        let name = OsStr::new("no-program-of-this-name");
        let error = git.command(name, Kind::Plain).spawn().expect_err("there is none");
        assert!(platform::is_missing(name, git.folder, &error), "{error}");
    }
}
