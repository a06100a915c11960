//! `commit`: messages, hooks, signing.

use std::path::Path;
use std::process::Command;

use expect_test::{Expect, expect};
use ironbridge_tools::vcs::{self, CommitInput};
use ironbridge_tools::{Cancel, Control};

use super::{Repo, refusal};

fn message(text: &str) -> CommitInput {
    CommitInput { message: Some(text.to_owned()), ..CommitInput::default() }
}

fn commit(repo: &Repo, input: &CommitInput) -> Result<vcs::Committed, vcs::VcsError> {
    vcs::commit(&repo.workspace, input, &Control::unbounded())
}

/// Stages a change, commits it, and shows the message as git kept it.
fn check(input: &CommitInput, expected: &Expect) {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    repo.git("add a");
    let text = match commit(&repo, input) {
        Ok(committed) => {
            assert_eq!(committed.commit.commit, repo.git("rev-parse HEAD").trim());
            repo.git("log -1 --format=%B")
        }
        Err(error) => refusal(&repo, Err::<(), _>(error)),
    };
    expected.assert_eq(&text);
}

#[test]
fn a_message_is_kept_as_it_is() {
    check(
        &message("subject"),
        &expect![[r#"
        subject

    "#]],
    );
    check(
        &message("subject\n\nbody\n\n\n"),
        &expect![[r#"
        subject

        body

    "#]],
    );
    check(
        &message("#12: no comment\n# nor this"),
        &expect![[r#"
        #12: no comment
        # nor this

    "#]],
    );
    check(
        &message("-m --amend $(x) `y` \"z\" \u{e9}"),
        &expect![[r#"
        -m --amend $(x) `y` "z" é

    "#]],
    );
    let body = |body: &str| CommitInput { body: Some(body.to_owned()), ..message("subject") };
    check(
        &body("line\n\n# line"),
        &expect![[r#"
        subject

        line

        # line

    "#]],
    );
    check(
        &body("  "),
        &expect![[r#"
        subject

    "#]],
    );
    check(
        &message(" \n"),
        &expect![[r#"
        invalid_request: a commit has a `message`
    "#]],
    );
    check(
        &CommitInput::default(),
        &expect![[r#"
        invalid_request: a commit has a `message`
    "#]],
    );
    check(
        &message("a\0b"),
        &expect![[r#"
        invalid_request: a message has no NUL byte
    "#]],
    );
}

#[test]
fn the_first_commit_needs_no_parent() {
    let repo = Repo::unborn();
    repo.write("a", "x\n");
    repo.git("add a");
    let committed = commit(&repo, &message("first")).expect("a commit");
    assert_eq!(committed.commit.parents, Vec::<String>::new());
    assert_eq!(committed.commit.subject, "first");
    assert_eq!(committed.commit.author, "Ann");
    assert!(!repo.info().head.unborn);
}

#[test]
fn amending_replaces_the_commit_and_may_keep_its_message() {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    repo.git("add a");
    let amend = CommitInput { amend: true, ..CommitInput::default() };
    let committed = commit(&repo, &amend).expect("a commit");
    assert_eq!(committed.commit.subject, "first");
    let amend = CommitInput { amend: true, ..message("other") };
    let committed = commit(&repo, &amend).expect("a commit");
    assert_eq!((committed.commit.subject.as_str(), committed.commit.parents.len()), ("other", 0));
    assert_eq!(repo.status().files, []);
}

#[test]
fn nothing_to_commit_is_said_unless_it_is_wanted() {
    let repo = Repo::born();
    repo.write("a", "changed, not staged\n");
    expect![[r#"
        nothing_staged: git commit: On branch main
        Changes not staged for commit:
          (use "git add <file>..." to update what will be committed)
          (use "git restore <file>..." to discard changes in working directory)
        	modified:   a

        no changes added to commit (use "git add" and/or "git commit -a")
    "#]]
    .assert_eq(&refusal(&repo, commit(&repo, &message("x"))));
    let empty = CommitInput { allow_empty: true, ..message("empty") };
    assert_eq!(commit(&repo, &empty).expect("a commit").commit.subject, "empty");
}

#[cfg(unix)]
#[test]
fn hooks_run_and_what_they_say_is_told() {
    let repo = Repo::born();
    repo.hook(
        "pre-commit",
        "echo checked; git diff --cached --name-only -- '*'; echo \"$GIT_DIR\"",
    );
    repo.hook("commit-msg", "echo 'Signed-off-by: hook' >> \"$1\"");
    repo.hook("post-commit", "echo after >&2");
    repo.write("a", "changed\n");
    repo.git("add a");
    let committed = commit(&repo, &message("subject")).expect("a commit");
    expect![[r#"
        checked
        a

        after

    "#]]
    .assert_eq(&format!("{}\n{}\n", committed.hook_output, committed.commit.body));
}

#[cfg(unix)]
#[test]
fn a_hook_that_refuses_is_told_and_can_be_left_out() {
    let repo = Repo::born();
    repo.hook("pre-commit", "echo 'a: trailing space'; echo 'fix it' >&2; exit 3");
    repo.write("a", "changed\n");
    repo.git("add a");
    expect![[r#"
        hook_failed: git commit: a: trailing space
        fix it
    "#]]
    .assert_eq(&refusal(&repo, commit(&repo, &message("x"))));
    assert_eq!(repo.git("rev-list --count HEAD"), "1\n");
    let input = CommitInput { no_verify: true, ..message("x") };
    commit(&repo, &input).expect("a commit");
    repo.hook("pre-commit", "exit 1");
    repo.write("a", "again\n");
    repo.git("add a");
    expect![[r#"
        hook_failed: git commit: it failed and did not say why
    "#]]
    .assert_eq(&refusal(&repo, commit(&repo, &message("x"))));
}

#[cfg(unix)]
#[test]
fn a_process_that_a_hook_leaves_behind_is_not_waited_for() {
    let repo = Repo::born();
    // It holds stdout and stderr of git until it is told to end.
    repo.hook("post-commit", "(cat .git/wait > /dev/null) &");
    let fifo = repo.root.join(".git/wait");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    repo.write("a", "changed\n");
    repo.git("add a");
    commit(&repo, &message("x")).expect("a commit");
    drop(std::fs::File::options().read(true).write(true).open(&fifo).expect("opened"));
}

#[cfg(unix)]
#[test]
fn a_cancelled_commit_ends_its_hooks_and_leaves_no_lock() {
    let repo = Repo::born();
    // The hook says that it runs by opening the pipe, and would then wait for ever.
    repo.hook("pre-commit", "echo x > .git/runs; exec tail -f /dev/null");
    let fifo = repo.root.join(".git/runs");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    repo.write("a", "changed\n");
    repo.git("add a");
    let cancel = Cancel::new();
    let control = Control::cancelled_by(cancel.clone());
    let refused = std::thread::scope(|scope| {
        let committing = scope.spawn(|| vcs::commit(&repo.workspace, &message("x"), &control));
        assert_eq!(std::fs::read_to_string(&fifo).expect("the hook runs"), "x\n");
        cancel.cancel();
        committing.join().expect("no panic")
    });
    assert_eq!(refusal(&repo, refused), "cancelled: cancelled\n");
    assert!(!repo.root.join(".git/index.lock").exists());
    assert_eq!(repo.status().counts.staged, 1);
}

#[cfg(unix)]
#[test]
fn commits_are_signed_where_the_config_says_so() {
    let repo = Repo::born();
    let key = repo.top.join("key");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key);
    if !keygen.status().is_ok_and(|status| status.success()) {
        println!("skipped: ssh-keygen is missing");
        return;
    }
    repo.git("config gpg.format ssh");
    repo.git("config commit.gpgsign true");
    repo.git(&format!("config user.signingkey {}", key.display()));
    repo.write("a", "changed\n");
    repo.git("add a");
    commit(&repo, &message("signed")).expect("a commit");
    assert!(repo.git("cat-file commit HEAD").contains("-----BEGIN SSH SIGNATURE-----"));
    repo.git(&format!("config user.signingkey {}", Path::new("/no/such/key").display()));
    let empty = CommitInput { allow_empty: true, ..message("unsigned") };
    assert!(refusal(&repo, commit(&repo, &empty)).starts_with("unsigned: "));
}

#[test]
fn unresolved_conflicts_are_not_committed() {
    let repo = Repo::born();
    repo.git("switch --quiet -c theirs");
    repo.write("a", "theirs\n");
    repo.git("commit --quiet -am theirs");
    repo.git("switch --quiet main");
    repo.write("a", "ours\n");
    repo.git("commit --quiet -am ours");
    assert!(!repo.try_git("merge --quiet theirs").0);
    let refused = refusal(&repo, commit(&repo, &message("x")));
    assert!(refused.starts_with("unresolved_conflicts: "), "{refused}");
    repo.write("a", "both\n");
    repo.git("add a");
    assert_eq!(commit(&repo, &message("merged")).expect("a merge").commit.parents.len(), 2);
}
