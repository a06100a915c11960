//! Every operation by name: what the package's functions ask for.
//!
//! To add one: a function `fn(&mut Call) -> Result<Answer, Failure>` in the module of its subject, a row in [`find`], and the
//! typed function in `packages/node/src`. Tools of the table need no row: they cross as JSON text both ways.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ironbridge_tools::{Coded, Control, Effect, Failure, Tool, Workspace, tools};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::error::CallError;
use crate::outbox::Events;
use crate::place;
use crate::pool::Lane;
use crate::{commands, dialects, edits, files, git, indexes, lists, locks, paths, repositories};
use crate::{python, stats, terminals, tokens, watches};

/// What JavaScript hands over.
pub(crate) struct Parts {
    /// JSON text.
    pub(crate) input: String,
    /// Texts that may be large, unescaped, in the operation's order.
    pub(crate) texts: VecDeque<String>,
    /// Bytes.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) parts: Parts,
    /// Where it works, as JSON text; pure operations have none.
    pub(crate) place: Option<&'a str>,
    /// Whether it changes files.
    writes: bool,
    pub(crate) control: &'a Control,
    /// Where it pushes what comes before its end; pure operations have none.
    pub(crate) events: Option<&'a Events>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        parts: Parts,
        place: Option<&'a str>,
        control: &'a Control,
        events: Option<&'a Events>,
    ) -> Self {
        Self { parts, place, writes: false, control, events }
    }

    /// The input as the operation's own type.
    pub(crate) fn input<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.parts.input)
            .map_err(|error| CallError::input(error.to_string()).into())
    }

    /// The next of the texts.
    pub(crate) fn text(&mut self) -> Result<String, Failure> {
        let text = self.parts.texts.pop_front();
        Ok(text.ok_or_else(|| CallError::input("a text is missing"))?)
    }

    /// What the call of that number gave, while JavaScript holds on to it.
    pub(crate) fn handle<T: Any + Send + Sync>(&self, number: u32) -> Result<Arc<T>, Failure> {
        let handle = self.events.and_then(|events| events.handle(number));
        let handle = handle.and_then(|handle| handle.downcast::<T>().ok());
        Ok(handle.ok_or(CallError::Closed)?)
    }

    pub(crate) fn workspace(&self) -> Result<Workspace, Failure> {
        place::workspace(self.place.unwrap_or("{}"), self.writes)
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
        "edit" => files::edit,
        "multi-edit" => files::multi_edit,
        "patch" => files::apply_patch,
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
        "count-payload" => tokens::count_payload,
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
        "count-payload",
        "encode",
        "decode",
        "validate",
        "translate-request",
        "translate-response",
        "test-panic",
    ];
    pure.contains(&name)
}

/// How long JavaScript may stand still for one that waits.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);

/// What an operation may be done with on JavaScript's thread.
///
/// Those on what was kept are over at once: opening a terminal starts a program, which takes a fraction of a millisecond; of
/// lists the wrapper asks only those that are small. Others wait for a disk or a program, and nothing else happens there
/// until they end: for `packages/node/src/compat/ironcode.ts`, whose functions have always been synchronous, and nobody else.
///
/// # Errors
///
/// It may not be done there at all.
pub(crate) fn at_once(name: &str) -> Result<Control, Failure> {
    const WAITS: [&str; 15] = [
        "extract",
        "fuzzy-search",
        "git-branches",
        "git-commit",
        "git-diff",
        "git-info",
        "git-stage",
        "git-status",
        "git-unstage",
        "glob",
        "grep",
        "list",
        "stats",
        "watch-start",
        "write",
    ];
    let of_terminals = name.starts_with("pty-") || name.starts_with("terminals-");
    if name == "list-search" || (of_terminals && name != "pty-write-all") {
        return Ok(Control::unbounded());
    }
    if WAITS.contains(&name) {
        return Ok(Control::within(STANDSTILL_MAX));
    }
    Err(CallError::Input(format!("{name}: cannot be done synchronously")).into())
}

/// Commands, git and locks wait for others.
pub(crate) fn lane(name: &str) -> Lane {
    let waiting =
        ["shell", "lock-file", "release", "watch", "index-ready", "find", "pty-write-all"];
    let waits = waiting.contains(&name) || name.starts_with("git-") || name.starts_with("python-");
    if waits { Lane::Waiting } else { Lane::Busy }
}

/// Does it.
pub(crate) fn run(name: &str, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let tool = table().get(name);
    call.writes = tool.is_some_and(|tool| tool.effect == Effect::Writes);
    if let Some(operation) = find(name) {
        return operation(call);
    }
    let tool = tool.ok_or_else(|| CallError::UnknownOperation(name.to_owned()))?;
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
    TABLE.get_or_init(|| all_tools().map(|tool| (tool.name, tool)).collect())
}

fn all_tools() -> impl Iterator<Item = Tool> {
    tools().into_iter().chain(git::tools())
}

/// `{tools, errors}` as JSON text: all tools with their schemas, and the codes that every function may fail with.
pub(crate) fn describe() -> Result<String, Failure> {
    let codes = |rows: &[(&str, &str)]| -> Value {
        rows.iter().map(|(code, meaning)| json!({"code": code, "meaning": meaning})).collect()
    };
    let rows: Vec<_> = all_tools()
        .map(|tool| {
            let errors = codes(tool.errors);
            json!({"name": tool.name, "input": tool.input, "output": tool.output, "errors": errors})
        })
        .collect();
    let errors = codes(CallError::codes());
    Ok(json!({ "tools": rows, "errors": errors }).to_string())
}
