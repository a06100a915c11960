//! `docs/reference/parity.md`: what is called done names a test that exists.

use crate::tidy::files::SourceFile;
use crate::tidy::finding::Finding;

const PAGE: &str = "docs/reference/parity.md";

/// Checks each row of the page: feature, system, state, test.
pub(crate) fn check(sources: &[SourceFile], findings: &mut Vec<Finding>) {
    let Some(page) = sources.iter().find(|source| source.path == PAGE) else {
        findings.push(Finding::file(PAGE, "is missing", "one row per feature of the five systems"));
        return;
    };
    for (index, line) in page.text.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let &[_, _, state, test] = cells.as_slice() else { continue };
        let message = if state == "State" || state.starts_with("---") {
            continue;
        } else if state == "done" {
            let names: Vec<&str> = test.split('`').skip(1).step_by(2).collect();
            match names.iter().find(|name| !exists(name, sources)) {
                _ if names.is_empty() => "done, but no test is named".to_owned(),
                Some(name) => format!("done, but there is no test `{name}`"),
                None => continue,
            }
        } else if state == "otherwise" || is_issue(state) {
            continue;
        } else {
            format!("the state \"{state}\" is none of: done, issue N, otherwise")
        };
        let mend =
            "name the test as `file.rs::function` or by its path, or say in which issue it comes";
        findings.push(Finding::line(PAGE, index + 1, message, mend));
    }
}

fn is_issue(state: &str) -> bool {
    state.strip_prefix("issue ").is_some_and(|number| number.parse::<u32>().is_ok())
}

/// `path/of/file.rs::function`, any end of such a path, or just the path of a file.
fn exists(name: &str, sources: &[SourceFile]) -> bool {
    let (path, function) = match name.split_once("::") {
        Some((path, function)) => (path, Some(format!("fn {function}("))),
        None => (name, None),
    };
    sources.iter().any(|source| {
        let is_file = source.path == path || source.path.ends_with(&format!("/{path}"));
        is_file && function.as_ref().is_none_or(|function| source.text.contains(function))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check_rows(rows: &str, expected: &Expect) {
        let source = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let head = "| Feature | System | State | Test |\n|---|---|---|---|\n";
        let sources = [
            source(PAGE, &format!("{head}{rows}")),
            source("crates/wire/tests/it/chat.rs", "#[test]\nfn plain_text() {}\n"),
        ];
        let mut findings = Vec::new();
        check(&sources, &mut findings);
        let lines: Vec<String> = findings.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn rows_with_an_existing_test_or_a_plan_pass() {
        check_rows("| a | b | done | `it/chat.rs::plain_text` |", &expect![""]);
        check_rows("| a | b | done | `crates/wire/tests/it/chat.rs` |", &expect![""]);
        check_rows("| a | b | issue 3 | – |\n| a | b | otherwise | – |", &expect![""]);
    }

    #[test]
    fn a_done_without_its_test_is_found() {
        check_rows(
            "| a | b | done | – |",
            &expect!["docs/reference/parity.md:3: done, but no test is named"],
        );
        check_rows(
            "| a | b | done | `it/chat.rs::images` |",
            &expect!["docs/reference/parity.md:3: done, but there is no test `it/chat.rs::images`"],
        );
        check_rows(
            "| a | b | soon | – |",
            &expect![[
                r#"docs/reference/parity.md:3: the state "soon" is none of: done, issue N, otherwise"#
            ]],
        );
    }
}
