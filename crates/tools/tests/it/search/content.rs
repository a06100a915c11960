//! `grep`: patterns, lines, context.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use ironbridge_tools::search::{
    Case, GrepInput, GrepLine, GrepMode, GrepOutput, Order, SearchError, grep,
};
use ironbridge_tools::{Coded as _, Control};

use super::paths::failed;
use super::tree_on_disk::Project;

/// `number@offset:column: text`, matches in `«»`, `-` instead of `:` for context, what was cut in `[bytes]`.
fn line(line: &GrepLine) -> String {
    let mut text = line.text.clone();
    for range in line.ranges.iter().rev() {
        text.insert(usize::try_from(range.end).expect("small"), '»');
        text.insert(usize::try_from(range.start).expect("small"), '«');
    }
    let mut all = format!("{}", line.line);
    if let Some(end) = line.end_line {
        write!(all, "..{end}").expect("it is a string");
    }
    write!(all, "@{}", line.offset).expect("it is a string");
    if let Some(column) = line.column {
        write!(all, ":{column}").expect("it is a string");
    }
    all.push_str(if line.context { "- " } else { ": " });
    if line.omitted_before > 0 {
        write!(all, "[{}]", line.omitted_before).expect("it is a string");
    }
    all.push_str(&text.escape_debug().to_string());
    if line.omitted_after > 0 {
        write!(all, "[{}]", line.omitted_after).expect("it is a string");
    }
    all.push_str(if line.lossy { " (lossy)" } else { "" });
    all
}

pub(crate) fn told(output: &GrepOutput) -> String {
    let mut text = String::new();
    for file in &output.files {
        let matches = file.matches.map(|matches| format!(" {matches}")).unwrap_or_default();
        let cut = if file.truncated { " cut" } else { "" };
        writeln!(text, "{}{matches}{cut}", file.path).expect("it is a string");
        for shown in &file.lines {
            writeln!(text, "  {}", line(shown)).expect("it is a string");
        }
    }
    let totals = output.totals;
    write!(text, "= {}", totals.files).expect("it is a string");
    if let Some(matches) = totals.matches {
        write!(text, " with {matches}").expect("it is a string");
    }
    if output.truncated {
        text.push_str(", cut");
    }
    if output.binary > 0 {
        write!(text, ", binary: {}", output.binary).expect("it is a string");
    }
    let ignored = output.ignored;
    if ignored.files > 0 || !ignored.exact {
        let more = if ignored.exact { "" } else { "+" };
        write!(text, ", ignored: {} with {:?}{more}", ignored.files, ignored.matches)
            .expect("it is a string");
    }
    if !output.coverage.complete {
        write!(text, ", stopped: {:?}", output.coverage.stopped).expect("it is a string");
    }
    for skipped in &output.coverage.unreadable.first {
        write!(text, ", {}: {}", skipped.path, skipped.reason).expect("it is a string");
    }
    text
}

pub(crate) fn grepped(project: &Project, input: &GrepInput) -> String {
    match grep(&project.workspace, input, &Control::unbounded()) {
        Ok(output) => told(&output),
        Err(error) => failed(project, &error),
    }
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "cases are written where they are checked")]
pub(crate) fn check(project: &Project, input: GrepInput, expected: &Expect) {
    expected.assert_eq(&grepped(project, &input));
}

pub(crate) fn sought(pattern: &str) -> GrepInput {
    GrepInput::new(pattern)
}

