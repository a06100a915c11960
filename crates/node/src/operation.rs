//! Every operation by name: what the package's functions ask for.
//!
//! To add one: a function `fn(&mut Call) -> Result<Answer, Failure>` in the module of its subject, a row in [`find`], and the
//! typed function in `packages/node/src`. Tools of the table need no row: they cross as JSON text both ways.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ironbridge_tools::{Control, Failure, Tool, Workspace, tools};
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::failure::invalid;
use crate::outbox::Events;
use crate::place;
use crate::pool::Lane;
use crate::{commands, dialects, edits, files, indexes, lists, locks, paths, repositories};
use crate::{python, stats, terminals, tokens, watches};

/// What JavaScript hands over.
pub(crate) struct Parts {
    /// JSON text.
    pub(crate) input: String,
    /// Texts that may be large, unescaped, in the operation's order.
    pub(crate) texts: Vec<String>,
    /// Bytes.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) parts: Parts,
    /// Where it works, as JSON text; pure operations have none.
    pub(crate) place: Option<&'a str>,
    pub(crate) control: &'a Control,
    /// Where it pushes what comes before its end; pure operations have none.
    pub(crate) events: Option<&'a Events>,
}

impl Call<'_> {
    /// The input as the operation's own type.
    pub(crate) fn input<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.parts.input).map_err(|error| invalid(error.to_string()))
    }

    /// The next of the texts.
    pub(crate) fn text(&mut self) -> Result<String, Failure> {
        if self.parts.texts.is_empty() {
            return Err(invalid("a text is missing"));
        }
        Ok(self.parts.texts.remove(0))
    }

    /// What the call of that number gave, while JavaScript holds on to it.
    pub(crate) fn handle<T: Any + Send + Sync>(&self, number: u32) -> Result<Arc<T>, Failure> {
        let handle = self.events.and_then(|events| events.handle(number));
        let handle = handle.and_then(|handle| handle.downcast::<T>().ok());
        handle.ok_or_else(|| Failure::new("closed", "it is closed already"))
    }

    pub(crate) fn workspace(&self) -> Result<Workspace, Failure> {
        place::workspace(self.place.unwrap_or("{}"))
    }
}

type Operation = fn(&mut Call<'_>) -> Result<Answer, Failure>;

/// The operations that are more than a row of the table of tools.
fn find(name: &str) -> Option<Operation> {
    Some(match name {
        "read" => files::read,
        "write" => files::write,
        "create" => files::create,
        "insert-lines" => files::insert_lines,
        "replace-lines" => files::replace_lines,
        "shell" => commands::run,
        "parse-shell" => commands::parse,
        "lock-file" => locks::lock,
        "fuzzy-search" => lists::fuzzy_search,
        "list-keep" => lists::keep,
        "list-search" => lists::search,
        "list-replace" => lists::replace,
        "index-open" => indexes::open,
        "index-ready" => indexes::ready,
        "index-search" => indexes::search,
        "index-list" => indexes::list,
        "index-grep" => indexes::grep,
        "index-session" => indexes::session,
        "session-search" => indexes::session_search,
        "find" => indexes::find_once,
        "list-paths" => paths::list_paths,
        "git-open" => repositories::open,
        "git-kept-status" => repositories::status,
        "watch-start" => watches::start,
        "stats" => stats::stats,
        "terminals-start" => terminals::start,
        "terminals-list" => terminals::list,
        "terminals-cleanup-idle" => terminals::cleanup_idle,
        "pty-open" => terminals::open,
        "pty-flow" => terminals::flow,
        "pty-info" => terminals::info,
        "pty-write" => terminals::write,
        "pty-write-all" => terminals::write_all,
        "pty-read" => terminals::read,
        "pty-peek" => terminals::peek,
        "pty-drain" => terminals::drain,
        "pty-clear" => terminals::clear,
        "pty-buffer" => terminals::buffer,
        "pty-resize" => terminals::resize,
        "pty-title" => terminals::title,
        "pty-signal" => terminals::signal,
        "pty-close" => terminals::close,
        "release" => release,
        "python-open" => python::open,
        "python-rest" => python::rest,
        "edit-text" => edits::edit_text,
        "count-tokens" => tokens::count,
        "encode" => tokens::encode,
        "decode" => tokens::decode,
        "validate" => dialects::validate,
        "translate-request" => dialects::translate_request,
        "translate-response" => dialects::translate_response,
        // Only for tests: what becomes of a panic.
        "test-panic" => |_| panic!("asked for by a test"),
        _ => return None,
    })
}

/// Whether it depends on its arguments alone, so that it may be done at once on JavaScript's thread.
pub(crate) fn is_pure(name: &str) -> bool {
    let pure = [
        "edit-text",
        "parse-shell",
        "count-tokens",
        "encode",
        "decode",
        "validate",
        "translate-request",
        "translate-response",
        "test-panic",
    ];
    pure.contains(&name)
}

/// Whether it is over at once and may be done on JavaScript's thread, with what was kept. Opening a terminal starts a
/// program, which takes a fraction of a millisecond.
pub(crate) fn is_brief(name: &str) -> bool {
    let waits = name == "pty-write-all";
    (name.starts_with("pty-") || name.starts_with("terminals-")) && !waits
}

/// Commands, git and locks wait for others.
pub(crate) fn lane(name: &str) -> Lane {
    let waiting = ["shell", "lock-file", "release", "watch", "index-ready", "pty-write-all"];
    let waits = waiting.contains(&name) || name.starts_with("git-") || name.starts_with("python-");
    if waits { Lane::Waiting } else { Lane::Busy }
}

/// Does it.
pub(crate) fn run(name: &str, call: &mut Call<'_>) -> Result<Answer, Failure> {
    if let Some(operation) = find(name) {
        return operation(call);
    }
    let unknown = || Failure::new("unknown_operation", format!("{name}: no such operation"));
    let tool = table().get(name).ok_or_else(unknown)?;
    let workspace = call.workspace()?;
    let json = tool.run_text(&workspace, &call.parts.input, call.control)?;
    Ok(Answer { json: Some(json), ..Answer::default() })
}

/// Drops what an earlier call gave: that joins threads and closes files, so it is not done on JavaScript's thread.
fn release(call: &mut Call<'_>) -> Result<Answer, Failure> {
    #[derive(Deserialize)]
    struct Earlier {
        call: u32,
    }
    let earlier: Earlier = call.input()?;
    if let Some(events) = call.events {
        drop(events.release(earlier.call));
    }
    Ok(Answer::default())
}

fn table() -> &'static HashMap<&'static str, Tool> {
    static TABLE: OnceLock<HashMap<&'static str, Tool>> = OnceLock::new();
    TABLE.get_or_init(|| tools().into_iter().map(|tool| (tool.name, tool)).collect())
}

/// All tools with their schemas, as JSON text.
pub(crate) fn describe() -> Result<String, Failure> {
    let rows: Vec<_> = tools()
        .iter()
        .map(|tool| {
            let codes: Vec<_> = tool.errors.iter().map(|(code, _)| *code).collect();
            json!({"name": tool.name, "input": tool.input, "output": tool.output, "errors": codes})
        })
        .collect();
    Ok(json!(rows).to_string())
}
