//! Worktrees, and status inside of them.

use expect_test::expect;
use ironbridge_tools::Control;
use ironbridge_tools::vcs::{
    self, AddWorktreeInput, RemoveWorktreeInput, StatusInput, WorktreesInput,
};

use super::{Repo, refusal, show};

fn shown(repo: &Repo, worktrees: &vcs::Worktrees) -> String {
    let mut text = String::new();
    for worktree in &worktrees.worktrees {
        let folder = repo.redacted(&worktree.folder.to_string_lossy());
        let gone = if worktree.prunable.is_some() { " prunable" } else { "" };
        text += &format!("{folder} {:?}{gone} {:?}\n", worktree.branch, worktree.locked);
    }
    text
}

#[test]
fn worktrees_are_added_listed_and_removed() {
    let repo = Repo::born();
    let control = Control::unbounded();
    let add = |folder: &str, create: Option<&str>, from: Option<&str>| {
        let input = AddWorktreeInput {
            path: None,
            folder: folder.into(),
            create: create.map(str::to_owned),
            from: from.map(str::to_owned),
        };
        vcs::add_worktree(&repo.workspace, &input, &control)
    };
    add("trees/with\nnewline", Some("topic"), None).expect("added");
    add("trees/detached", None, None).expect("added");
    let list = vcs::worktrees(&repo.workspace, &WorktreesInput::default(), &control);
    expect![[r#"
        REPO Some("main") None
        REPO/trees/detached None None
        REPO/trees/with
        newline Some("topic") None
    "#]]
    .assert_eq(&shown(&repo, &list.expect("a list")));
    let mut text = refusal(&repo, add("trees/detached", None, None));
    text += &refusal(&repo, add("trees/second", None, Some("main")));
    text += &refusal(&repo, add("../outside", None, None));
    expect![[r#"
        already_exists: git worktree: fatal: 'REPO/trees/detached' already exists
        branch_in_use: git worktree: fatal: 'main' is already used by worktree at 'REPO'
        outside: TOP/outside: lies outside REPO
    "#]]
    .assert_eq(&text);

    repo.write("trees/detached/a", "changed\n");
    let input = StatusInput { path: Some("trees/detached".into()), ..StatusInput::default() };
    let status = vcs::status(&repo.workspace, &input, &control).expect("a status");
    assert_eq!(status.root, repo.root.join("trees/detached"));
    expect![[r#"
        detached 1d4403e added 0 modified 1 deleted 0 untracked 0 conflicts 0 staged 0
        "trees/detached/a" unstaged Modified
    "#]]
    .assert_eq(&show(&status));
    let remove = |force| {
        let folder = "trees/detached".into();
        let input = RemoveWorktreeInput { path: None, folder, force };
        vcs::remove_worktree(&repo.workspace, &input, &control)
    };
    expect![[r#"
        would_overwrite: git worktree: fatal: 'REPO/trees/detached' contains modified or untracked files, use --force to delete it
    "#]].assert_eq(&refusal(&repo, remove(false)));
    expect![[r#"
        REPO Some("main") None
        REPO/trees/with
        newline Some("topic") None
    "#]]
    .assert_eq(&shown(&repo, &remove(true).expect("removed")));
    assert!(!repo.root.join("trees/detached").exists());
}
