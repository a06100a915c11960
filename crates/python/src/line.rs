//! One line: what the host has told one JavaScript thread and it has not yet taken.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ironbridge_asgi::{Batch, Buffer, Notify, Record, Tell, Writer, flag};

/// From this size on a body lies beside the records: JavaScript gets the memory itself instead of a copy.
const BESIDE_BYTES: usize = 16 * 1024;

/// One JavaScript thread.
pub(crate) struct Line {
    /// Unlike any other of the process.
    pub(crate) number: u32,
    notify: Notify,
    context: Context,
    outbox: Mutex<Outbox>,
}

struct Context(*mut c_void);

// SAFETY: it is only handed back to `notify`, which may be called from any thread with it.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

#[derive(Default)]
struct Outbox {
    records: Writer,
    beside: Vec<Buffer>,
    /// Bodies of the batch that was taken last.
    taken: VecDeque<Buffer>,
    /// The other side was notified and has not come yet.
    notified: bool,
    closed: bool,
}

impl Line {
    pub(crate) fn new(notify: Notify, context: *mut c_void) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Self { number, notify, context: Context(context), outbox: Mutex::default() }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what is to be told with the next notice.
    pub(crate) fn tell(&self, tell: Tell, record: &Record<'_>) {
        let mut outbox = self.outbox();
        if outbox.closed {
            return;
        }
        let mut record = Record { kind: tell as u8, ..*record };
        if record.body.len() >= BESIDE_BYTES {
            outbox.beside.push(Buffer::from(record.body.to_vec()));
            record.flags |= flag::BESIDE;
            record.body = b"";
        }
        outbox.records.push(&record);
    }

    /// Notifies the other side, unless it is on its way already.
    pub(crate) fn notify(&self) {
        // Under the lock: after `close` nobody calls it any more.
        let mut outbox = self.outbox();
        if outbox.closed || outbox.notified || outbox.records.is_empty() {
            return;
        }
        outbox.notified = true;
        // SAFETY: the line is open, so that function and context are good; it may be called from any thread.
        unsafe { (self.notify)(self.context.0) };
    }

    pub(crate) fn take(&self) -> Batch {
        let mut outbox = self.outbox();
        outbox.notified = false;
        outbox.taken = std::mem::take(&mut outbox.beside).into();
        Batch { records: Buffer::from(outbox.records.take()), beside: outbox.taken.len() }
    }

    pub(crate) fn beside(&self) -> Buffer {
        self.outbox().taken.pop_front().unwrap_or_default()
    }

    pub(crate) fn close(&self) {
        *self.outbox() = Outbox { closed: true, ..Outbox::default() };
    }
}
