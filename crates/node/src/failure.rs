//! How failures leave Rust: as the JSON text of a [`Failure`], of which the wrapper makes an error with `code`.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use ironbridge_tools::Failure;

use crate::error::CallError;

thread_local! {
    /// What the last panic on this thread said, and where.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic in it becomes a failure with the code `panic`, and nothing is printed.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    keep_panics_quiet();
    // Nothing that was half changed is looked at again: what `work` holds is dropped, what it shares is behind locks that
    // are taken whatever became of their last holder.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(CallError::Panic(PANIC.take().unwrap_or_default()).into()))
}

/// The hook is this library's own: the addon brings its own standard library, so nobody else's panics come here.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let text = panic.payload_as_str().unwrap_or("a panic without a text");
            let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
            let said = format!("{text}{place}");
            // A panic while the thread ends has nobody left to tell.
            let _ = PANIC.try_with(|last| last.replace(Some(said)));
        }));
    });
}

/// The JSON text of a failure: `{"code","message",…details}`.
pub(crate) fn to_text(failure: &Failure) -> String {
    let json = failure.to_json();
    json.get("error").map(ToString::to_string).unwrap_or_default()
}

/// What a synchronous function throws; the wrapper reads the text.
pub(crate) fn thrown(failure: &Failure) -> napi::Error {
    napi::Error::from_reason(to_text(failure))
}
