//! Lengths, names and unfinished code, file by file.

use crate::rust_code::without_comments_and_literals;
use crate::tidy::finding::Finding;

/// A text file of the checkout.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

const FILE_LINES_MAX: usize = 600;
const LIB_LINES_MAX: usize = 150;
const CODE_ENDINGS: &[&str] = &[".rs", ".ts", ".tsx", ".mjs", ".py"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"];

/// Code that admits it is not finished, or a test that is not run.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "write it, or leave the feature out and say so in docs/reference/parity.md"),
    ("unimplemented!", "write it, or return an error that says what is missing"),
    ("#[ignore", "make the test run, or skip at run time with a printed `skipped: …`"),
];

/// Runs every check of this file over the code files among `sources`.
pub(crate) fn check_files(sources: &[SourceFile], findings: &mut Vec<Finding>) {
    for source in sources.iter().filter(|source| is_code(&source.path)) {
        check_length(source, findings);
        check_name(&source.path, findings);
        if source.path.ends_with(".rs") {
            check_finished(source, findings);
        }
    }
}

/// Generated type declarations are no code of ours.
fn is_code(path: &str) -> bool {
    CODE_ENDINGS.iter().any(|ending| path.ends_with(ending)) && !path.ends_with(".d.ts")
}

fn check_length(source: &SourceFile, findings: &mut Vec<Finding>) {
    let lines = source.text.lines().count();
    let is_lib = source.path.ends_with("/src/lib.rs");
    let (limit, mend) = if is_lib {
        (LIB_LINES_MAX, "lib.rs is a map: move code into a module named after its concept")
    } else {
        (FILE_LINES_MAX, "split it by concept")
    };
    if lines > limit {
        let message = format!("{lines} lines (limit {limit})");
        findings.push(Finding::line(&source.path, limit + 1, message, mend));
    }
}

fn check_name(path: &str, findings: &mut Vec<Finding>) {
    let named_so = path.split('/').any(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        EMPTY_NAMES.contains(&stem)
    });
    if named_so {
        let message = "a name that says nothing about what is inside";
        findings.push(Finding::file(path, message, "name it after its concept"));
    }
}

fn check_finished(source: &SourceFile, findings: &mut Vec<Finding>) {
    let code = without_comments_and_literals(&source.text);
    for (index, line) in code.lines().enumerate() {
        for (word, mend) in UNFINISHED {
            if contains_word(line, word) {
                let message = format!("`{word}` in the code");
                findings.push(Finding::line(&source.path, index + 1, message, *mend));
            }
        }
    }
}

/// True when `word` stands in `line` without being the end of a longer name.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(path: &str, text: &str, expected: &Expect) {
        let mut findings = Vec::new();
        check_files(&[SourceFile { path: path.into(), text: text.into() }], &mut findings);
        let lines: Vec<String> = findings.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn long_files_are_found() {
        let lines = |count: usize| "x\n".repeat(count);
        check("crates/a/src/lib.rs", &lines(150), &expect![""]);
        check(
            "crates/a/src/lib.rs",
            &lines(151),
            &expect!["crates/a/src/lib.rs:151: 151 lines (limit 150)"],
        );
        check("bench/run.py", &lines(600), &expect![""]);
        check("bench/run.py", &lines(601), &expect!["bench/run.py:601: 601 lines (limit 600)"]);
        check(
            "crates/a/tests/it/b.rs",
            &lines(601),
            &expect!["crates/a/tests/it/b.rs:601: 601 lines (limit 600)"],
        );
        check("docs/long.md", &lines(900), &expect![""]);
        check("packages/node/index.d.ts", &lines(900), &expect![""]);
    }

    #[test]
    fn empty_names_are_found() {
        check(
            "crates/a/src/utils.rs",
            "",
            &expect!["crates/a/src/utils.rs: a name that says nothing about what is inside"],
        );
        check(
            "crates/a/src/common/mod.rs",
            "",
            &expect!["crates/a/src/common/mod.rs: a name that says nothing about what is inside"],
        );
        check(
            "bench/helpers.test.mjs",
            "",
            &expect!["bench/helpers.test.mjs: a name that says nothing about what is inside"],
        );
        check("crates/a/src/commonmark.rs", "", &expect![""]);
    }

    #[test]
    fn unfinished_code_is_found_but_not_the_word() {
        check("a.rs", "fn f() {\n    todo!()\n}", &expect!["a.rs:2: `todo!` in the code"]);
        check(
            "a.rs",
            "std::unimplemented!(\"x\")",
            &expect!["a.rs:1: `unimplemented!` in the code"],
        );
        check(
            "a.rs",
            "#[ignore = \"slow\"]\nfn t() {}",
            &expect!["a.rs:1: `#[ignore` in the code"],
        );
        check("a.rs", "// todo! later\nlet s = \"todo!()\"; my_todo!()", &expect![""]);
    }
}
