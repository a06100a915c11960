//! The listener's end of its line to the loop: asks go in batches, what is told goes to the exchange it is for.

use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use ironbridge_asgi::{Ask, Buffer, Record, Records, Tell, Writer, flag};
use tokio::sync::Notify;
use tungstenite::Bytes;

use crate::line::Line;
use crate::runner::{self, Delivery};

/// Bytes of a request's body, or of a WebSocket, that may be on their way to the application.
const WINDOW_BYTES: usize = 256 * 1024;
/// From this size on a body lies beside the records.
const BESIDE_BYTES: usize = 16 * 1024;
/// Bytes of a reply are said to be taken in portions of this size.
const PORTION_BYTES: usize = 16 * 1024;
/// Exchanges under way; a further one is refused.
const EXCHANGES_MAX: usize = 65_536;

/// What the host told of one exchange.
pub(super) struct Told {
    pub(super) kind: Tell,
    pub(super) more: bool,
    pub(super) number: u32,
    pub(super) text: Bytes,
    pub(super) body: Bytes,
}

/// Where the listener asks, and where the host tells.
pub(super) struct Desk {
    line: Arc<Line>,
    /// The host has told something. Its address is what the line notifies with, so that it must outlive the line.
    news: Arc<Notify>,
    /// Something was asked and not sent.
    asked: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u32,
    slots: HashMap<u32, Arc<Slot>>,
    writer: Writer,
    beside: Vec<Buffer>,
}

/// One exchange, as the listener has it.
pub(super) struct Slot {
    pub(super) id: u32,
    inbox: Mutex<Inbox>,
}

#[derive(Default)]
struct Inbox {
    told: VecDeque<Told>,
    reader: Option<Waker>,
    /// Bytes that the application has not taken.
    waiting: usize,
    writer: Option<Waker>,
    /// Bytes of the reply that were taken and not told so.
    taken: usize,
    over: bool,
}

