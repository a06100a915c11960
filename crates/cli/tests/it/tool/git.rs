//! The tools for git, as they should go and as they go wrong.

use expect_test::expect;

use super::each::{MAIN, NOTES};
use super::project::{Project, check};

#[test]
fn git() {
    let project = Project::with(&[MAIN, NOTES]);
    project.git(&["init", "--quiet", "--initial-branch", "main"]);
    project.git(&["add", "notes.md"]);
    project.check(&["git-commit"], r#"{"message":"Begin"}"#, expect![[r#"
        {"commit":"8d6bf1dbfa5fc21d7cc2766a0f371be190b09df3","short":"8d6bf1d","parents":[],"author":"Ada","email":"ada@example.org","time":…,"names":["HEAD -> main"],"subject":"Begin"}
        --- stderr
        --- exit 0
    "#]]);
    project.write("notes.md", "one\n2\nthree\n");
    project.check(&["git-info"], "{}", expect![[r#"
        {"root":"HOME/project","branch":"main","commit":"8d6bf1dbfa5fc21d7cc2766a0f371be190b09df3","short":"8d6bf1d","detached":false,"unborn":false,"counts":{"added":0,"modified":1,"deleted":0,"untracked":1,"conflicts":0,"staged":0}}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["git-status"], "{}", expect![[r#"
        {"root":"HOME/project","branch":"main","commit":"8d6bf1dbfa5fc21d7cc2766a0f371be190b09df3","short":"8d6bf1d","detached":false,"unborn":false,"counts":{"added":0,"modified":1,"deleted":0,"untracked":1,"conflicts":0,"staged":0},"files":[{"path":"notes.md","worktree":"modified","staged":false,"unstaged":true,"untracked":false},{"path":"src/main.rs","staged":false,"unstaged":false,"untracked":true}],"truncated":false}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["git-diff"], "{}", expect![[r#"
        {"files":[{"path":"notes.md","added":1,"removed":1,"binary":false}],"text":"diff --git a/notes.md b/notes.md\nindex 4cb29ea..f04eb26 100644\n--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n","truncated":false}
        --- stderr
        --- exit 0
    "#]]);
    project.check(
        &["git-stage"],
        r#"{"files":["notes.md","src"]}"#,
        expect![[r#"
        {"counts":{"added":1,"modified":1,"deleted":0,"untracked":0,"conflicts":0,"staged":2}}
        --- stderr
        --- exit 0
    "#]],
    );
    project.check(
        &["git-unstage"],
        r#"{"files":["src"]}"#,
        expect![[r#"
        {"counts":{"added":0,"modified":1,"deleted":0,"untracked":1,"conflicts":0,"staged":1}}
        --- stderr
        --- exit 0
    "#]],
    );
    project.check(&["git-branches"], r#"{"create":"more","switch":"more"}"#, expect![[r#"
        {"current":"more","branches":[{"name":"main","remote":false,"current":false,"commit":"8d6bf1dbfa5fc21d7cc2766a0f371be190b09df3","time":…,"subject":"Begin"},{"name":"more","remote":false,"current":true,"commit":"8d6bf1dbfa5fc21d7cc2766a0f371be190b09df3","time":…,"subject":"Begin","worktree":"HOME/project"}],"truncated":false}
        --- stderr
        --- exit 0
    "#]]);
}

#[test]
fn git_that_refuses() {
    check(
        &[],
        "git-info",
        "{}",
        expect![[r#"
        {"error":{"code":"no_repository","message":"HOME/project: no git repository here or above; `git init` makes one"}}
        --- stderr
        --- exit 1
    "#]],
    );
    check(
        &[],
        "git-status",
        r#"{"path":".."}"#,
        expect![[r#"
        {"error":{"code":"outside","message":"HOME: lies outside HOME/project","resolved":"HOME","root":"HOME/project"}}
        --- stderr
        --- exit 1
    "#]],
    );
    let project = Project::with(&[NOTES]);
    project.git(&["init", "--quiet", "--initial-branch", "main"]);
    project.check(&["git-diff"], r#"{"base":"absent"}"#, expect![[r#"
        {"error":{"code":"unknown_revision","message":"git diff: fatal: bad revision 'absent'","command":"git diff"}}
        --- stderr
        --- exit 1
    "#]]);
    project.check(
        &["git-stage"],
        "{}",
        expect![[r#"
        {"error":{"code":"invalid_request","message":"name either `files`, or `all`, or `update`"}}
        --- stderr
        --- exit 1
    "#]],
    );
    project.check(
        &["git-unstage"],
        "{}",
        expect![[r#"
        {"error":{"code":"invalid_request","message":"name either `files`, or `all`"}}
        --- stderr
        --- exit 1
    "#]],
    );
    project.check(&["git-commit"], r#"{"message":"Nothing"}"#, expect![[r#"
        {"error":{"code":"nothing_staged","message":"git commit: On branch main\n\nInitial commit\n\nUntracked files:\n  (use \"git add <file>...\" to include in what will be committed)\n\tnotes.md\n\nnothing added to commit but untracked files present (use \"git add\" to track)","command":"git commit"}}
        --- stderr
        --- exit 1
    "#]]);
    project.check(&["git-branches"], r#"{"switch":"absent"}"#, expect![[r#"
        {"error":{"code":"unknown_revision","message":"git switch: fatal: invalid reference: absent","command":"git switch"}}
        --- stderr
        --- exit 1
    "#]]);
}
