//! The evaluation set of `bench/agent`: small coding tasks whose model is a script, in both formats of tool calls, scored
//! by running what came of them. It shows that the engine does what a model says, not that a model knows what to say.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ironbridge_testkit::{Dialect, Script, Upstream, chat};
use serde::Deserialize;
use serde_json::Value;

use crate::command::Home;

/// How many tasks there are: none is to be lost by a slip in the file.
const TASKS: usize = 30;

#[derive(Clone, Deserialize)]
struct Task {
    name: String,
    files: BTreeMap<String, String>,
    /// Files of so many numbered lines.
    #[serde(default)]
    lines: BTreeMap<String, usize>,
    /// The calls of each reply.
    steps: Vec<Vec<Call>>,
    /// A command of the shell that succeeds when the task is done. Python without its cache (`-B`): a file that is changed
    /// within a second and keeps its length would be taken for the one before.
    check: String,
    /// A program without which it cannot be tried.
    needs: Option<String>,
    mode: Option<String>,
    /// With calls in text there is nothing to try: a tag that names no tool is prose.
    #[serde(default)]
    native_only: bool,
}

#[derive(Clone, Deserialize)]
struct Call {
    tool: String,
    arguments: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Native,
    Text,
}

fn tasks() -> Vec<Task> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/agent/tasks.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The model: its next step, by how often it has replied.
fn script(task: &Task, format: Format) -> Script {
    let steps = task.steps.clone();
    Script::by(move |request| {
        let body = request.json();
        if format == Format::Text && body.get("tools").is_some() {
            let message = "this model does not support tools";
            return Dialect::Chat.error(400, "invalid_request_error", message);
        }
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let replies = messages.iter().filter(|message| message["role"] == "assistant").count();
        let Some(calls) = steps.get(replies) else { return chat::text("Done.").into() };
        if format == Format::Text {
            let calls: Vec<String> = calls.iter().map(in_words).collect();
            return chat::text(format!("I go on.\n{}\n", calls.join("\n"))).into();
        }
        let reply = calls.iter().enumerate().fold(chat::reply(), |reply, (index, call)| {
            reply.tool_call(&format!("c{replies}_{index}"), &call.tool, &call.arguments)
        });
        reply.into()
    })
}

/// A call as a model without native ones writes it.
fn in_words(call: &Call) -> String {
    let mut text = format!("<{}>\n", call.tool);
    for (name, value) in call.arguments.as_object().unwrap() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("<{name}>\n{value}\n</{name}>\n"));
    }
    text + &format!("</{}>", call.tool)
}

/// Whether the task was done; what happened, where not. `None`: it cannot be tried here.
fn attempt(task: &Task, format: Format) -> Option<Result<(), String>> {
    let shell = |folder: &Path, command: &str| {
        Command::new("sh").args(["-c", command]).current_dir(folder).output()
    };
    if task.native_only && format == Format::Text {
        return None;
    }
    if let Some(program) = &task.needs {
        let found = shell(Path::new("."), &format!("command -v {program}")).unwrap();
        if !found.status.success() {
            return None;
        }
    }
    let upstream = Upstream::start_on_thread(script(task, format));
    let url = format!("{}/v1", upstream.base_url());
    let config = format!(
        "[[provider]]\nname = \"p\"\nkind = \"openai\"\nbase_url = \"{url}\"\napi = [\"chat\"]\n"
    );
    let home = Home::with(&[("config.toml", config.as_str())]);
    // A folder of its own: what the program keeps is none of the task's files.
    let folder = home.path().join("task");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in &task.files {
        home.write(&format!("task/{name}"), text);
    }
    for (name, lines) in &task.lines {
        let text: String = (1..=*lines).map(|line| format!("line {line}\n")).collect();
        home.write(&format!("task/{name}"), &text);
    }
    let mode = task.mode.as_deref().unwrap_or("auto-accept");
    let mut command = home.command(&["run", "--json", "--model", "m", "--mode", mode, &task.name]);
    command.current_dir(&folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let seen = home.seen(command, "");
    let checked = shell(&folder, &task.check).unwrap();
    let is_done = checked.status.success() && seen.contains("\"completed\"");
    Some(if is_done { Ok(()) } else { Err(format!("{}: {seen}\n{checked:?}", task.name)) })
}

/// Every task is tried, and all that fail are named together.
#[expect(clippy::print_stderr, reason = "whoever runs the tests is told the score")]
fn evaluate(format: Format) {
    let tasks = tasks();
    assert_eq!(tasks.len(), TASKS);
    let attempts: Vec<_> = tasks.iter().filter_map(|task| attempt(task, format)).collect();
    let done = attempts.iter().filter(|attempt| attempt.is_ok()).count();
    let failed: Vec<&String> =
        attempts.iter().filter_map(|attempt| attempt.as_ref().err()).collect();
    eprintln!(
        "{format:?}: {done} of {} tasks done, {} skipped",
        attempts.len(),
        TASKS - attempts.len()
    );
    assert!(
        failed.is_empty(),
        "{}",
        failed.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("\n")
    );
}

#[cfg(unix)]
#[test]
fn every_task_is_done_with_native_calls() {
    evaluate(Format::Native);
}

#[cfg(unix)]
#[test]
fn every_task_is_done_with_calls_in_text() {
    evaluate(Format::Text);
}
