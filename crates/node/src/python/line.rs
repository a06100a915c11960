//! One JavaScript thread's line to the host: records out, batches of records in.

#![allow(unreachable_pub, private_interfaces, reason = "what `#[napi]` exports has to be `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use ironbridge_asgi::{Buffer, HostTable, Line, Slice};
use ironbridge_tools::Failure;
use napi::bindgen_prelude::{FnArgs, Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;

use super::bytes::Bytes;
use super::library;
use crate::error::CallError;
use crate::failure::{guarded, thrown};

/// What `push` is called with: records, and the bodies that lie beside them.
type Arguments = FnArgs<(Bytes, Vec<Bytes>)>;
type Push = ThreadsafeFunction<(), (), Arguments, Status, false, true>;

/// What the line's owner shares with the callback on its thread.
struct Shared {
    table: &'static HostTable,
    /// Null once it is closed. Only touched on the JavaScript thread.
    line: AtomicPtr<Line>,
}

/// The line of this JavaScript thread.
#[napi]
pub struct PythonLine {
    shared: Arc<Shared>,
    /// What `notify` gets: it must stay where it is until the line is closed.
    push: Box<Push>,
}

#[napi]
impl PythonLine {
    /// `push` gets what the host tells. Python has to be open.
    #[napi(constructor)]
    pub fn new(push: Function<'_, Arguments, ()>) -> napi::Result<Self> {
        let closed = || thrown(&Failure::new("load", "no Python is open"));
        let table = library::table().ok_or_else(closed)?;
        let shared = Arc::new(Shared { table, line: AtomicPtr::new(ptr::null_mut()) });
        let own = Arc::clone(&shared);
        let push = push
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(move |_| Ok(own.taken().into()))?;
        let push = Box::new(push);
        let context = (&raw const *push).cast_mut().cast();
        // SAFETY: the table is checked; `context` lives until `drop` has closed the line.
        let line = unsafe { (table.open_line)(notify, context) };
        shared.line.store(line, Ordering::Release);
        Ok(Self { shared, push })
    }

    /// Sends the first `length` bytes of `records`, with the bodies that lie beside them.
    #[napi]
    pub fn ask(
        &self,
        records: Uint8Array,
        length: u32,
        beside: Option<Vec<Uint8Array>>,
    ) -> napi::Result<()> {
        guarded(|| {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let records =
                records.get(..length).ok_or_else(|| CallError::input("records: too short"))?;
            // Copied: JavaScript may change them while they wait.
            let beside = beside.unwrap_or_default();
            let mut beside: Vec<Buffer> =
                beside.iter().map(|body| Buffer::from(body.to_vec())).collect();
            let line = self.shared.line.load(Ordering::Acquire);
            let (first, count) = (beside.as_mut_ptr(), beside.len());
            // SAFETY: the line is open as long as `self` lives; `first` and `count` are those of a vector of buffers.
            let taken =
                unsafe { (self.shared.table.ask)(line, Slice::from(records), first, count) };
            if taken { Ok(()) } else { Err(CallError::input("the records are malformed").into()) }
        })
        .map_err(|failure| thrown(&failure))
    }

    /// Whether the event loop waits for what is still to be told.
    #[napi]
    pub fn keep_loop_alive(&self, env: Env, alive: bool) {
        let (env, push) = (env.raw(), self.push.raw());
        // SAFETY: called on the thread of `env`, whose threadsafe function this is; it lives as long as `self` does.
        unsafe {
            if alive {
                napi::sys::napi_ref_threadsafe_function(env, push);
            } else {
                napi::sys::napi_unref_threadsafe_function(env, push);
            }
        }
    }
}

impl Shared {
    /// What was told since the last time.
    fn taken(&self) -> (Bytes, Vec<Bytes>) {
        let line = self.line.load(Ordering::Acquire);
        if line.is_null() {
            return (Bytes(Buffer::empty()), Vec::new());
        }
        // SAFETY: the line is open: it is closed on this thread, and then null.
        let batch = unsafe { (self.table.take)(line) };
        let beside = (0..batch.beside).map(|_| {
            // SAFETY: as above.
            Bytes(unsafe { (self.table.beside)(line) })
        });
        let beside = beside.collect();
        (Bytes(batch.records), beside)
    }
}

/// Called from any thread.
unsafe extern "C" fn notify(context: *mut c_void) {
    // SAFETY: the host calls it only while the line is open, and so long `context` is the `Push` in its box.
    let push = unsafe { &*context.cast::<Push>() };
    // Refused only when JavaScript is ending; then nobody waits for it.
    let _ = push.call((), ThreadsafeFunctionCallMode::NonBlocking);
}

impl Drop for PythonLine {
    fn drop(&mut self) {
        let line = self.shared.line.swap(ptr::null_mut(), Ordering::AcqRel);
        if !line.is_null() {
            // SAFETY: the line is open, and this is its end; afterwards nobody calls `notify` any more.
            unsafe { (self.shared.table.close_line)(line) };
        }
    }
}
