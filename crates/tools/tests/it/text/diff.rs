//! Unified diffs.

use std::process::{Command, Stdio};

use expect_test::expect;
use ironbridge_tools::Limits;
use ironbridge_tools::text::unified_diff;

/// The diff, with `\r` for a carriage return.
fn diff(old: Option<&str>, new: Option<&str>) -> String {
    let diff = unified_diff("file", old, new, &Limits::default().diff);
    assert!(!diff.truncated);
    format!("+{}-{}\n{}", diff.added, diff.removed, diff.text.replace('\r', "\\r"))
}

#[test]
fn hunks_have_context_and_places() {
    let numbers = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
    let changed = numbers.replace("\n2\n", "\ntwo\n").replace("11\n", "");
    let cases = [
        diff(Some("a\n"), Some("a\n")),
        diff(Some(numbers), Some(&changed)),
        diff(None, Some("new\n")),
        diff(Some("gone\n"), None),
        diff(None, Some("")),
    ];
    expect![[r#"
        +0-0

        +1-2
        --- a/file
        +++ b/file
        @@ -1,5 +1,5 @@
         1
        -2
        +two
         3
         4
         5
        @@ -8,5 +8,4 @@
         8
         9
         10
        -11
         12

        +1-0
        --- /dev/null
        +++ b/file
        @@ -0,0 +1 @@
        +new

        +0-1
        --- a/file
        +++ /dev/null
        @@ -1 +0,0 @@
        -gone

        +0-0
        --- /dev/null
        +++ b/file
    "#]]
    .assert_eq(&cases.join("\n"));
}

#[test]
fn line_endings_and_a_missing_last_one_are_shown() {
    let cases = [
        diff(Some("a\r\nb\r\n"), Some("a\r\nc\r\n")),
        diff(Some("a\r\nb\n"), Some("a\nb\n")),
        diff(Some("a"), Some("a\n")),
        diff(Some("a\n"), Some("b")),
        diff(Some("a\rb\r"), Some("a\rc\r")),
        diff(Some(""), Some("a")),
    ];
    expect![[r#"
        +1-1
        --- a/file
        +++ b/file
        @@ -1,2 +1,2 @@
         a\r
        -b\r
        +c\r

        +1-1
        --- a/file
        +++ b/file
        @@ -1,2 +1,2 @@
        -a\r
        +a
         b

        +1-1
        --- a/file
        +++ b/file
        @@ -1 +1 @@
        -a
        \ No newline at end of file
        +a

        +1-1
        --- a/file
        +++ b/file
        @@ -1 +1 @@
        -a
        +b
        \ No newline at end of file

        +1-1
        --- a/file
        +++ b/file
        @@ -1,2 +1,2 @@
         a
        -b
        +c

        +1-0
        --- a/file
        +++ b/file
        @@ -0,0 +1 @@
        +a
        \ No newline at end of file
    "#]]
    .assert_eq(&cases.join("\n"));
}

#[test]
fn what_is_too_long_is_cut_between_hunks_and_counted() {
    let mut limits = Limits::default().diff;
    limits.bytes = 60;
    let old: String = (0..100).map(|number| format!("{number}\n")).collect();
    let new = old.replace("1\n", "one\n");
    let diff = unified_diff("file", Some(&old), Some(&new), &limits);
    assert_eq!((diff.added, diff.removed, diff.truncated), (10, 10, true));
    expect![[r#"
        --- a/file
        +++ b/file
        @@ -1,5 +1,5 @@
         0
        -1
        +one
         2
         3
         4
    "#]]
    .assert_eq(&diff.text);
}

/// Without time the result is longer, and still right.
#[test]
fn without_time_the_counts_still_hold() {
    let mut limits = Limits::default().diff;
    limits.milliseconds = 0;
    let old: String = (0..4000).map(|number| format!("{}\n", number * 7 % 4001)).collect();
    let new: String = (0..4000).map(|number| format!("{}\n", number * 11 % 4001)).collect();
    let diff = unified_diff("file", Some(&old), Some(&new), &limits);
    assert_eq!(diff.added, diff.removed);
    assert!(diff.added <= 4000);
}

#[test]
fn git_applies_it() {
    let texts = [
        None,
        Some("a\nb\nc\n"),
        Some("a\r\nb\r\nc\r\n"),
        Some("a\nc"),
        Some("b\r\n"),
        Some("x\ny"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder.path()).output()
    };
    if git(&["init", "-q"]).is_err() {
        println!("skipped: no git here");
        return;
    }
    let path = folder.path().join("file");
    for old in texts {
        for new in texts.into_iter().filter(|new| *new != old) {
            let diff = unified_diff("file", old, new, &Limits::default().diff);
            let _ = std::fs::remove_file(&path);
            if let Some(old) = old {
                std::fs::write(&path, old).expect("written");
            }
            std::fs::write(folder.path().join("patch"), &diff.text).expect("written");
            let applied = git(&["apply", "--whitespace=nowarn", "patch"]).expect("git runs");
            assert!(applied.status.success(), "{old:?} {new:?}\n{}\n{applied:?}", diff.text);
            let after = std::fs::read_to_string(&path).ok();
            assert_eq!(after.as_deref(), new, "{}", diff.text);
        }
    }
}