unsafe extern "C" fn wake(news: *mut c_void) {
    // SAFETY: the desk keeps it until its line is closed, and a line notifies nobody afterwards.
    unsafe { &*news.cast::<Notify>().cast_const() }.notify_one();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    pub(super) fn new() -> Self {
        let news = Arc::new(Notify::new());
        let context = Arc::as_ptr(&news).cast_mut().cast();
        let line = Arc::new(Line::new(wake, context));
        Self { line, news, asked: Notify::new(), state: Mutex::default() }
    }

    /// Opens an exchange with its first record; None: too many are under way.
    pub(super) fn open(&self, ask: Ask, record: &Record<'_>) -> Option<Arc<Slot>> {
        let mut state = lock(&self.state);
        if state.slots.len() >= EXCHANGES_MAX {
            return None;
        }
        loop {
            state.last = state.last.wrapping_add(1);
            if !state.slots.contains_key(&state.last) {
                break;
            }
        }
        let id = state.last;
        let slot = Arc::new(Slot { id, inbox: Mutex::default() });
        state.slots.insert(id, Arc::clone(&slot));
        self.push(&mut state, ask, &Record { connection: id, ..*record }, Bytes::new());
        Some(slot)
    }

    /// Asks for something more of an exchange.
    fn ask(&self, ask: Ask, record: &Record<'_>, body: Bytes) {
        self.push(&mut lock(&self.state), ask, record, body);
    }

    fn push(&self, state: &mut State, ask: Ask, record: &Record<'_>, body: Bytes) {
        let first = state.writer.is_empty();
        let mut record = Record { kind: ask as u8, ..*record };
        if body.len() >= BESIDE_BYTES {
            record.flags |= flag::BESIDE;
            state.beside.push(Buffer::from(Vec::from(body)));
            state.writer.push(&record);
        } else if body.is_empty() {
            state.writer.push(&record);
        } else {
            record.body = &body;
            state.writer.push(&record);
        }
        if first {
            // Behind all tasks that are ready by now: what they ask goes with it.
            self.asked.notify_one();
        }
    }

    /// Sends what was asked, again and again.
    pub(super) async fn send(&self) {
        loop {
            self.asked.notified().await;
            self.flush();
        }
    }

    pub(super) fn flush(&self) {
        if let Some(delivery) = self.asked() {
            runner::deliver(delivery);
        }
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Option<Delivery> {
        let (records, beside) = {
            let mut state = lock(&self.state);
            (state.writer.take(), std::mem::take(&mut state.beside))
        };
        let line = || Arc::clone(&self.line);
        (!records.is_empty()).then(|| Delivery { line: line(), records, beside, last: false })
    }

    /// Whether that line is its own.
    pub(super) fn has(&self, line: &Arc<Line>) -> bool {
        Arc::ptr_eq(&self.line, line)
    }

    /// Gives what is told to whom it is for, again and again.
    pub(super) async fn collect(&self) {
        loop {
            self.news.notified().await;
            self.sort();
        }
    }

    /// Gives what was told since the last time to whom it is for.
    pub(super) fn sort(&self) {
        let batch = self.line.take();
        let all = Bytes::from_owner(Owned(batch.records));
        for record in Records::of(&all).map_while(Result::ok) {
            let body = if record.has(flag::BESIDE) {
                Bytes::from_owner(Owned(self.line.beside()))
            } else {
                all.slice_ref(record.body)
            };
            let Some(kind) = tell_of(record.kind) else { continue };
            let slot = lock(&self.state).slots.get(&record.connection).map(Arc::clone);
            let Some(slot) = slot else { continue };
            let more = record.has(flag::MORE);
            let told =
                Told { kind, more, number: record.number, text: all.slice_ref(record.text), body };
            if told.is_last() {
                lock(&self.state).slots.remove(&slot.id);
            }
            slot.put(told);
        }
    }

    /// Sends a part of a body, or of a WebSocket's bytes.
    pub(super) fn write(&self, slot: &Slot, body: Bytes, more: bool) {
        {
            let mut inbox = lock(&slot.inbox);
            if inbox.over {
                return;
            }
            inbox.waiting += body.len();
        }
        let flags = if more { flag::MORE } else { 0 };
        self.ask(Ask::Body, &Record { flags, ..Record::of(0, slot.id) }, body);
    }

    /// So much of a reply was taken.
    pub(super) fn taken(&self, slot: &Slot, bytes: usize) {
        let number = {
            let mut inbox = lock(&slot.inbox);
            inbox.taken += bytes;
            if inbox.over || inbox.taken < PORTION_BYTES {
                return;
            }
            std::mem::take(&mut inbox.taken)
        };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.ask(Ask::Taken, &Record { number, ..Record::of(0, slot.id) }, Bytes::new());
    }

    /// The client has gone, unless all was told by now.
    pub(super) fn leave(&self, slot: &Slot, code: u16) {
        if std::mem::replace(&mut lock(&slot.inbox).over, true) {
            return;
        }
        let mut state = lock(&self.state);
        if state.slots.remove(&slot.id).is_some() {
            let record = Record { number: code.into(), ..Record::of(0, slot.id) };
            self.push(&mut state, Ask::Gone, &record, Bytes::new());
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.flush();
        self.line.close();
        let line = Arc::clone(&self.line);
        runner::deliver(Delivery { line, records: Vec::new(), beside: Vec::new(), last: true });
    }
}

/// Memory of the line's.
struct Owned(Buffer);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn tell_of(kind: u8) -> Option<Tell> {
    const KINDS: [Tell; 10] = [
        Tell::Head,
        Tell::Body,
        Tell::Trailers,
        Tell::Hints,
        Tell::File,
        Tell::Failed,
        Tell::Taken,
        Tell::Wanted,
        Tell::Accept,
        Tell::Close,
    ];
    KINDS.into_iter().find(|known| *known as u8 == kind)
}

impl Told {
    fn is_last(&self) -> bool {
        match self.kind {
            Tell::Head | Tell::Body | Tell::Trailers => !self.more,
            Tell::Failed | Tell::File | Tell::Close => true,
            _ => false,
        }
    }
}

impl Slot {
    fn put(&self, told: Told) {
        let mut inbox = lock(&self.inbox);
        if told.kind == Tell::Taken {
            inbox.waiting = inbox.waiting.saturating_sub(told.number as usize);
            // Only where there is room: a waker that was taken in vain would never come again.
            let has_room = inbox.waiting <= WINDOW_BYTES;
            let writer = if has_room { inbox.writer.take() } else { None };
            drop(inbox);
            return writer.into_iter().for_each(Waker::wake);
        }
        if told.is_last() {
            inbox.over = true;
        }
        inbox.told.push_back(told);
        let (reader, writer) = (inbox.reader.take(), inbox.writer.take());
        drop(inbox);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// What was told next. After the last it is pending for ever.
    pub(super) fn poll_told(&self, context: &mut Context<'_>) -> Poll<Told> {
        let mut inbox = lock(&self.inbox);
        if let Some(told) = inbox.told.pop_front() {
            return Poll::Ready(told);
        }
        inbox.reader = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether more may be sent; it wakes when it may again.
    pub(super) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut inbox = lock(&self.inbox);
        if inbox.over || inbox.waiting <= WINDOW_BYTES {
            return Poll::Ready(());
        }
        inbox.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether all was told, or the client has gone.
    pub(super) fn is_over(&self) -> bool {
        lock(&self.inbox).over
    }
}
