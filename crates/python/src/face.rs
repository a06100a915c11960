//! The C functions of the table.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ironbridge_asgi::{Batch, Buffer, HostTable, Line as Opaque, Notify, Records, Slice};

use crate::line::Line;
use crate::runner::{self, Delivery};

static TABLE: HostTable = HostTable {
    version: HostTable::STAMP[0],
    table_bytes: HostTable::STAMP[1],
    buffer_bytes: HostTable::STAMP[2],
    batch_bytes: HostTable::STAMP[3],
    start,
    open_line,
    ask,
    take,
    beside,
    close_line,
    rest,
};

/// What the addon looks up by name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ironbridge_python_host() -> *const HostTable {
    &raw const TABLE
}

/// A panic may not leave this library.
fn guarded<T>(work: impl FnOnce() -> T, else_give: T) -> T {
    // Shared state is behind locks that are taken whatever became of their last holder.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(else_give)
}

/// # Safety
///
/// The pointer came from [`open_line`] and was not closed.
unsafe fn line_of<'a>(line: *mut Opaque) -> &'a Line {
    // SAFETY: as the caller promises; `open_line` made it of an `Arc<Line>`, which the caller still holds.
    unsafe { &*line.cast::<Line>() }
}

unsafe extern "C" fn start(program: Slice<'_>) -> bool {
    guarded(|| std::str::from_utf8(program.bytes()).is_ok_and(runner::start), false)
}

unsafe extern "C" fn open_line(notify: Notify, context: *mut c_void) -> *mut Opaque {
    Arc::into_raw(Arc::new(Line::new(notify, context))).cast_mut().cast()
}

unsafe extern "C" fn ask(
    line: *mut Opaque,
    records: Slice<'_>,
    beside: *mut Buffer,
    count: usize,
) -> bool {
    let take_over = || {
        if Records::of(records.bytes()).any(|record| record.is_err()) {
            return false;
        }
        let beside = (0..count).map(|index| {
            // SAFETY: the caller gives `count` buffers from `beside` on, whose owner it lets us be.
            std::mem::take(unsafe { &mut *beside.add(index) })
        });
        let beside: Vec<Buffer> = beside.collect();
        let line = line.cast::<Line>().cast_const();
        // SAFETY: the pointer came from `open_line` and was not closed: counted up, it may be held once more.
        let line = unsafe {
            Arc::increment_strong_count(line);
            Arc::from_raw(line)
        };
        runner::deliver(Delivery { line, records: records.bytes().to_vec(), beside, last: false });
        true
    };
    guarded(take_over, false)
}

unsafe extern "C" fn take(line: *mut Opaque) -> Batch {
    // SAFETY: the caller's line is open.
    guarded(|| unsafe { line_of(line) }.take(), Batch::default())
}

unsafe extern "C" fn beside(line: *mut Opaque) -> Buffer {
    // SAFETY: the caller's line is open.
    guarded(|| unsafe { line_of(line) }.beside(), Buffer::empty())
}

unsafe extern "C" fn close_line(line: *mut Opaque) {
    guarded(
        || {
            // SAFETY: `open_line` made the pointer of an `Arc`, and the caller gives it back.
            let line = unsafe { Arc::from_raw(line.cast::<Line>().cast_const()) };
            line.close();
            runner::deliver(Delivery { line, records: Vec::new(), beside: Vec::new(), last: true });
        },
        (),
    );
}

unsafe extern "C" fn rest() -> bool {
    guarded(runner::rest, false)
}
