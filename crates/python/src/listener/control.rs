//! When a listener begins, how it is told to end, and that its thread does.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ironbridge_asgi::{Record, Tell};
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::accept::{self, Socket};
use super::options::Options;
use crate::line::Line;

/// Threads that were told to end. Whoever has seen `Tell::Closed` may wait for them: they do nothing more.
static ENDING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// A listener, as the loop has it.
pub(crate) struct Listener {
    ends: watch::Sender<Option<Duration>>,
    thread: JoinHandle<()>,
}

impl Listener {
    /// Takes no more connections, and lets requests under way end for so long.
    pub(crate) fn end(self, drain: Duration) {
        self.ends.send_replace(Some(drain));
        ENDING.lock().unwrap_or_else(PoisonError::into_inner).push(self.thread);
    }
}

/// Whether the listener is to end, and within what time.
#[derive(Clone)]
pub(super) struct Phase(watch::Receiver<Option<Duration>>);

impl Phase {
    /// Waits until it is to end. It may be dropped and called again at any time.
    pub(super) async fn ending(&mut self) {
        // That nobody is there to say so any more is an end as well.
        let _ = self.0.wait_for(Option::is_some).await;
    }

    /// How long it may take.
    pub(super) fn drain(&self) -> Duration {
        self.0.borrow().unwrap_or_default()
    }
}

/// Waits for the threads of listeners that have ended.
pub(crate) fn join_ended() {
    let ending = std::mem::take(&mut *ENDING.lock().unwrap_or_else(PoisonError::into_inner));
    for thread in ending {
        // That it panicked was printed, and its sockets are closed all the same.
        let _ = thread.join();
    }
}

/// Starts a listener; `line` is told when it listens, why it does not, and when it has ended.
///
/// # Errors
///
/// There can be no further thread.
pub(crate) fn start(line: Arc<Line>, call: u32, options: Options) -> io::Result<Listener> {
    let (ends, phase) = watch::channel(None);
    let builder = thread::Builder::new().name("ironbridge-http".to_owned());
    let thread = builder.spawn(move || serve(&line, call, options, Phase(phase)))?;
    Ok(Listener { ends, thread })
}

/// The body of the thread.
fn serve(line: &Arc<Line>, call: u32, options: Options, phase: Phase) {
    let tell = |kind: Tell, json: &str| {
        line.tell(kind, &Record { body: json.as_bytes(), ..Record::of(0, call) });
        line.notify();
    };
    // One thread: what it does is a few microseconds for each request, and two would wait for one another's locks.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return tell(Tell::Failed, &failure("io", &error.to_string())),
    };
    runtime.block_on(async {
        match Socket::bind(&options) {
            Ok((socket, place)) => {
                tell(Tell::Listening, &place);
                accept::run(socket, options, phase).await;
                tell(Tell::Closed, "");
            }
            Err(refused) => tell(Tell::Failed, &failure(refused.code, &refused.message)),
        }
    });
}

fn failure(code: &str, message: &str) -> String {
    format!(r#"{{"code":"{code}","message":{}}}"#, quoted(message))
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => quoted.push(' '),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
