//! The one way from Rust's threads to one JavaScript thread: results and events are pushed, in order, never polled.
//!
//! Each JavaScript thread has one threadsafe function, made when the package is loaded there, for all its calls: nothing is
//! made or torn down per call, and results that come close together wake the loop once.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ironbridge_tools::{Cancel, Control, Failure, Stopped};
use napi::Status;
use napi::bindgen_prelude::{Buffer, FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

use crate::answer::{Answer, Handle, Text};
use crate::error::CallError;
use crate::failure;
use crate::pool::Ticket;

/// Bytes of events that may wait for JavaScript to take them; then the call that makes them waits.
const WINDOW_BYTES: usize = 1024 * 1024;

/// What `push` in JavaScript is called with: the call's number, a [`Kind`], and the three parts of an answer.
pub(crate) type Arguments = FnArgs<(u32, u32, Option<Text>, Option<Text>, Option<Buffer>)>;
type Push = ThreadsafeFunction<Message, (), Arguments, Status, false, true>;

/// What a message means; `packages/node/src/engine.ts` has the same numbers.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Value = 0,
    Failure = 1,
    Event = 2,
}

pub(crate) struct Message {
    call: u32,
    kind: Kind,
    content: Content,
}

enum Content {
    Answer(Answer),
    Late(Arc<dyn Late>),
}

/// Something that says what it has when JavaScript has come to its message, so that much becomes one message.
pub(crate) trait Late: Send + Sync {
    fn take(&self) -> Answer;
}

/// What all calls of one JavaScript thread share.
pub(crate) struct Outbox {
    push: Push,
    running: Mutex<HashMap<u32, Running>>,
    /// What JavaScript holds on to, by the number of the call that gave it. `None`: JavaScript is gone.
    handles: Mutex<Option<HashMap<u32, Handle>>>,
    /// How many calls threads of the pool are at.
    working: Mutex<usize>,
    idle: Condvar,
}

/// See [`Outbox::working`].
pub(crate) struct Working(Arc<Outbox>);

impl Drop for Working {
    fn drop(&mut self) {
        *lock(&self.0.working) -= 1;
        self.0.idle.notify_all();
    }
}

#[derive(Clone)]
struct Running {
    cancel: Cancel,
    window: Arc<Window>,
    /// Its place in the queue of the pool.
    ticket: Option<Ticket>,
}

impl Outbox {
    pub(crate) fn new(push: &Function<'_, Arguments, ()>) -> napi::Result<Self> {
        let push = push
            .build_threadsafe_function::<Message>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(|context| {
                let Message { call, kind, content } = context.value;
                let answer = match content {
                    Content::Answer(answer) => answer,
                    Content::Late(late) => late.take(),
                };
                let (json, text) = (answer.json.map(Text), answer.text.map(Text));
                Ok((call, kind as u32, json, text, answer.bytes.map(Buffer::from)).into())
            })?;
        Ok(Self {
            push,
            running: Mutex::default(),
            handles: Mutex::new(Some(HashMap::new())),
            working: Mutex::default(),
            idle: Condvar::new(),
        })
    }

    /// Whether the event loop stays alive for what is still to come. On the JavaScript thread only.
    pub(crate) fn keep_loop_alive(&self, env: napi::Env, alive: bool) {
        let (env, push) = (env.raw(), self.push.raw());
        // SAFETY: called on the thread of `env`, whose threadsafe function this is; it lives as long as `self` does, and
        // `self` belongs to an object of that thread.
        unsafe {
            if alive {
                napi::sys::napi_ref_threadsafe_function(env, push);
            } else {
                napi::sys::napi_unref_threadsafe_function(env, push);
            }
        }
    }

    /// Takes note of a call that begins.
    pub(crate) fn begin(self: &Arc<Self>, call: u32, control: &Control) -> Events {
        let window = Arc::new(Window::default());
        let running = Running { cancel: control.cancel_token().clone(), window, ticket: None };
        lock(&self.running).insert(call, running.clone());
        Events { outbox: Arc::clone(self), call, running }
    }

    /// Takes note that a call is over; what its answer holds is kept for JavaScript.
    pub(crate) fn settle(
        &self,
        call: u32,
        result: Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let mut result = result;
        match result.as_mut().ok().and_then(|answer| answer.handle.take()) {
            // It may push events until it is released: its window stays.
            Some(handle) => self.keep(call, handle),
            None => drop(lock(&self.running).remove(&call)),
        }
        result
    }

    /// Takes note of where a call waits for a thread. It may be over by now.
    pub(crate) fn queued(&self, call: u32, ticket: Ticket) {
        if let Some(running) = lock(&self.running).get_mut(&call) {
            running.ticket = Some(ticket);
        }
    }

    /// Pushes how a call ended. Where JavaScript is gone the answer is dropped, and with it what it holds.
    pub(crate) fn end(&self, call: u32, result: Result<Answer, Failure>) {
        let (kind, answer) = match self.settle(call, result) {
            Ok(answer) => (Kind::Value, answer),
            Err(failure) => {
                let json = Some(failure::to_text(&failure));
                (Kind::Failure, Answer { json, ..Answer::default() })
            }
        };
        if !self.send(Message { call, kind, content: Content::Answer(answer) }) {
            self.release(call);
        }
    }

