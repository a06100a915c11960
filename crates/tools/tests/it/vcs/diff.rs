//! `diff`.

use expect_test::{Expect, expect};
use ironbridge_tools::vcs::{self, DiffInput};
use ironbridge_tools::{Control, Limits};

use super::{Repo, refusal};

fn check(repo: &Repo, input: &DiffInput, expected: &Expect) {
    let diff = vcs::diff(&repo.workspace, input, &Control::unbounded()).expect("a diff");
    expected.assert_eq(&show(&diff));
}

fn show(diff: &vcs::Diff) -> String {
    let mut text = String::new();
    for file in &diff.files {
        let from = file.from.as_ref().map_or(String::new(), |from| format!(" from {from:?}"));
        let figures = match (file.added, file.removed) {
            (Some(added), Some(removed)) => format!("+{added} -{removed}"),
            _ => "binary".to_owned(),
        };
        assert_eq!(file.binary, file.added.is_none());
        text += &format!("{:?}{from} {figures}\n", file.path);
    }
    text += &diff.text;
    text + if diff.truncated { "\ntruncated\n" } else { "" }
}

fn staged() -> DiffInput {
    DiffInput { staged: true, ..DiffInput::default() }
}

#[test]
fn staged_and_unstaged_are_two_things() {
    let repo = Repo::born();
    repo.write("a", "one\nstaged\n");
    repo.git("add a");
    repo.write("a", "one\nunstaged\n");
    repo.write("untracked", "x\n");
    check(
        &repo,
        &DiffInput::default(),
        &expect![[r#"
        "a" +1 -1
        diff --git a/a b/a
        index c7847ad..1b203fb 100644
        --- a/a
        +++ b/a
        @@ -1,2 +1,2 @@
         one
        -staged
        +unstaged
    "#]],
    );
    check(
        &repo,
        &staged(),
        &expect![[r#"
        "a" +1 -1
        diff --git a/a b/a
        index 814f4a4..c7847ad 100644
        --- a/a
        +++ b/a
        @@ -1,2 +1,2 @@
         one
        -two
        +staged
    "#]],
    );
    check(
        &repo,
        &DiffInput { stat: true, ..staged() },
        &expect![[r#"
        "a" +1 -1
    "#]],
    );
    let base = DiffInput { base: Some("HEAD".into()), ..DiffInput::default() };
    check(
        &repo,
        &DiffInput { stat: true, ..base },
        &expect![[r#"
        "a" +1 -1
    "#]],
    );
}

#[test]
fn renames_binaries_and_odd_names() {
    let repo = Repo::born();
    repo.write("bin", "a\0b");
    repo.git("add .");
    repo.git("commit --quiet -m binary");
    repo.write("bin", "a\0c");
    repo.git("mv sub/b sub/moved");
    repo.write("with space", "x\n");
    repo.write("\u{e9}", "x\n");
    repo.git("add --all");
    check(
        &repo,
        &staged(),
        &expect![[r#"
        "bin" binary
        "sub/moved" from "sub/b" +0 -0
        "with space" +1 -0
        "é" +1 -0
        diff --git a/bin b/bin
        index 20b5be9..88f3700 100644
        Binary files a/bin and b/bin differ
        diff --git a/sub/b b/sub/moved
        similarity index 100%
        rename from sub/b
        rename to sub/moved
        diff --git a/with space b/with space
        new file mode 100644
        index 0000000..587be6b
        --- /dev/null
        +++ b/with space	
        @@ -0,0 +1 @@
        +x
        diff --git a/é b/é
        new file mode 100644
        index 0000000..587be6b
        --- /dev/null
        +++ b/é
        @@ -0,0 +1 @@
        +x
    "#]],
    );
}

#[test]
fn a_file_that_is_no_utf8_is_shown_with_replacement_characters() {
    let repo = Repo::born();
    std::fs::write(repo.root.join("a"), b"one\ncaf\xe9\n").expect("written");
    check(
        &repo,
        &DiffInput::default(),
        &expect![[r#"
        "a" +1 -1
        diff --git a/a b/a
        index 814f4a4..5c7f9a0 100644
        --- a/a
        +++ b/a
        @@ -1,2 +1,2 @@
         one
        -two
        +caf�
    "#]],
    );
}

#[test]
fn only_the_named_file_or_folder() {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    repo.write("sub/b", "changed\n");
    repo.write("*", "x\n");
    repo.git("add --intent-to-add .");
    let only =
        |file: &str| DiffInput { file: Some(file.into()), stat: true, ..DiffInput::default() };
    check(
        &repo,
        &only("sub"),
        &expect![[r#"
        "sub/b" +1 -1
    "#]],
    );
    check(
        &repo,
        &only("sub/../a"),
        &expect![[r#"
        "a" +1 -2
    "#]],
    );
    check(
        &repo,
        &only("*"),
        &expect![[r#"
        "*" +1 -0
    "#]],
    );
    check(&repo, &only("missing"), &expect![[r#""#]]);
}

#[test]
fn a_base_is_compared_with_or_with_where_both_parted() {
    let repo = Repo::born();
    repo.git("switch --quiet -c topic");
    repo.write("topic", "t\n");
    repo.git("add .");
    repo.git("commit --quiet -m topic");
    repo.git("switch --quiet main");
    repo.write("main", "m\n");
    repo.git("add .");
    repo.git("commit --quiet -m main");
    repo.git("switch --quiet topic");
    let base = DiffInput { base: Some("main".into()), stat: true, ..DiffInput::default() };
    check(
        &repo,
        &base,
        &expect![[r#"
        "main" +0 -1
        "topic" +1 -0
    "#]],
    );
    check(
        &repo,
        &DiffInput { merge_base: true, ..base },
        &expect![[r#"
        "topic" +1 -0
    "#]],
    );
}

#[test]
fn a_conflict_is_shown_with_both_sides() {
    let repo = Repo::born();
    repo.git("switch --quiet -c theirs");
    repo.write("a", "theirs\n");
    repo.git("commit --quiet -am theirs");
    repo.git("switch --quiet main");
    repo.write("a", "ours\n");
    repo.git("commit --quiet -am ours");
    assert!(!repo.try_git("merge --quiet theirs").0);
    repo.write("sub/b", "changed\n");
    check(
        &repo,
        &DiffInput::default(),
        &expect![[r#"
        "a" +4 -0
        "sub/b" +1 -1
        diff --cc a
        index b19a1e9,950b81b..0000000
        --- a/a
        +++ b/a
        @@@ -1,1 -1,1 +1,5 @@@
        ++<<<<<<< HEAD
         +ours
        ++=======
        + theirs
        ++>>>>>>> theirs
        diff --git a/sub/b b/sub/b
        index 6178079..5ea2ed4 100644
        --- a/sub/b
        +++ b/sub/b
        @@ -1 +1 @@
        -b
        +changed
    "#]],
    );
}

#[test]
fn before_the_first_commit_everything_staged_is_new() {
    let repo = Repo::unborn();
    repo.write("new", "x\n");
    repo.git("add new");
    check(
        &repo,
        &staged(),
        &expect![[r#"
        "new" +1 -0
        diff --git a/new b/new
        new file mode 100644
        index 0000000..587be6b
        --- /dev/null
        +++ b/new
        @@ -0,0 +1 @@
        +x
    "#]],
    );
    let base = DiffInput { base: Some("HEAD".into()), ..DiffInput::default() };
    let refused = vcs::diff(&repo.workspace, &base, &Control::unbounded());
    assert!(refusal(&repo, refused).starts_with("unknown_revision: "));
}

#[test]
fn a_text_over_the_limit_is_cut_between_characters_and_the_figures_stay_whole() {
    let repo = Repo::born();
    repo.write("a", &"\u{20ac}\u{20ac}\u{20ac}\n".repeat(50_000));
    repo.write("sub/b", "changed\n");
    for diff_bytes in [1000, 1001, 1002] {
        let mut limits = Limits::default();
        limits.vcs.diff_bytes = diff_bytes;
        let workspace = repo.within(".").with_limits(limits);
        let diff = vcs::diff(&workspace, &DiffInput::default(), &Control::unbounded());
        let diff = diff.expect("a diff");
        assert!(diff.truncated && diff.text.len() <= 1002, "{}", diff.text.len());
        assert!(!diff.text.contains('\u{fffd}'));
        assert_eq!(diff.files.len(), 2);
        assert_eq!(diff.files[0].added, Some(50_000));
    }
}

#[test]
fn the_users_config_does_not_change_the_form() {
    let repo = Repo::born();
    for setting in [
        "color.ui always",
        "diff.noprefix true",
        "diff.mnemonicPrefix true",
        "diff.external false",
        "diff.relative true",
        "core.quotepath true",
        "status.showUntrackedFiles no",
        "diff.renames false",
    ] {
        repo.git(&format!("config {setting}"));
    }
    repo.write("\u{e9}", "x\n");
    assert_eq!(repo.status().counts.untracked, 1);
    repo.git("add .");
    check(
        &repo,
        &staged(),
        &expect![[r#"
        "é" +1 -0
        diff --git a/é b/é
        new file mode 100644
        index 0000000..587be6b
        --- /dev/null
        +++ b/é
        @@ -0,0 +1 @@
        +x
    "#]],
    );
}
