//! Terminals: programs that want one, kept between calls, what they print pushed as it comes.
//!
//! All terminals of a JavaScript thread belong to one [`Terminals`], which is a handle like each of them: its events
//! are those of the lives of all (`created`, `updated`, `exited`, `deleted`). A terminal pushes nothing until it is
//! asked to; then one message is on its way at most, and takes along whatever was printed until JavaScript came to it.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ironbridge_tools::Failure;
use ironbridge_tools::pty::{
    Pty, PtyInfo, PtyOptions, PtyOutput, PtyRead, PtySize, Taken, Terminals,
};
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::error::CallError;
use crate::operation::Call;
use crate::outbox::{Events, Late};

/// Starts the thread of all terminals; its events are their lives.
pub(crate) fn start(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let events = call.events.cloned().ok_or_else(|| CallError::input("there is nobody to tell"))?;
    let limits = call.workspace()?.limits().clone();
    let terminals = Terminals::new(&limits, move |event| {
        // An event always has a form in JSON.
        if let Ok(answer) = Answer::json(&event) {
            events.tell(answer);
        }
    })?;
    Ok(Answer { handle: Some(Arc::new(terminals)), ..Answer::default() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenInput {
    terminals: u32,
    options: PtyOptions,
}

/// Its program runs when it ends; the answer is what it is.
pub(crate) fn open(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let OpenInput { terminals, options } = call.input()?;
    let terminals = call.handle::<Terminals>(terminals)?;
    let events = call.events.cloned().ok_or_else(|| CallError::input("there is nobody to tell"))?;
    let stream = Arc::new(Stream::default());
    let (fed, pushed) = (Arc::clone(&stream), events.clone());
    let pty = terminals
        .open(&call.workspace()?, &options, move |output| Stream::give(&fed, &pushed, output))?;
    let json = info_of(&pty.info())?;
    let terminal = Arc::new(Terminal { pty, stream });
    let weak: Weak<Terminal> = Arc::downgrade(&terminal);
    events.when_taken(move |bytes| {
        if let Some(terminal) = weak.upgrade() {
            terminal.pty.taken(bytes as u64);
        }
    });
    Ok(Answer { handle: Some(terminal), ..json })
}

/// A terminal that JavaScript holds.
struct Terminal {
    pty: Pty,
    stream: Arc<Stream>,
}

/// What is on its way from one terminal to JavaScript.
#[derive(Default)]
struct Stream(Mutex<Flow>);

#[derive(Default)]
struct Flow {
    /// Whether JavaScript listens.
    on: bool,
    /// How much was printed and came by here.
    end: u64,
    /// What the message that is on its way takes along; empty when none is. The window of the terminal bounds it.
    waiting: Vec<u8>,
}

impl Stream {
    fn lock(&self) -> std::sync::MutexGuard<'_, Flow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(self: &Arc<Self>, events: &Events, output: PtyOutput<'_>) -> Taken {
        let mut flow = self.lock();
        flow.end = output.offset + output.bytes.len() as u64;
        if !flow.on {
            return Taken::Now;
        }
        let announced = !flow.waiting.is_empty();
        flow.waiting.extend_from_slice(output.bytes);
        drop(flow);
        if !announced {
            events.tell_late(Arc::clone(self) as Arc<dyn Late>);
        }
        Taken::Later
    }
}

impl Late for Stream {
    fn take(&self) -> Answer {
        Answer::of_bytes(std::mem::take(&mut self.lock().waiting))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Only {
    handle: u32,
}

fn terminal(call: &Call<'_>) -> Result<Arc<Terminal>, Failure> {
    let Only { handle } = call.input()?;
    call.handle(handle)
}

/// From here on what is printed is pushed. The answer is what came before and is still kept: nothing is missing between.
pub(crate) fn flow(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let terminal = terminal(call)?;
    let mut flow = terminal.stream.lock();
    let end = flow.end;
    let mut read = terminal.pty.peek_from(0, usize::MAX);
    // What the ring has beyond has not come by yet: it will be pushed.
    let length = usize::try_from(end.saturating_sub(read.offset)).unwrap_or(usize::MAX);
    read.bytes.truncate(length);
    flow.on = true;
    drop(flow);
    bytes_of(read)
}

pub(crate) fn info(call: &mut Call<'_>) -> Result<Answer, Failure> {
    info_of(&terminal(call)?.pty.info())
}

/// Refused when too much waits for the program already.
pub(crate) fn write(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let terminal = terminal(call)?;
    terminal.pty.write(call.parts.bytes.as_deref().unwrap_or_default())?;
    Ok(Answer::default())
}

/// Waits for the program to read.
pub(crate) fn write_all(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let terminal = terminal(call)?;
    terminal.pty.write_all(call.parts.bytes.as_deref().unwrap_or_default(), call.control)?;
    Ok(Answer::default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadInput {
    handle: u32,
    max: Option<usize>,
}

pub(crate) fn read(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let ReadInput { handle, max } = call.input()?;
    bytes_of(call.handle::<Terminal>(handle)?.pty.read(max.unwrap_or(usize::MAX)))
}

pub(crate) fn peek(call: &mut Call<'_>) -> Result<Answer, Failure> {
    bytes_of(terminal(call)?.pty.peek())
}

pub(crate) fn drain(call: &mut Call<'_>) -> Result<Answer, Failure> {
    bytes_of(terminal(call)?.pty.drain())
}

pub(crate) fn clear(call: &mut Call<'_>) -> Result<Answer, Failure> {
    terminal(call)?.pty.clear();
    Ok(Answer::default())
}

pub(crate) fn buffer(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::json(&terminal(call)?.pty.buffer())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResizeInput {
    handle: u32,
    size: PtySize,
}

pub(crate) fn resize(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let ResizeInput { handle, size } = call.input()?;
    call.handle::<Terminal>(handle)?.pty.resize(size)?;
    Ok(Answer::default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TitleInput {
    handle: u32,
    title: String,
}

pub(crate) fn title(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let TitleInput { handle, title } = call.input()?;
    call.handle::<Terminal>(handle)?.pty.set_title(title);
    Ok(Answer::default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignalInput {
    handle: u32,
    signal: String,
}

pub(crate) fn signal(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let SignalInput { handle, signal } = call.input()?;
    call.handle::<Terminal>(handle)?.pty.signal(&signal)?;
    Ok(Answer::default())
}

/// Lets go of a terminal, which closes it: the event `deleted` says when that is done. It waits for nothing.
pub(crate) fn close(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Only { handle } = call.input()?;
    let terminal = call.handle::<Terminal>(handle)?;
    // What waits for JavaScript has nobody to come to.
    let mut flow = terminal.stream.lock();
    (flow.on, flow.waiting) = (false, Vec::new());
    drop(flow);
    // A call that waits for its program to read holds on to it as well.
    terminal.pty.begin_close();
    if let Some(events) = call.events {
        drop(events.release(handle));
    }
    Ok(Answer::default())
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Only { handle } = call.input()?;
    Answer::json(&call.handle::<Terminals>(handle)?.list())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CleanupInput {
    handle: u32,
    seconds: f64,
}

pub(crate) fn cleanup_idle(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let CleanupInput { handle, seconds } = call.input()?;
    let idle = Duration::try_from_secs_f64(seconds)
        .map_err(|_| CallError::input("seconds: give a number that is 0 or more"))?;
    Answer::json(&call.handle::<Terminals>(handle)?.cleanup_idle(idle))
}

fn info_of(info: &PtyInfo) -> Result<Answer, Failure> {
    Answer::json(info)
}

fn bytes_of(PtyRead { offset, bytes, missed }: PtyRead) -> Result<Answer, Failure> {
    let answer = Answer::json(&json!({ "offset": offset, "missed": missed }))?;
    Ok(Answer { bytes: Some(bytes), ..answer })
}
