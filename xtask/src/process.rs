//! Running other programs, always with a time limit.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// For programs that answer at once: `git`, `cargo metadata`, `--version`.
pub(crate) const QUICK: Duration = Duration::from_secs(60);
/// For a package manager that downloads.
pub(crate) const INSTALL: Duration = Duration::from_secs(10 * 60);
/// For a cold build on two cores.
pub(crate) const BUILD: Duration = Duration::from_secs(40 * 60);

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Runs a program on this terminal; an exit code other than 0 is an error that names the program.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let shown = show(command);
    let status = status(command, limit)?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a program on this terminal and gives its exit status.
pub(crate) fn status(command: &mut Command, limit: Duration) -> Result<ExitStatus> {
    let shown = show(command);
    let child = command.spawn().with_context(|| format!("cannot run `{shown}`"))?;
    wait(child, &shown, limit)
}

/// Runs a program and gives what it wrote to stdout; its stderr stays on this terminal.
pub(crate) fn capture(command: &mut Command, limit: Duration) -> Result<Vec<u8>> {
    let shown = show(command);
    let (status, output) = output(command.stderr(Stdio::inherit()), limit)?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(output)
}

/// Runs a program and gives its exit status and stdout, whatever the status.
pub(crate) fn output(command: &mut Command, limit: Duration) -> Result<(ExitStatus, Vec<u8>)> {
    let shown = show(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{shown}`"))?;
    let mut pipe = child.stdout.take().context("the child has no stdout")?;
    // The pipe is read on the side: a program that fills it would otherwise never end.
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).map(|_| bytes)
    });
    let status = wait(child, &shown, limit)?;
    let bytes =
        reader.join().map_err(|_| anyhow::anyhow!("the reader of `{shown}` panicked"))??;
    Ok((status, bytes))
}

/// Runs a program with all it prints in `log`; on failure the error ends with the log's last lines.
pub(crate) fn run_logged(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let shown = show(command);
    let file = File::options().create(true).append(true).open(log)?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let ended = status(command, limit);
    if matches!(&ended, Ok(status) if status.success()) {
        return Ok(());
    }
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines.iter().skip(lines.len().saturating_sub(20)).copied();
    let tail: String = tail.map(|line| format!("    {line}\n")).collect();
    match ended {
        Ok(status) => bail!("`{shown}` failed ({status}); the end of {}:\n{tail}", log.display()),
        Err(error) => Err(error.context(format!("the end of {}:\n{tail}", log.display()))),
    }
}

/// True when the program can be started and ends with exit code 0 within [`QUICK`].
pub(crate) fn answers(command: &mut Command) -> bool {
    command.stderr(Stdio::null());
    matches!(output(command, QUICK), Ok((status, _)) if status.success())
}

/// Waits for a child up to `limit`; past it the child is asked to end (SIGTERM, so that cargo and
/// npm end their own children), then killed.
fn wait(mut child: Child, shown: &str, limit: Duration) -> Result<ExitStatus> {
    if let Some(status) = poll(&mut child, limit)? {
        return Ok(status);
    }
    let pid = child.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &pid]).status();
    if asked.is_err() || poll(&mut child, GRACE)?.is_none() {
        child.kill()?;
        child.wait()?;
    }
    bail!("`{shown}` was stopped: it took longer than {} s", limit.as_secs())
}

fn poll(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= limit {
            return Ok(None);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// The command as a person would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let mut text = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = run(&mut shell("exit 3"), QUICK).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn a_program_past_its_limit_is_stopped() {
        let error = run(&mut shell("exec sleep 600"), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("took longer"), "{error}");
    }

    #[test]
    fn more_output_than_a_pipe_holds_is_captured_whole() {
        let bytes = capture(&mut shell("head -c 1000000 /dev/zero"), QUICK).unwrap();
        assert_eq!(bytes.len(), 1_000_000);
    }

    #[test]
    fn a_logged_failure_shows_the_end_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let error = run_logged(&mut shell("echo reason; exit 1"), &log, QUICK).unwrap_err();
        assert!(error.to_string().contains("    reason\n"), "{error}");
    }
}