    /// Cancels a call; one that is over is left alone. One that no thread has begun ends at once.
    pub(crate) fn cancel(&self, call: u32) {
        // Cloned: wakers run while the token is cancelled, and must find the table free.
        let Some(running) = lock(&self.running).get(&call).cloned() else { return };
        running.cancel.cancel();
        if running.ticket.is_some_and(|ticket| ticket.withdraw()) {
            self.end(call, Err(CallError::from(Stopped::Cancelled).into()));
        }
    }

    /// A call is being done on a thread of the pool until this is dropped.
    pub(crate) fn working(self: &Arc<Self>) -> Working {
        *lock(&self.working) += 1;
        Working(Arc::clone(self))
    }

    /// Cancels all calls, and waits until those that run have ended: a command's program is gone then.
    pub(crate) fn end_all(&self, time_max: Duration) {
        self.close();
        let working = lock(&self.working);
        // One that takes longer is left to the end of the process.
        let _ = self.idle.wait_timeout_while(working, time_max, |working| *working > 0);
    }

    /// Cancels all calls and lets go of all handles: JavaScript is gone.
    pub(crate) fn close(&self) {
        let running: Vec<_> = lock(&self.running).values().cloned().collect();
        for running in running {
            running.cancel.cancel();
            running.ticket.map(|ticket| ticket.withdraw());
        }
        let handles = lock(&self.handles).take();
        drop(handles);
    }

    /// JavaScript has taken so many bytes of events.
    pub(crate) fn taken(&self, call: u32, bytes: usize) {
        // Cloned: an observer may let go of its handle, and must find the table free.
        let running = lock(&self.running).get(&call).cloned();
        if let Some(running) = running {
            running.window.taken(bytes);
        }
    }

    fn release(&self, call: u32) -> Option<Handle> {
        let running = lock(&self.running).remove(&call);
        // A thread that waits for room to push would be waited for when the handle is dropped.
        if let Some(running) = running {
            running.cancel.cancel();
        }
        lock(&self.handles).as_mut()?.remove(&call)
    }

    /// Where JavaScript is gone, the handle is dropped.
    fn keep(&self, call: u32, handle: Handle) {
        if let Some(handles) = &mut *lock(&self.handles) {
            handles.insert(call, handle);
        }
    }

    fn send(&self, message: Message) -> bool {
        self.push.call(message, ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok
    }
}

/// Where a running call, or what it gave, pushes what it has before its end.
#[derive(Clone)]
pub(crate) struct Events {
    outbox: Arc<Outbox>,
    call: u32,
    running: Running,
}

impl Events {
    /// What an earlier call of the same JavaScript thread gave.
    pub(crate) fn handle(&self, call: u32) -> Option<Handle> {
        lock(&self.outbox.handles).as_ref()?.get(&call).cloned()
    }

    /// What an earlier call of the same JavaScript thread gave, to be dropped.
    pub(crate) fn release(&self, call: u32) -> Option<Handle> {
        self.outbox.release(call)
    }

    /// Pushes an event, and waits first where JavaScript has not taken those before it. Cancelling ends the wait.
    pub(crate) fn push(&self, answer: Answer) {
        if self.running.window.wait(answer.bytes(), &self.running.cancel) {
            self.tell(answer);
        }
    }

    /// Pushes an event without waiting: for what is bounded otherwise.
    pub(crate) fn tell(&self, answer: Answer) {
        let content = Content::Answer(answer);
        self.outbox.send(Message { call: self.call, kind: Kind::Event, content });
    }

    /// Pushes an event that says what it is when JavaScript comes to it. Without waiting, as [`Events::tell`].
    pub(crate) fn tell_late(&self, late: Arc<dyn Late>) {
        let content = Content::Late(late);
        self.outbox.send(Message { call: self.call, kind: Kind::Event, content });
    }

    /// Has `observer` told how many bytes of these events JavaScript has taken: for what has a window of its own. Once.
    pub(crate) fn when_taken(&self, observer: impl Fn(usize) + Send + Sync + 'static) {
        let _ = self.running.window.observer.set(Box::new(observer));
    }
}

/// How many bytes of events are on their way.
#[derive(Default)]
struct Window {
    waiting: Mutex<usize>,
    taken: Condvar,
    observer: OnceLock<Box<dyn Fn(usize) + Send + Sync>>,
}

impl Window {
    /// Waits until there is room, then takes it; `false`: cancelled meanwhile. An event larger than the window passes alone.
    fn wait(self: &Arc<Self>, bytes: usize, cancel: &Cancel) -> bool {
        let window = Arc::clone(self);
        let _woken = cancel.on_cancel(move || {
            // Taken so that the notice cannot fall between the question and the wait below.
            drop(lock(&window.waiting));
            window.taken.notify_all();
        });
        let full = |waiting: &mut usize| {
            *waiting > 0 && waiting.saturating_add(bytes) > WINDOW_BYTES && !cancel.is_cancelled()
        };
        let room = self.taken.wait_while(lock(&self.waiting), full);
        let mut waiting = room.unwrap_or_else(PoisonError::into_inner);
        if cancel.is_cancelled() {
            return false;
        }
        *waiting += bytes;
        true
    }

    fn taken(&self, bytes: usize) {
        if let Some(observer) = self.observer.get() {
            return observer(bytes);
        }
        let mut waiting = lock(&self.waiting);
        *waiting = waiting.saturating_sub(bytes);
        self.taken.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
