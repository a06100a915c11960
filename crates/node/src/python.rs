//! Python in this process: which one, its library, and the host library on top of it.
//!
//! Neither is linked. Where there is no Python, all else of the addon works, and who asks for one is told what was looked
//! for and what to do.

mod bytes;
mod interpreter;
mod library;
mod line;

use serde::Deserialize;
use serde_json::json;

use ironbridge_tools::Failure;

use crate::answer::Answer;
use crate::operation::Call;
use interpreter::Search;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenInput {
    #[serde(flatten)]
    search: Search,
    /// The host library, an absolute path.
    host: String,
}

/// Finds Python and opens its library and the host's. Only the first call of a process does so.
pub(crate) fn open(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: OpenInput = call.input()?;
    let python = library::open(&input.search, input.host.as_ref())?;
    Answer::json(&json!({
        "executable": python.executable,
        "version": python.version_text(),
        "library": python.library,
    }))
}

/// Waits until the thread of Python's loop has ended, if it is about to.
pub(crate) fn rest(_call: &mut Call<'_>) -> Result<Answer, Failure> {
    let ended = library::table().is_none_or(|table| {
        // SAFETY: the table was checked when the library was opened, and that is never closed.
        unsafe { (table.rest)() }
    });
    Answer::json(&json!({ "ended": ended }))
}
