//! When a listener begins, how it is told to end, and that its thread does.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ironbridge_asgi::{Record, Tell};
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::accept::{self, Socket, Way};
use super::on_loop::OnLoop;
use super::options::Options;
use super::tls;
use crate::failure::Failure;
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

/// Starts a listener; `line` is told when it listens, why it does not, and when it has ended. Gives what is to be served on
/// the loop's thread, too: nothing with TLS.
///
/// # Errors
///
/// There can be no further thread, or no further descriptor.
pub(crate) fn start(
    line: Arc<Line>,
    call: u32,
    options: Options,
) -> io::Result<(Listener, Option<Arc<OnLoop>>)> {
    let (ends, phase) = watch::channel(None);
    let on_loop = (!options.has_tls()).then(OnLoop::new).transpose()?.map(Arc::new);
    let builder = thread::Builder::new().name("ironbridge-http".to_owned());
    let own = on_loop.clone();
    let thread = builder.spawn(move || {
        serve(&line, call, options, Phase(phase), own.as_ref());
        if let Some(on_loop) = own {
            on_loop.end();
        }
    })?;
    Ok((Listener { ends, thread }, on_loop))
}

/// The body of the thread.
fn serve(
    line: &Arc<Line>,
    call: u32,
    options: Options,
    phase: Phase,
    on_loop: Option<&Arc<OnLoop>>,
) {
    let tell = |kind: Tell, json: &str| {
        line.tell(kind, &Record { body: json.as_bytes(), ..Record::of(0, call) });
        line.notify();
    };
    let fail = |why: &Failure| {
        why.tell(line, call);
        line.notify();
    };
    // One thread: what it does is a few microseconds for each request, and two would wait for one another's locks.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::Io(error)),
    };
    let way = on_loop.map_or_else(
        || tls::acceptor(&options).map(Way::Tls),
        |on_loop| {
            on_loop.begin(runtime.handle().clone());
            Ok(Way::OnLoop(Arc::clone(on_loop)))
        },
    );
    runtime.block_on(async {
        match way.and_then(|way| Ok((way, Socket::bind(&options)?))) {
            Ok((way, (socket, place))) => {
                tell(Tell::Listening, &place);
                accept::run(socket, options, phase, way).await;
                tell(Tell::Closed, "");
            }
            Err(why) => fail(&why),
        }
    });
}
