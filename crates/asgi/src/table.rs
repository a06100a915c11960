//! The functions of the host library.

use std::ffi::{CStr, c_void};
use std::marker::{PhantomData, PhantomPinned};

use thiserror::Error;

use crate::Buffer;

/// The name of the function without arguments that gives `*const HostTable`.
pub const TABLE_SYMBOL: &CStr = c"ironbridge_python_host";

/// Counts up with each change of the table or of the records.
pub const TABLE_VERSION: u32 = 3;

/// Called from any thread, briefly: there is something to [`HostTable::take`].
pub type Notify = unsafe extern "C" fn(context: *mut c_void);

/// Bytes that the callee reads during the call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slice<'a> {
    start: *const u8,
    length: usize,
    borrowed: PhantomData<&'a [u8]>,
}

impl<'a> From<&'a [u8]> for Slice<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { start: bytes.as_ptr(), length: bytes.len(), borrowed: PhantomData }
    }
}

impl<'a> Slice<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: it can only be made of a slice that lives for `'a`.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// One line, in the host: opaque.
#[repr(C)]
pub struct Line {
    _opaque: [u8; 0],
    _not_send: PhantomData<(*mut u8, PhantomPinned)>,
}

/// What the host told since the last time.
#[repr(C)]
#[derive(Default)]
pub struct Batch {
    /// Records.
    pub records: Buffer,
    /// How many bodies lie beside them; fetch them with [`HostTable::beside`] before the next batch is taken.
    pub beside: usize,
}

/// The host's functions. None of them unwinds, and none waits unless its comment says so.
#[repr(C)]
pub struct HostTable {
    /// [`TABLE_VERSION`] of the library's build. First, whatever changes after it.
    pub version: u32,
    /// `size_of::<HostTable>()` of the library's build.
    pub table_bytes: u32,
    /// `size_of::<Buffer>()` of the library's build.
    pub buffer_bytes: u32,
    /// `size_of::<Batch>()` of the library's build.
    pub batch_bytes: u32,
    /// Says which program the interpreter passes for (`sys.executable`): an absolute path in UTF-8, from which Python
    /// finds its library and a virtual environment. Before the first line; gives `false`, and does nothing, once another
    /// was said.
    pub start: unsafe extern "C" fn(program: Slice<'_>) -> bool,
    /// Opens a line. `notify` is called with `context` from any thread until [`Self::close_line`] returns.
    pub open_line: unsafe extern "C" fn(notify: Notify, context: *mut c_void) -> *mut Line,
    /// Sends records, with the bodies that lie beside them in order: `count` buffers from `beside`, which the host takes
    /// over and leaves empty. `false`: they are malformed, and none was taken.
    pub ask: unsafe extern "C" fn(*mut Line, Slice<'_>, beside: *mut Buffer, count: usize) -> bool,
    /// Takes what was told. The next [`Notify`] comes when there is more.
    pub take: unsafe extern "C" fn(*mut Line) -> Batch,
    /// The next body that lay beside the last batch's records.
    pub beside: unsafe extern "C" fn(*mut Line) -> Buffer,
    /// Closes a line: its connections end as if their clients had gone, its applications are closed without waiting.
    /// The pointer is not valid afterwards.
    pub close_line: unsafe extern "C" fn(*mut Line),
    /// Waits until the loop's thread has ended, if its last application is closed; at once, if not. `false`: it still runs.
    pub rest: unsafe extern "C" fn() -> bool,
}

/// The library found is of another build.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the host library has the interface {found}, this addon needs {wanted}: they are of different versions of ironbridge"
)]
pub struct Mismatch {
    /// Version and sizes of the library.
    pub found: String,
    /// Version and sizes of this build.
    pub wanted: String,
}

impl HostTable {
    /// Version and sizes of this build.
    pub const STAMP: [u32; 4] = [
        TABLE_VERSION,
        size_of::<Self>() as u32,
        size_of::<Buffer>() as u32,
        size_of::<Batch>() as u32,
    ];

    /// Whether the library was built with the same table.
    ///
    /// # Errors
    ///
    /// [`Mismatch`], with what was found; then no function of it may be called.
    pub fn check(&self) -> Result<(), Mismatch> {
        let found = [self.version, self.table_bytes, self.buffer_bytes, self.batch_bytes];
        if found == Self::STAMP {
            return Ok(());
        }
        let shown = |[version, sizes @ ..]: [u32; 4]| format!("{version} {sizes:?}");
        Err(Mismatch { found: shown(found), wanted: shown(Self::STAMP) })
    }
}
