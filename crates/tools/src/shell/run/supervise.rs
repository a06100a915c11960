//! A command from its start to its end.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::Signal;

use super::printing::Printing;
use super::spill::Spill;
use super::{
    Chunk, Ending, RunShell, RunShellError, RunShellOutput, Stream, UsageReport, environment,
};
use crate::limits::ShellLimits;
use crate::process::{self, Running, Waker, poll, signal_name};
use crate::shell::sandbox::{self, Sandbox};
use crate::{Control, Workspace};

/// What is read from a pipe at once: as much as a pipe of Linux holds.
const READ_BYTES: usize = 64 * 1024;
/// What the shells are called that are tried when none is given.
const DEFAULT_SHELLS: [&str; 2] = ["bash", "sh"];
/// What a shell adds to the number of the signal that ended a command.
const SIGNAL_STATUS: i32 = 128;

/// Starts the command, and ends with it.
pub(super) fn run(
    workspace: &Workspace,
    input: &RunShell,
    control: &Control,
    on_chunk: &mut dyn FnMut(Chunk<'_>),
) -> Result<RunShellOutput, RunShellError> {
    let limits = &workspace.limits().shell;
    let sandbox = sandbox::wanted(workspace.confinement(), input.sandbox.as_ref())
        .map(|wanted| Sandbox::prepare(workspace, &wanted, Vec::new()));
    let sandbox = sandbox.transpose()?;
    let failed = |doing| move |source| RunShellError::Start { doing, source };
    let waker = Arc::new(Waker::new().map_err(failed("making a pair of sockets"))?);
    let woken = Arc::clone(&waker);
    let _registration = control.cancel_token().on_cancel(move || woken.wake());

    let held = resident_bytes();
    let started = Instant::now();
    let running = start(workspace, input, sandbox.as_ref())?;
    let output_bytes = input.output_bytes.unwrap_or(limits.output_bytes);
    let output_bytes = output_bytes.min(limits.output_bytes_max);
    let spill = Spill::new(workspace.state(), running.tree().name(), limits);
    let mut supervision = Supervision {
        printing: Printing::new(
            usize::try_from(output_bytes).unwrap_or(usize::MAX),
            input.strip_ansi,
            spill,
            limits,
            on_chunk,
        ),
        deadlines: Deadlines::new(input, limits, control, started),
        running,
        exited: false,
        stop: None,
        waker: &waker,
        control,
        grace: Duration::from_millis(limits.grace_milliseconds),
        drain: Duration::from_millis(limits.drain_milliseconds),
    };
    supervision.watch().map_err(failed("waiting for the command"))?;
    supervision.report(input, sandbox, started, held)
}

/// The shell with the command, in its folder and environment, without input.
fn start(
    workspace: &Workspace,
    input: &RunShell,
    sandbox: Option<&Sandbox>,
) -> Result<Running, RunShellError> {
    if input.command.contains('\0') {
        return Err(RunShellError::InvalidCommand);
    }
    let workdir = match &input.workdir {
        Some(path) => workspace.scope().locate(path).map_err(RunShellError::Workdir)?,
        None => workspace.scope().locate(".").map_err(RunShellError::Workdir)?,
    };
    let no_workdir = |source| RunShellError::NoWorkdir { path: workdir.named().to_owned(), source };
    workdir.open_folder().map_err(no_workdir)?;
    let given = input.shell.as_ref().map(|shell| shell.as_os_str().to_owned());
    let shells = match given {
        Some(shell) => vec![shell],
        None => DEFAULT_SHELLS.map(Into::into).to_vec(),
    };
    for shell in &shells {
        let mut command = Command::new(shell);
        command.arg("-c").arg(&input.command).current_dir(workdir.resolved());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        environment::set(&mut command, input)?;
        let running = match sandbox {
            Some(sandbox) => sandbox.start(command, process::start)?,
            None => process::start(command),
        };
        match running {
            Err(error) if process::is_missing(shell, workdir.resolved(), &error) => {}
            Err(source) => {
                return Err(RunShellError::Start { doing: "starting the shell", source });
            }
            Ok(running) => return Ok(running),
        }
    }
    let shells: Vec<_> = shells.iter().map(|shell| shell.to_string_lossy()).collect();
    Err(RunShellError::NoShell { shell: shells.join(" or ") })
}

/// A command that runs, with all that is looked at meanwhile.
struct Supervision<'a> {
    printing: Printing<'a>,
    deadlines: Deadlines,
    running: Running,
    exited: bool,
    /// Why it is being ended, and when its time to end by itself is over.
    stop: Option<(Ending, Instant)>,
    waker: &'a Waker,
    control: &'a Control,
    grace: Duration,
    drain: Duration,
}

