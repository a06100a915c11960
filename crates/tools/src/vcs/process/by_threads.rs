//! Systems without `poll` on pipes (Windows): a thread for each end. Untested: no such machine was at hand. A process
//! that git leaves behind with our pipes in its hands keeps the threads until it ends.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Answer, Bounds, END_GRACE};
use crate::{Control, Stopped};

/// How soon a stopped call and an exit are seen while git is silent.
const TICK: Duration = Duration::from_millis(20);

/// Read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Whether `error` says that there is no such program.
pub(super) fn is_missing(_program: &OsStr, _folder: &Path, error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

enum Heard {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// Writes `input` to the child, reads its answer, and waits for its end.
pub(super) fn exchange(
    child: &mut Child,
    input: &[u8],
    bounds: Bounds,
    control: &Control,
) -> io::Result<Result<Answer, Stopped>> {
    let (heard, ears) = channel();
    if let Some(mut end) = child.stdin.take() {
        let input = input.to_owned();
        // Nobody reads any more: git's own answer will say why.
        thread::spawn(move || drop(end.write_all(&input)));
    }
    child.stdout.take().map(|end| listen(end, heard.clone(), Heard::Stdout));
    child.stderr.take().map(|end| listen(end, heard, Heard::Stderr));
    let result = collect(child, &ears, bounds, control);
    if !matches!(&result, Ok(Ok(answer)) if answer.status.is_some()) {
        child.kill()?;
        child.wait()?;
    }
    result
}

fn listen<R: Read + Send + 'static>(mut end: R, heard: Sender<Heard>, name: fn(Vec<u8>) -> Heard) {
    thread::spawn(move || {
        let mut buffer = vec![0; CHUNK_BYTES];
        while let Ok(count @ 1..) = end.read(&mut buffer) {
            let chunk = buffer.get(..count).unwrap_or_default().to_owned();
            if heard.send(name(chunk)).is_err() {
                return;
            }
        }
    });
}

fn collect(
    child: &mut Child,
    ears: &Receiver<Heard>,
    bounds: Bounds,
    control: &Control,
) -> io::Result<Result<Answer, Stopped>> {
    let mut answer =
        Answer { status: None, stdout: Vec::new(), stderr: Vec::new(), truncated: false };
    let mut ended: Option<Instant> = None;
    loop {
        if let Err(stopped) = control.check() {
            return Ok(Err(stopped));
        }
        match ears.recv_timeout(TICK) {
            Ok(Heard::Stdout(chunk)) => {
                let room = bounds.stdout.saturating_sub(answer.stdout.len());
                answer.stdout.extend(chunk.iter().take(room));
                if chunk.len() > room {
                    answer.truncated = true;
                    return Ok(Ok(answer));
                }
            }
            Ok(Heard::Stderr(chunk)) => {
                let room = bounds.stderr.saturating_sub(answer.stderr.len());
                answer.stderr.extend(chunk.iter().take(room));
            }
            Err(RecvTimeoutError::Disconnected) => {
                answer.status = Some(child.wait()?);
                return Ok(Ok(answer));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if ended.is_none() && child.try_wait()?.is_some() {
            ended = Some(Instant::now());
        }
        // The readers have had their time to hand over what was written.
        if ended.is_some_and(|at| at.elapsed() >= END_GRACE) {
            answer.status = child.try_wait()?;
            return Ok(Ok(answer));
        }
    }
}
