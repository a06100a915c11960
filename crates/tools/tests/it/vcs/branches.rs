//! `branches` and `checkout`.

use expect_test::{Expect, expect};
use ironbridge_tools::Control;
use ironbridge_tools::vcs::{self, BranchesInput, Target};

use super::{Repo, head, refusal};

fn check(repo: &Repo, input: &BranchesInput, expected: &Expect) {
    let mut text = String::new();
    match vcs::branches(&repo.workspace, input, &Control::unbounded()) {
        Err(error) => text = refusal(repo, Err::<(), _>(error)),
        Ok(list) => {
            let mut branches = list.branches;
            branches.sort_by(|a, b| a.name.cmp(&b.name));
            for branch in branches {
                let mark = if branch.current { "*" } else { " " };
                let subject = &branch.subject;
                text += &format!("{mark} {} {subject:?} {:?}\n", branch.name, branch.upstream);
            }
        }
    }
    expected.assert_eq(&text);
}

fn create(name: &str) -> BranchesInput {
    BranchesInput { create: Some(name.to_owned()), ..BranchesInput::default() }
}

fn switch(name: &str) -> BranchesInput {
    BranchesInput { switch: Some(name.to_owned()), ..BranchesInput::default() }
}

#[test]
fn branches_are_listed_made_and_changed_to() {
    let repo = Repo::born();
    check(
        &repo,
        &BranchesInput::default(),
        &expect![[r#"
        * main "first" None
    "#]],
    );
    check(
        &repo,
        &create("topic/one"),
        &expect![[r#"
        * main "first" None
          topic/one "first" None
    "#]],
    );
    check(
        &repo,
        &switch("topic/one"),
        &expect![[r#"
          main "first" None
        * topic/one "first" None
    "#]],
    );
    repo.git("commit --quiet --allow-empty -m more");
    let both = BranchesInput { from: Some("main".into()), ..switch("two") };
    check(
        &repo,
        &both,
        &expect![[r#"
        invalid_request: `from` is where the branch of `create` starts
    "#]],
    );
    let both =
        BranchesInput { from: Some("main".into()), create: Some("two".into()), ..switch("two") };
    check(
        &repo,
        &both,
        &expect![[r#"
          main "first" None
          topic/one "more" None
        * two "first" None
    "#]],
    );
    assert_eq!(head(&repo.info().head), "two");
    let both = BranchesInput { create: Some("x".into()), ..switch("y") };
    check(
        &repo,
        &both,
        &expect![[r#"
        invalid_request: `create` and `switch` name different branches
    "#]],
    );
}

#[test]
fn a_branch_that_a_remote_has_is_followed() {
    let there = Repo::born();
    there.git("branch feature");
    let repo = Repo::unborn();
    repo.git(&format!("remote add origin {}", there.root.display()));
    repo.git("fetch --quiet origin");
    check(
        &repo,
        &switch("feature"),
        &expect![[r#"
        * feature "first" Some(Upstream { name: "origin/feature", ahead: Some(0), behind: Some(0) })
    "#]],
    );
    repo.git("commit --quiet --allow-empty -m ours");
    let remotes = BranchesInput { remotes: true, ..BranchesInput::default() };
    check(
        &repo,
        &remotes,
        &expect![[r#"
        * feature "ours" Some(Upstream { name: "origin/feature", ahead: Some(1), behind: Some(0) })
          origin/feature "first" None
          origin/main "first" None
    "#]],
    );
}

#[test]
fn what_cannot_be_made_or_changed_to_is_refused() {
    let repo = Repo::born();
    for (input, expected) in [
        (
            create("main"),
            expect![[r#"
            already_exists: git branch: fatal: a branch named 'main' already exists
        "#]],
        ),
        (
            create("-D"),
            expect![[r#"
            invalid_name: "-D": a branch does not begin with -: git would take it for an option
        "#]],
        ),
        (
            create("a b"),
            expect![[r#"
            invalid_name: "a b": a branch has no spaces, no control characters and none of ~ ^ : ? * [ \
        "#]],
        ),
        (
            switch("none"),
            expect![[r#"
            unknown_revision: git switch: fatal: invalid reference: none
        "#]],
        ),
        (
            switch("--detach"),
            expect![[r#"
            invalid_name: "--detach": a branch does not begin with -: git would take it for an option
        "#]],
        ),
        (
            BranchesInput { from: Some("none".into()), ..create("x") },
            expect![[r#"
            unknown_revision: git branch: fatal: not a valid object name: 'none'
        "#]],
        ),
        (
            BranchesInput { from: Some("--force".into()), ..create("x") },
            expect![[r#"
            invalid_name: "--force": a revision does not begin with -: git would take it for an option
        "#]],
        ),
    ] {
        check(&repo, &input, &expected);
    }
}

#[test]
fn changes_are_carried_along_or_the_switch_is_refused() {
    let repo = Repo::born();
    repo.git("switch --quiet -c other");
    repo.write("a", "other\n");
    repo.git("commit --quiet -am other");
    repo.git("switch --quiet main");
    repo.write("sub/b", "carried\n");
    vcs::branches(&repo.workspace, &switch("other"), &Control::unbounded()).expect("switched");
    assert_eq!(repo.status().counts.modified, 1);
    repo.write("a", "would be lost\n");
    check(
        &repo,
        &switch("main"),
        &expect![[r#"
        would_overwrite: git switch: error: Your local changes to the following files would be overwritten by checkout:
        	a
        Please commit your changes or stash them before you switch branches.
        Aborting
    "#]],
    );
}

#[test]
fn a_commit_is_checked_out_without_a_branch() {
    let repo = Repo::born();
    let to = |target: &Target| {
        vcs::checkout(&repo.workspace, None, target, &Control::unbounded()).expect("checked out");
        head(&repo.info().head)
    };
    let mut text = to(&Target::Detached("main".into())) + "\n";
    text += &(to(&Target::New { name: "new".into(), from: None }) + "\n");
    text += &(to(&Target::Branch("main".into())) + "\n");
    expect![[r#"
        detached 1d4403e
        new
        main
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_repository_without_a_commit_has_no_branch_yet() {
    check(&Repo::unborn(), &BranchesInput::default(), &expect![[r#""#]]);
}
