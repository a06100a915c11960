//! Conversations as the gateway sees them: what clients really send, linked in the ledger.

use crate::ledger::{PATIENCE, id, ledger, services};
use crate::rig::{DIALECTS, Reply, Rig, provider, run, settings};
use expect_test::{Expect, expect};
use ironbridge_ledger::{Ledger, Link};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Gate, Script, Upstream, messages};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// A request begins later than one whose reply was read, also by a clock of milliseconds.
const A_MOMENT: Duration = Duration::from_millis(3);

/// Names requests by letters and shows their links: `b ← a (continues): a main`. Moments in names become `…`.
fn check(ledger: &Ledger, named: &[(&str, &Reply)], expected: &Expect) {
    assert!(ledger.flush(PATIENCE));
    let mut reader = ledger.reader().expect("reads");
    let names: HashMap<&str, &str> = named.iter().map(|(name, reply)| (id(reply), *name)).collect();
    let mut shown = String::new();
    for (name, reply) in named {
        let Some(link) = reader.link_of(id(reply)).expect("reads") else {
            shown.push_str(&format!("{name}: none\n"));
            continue;
        };
        let Link { conversation, branch, tie, .. } = link;
        let tie = tie.map(|tie| format!(" ← {} ({})", names[tie.parent.as_str()], tie.kind.name()));
        let kind = branch.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let branch = if kind == "subtask" { branch.as_str() } else { kind };
        let (tie, conversation) = (tie.unwrap_or_default(), names[conversation.as_str()]);
        shown.push_str(&format!("{name}{tie}: {conversation} {branch}\n"));
    }
    expected.assert_eq(&shown);
}

/// The same three turns in any dialect.
fn turn(dialect: Dialect, stream: bool, turns: usize) -> Request {
    let texts = ["hi", "hello", "more", "hello", "and?"];
    let role = |index: usize| if index.is_multiple_of(2) { "user" } else { "assistant" };
    let list: Vec<Value> = texts[..turns * 2 - 1]
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"role": role(index), "content": text}))
        .collect();
    let mut body = json!({"model": "m", "stream": stream});
    match dialect {
        Dialect::Chat => body["messages"] = list.into(),
        Dialect::Responses => body["input"] = list.into(),
        Dialect::Messages => {
            body["messages"] = list.into();
            body["max_tokens"] = 100.into();
        }
    }
    Request::post(dialect.path(), &body)
}

#[test]
fn three_turns_are_one_conversation_in_every_dialect_and_towards_every_other() {
    run(async {
        for upstream_dialect in DIALECTS {
            let folder = tempfile::tempdir().expect("a folder");
            let ledger = ledger(folder.path(), 1 << 30);
            let answer =
                Script::by(move |_| upstream_dialect.text("hello").headers_after(A_MOMENT));
            let upstream = Upstream::start(answer).await;
            let settings = settings([provider("up", &upstream, upstream_dialect)]);
            let rig = Rig::start_with(settings, services(&ledger)).await;
            for (number, dialect) in DIALECTS.into_iter().enumerate() {
                for stream in [false, true] {
                    let mut replies = Vec::new();
                    for turns in 1..=3 {
                        // A session each: all say the same.
                        let session = format!("{number}-{stream}");
                        let asked = turn(dialect, stream, turns).header("session-id", session);
                        replies.push(rig.send(&asked).await);
                    }
                    check(
                        &ledger,
                        &[("a", &replies[0]), ("b", &replies[1]), ("c", &replies[2])],
                        &expect![[r#"
                            a: a main
                            b ← a (continues): a main
                            c ← b (continues): a main
                        "#]],
                    );
                }
            }
        }
    });
}

const SUMMARY: &str = "<analysis>\nThe user began with a question about the ledger, and I looked at all of its files.\n</analysis>\n\n<summary>\n1. Primary Request: build a ledger that loses nothing, with a journal, on two databases.\n2. Files: many of them, each short, each with its reason.\n</summary>";

const CONTINUED: &str = "This session is being continued from a previous conversation that ran out of context. The summary below covers the earlier portion of the conversation.\n\nSummary:\n1. Primary Request: build a ledger that loses nothing, with a journal, on two databases.\n2. Files: many of them, each short, each with its reason.\n\nIf you need specific details from before compaction (like exact code snippets), read the transcript.";

/// As Claude Code sends it: a billing line and the state of the working copy in the system prompt, reminders in the user's
/// messages, a cache mark on the last one, an injected list of agents behind it.
fn claude(session: &str, number: usize, texts: &[Value]) -> Request {
    let mut list: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, content)| {
            let role = if index.is_multiple_of(2) { "user" } else { "assistant" };
            json!({"role": role, "content": content})
        })
        .collect();
    let last = list.len() - 1;
    if let Some(text) = list[last]["content"].as_str().map(str::to_owned) {
        list[last]["content"] = json!([
            {"type": "text", "text": format!("<system-reminder>\nIt is minute {number}.\n</system-reminder>")},
            {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}},
        ]);
    }
    list.push(
        json!({"role": "system", "content": format!("Available agents, as of minute {number}")}),
    );
    let body = json!({
        "model": "claude-sonnet-4-5", "stream": true, "max_tokens": 64000,
        "system": [
            {"type": "text", "text": format!("x-anthropic-billing-header: cc_version=2.1.{number}")},
            {"type": "text", "text": "You are Claude Code.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": format!("You are an interactive agent.\ngitStatus: minute {number}")},
        ],
        "tools": [{"name": "Agent", "description": "", "input_schema": {"type": "object"}}],
        "messages": list,
    });
    Request::post("/v1/messages?beta=true", &body)
        .header("x-claude-code-session-id", session)
        .header("anthropic-version", "2023-06-01")
}