#[test]
fn lines_come_with_number_offset_column_and_ranges() {
    let project = &Project::new(
        "a = one two\\nthree\\ntwo two\\n\n b = zwei\\r\\ntwo\\r\\n\n c = no\n ü = übertwo",
    );
    check(
        project,
        sought("two"),
        &expect![[r#"
        ü 1
          1@0:5: über«two»
        b 1
          2@6:1: «two»
        a 2
          1@0:5: one «two»
          3@14:1: «two» «two»
        = 3 with 4"#]],
    );
    check(
        project,
        sought("two$"),
        &expect![[r#"
        ü 1
          1@0:5: über«two»
        b 1
          2@6:1: «two»
        a 2
          1@0:5: one «two»
          3@14:5: two «two»
        = 3 with 4"#]],
    );
    check(
        project,
        sought("^t.*"),
        &expect![[r#"
        b 1
          2@6:1: «two»
        a 2
          2@8:1: «three»
          3@14:1: «two two»
        = 2 with 3"#]],
    );
    check(project, sought("^$"), &expect!["= 0 with 0"]);
    check(
        project,
        GrepInput { order: Order::Path, ..sought("t(wo)?") },
        &expect![[r#"
        a 3
          1@0:5: one «two»
          2@8:1: «t»hree
          3@14:1: «two» «two»
        b 1
          2@6:1: «two»
        ü 1
          1@0:5: über«two»
        = 3 with 5"#]],
    );
    check(
        project,
        GrepInput { invert: true, path: Some("a".into()), ..sought("two") },
        &expect![[r#"
            a 1
              2@8: three
            = 1 with 1"#]],
    );
    check(project, sought("nowhere"), &expect!["= 0 with 0"]);
}

#[test]
fn the_pattern_is_taken_as_asked() {
    let project = &Project::new("a = Foo foo foobar\\na.b a+b\\n");
    check(
        project,
        sought("foo"),
        &expect![[r#"
        a 1
          1@0:5: Foo «foo» «foo»bar
        = 1 with 1"#]],
    );
    check(
        project,
        GrepInput { case: Case::Insensitive, ..sought("FOO") },
        &expect![[r#"
        a 1
          1@0:1: «Foo» «foo» «foo»bar
        = 1 with 1"#]],
    );
    check(
        project,
        GrepInput { case: Case::Smart, ..sought("foo") },
        &expect![[r#"
        a 1
          1@0:1: «Foo» «foo» «foo»bar
        = 1 with 1"#]],
    );
    check(
        project,
        GrepInput { case: Case::Smart, ..sought("Foo") },
        &expect![[r#"
        a 1
          1@0:1: «Foo» foo foobar
        = 1 with 1"#]],
    );
    check(
        project,
        GrepInput { whole_word: true, ..sought("foo") },
        &expect![[r#"
        a 1
          1@0:5: Foo «foo» foobar
        = 1 with 1"#]],
    );
    check(
        project,
        GrepInput { fixed_strings: true, ..sought("a+b") },
        &expect![[r#"
        a 1
          2@15:5: a.b «a+b»
        = 1 with 1"#]],
    );
    check(
        project,
        sought("a.b"),
        &expect![[r#"
        a 1
          2@15:1: «a.b» «a+b»
        = 1 with 1"#]],
    );
}

#[test]
fn a_pattern_that_is_none_is_refused_with_its_place() {
    let project = &Project::new("a");
    check(
        project,
        sought("foo("),
        &expect![
            "invalid_pattern: pattern `foo(`: unclosed group at character 4; `fixedStrings` takes it literally"
        ],
    );
    check(
        project,
        sought("a{2,1}"),
        &expect![
            "invalid_pattern: pattern `a{2,1}`: invalid repetition count range, the start must be <= the end at character 2; `fixedStrings` takes it literally"
        ],
    );
    check(
        project,
        sought("é[z-a]"),
        &expect![
            "invalid_pattern: pattern `é[z-a]`: invalid character class range, the start must be <= the end at character 3; `fixedStrings` takes it literally"
        ],
    );
    check(
        project,
        sought("(?<n>a)\\k<n>"),
        &expect![[
            r#"invalid_pattern: pattern `(?<n>a)\k<n>`: unrecognized escape sequence at character 8; `fixedStrings` takes it literally"#
        ]],
    );
    check(
        project,
        sought("(?=a)"),
        &expect![
            "invalid_pattern: pattern `(?=a)`: look-around, including look-ahead and look-behind, is not supported at character 1; `fixedStrings` takes it literally"
        ],
    );
    let error = grep(&project.workspace, &sought("foo("), &Control::unbounded()).expect_err("no");
    assert!(matches!(error, SearchError::Pattern { at: Some(4), .. }));
    assert_eq!(error.details().get("at"), Some(&4.into()));
}

#[test]
fn what_else_is_refused() {
    let project = &Project::new("a");
    check(
        project,
        sought("a\\nb"),
        &expect![[
            r#"needs_multiline: pattern `a\nb`: it names a line break; `multiline` searches across lines"#
        ]],
    );
    check(
        project,
        GrepInput { fixed_strings: true, ..sought("a\nb") },
        &expect![[r#"
        needs_multiline: pattern `a
        b`: it names a line break; `multiline` searches across lines"#]],
    );
    check(
        project,
        sought("^^^("),
        &expect![
            "invalid_pattern: pattern `^^^(`: unclosed group at character 4; `fixedStrings` takes it literally"
        ],
    );
    check(
        project,
        sought("(?x)\n("),
        &expect![[r#"
        invalid_pattern: pattern `(?x)
        (`: unclosed group at character 6; `fixedStrings` takes it literally"#]],
    );
    check(
        project,
        sought(r"((\w{200}){200}){200}"),
        &expect![[
            r#"invalid_pattern: pattern `((\w{200}){200}){200}`: compiled regex exceeds size limit of 10485760; `fixedStrings` takes it literally"#
        ]],
    );
    check(
        project,
        sought(&"a".repeat(70_000)),
        &expect!["too_large: pattern: 70000 bytes are more than the limit of 65536"],
    );
    check(
        project,
        GrepInput { types: vec!["tsx".to_owned()], ..sought("a") },
        &expect!["unknown_type: type `tsx`: no such type of files; near it: ts, typescript"],
    );
    check(
        project,
        GrepInput { types: vec!["?".to_owned()], ..sought("a") },
        &expect!["unknown_type: type `?`: no such type of files"],
    );
    check(
        project,
        GrepInput { include: vec!["{".to_owned()], ..sought("a") },
        &expect![
            "invalid_glob: glob `{`: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?); a backslash takes the next character literally"
        ],
    );
    check(
        project,
        GrepInput { path: Some("b".into()), ..sought("a") },
        &expect!["not_found: PROJECT/b: there is no such file or folder"],
    );
    check(
        project,
        GrepInput { context: 1000, ..sought("a") },
        &expect!["too_large: before: 1000 lines are more than the limit of 100"],
    );
}

#[test]
fn context_surrounds_matches_and_is_given_once() {
    let project = &Project::new("a = 1\\n2\\nx\\n4\\n5\\nx\\n7\\n8\\n9\\n");
    check(
        project,
        GrepInput { context: 1, ..sought("x") },
        &expect![[r#"
        a 2
          2@2- 2
          3@4:1: «x»
          4@6- 4
          5@8- 5
          6@10:1: «x»
          7@12- 7
        = 1 with 2"#]],
    );
    check(
        project,
        GrepInput { context: 2, ..sought("x") },
        &expect![[r#"
        a 2
          1@0- 1
          2@2- 2
          3@4:1: «x»
          4@6- 4
          5@8- 5
          6@10:1: «x»
          7@12- 7
          8@14- 8
        = 1 with 2"#]],
    );
    check(
        project,
        GrepInput { before: Some(1), ..sought("x") },
        &expect![[r#"
        a 2
          2@2- 2
          3@4:1: «x»
          5@8- 5
          6@10:1: «x»
        = 1 with 2"#]],
    );
    check(
        project,
        GrepInput { after: Some(9), ..sought("x") },
        &expect![[r#"
        a 2
          3@4:1: «x»
          4@6- 4
          5@8- 5
          6@10:1: «x»
          7@12- 7
          8@14- 8
          9@16- 9
        = 1 with 2"#]],
    );
}

#[test]
fn a_match_that_is_cut_off_takes_its_context_with_it() {
    let project = &Project::new("a = 1\\n2\\nx\\n4\\n5\\nx\\n7\\n8\\n9\\n");
    check(
        project,
        GrepInput { context: 2, limit: Some(1), ..sought("x") },
        &expect![[r#"
        a 2 cut
          1@0- 1
          2@2- 2
          3@4:1: «x»
          4@6- 4
          5@8- 5
        = 1 with 2, cut"#]],
    );
    check(
        project,
        GrepInput { context: 2, limit_per_file: Some(1), ..sought("x") },
        &expect![[r#"
        a 2 cut
          1@0- 1
          2@2- 2
          3@4:1: «x»
          4@6- 4
          5@8- 5
        = 1 with 2, cut"#]],
    );
}

#[test]
fn matches_may_go_over_lines() {
    let project = &Project::new("a = one\\ntwo\\nthree\\r\\nfour\\n\n b = one\\n\\ntwo");
    let multiline = |pattern: &str| GrepInput { multiline: true, ..sought(pattern) };
    check(
        project,
        multiline("one\\ntwo"),
        &expect![[r#"
        a 2
          1..2@0:1: «one\ntwo»
        = 1 with 2"#]],
    );
    check(
        project,
        multiline("one.*two"),
        &expect![[r#"
        b 3
          1..3@0:1: «one\n\ntwo»
        a 2
          1..2@0:1: «one\ntwo»
        = 2 with 5"#]],
    );
    check(
        project,
        multiline("three$"),
        &expect![[r#"
        a 1
          3@8:1: «three»
        = 1 with 1"#]],
    );
    check(
        project,
        multiline("(?-s)t.*$"),
        &expect![[r#"
        b 1
          3@5:1: «two»
        a 2
          2..3@4:1: «two»\n«three»
        = 2 with 3"#]],
    );
    check(
        project,
        GrepInput { mode: GrepMode::Count, ..multiline("n.*w") },
        &expect![[r#"
        b 3
        a 2
        = 2 with 5"#]],
    );
}
