//! `info` and `status`.

use std::fs;
use std::path::PathBuf;

use expect_test::expect;
use ironbridge_tools::vcs::{self, InfoInput, StatusInput, Untracked};
use ironbridge_tools::{Control, Limits, Scope, Workspace};

use super::{Repo, counts, head, show};

#[test]
fn a_new_repository_is_unborn_and_clean() {
    let repo = Repo::unborn();
    expect![[r#"
        main unborn added 0 modified 0 deleted 0 untracked 0 conflicts 0 staged 0
    "#]]
    .assert_eq(&repo.shown());
    repo.write("new", "x");
    repo.git("add new");
    expect![[r#"
        main unborn added 1 modified 0 deleted 0 untracked 0 conflicts 0 staged 1
        "new" staged Added
    "#]]
    .assert_eq(&repo.shown());
}

#[test]
fn every_kind_of_change_has_its_row() {
    let repo = Repo::born();
    for name in ["deleted", "gone", "long", "retyped", "staged", "both", "twice"] {
        repo.write(name, &format!("{name}\n").repeat(20));
    }
    repo.git("add .");
    repo.git("commit --quiet -m second");
    repo.write("a", "one\n2\n");
    repo.remove("deleted");
    repo.git("rm --quiet gone");
    repo.git("mv long longer");
    repo.write("staged", "other\n");
    repo.git("add staged");
    repo.write("both", "staged\n");
    repo.git("add both");
    repo.write("both", "and changed again\n");
    repo.write("added", "new\n");
    repo.git("add added");
    repo.write("folder/untracked", "x");
    repo.write("folder/other", "x");
    repo.write("ignored", "x");
    repo.write(".gitignore", "ignored\n");
    #[cfg(unix)]
    {
        repo.remove("retyped");
        std::os::unix::fs::symlink("a", repo.root.join("retyped")).expect("linked");
    }
    expect![[r#"
        main added 1 modified 5 deleted 2 untracked 3 conflicts 0 staged 5
        "a" unstaged Modified
        "added" staged Added
        "both" staged Modified unstaged Modified
        "deleted" unstaged Deleted
        "gone" staged Deleted
        "longer" from "long" staged Renamed
        "retyped" unstaged Retyped
        "staged" staged Modified
        ".gitignore" untracked
        "folder/other" untracked
        "folder/untracked" untracked
    "#]]
    .assert_eq(&repo.shown());
    let folders = StatusInput { untracked: Untracked::Folders, ..StatusInput::default() };
    let status = vcs::status(&repo.workspace, &folders, &Control::unbounded()).expect("a status");
    let untracked: Vec<_> = status.files.iter().filter(|file| file.untracked).collect();
    assert_eq!(untracked.len(), 2);
    assert_eq!(status.counts, repo.info().counts);
    let none = StatusInput { untracked: Untracked::None, ..StatusInput::default() };
    let status = vcs::status(&repo.workspace, &none, &Control::unbounded()).expect("a status");
    assert_eq!(status.counts.untracked, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_any_bytes_come_back_as_they_are() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = Repo::born();
    let names: [&[u8]; 8] = [
        b"with space",
        b"with \"quotes\"",
        b"with\nnewline",
        b"-dash",
        b"*star?",
        "\u{e9}t\u{e9}".as_bytes(),
        b"latin-\xe9",
        b"tab\tand -> arrow",
    ];
    for name in names {
        fs::write(repo.root.join(std::ffi::OsStr::from_bytes(name)), "x").expect("written");
    }
    let status = repo.status();
    let mut found: Vec<PathBuf> = status.files.iter().map(|file| file.path.clone()).collect();
    let mut wanted: Vec<PathBuf> =
        names.iter().map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name))).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    // Staged by the names that were given, all of them at once.
    let input = vcs::StageInput { files: found, ..vcs::StageInput::default() };
    vcs::stage(&repo.workspace, &input, &Control::unbounded()).expect("staged");
    assert_eq!(repo.status().counts.staged, 8);
    let json = serde_json::to_string(&repo.status()).expect("a status is JSON");
    assert!(json.contains("latin-\u{fffd}"), "{json}");
}

#[test]
fn both_names_of_a_rename_are_told() {
    let repo = Repo::born();
    repo.git("mv a sub/renamed");
    fs::rename(repo.root.join("sub/b"), repo.root.join("sub/c")).expect("renamed");
    repo.git("add --intent-to-add sub/c");
    expect![[r#"
        main added 0 modified 2 deleted 0 untracked 0 conflicts 0 staged 1
        "sub/c" from "sub/b" unstaged Renamed
        "sub/renamed" from "a" staged Renamed
    "#]]
    .assert_eq(&repo.shown());
}

#[test]
fn each_kind_of_conflict_is_told() {
    let repo = Repo::born();
    for name in ["deleted-by-us", "deleted-by-them", "both-modified"] {
        repo.write(name, "base\n");
    }
    repo.git("add .");
    repo.git("commit --quiet -m base");
    repo.git("switch --quiet -c theirs");
    repo.write("deleted-by-us", "theirs\n");
    repo.write("both-modified", "theirs\n");
    repo.write("both-added", "theirs\n");
    repo.remove("deleted-by-them");
    repo.git("add .");
    repo.git("commit --quiet -m theirs");
    repo.git("switch --quiet main");
    repo.write("deleted-by-them", "ours\n");
    repo.write("both-modified", "ours\n");
    repo.write("both-added", "ours\n");
    repo.remove("deleted-by-us");
    repo.git("add .");
    repo.git("commit --quiet -m ours");
    assert!(!repo.try_git("merge --quiet theirs").0);
    expect![[r#"
        main added 0 modified 0 deleted 0 untracked 0 conflicts 4 staged 0
        "both-added" conflict BothAdded
        "both-modified" conflict BothModified
        "deleted-by-them" conflict DeletedByThem
        "deleted-by-us" conflict DeletedByUs
    "#]]
    .assert_eq(&repo.shown());
    expect!["Some(Operation { kind: Merge, branch: None, step: None, steps: None })"]
        .assert_eq(&format!("{:?}", repo.info().operation));
}

#[test]
fn a_rebase_says_which_branch_and_how_far() {
    let repo = Repo::born();
    repo.git("switch --quiet -c topic");
    repo.write("a", "topic\n");
    repo.git("commit --quiet -am topic");
    repo.git("switch --quiet main");
    repo.write("a", "main\n");
    repo.git("commit --quiet -am main");
    repo.git("switch --quiet topic");
    assert!(!repo.try_git("rebase --quiet main").0);
    let info = repo.info();
    assert!(info.head.detached);
    expect![[
        r#"Some(Operation { kind: Rebase, branch: Some("topic"), step: Some(1), steps: Some(1) })"#
    ]]
    .assert_eq(&format!("{:?}", info.operation));
    repo.git("rebase --abort");
    assert_eq!(repo.info().operation, None);
    assert!(!repo.try_git("cherry-pick main").0);
    expect!["Some(Operation { kind: CherryPick, branch: None, step: None, steps: None })"]
        .assert_eq(&format!("{:?}", repo.info().operation));
    repo.git("cherry-pick --abort");
    assert!(!repo.try_git("revert --no-edit main").0);
    expect!["Some(Operation { kind: Revert, branch: None, step: None, steps: None })"]
        .assert_eq(&format!("{:?}", repo.info().operation));
}

#[test]
fn the_upstream_is_told_with_ahead_and_behind_also_when_it_is_gone() {
    let repo = Repo::born();
    repo.git("switch --quiet -c origin");
    repo.git("commit --quiet --allow-empty -m theirs");
    repo.git("switch --quiet main");
    repo.git("branch --quiet --set-upstream-to=origin");
    repo.git("commit --quiet --allow-empty -m ours");
    repo.git("commit --quiet --allow-empty -m more");
    let mut text = head(&repo.info().head) + "\n";
    repo.git("branch --quiet -D origin");
    text += &(head(&repo.info().head) + "\n");
    repo.git("switch --quiet --detach");
    text += &(head(&repo.info().head) + "\n");
    expect![[r#"
        main (origin +2 -1)
        main (origin +gone -gone)
        detached ed8331c
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_submodule_says_what_differs_in_it() {
    let repo = Repo::born();
    let other = Repo::born();
    let url = other.root.to_string_lossy().into_owned();
    repo.git(&format!("-c protocol.file.allow=always submodule --quiet add {url} module"));
    repo.git("commit --quiet -m module");
    repo.write("module/a", "changed\n");
    repo.write("module/new", "x\n");
    expect![[r#"
        main added 0 modified 1 deleted 0 untracked 0 conflicts 0 staged 0
        "module" unstaged Modified SubmoduleChange { commit: false, modified: true, untracked: true }
    "#]].assert_eq(&repo.shown());
    // Asked inside of it, it is a repository of its own.
    let input = StatusInput { path: Some("module/sub".into()), ..StatusInput::default() };
    let inside = vcs::status(&repo.workspace, &input, &Control::unbounded()).expect("a status");
    assert_eq!(inside.root, repo.root.join("module"));
    expect![[r#"
        main (origin/main +0 -0) added 0 modified 1 deleted 0 untracked 1 conflicts 0 staged 0
        "module/a" unstaged Modified
        "module/new" untracked
    "#]]
    .assert_eq(&show(&inside));
}

#[test]
fn what_lies_outside_of_the_scope_is_not_seen() {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    repo.write("sub/b", "changed\n");
    repo.write("sub/new", "x\n");
    let workspace = repo.within("sub");
    let status = vcs::status(&workspace, &StatusInput::default(), &Control::unbounded());
    expect![[r#"
        main added 0 modified 1 deleted 0 untracked 1 conflicts 0 staged 0
        "b" unstaged Modified
        "new" untracked
    "#]]
    .assert_eq(&show(&status.expect("a status")));
    let info = vcs::info(&workspace, &InfoInput::default(), &Control::unbounded()).expect("info");
    expect!["added 0 modified 1 deleted 0 untracked 1 conflicts 0 staged 0"]
        .assert_eq(&counts(&info.counts));
    assert_eq!(info.root, repo.root);
}

#[test]
fn paths_are_relative_to_where_relative_paths_start() {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    repo.write("sub/b", "changed\n");
    let check = |base: PathBuf, path: &str| {
        let workspace = Workspace::new(Scope::anywhere(base).expect("a folder"), &repo.top);
        let input = StatusInput { path: Some(path.into()), ..StatusInput::default() };
        let status = vcs::status(&workspace, &input, &Control::unbounded()).expect("a status");
        let paths: Vec<_> = status.files.iter().map(|f| f.path.to_string_lossy()).collect();
        repo.redacted(&paths.join(" "))
    };
    assert_eq!(check(repo.top.clone(), "repo"), "repo/a repo/sub/b");
    assert_eq!(check(repo.top.clone(), "repo/sub/missing/deeper"), "repo/a repo/sub/b");
    assert_eq!(check(repo.root.join("sub"), "."), "REPO/a b");
}

#[test]
fn more_files_than_the_limit_are_counted_but_not_listed() {
    let repo = Repo::born();
    for number in 0..7 {
        repo.write(&format!("new-{number}"), "x");
    }
    let mut limits = Limits::default();
    limits.vcs.status_files = 3;
    let workspace = repo.within(".").with_limits(limits);
    let status = vcs::status(&workspace, &StatusInput::default(), &Control::unbounded());
    expect![[r#"
        main added 0 modified 0 deleted 0 untracked 7 conflicts 0 staged 0
        "new-0" untracked
        "new-1" untracked
        "new-2" untracked
        truncated
    "#]]
    .assert_eq(&show(&status.expect("a status")));
}

#[test]
fn files_elsewhere_by_core_worktree_are_found() {
    let repo = Repo::born();
    fs::create_dir(repo.root.join("elsewhere")).expect("created");
    repo.git("config core.worktree ../elsewhere");
    let info = repo.info();
    assert_eq!(info.root, repo.root.join("elsewhere"));
    assert_eq!(info.counts.deleted, 2);
    // Outside of the scope it is refused.
    repo.git("config core.worktree ../..");
    let refused = vcs::info(&repo.workspace, &InfoInput::default(), &Control::unbounded());
    expect![[r#"
        outside: TOP: lies outside REPO
    "#]]
    .assert_eq(&super::refusal(&repo, refused));
}

#[test]
fn a_status_writes_nothing() {
    let repo = Repo::born();
    let index = repo.root.join(".git/index");
    let before = fs::read(&index).expect("an index");
    // Same content, other time: git would like to note that.
    repo.write("a", "one\ntwo\n");
    assert_eq!(repo.status().files, []);
    assert_eq!(fs::read(&index).expect("an index"), before);
}

/// The config lies in the project: who may write there could have a program run by a mere look.
#[test]
fn looking_and_staging_run_no_program_of_the_project() {
    let repo = Repo::born();
    let ran = "echo $0 >> ../ran";
    for hook in ["post-index-change", "reference-transaction", "query-watchman"] {
        repo.hook(hook, ran);
    }
    repo.git("config core.fsmonitor .git/hooks/query-watchman");
    let _ = fs::remove_file(repo.top.join("ran"));
    repo.write("a", "changed\n");
    repo.git("status --short");
    assert!(repo.top.join("ran").exists(), "git by itself runs them");
    fs::remove_file(repo.top.join("ran")).expect("removed");
    repo.status();
    repo.info();
    let control = Control::unbounded();
    let diff = vcs::DiffInput::default();
    vcs::diff(&repo.workspace, &diff, &control).expect("a diff");
    let stage = vcs::StageInput { all: true, ..vcs::StageInput::default() };
    vcs::stage(&repo.workspace, &stage, &control).expect("staged");
    let ran = fs::read_to_string(repo.top.join("ran")).unwrap_or_default();
    assert_eq!(ran, "");
}