/// Until when a command may run, and be silent.
struct Deadlines {
    wall: Option<Instant>,
    idle: Duration,
    last_output: Instant,
}

impl Deadlines {
    fn new(input: &RunShell, limits: &ShellLimits, control: &Control, started: Instant) -> Self {
        let most = Duration::from_secs(limits.wall_seconds_max);
        let wall = input
            .timeout_ms
            .map_or(Duration::from_secs(limits.wall_seconds), Duration::from_millis);
        let wall = started.checked_add(wall.min(most));
        let wall = [wall, control.deadline()].into_iter().flatten().min();
        let idle = input
            .idle_timeout_ms
            .map_or(Duration::from_secs(limits.idle_seconds), Duration::from_millis);
        Self { wall, idle, last_output: started }
    }

    fn idle(&self) -> Option<Instant> {
        self.last_output.checked_add(self.idle)
    }

    fn next(&self) -> Option<Instant> {
        [self.wall, self.idle()].into_iter().flatten().min()
    }

    fn passed(&self, now: Instant) -> Option<Ending> {
        if self.wall.is_some_and(|wall| now >= wall) {
            return Some(Ending::TimedOut);
        }
        self.idle().is_some_and(|idle| now >= idle).then_some(Ending::Idle)
    }
}

impl Supervision<'_> {
    /// Until the command has ended and its pipes are closed, or nothing more is waited for.
    fn watch(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; READ_BYTES];
        let mut drained_at = None;
        while !(self.exited && self.running.stdout.is_none() && self.running.stderr.is_none()) {
            let now = Instant::now();
            if drained_at.is_some_and(|at| now >= at) {
                break;
            }
            if let Some((_, kill_at)) = self.stop {
                if !self.exited && now >= kill_at {
                    self.running.tree().kill();
                }
            } else if !self.exited {
                let cancelled =
                    self.control.cancel_token().is_cancelled().then_some(Ending::Cancelled);
                if let Some(reason) = cancelled.or_else(|| self.deadlines.passed(now)) {
                    self.end(reason, now);
                }
            }
            let until = match (self.exited, self.stop) {
                (true, _) => drained_at,
                (false, None) => self.deadlines.next(),
                // Killed already: nothing is left but to wait for the exit.
                (false, Some((_, kill_at))) => (now < kill_at).then_some(kill_at),
            };
            self.wait(until, &mut buffer)?;
            if self.exited && drained_at.is_none() {
                // Ended by us, the others of the tree get their time, too, to say what they have to.
                let own = Instant::now() + self.drain;
                drained_at = Some(self.stop.map_or(own, |(_, kill_at)| own.max(kill_at)));
            }
        }
        Ok(())
    }

    /// Asks the tree to end.
    fn end(&mut self, reason: Ending, now: Instant) {
        self.stop = Some((reason, now + self.grace));
        self.running.tree().ask_to_end(Signal::TERM);
    }

    /// Waits for one of the descriptors, and reads what is there.
    fn wait(&mut self, until: Option<Instant>, buffer: &mut [u8]) -> io::Result<()> {
        let Running { stdout, stderr, .. } = &self.running;
        let mut fds = Vec::with_capacity(4);
        let mut ask = |fd| fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let out = stdout.as_ref().map(|pipe| ask(pipe.as_fd()));
        let err = stderr.as_ref().map(|pipe| ask(pipe.as_fd()));
        let exit = (!self.exited).then(|| ask(self.running.exit_fd()));
        let wake = (!self.exited && self.stop.is_none()).then(|| ask(self.waker.fd()));
        poll(&mut fds, until)?;
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut ready = ready.into_iter();
        let mut is_ready = |asked: Option<()>| asked.is_some() && ready.next().unwrap_or(false);
        let (out, err, exit, wake) = (is_ready(out), is_ready(err), is_ready(exit), is_ready(wake));
        let mut read = false;
        if out {
            read |= take(&mut self.running.stdout, Stream::Stdout, &mut self.printing, buffer);
        }
        if err {
            read |= take(&mut self.running.stderr, Stream::Stderr, &mut self.printing, buffer);
        }
        if read {
            self.deadlines.last_output = Instant::now();
        }
        self.exited |= exit;
        if wake {
            self.waker.rest();
        }
        Ok(())
    }

    /// Ends what is to be ended, and says how it went.
    fn report(
        mut self,
        input: &RunShell,
        sandbox: Option<Sandbox>,
        started: Instant,
        held: u64,
    ) -> Result<RunShellOutput, RunShellError> {
        let held_open = self.running.stdout.is_some() || self.running.stderr.is_some();
        let tree = self.running.tree();
        let mut background = Vec::new();
        if let Some((_, kill_at)) = self.stop {
            tree.end(kill_at);
        } else if input.kill_background {
            tree.ask_to_end(Signal::TERM);
            tree.end(Instant::now() + self.grace);
        } else if held_open {
            background = tree.members().iter().map(|pid| pid.as_raw_pid().unsigned_abs()).collect();
        }
        let reaping =
            |source| RunShellError::Start { doing: "asking how the command ended", source };
        let ended = self.running.reap().map_err(reaping)?;
        let wall = started.elapsed();
        let printed = self.printing.finish();
        let signal = ended.status.signal();
        let by_itself = if signal.is_some() { Ending::Signalled } else { Ending::Exited };
        let status =
            ended.status.code().or(signal.map(|signal| SIGNAL_STATUS + signal)).unwrap_or(-1);
        let likely_sandboxed =
            sandbox.is_some() && sandbox::looks_denied(status, &printed.output.text);
        Ok(RunShellOutput {
            ended: self.stop.map_or(by_itself, |(reason, _)| reason),
            exit_code: ended.status.code(),
            signal: signal.map(signal_name),
            status,
            output: printed.output,
            stdout: printed.stdout,
            stderr: printed.stderr,
            full_output: printed.file,
            full_output_missing_bytes: printed.file_missing_bytes,
            usage: UsageReport {
                wall_ms: milliseconds(wall),
                user_ms: milliseconds(ended.usage.user),
                system_ms: milliseconds(ended.usage.system),
                max_resident_bytes: Some(ended.usage.resident_max).filter(|most| *most > held),
            },
            sandbox: sandbox.map(|sandbox| sandbox.finish(background.is_empty())),
            background,
            likely_sandboxed,
        })
    }
}

/// Reads once from a pipe that is ready, and drops it at its end. Whether there was something.
fn take(
    pipe: &mut Option<impl Read>,
    stream: Stream,
    printing: &mut Printing<'_>,
    buffer: &mut [u8],
) -> bool {
    let Some(reader) = pipe else { return false };
    match reader.read(buffer) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => false,
        Ok(0) | Err(_) => {
            *pipe = None;
            false
        }
        Ok(count) => {
            printing.push(stream, buffer.get(..count).unwrap_or_default());
            true
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What this process holds, in bytes. macOS counts anew at exec, so 0 is right there.
fn resident_bytes() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_ascii_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
