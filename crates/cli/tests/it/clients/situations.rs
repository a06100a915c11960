//! What a script prints: one JSON line `{name, ok, detail}` for each situation it has played.

use std::collections::BTreeSet;
use std::process::Command;

use expect_test::Expect;
use serde::Deserialize;

use super::program::{self, Ended};

#[derive(Deserialize)]
struct Line {
    name: String,
    ok: bool,
    detail: String,
}

/// Runs a script against a gateway. Every situation it plays must be well, and they must be the
/// expected ones: a script that dies early, or has lost one, fails.
///
/// `A situation, x upstream` and `…, y upstream` are shown as one line: `A situation [x y]`.
pub(super) fn check(mut script: Command, base_url: &str, expected: &Expect) {
    script.arg(base_url);
    let Ended { stdout, stderr, code } = program::run(script);
    let lines: Vec<Line> = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let failed: Vec<String> = lines
        .iter()
        .filter(|line| !line.ok)
        .map(|line| format!("FAILED {}\n    {}", line.name, line.detail))
        .collect();
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), lines.len(), failed.join("\n"));
    assert_eq!(code, Some(0), "the script died:\n{stdout}\n{stderr}");
    let names: BTreeSet<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names.len(), lines.len(), "each situation has a name of its own");
    expected.assert_eq(&shown(lines.iter().map(|line| line.name.as_str())));
}

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let split = name.strip_suffix(" upstream").and_then(|name| name.rsplit_once(", "));
        let (name, upstream) = split.map_or((name, None), |(name, upstream)| (name, Some(upstream)));
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
