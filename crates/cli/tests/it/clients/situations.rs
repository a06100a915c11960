//! What a script prints: one JSON line `{name, ok, detail}` for each situation it has played.

use std::collections::BTreeSet;
use std::process::Command;

use expect_test::{Expect, expect};
use serde_json::Value;

use super::gateway::Gateway;
use super::program::{self, Ended};
use super::scripted;

struct Line {
    name: String,
    ok: bool,
    detail: String,
}

impl Line {
    /// `None`: something else that a client has printed.
    fn read(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        let text = |field: &str| line[field].as_str().map(str::to_owned);
        Some(Self { name: text("name")?, ok: line["ok"].as_bool()?, detail: text("detail")? })
    }
}

/// Runs a script against a gateway on the offline model; see [`played`].
pub(super) fn check_offline(script: Option<Command>, expected: Expect) {
    let Some(script) = script else { return };
    let gateway = Gateway::offline();
    check(script, &gateway, &expected);
}

/// Runs a script against a gateway before the scripted provider; see [`played`].
pub(super) fn check_scripted(script: Option<Command>, expected: Expect) {
    let Some(script) = script else { return };
    let upstream = scripted::provider();
    let gateway = Gateway::before(&upstream);
    check(script, &gateway, &expected);
}

fn check(mut script: Command, gateway: &Gateway, expected: &Expect) {
    script.arg(gateway.base_url());
    expected.assert_eq(&played(&program::run(script)));
}

/// The situations that a script has played. Every one must be well, and the script must have come
/// to its end: one that dies early, or has lost a situation, fails.
///
/// `A situation, x upstream` and `…, y upstream` are shown as one line: `A situation [x y]`.
pub(super) fn played(Ended { stdout, stderr, code }: &Ended) -> String {
    let lines: Vec<Line> = stdout.lines().filter_map(Line::read).collect();
    let failed: Vec<String> = lines
        .iter()
        .filter(|line| !line.ok)
        .map(|line| format!("FAILED {}\n    {}", line.name, line.detail))
        .collect();
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), lines.len(), failed.join("\n"));
    assert_eq!(*code, Some(0), "the script died:\n{stdout}\n{stderr}");
    let names: BTreeSet<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names.len(), lines.len(), "each situation has a name of its own");
    shown(lines.iter().map(|line| line.name.as_str()))
}

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let split = name.strip_suffix(" upstream").and_then(|name| name.rsplit_once(", "));
        let (name, upstream) =
            split.map_or((name, None), |(name, upstream)| (name, Some(upstream)));
        match rows.iter_mut().find(|(row, upstreams)| *row == name && !upstreams.is_empty()) {
            Some((_, upstreams)) => upstreams.extend(upstream),
            None => rows.push((name, upstream.into_iter().collect())),
        }
    }
    let mut text = String::new();
    for (name, upstreams) in rows {
        text += name;
        if !upstreams.is_empty() {
            text += &format!(" [{}]", upstreams.join(" "));
        }
        text.push('\n');
    }
    text
}

fn ended(stdout: &str, code: i32) -> Ended {
    Ended { stdout: stdout.to_owned(), stderr: String::new(), code: Some(code) }
}

#[test]
fn upstreams_of_one_situation_share_a_line() {
    let stdout = r#"{"name": "a, chat upstream", "ok": true, "detail": ""}
something else
{"name": "a, messages upstream", "ok": true, "detail": ""}
{"name": "b, once", "ok": true, "detail": ""}
"#;
    expect![[r#"
        a [chat messages]
        b, once
    "#]]
    .assert_eq(&played(&ended(stdout, 0)));
}

#[test]
#[should_panic(expected = "FAILED a")]
fn a_situation_that_is_not_well_fails_the_test() {
    played(&ended(r#"{"name": "a", "ok": false, "detail": "why"}"#, 0));
}

#[test]
#[should_panic(expected = "the script died")]
fn a_script_that_dies_fails_the_test() {
    played(&ended(r#"{"name": "a", "ok": true, "detail": ""}"#, 1));
}