fn calls() -> Value {
    let call = |id: &str, prompt: &str| json!({"type": "tool_use", "id": id, "name": "Agent", "input": {"description": "x", "prompt": prompt}});
    json!([{"type": "text", "text": "I ask two."}, call("t1", "Find the bug."), call("t2", "Write a test.")])
}

fn results() -> Value {
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "done"});
    json!([result("t1"), result("t2")])
}

/// A model that starts two sub-agents when it is told to, and sums up when it is told to. What `slow` asks waits for the
/// gate.
fn model(slow: &Gate) -> Script {
    let slow = slow.clone();
    Script::by(move |received| {
        let body = received.json().to_string();
        let last =
            received.json()["messages"].as_array().map(|list| list[list.len() - 2].to_string());
        let last = last.unwrap_or_default();
        let answer = if last.contains("start two") {
            messages::text("I ask two.")
                .tool_call("t1", "Agent", &json!({"description": "x", "prompt": "Find the bug."}))
                .tool_call("t2", "Agent", &json!({"description": "x", "prompt": "Write a test."}))
                .stream()
        } else if body.contains("create a detailed summary of the conversation so far") {
            messages::text(SUMMARY).stream()
        } else {
            messages::text("ok").stream()
        };
        let answer = answer.headers_after(A_MOMENT);
        if last.contains("Find the bug.") { answer.silent_after(20, &slow) } else { answer }
    })
}

#[test]
fn claude_code_with_sub_agents_a_rewind_and_a_compaction_is_one_conversation() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let slow = Gate::new();
        let upstream = Upstream::start(model(&slow)).await;
        let settings = settings([provider("up", &upstream, Dialect::Messages)]);
        let rig = Rig::start_with(settings, services(&ledger)).await;
        let texts = |list: &[&str]| list.iter().map(|text| json!(text)).collect::<Vec<_>>();
        let send = async |number, list: Vec<Value>| rig.send(&claude("s1", number, &list)).await;

        let first = send(0, texts(&["start two"])).await;
        // Both sub-agents at once; the one that began first is over last, behind the whole rest.
        let bug = async { send(1, texts(&["Find the bug."])).await };
        let rest = async {
            let test = send(2, texts(&["Write a test."])).await;
            let back = send(3, vec![json!("start two"), calls(), results()]).await;
            let mut on = vec![json!("start two"), calls(), results(), json!("ok"), json!("go on")];
            let on_reply = send(4, on.clone()).await;
            on[4] = json!("no, go back");
            let rewound = send(5, on.clone()).await;
            on.extend([json!("ok"), json!("Your task is to create a detailed summary of the conversation so far, in parts.")]);
            let summary = send(6, on).await;
            let compacted = send(7, texts(&[CONTINUED])).await;
            let after = send(8, texts(&[CONTINUED, "ok", "further"])).await;
            slow.open();
            [test, back, on_reply, rewound, summary, compacted, after]
        };
        let (bug, [test, back, on, rewound, summary, compacted, after]) = tokio::join!(bug, rest);
        let stranger = rig.send(&claude("s2", 9, &texts(&["start two"]))).await;
        let resumed = vec![json!("start two"), calls(), results(), json!("ok"), json!("resumed")];
        let resumed = rig.send(&claude("s3", 10, &resumed)).await;
        check(
            &ledger,
            &[
                ("first", &first),
                ("bug", &bug),
                ("test", &test),
                ("back", &back),
                ("on", &on),
                ("rewound", &rewound),
                ("summary", &summary),
                ("compacted", &compacted),
                ("after", &after),
                ("stranger", &stranger),
                ("resumed", &resumed),
            ],
            &expect![[r#"
                first: first main
                bug ← first (subtask): first subtask_1
                test ← first (subtask): first subtask_2
                back ← first (continues): first main
                on ← back (continues): first main
                rewound ← back (continues): first branch
                summary ← rewound (continues): first branch
                compacted ← summary (compacts): first compact
                after ← compacted (continues): first compact
                stranger: stranger main
                resumed ← back (continues): first branch
            "#]],
        );
    });
}

#[test]
fn a_probe_for_quota_is_no_conversation_and_a_long_history_is_one() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let answer = Script::by(|_| messages::text("ok").as_asked().headers_after(A_MOMENT));
        let upstream = Upstream::start(answer).await;
        let settings = settings([provider("up", &upstream, Dialect::Messages)]);
        let rig = Rig::start_with(settings, services(&ledger)).await;
        let ask = async |list: &Value| {
            let body = json!({"model": "m", "max_tokens": 1, "messages": list});
            rig.send(&Request::post("/v1/messages", &body)).await
        };
        let quota = ask(&json!([{"role": "user", "content": "quota"}])).await;
        // Hashed beside the exchange, on another thread.
        let long = "line\n".repeat(40_000);
        let mut list = json!([{"role": "user", "content": long}]);
        let first = ask(&list).await;
        let more =
            json!([{"role": "assistant", "content": "ok"}, {"role": "user", "content": "more"}]);
        if let (Value::Array(list), Value::Array(more)) = (&mut list, more) {
            list.extend(more);
        }
        let second = ask(&list).await;
        check(
            &ledger,
            &[("quota", &quota), ("first", &first), ("second", &second)],
            &expect![[r#"
                quota: none
                first: first main
                second ← first (continues): first main
            "#]],
        );
    });
}
