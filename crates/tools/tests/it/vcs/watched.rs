//! A status that is kept is the status.

use std::sync::Arc;

use ironbridge_tools::Limits;
use ironbridge_tools::vcs::{Status, WatchedRepository};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;

fn open(repo: &Repo) -> WatchedRepository {
    WatchedRepository::open(&repo.workspace, None, &Control::unbounded()).expect("a repository")
}

fn kept(watched: &WatchedRepository) -> Arc<Status> {
    watched.status(&Control::unbounded()).expect("a status")
}

/// Asks both; and what was kept a second time, where nothing happened meanwhile.
fn check(repo: &Repo, watched: &WatchedRepository, what: &str) {
    let fresh = vcs::status(&repo.workspace, &StatusInput::default(), &Control::unbounded());
    let ours = watched.status(&Control::unbounded());
    match (ours, fresh) {
        (Ok(ours), Ok(fresh)) => assert_eq!(*ours, fresh, "after {what}"),
        (ours, fresh) => assert_eq!(ours.is_ok(), fresh.is_ok(), "after {what}"),
    }
}

fn is_kept(watched: &WatchedRepository) -> bool {
    Arc::ptr_eq(&kept(watched), &kept(watched))
}

/// A line of sh, each in its own right: it may fail, and what it leaves is compared.
const STEPS: [&str; 44] = [
    "echo 1 >> a",
    "echo 2 > sub/b",
    "echo 3 > new",
    "echo 4 > sub/new",
    "echo 5 > deep/er/new",
    "mkdir -p deep/er",
    "rm -f a",
    "rm -rf sub",
    "rm -rf deep",
    "mv a moved",
    "mv sub other",
    "mv other sub",
    "mv deep sub/deep",
    "mv new a",
    "touch a sub/b",
    "chmod +x a",
    "rm -f a; ln -s sub a",
    "rm -f a; mkdir -p a; echo > a/inside",
    "rm -rf a; echo one > a",
    "echo '*.log' > .gitignore",
    "echo sub > .gitignore",
    "rm -f .gitignore",
    "echo new > sub/.gitignore",
    "echo deep > .git/info/exclude",
    ": > .git/info/exclude",
    "echo > x.log; mkdir -p ignored; echo > ignored/x.log",
    "echo 'ignored' >> .gitignore; mkdir -p ignored/deep; echo > ignored/deep/x",
    "git add -A",
    "git add a sub",
    "git add -N new",
    "git add -f ignored",
    "git rm -q --cached a",
    "git mv a renamed",
    "git commit -qm step",
    "git commit -qam step",
    "git checkout -q -b side",
    "git checkout -q main",
    "git merge -q side",
    "git reset -q --hard",
    "git reset -q HEAD~1",
    "git stash -q",
    "git branch -m main trunk",
    "git config status.renames false; git config core.fileMode false",
    "git update-index --assume-unchanged sub/b",
];

#[test]
fn whatever_happens_it_is_what_git_says() {
    let steps = prop::collection::vec(prop::sample::select(STEPS.to_vec()), 8..20);
    let outcome = TestRunner::new(crate::properties::config(20)).run(&steps, |steps| {
        let repo = Repo::born();
        let watched = open(&repo);
        check(&repo, &watched, "opening");
        for (index, step) in steps.iter().enumerate() {
            let status = Command::new("sh").args(["-c", step]).current_dir(&repo.root).output();
            prop_assert!(status.is_ok());
            // Some by themselves, some together.
            if index % 3 != 1 {
                check(&repo, &watched, &format!("{:?}", &steps[..=index]));
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_happened_the_answer_is_the_last_one() {
    let repo = Repo::born();
    let watched = open(&repo);
    assert!(is_kept(&watched));
    let before = kept(&watched);
    repo.write("a", "other\n");
    let after = kept(&watched);
    assert!(!Arc::ptr_eq(&before, &after));
    assert_eq!(*after, repo.status());
    assert!(is_kept(&watched));
}

/// Of single files git is asked for those alone, so what else is known of them must stay.
#[test]
fn a_staged_rename_stays_one_when_its_file_is_changed() {
    let repo = Repo::born();
    let watched = open(&repo);
    repo.git("mv a renamed");
    check(&repo, &watched, "a rename");
    repo.write("renamed", "one\ntwo\nthree\n");
    check(&repo, &watched, "a change of the renamed");
    repo.write("a", "one\ntwo\n");
    check(&repo, &watched, "a file of the old name");
    repo.remove("renamed");
    check(&repo, &watched, "the renamed gone");
}

#[test]
fn more_than_the_kernel_keeps_is_asked_anew() {
    let repo = Repo::born();
    let watched = open(&repo);
    check(&repo, &watched, "opening");
    for number in 0..20_000 {
        repo.write("a", "");
        if number % 4000 == 0 {
            repo.write(&format!("new{number}/deep/file"), "");
        }
    }
    check(&repo, &watched, "twenty thousand writes");
    repo.write("new4000/deep/later", "");
    check(&repo, &watched, "a write in a folder that was lost");
}

#[test]
fn more_folders_than_may_be_watched_are_asked_each_time() {
    let repo = Repo::born();
    repo.write("one/two/three/file", "");
    let mut limits = Limits::default();
    limits.watch.folders = 3;
    let few = Workspace::new(repo.workspace.scope().clone(), &repo.top).with_limits(limits);
    let watched = WatchedRepository::open(&few, None, &Control::unbounded()).expect("a repository");
    assert!(!is_kept(&watched));
    repo.write("one/two/three/file", "other");
    check(&repo, &watched, "a change where nobody looks");
}

#[test]
fn other_repositories_within_are_asked_each_time() {
    let repo = Repo::born();
    let watched = open(&repo);
    check(&repo, &watched, "opening");
    repo.git("init -q --initial-branch=main nested");
    check(&repo, &watched, "a repository within");
    let nested = |step: &str| {
        let ran =
            Command::new("sh").args(["-c", step]).current_dir(repo.root.join("nested")).output();
        assert!(ran.expect("sh runs").status.success(), "{step}");
        check(&repo, &watched, step);
    };
    nested("echo > file; git add file");
    nested("git -c user.name=A -c user.email=a@b commit -qm first");
    repo.git("add nested");
    check(&repo, &watched, "the repository added");
    nested("git -c user.name=A -c user.email=a@b commit -q --allow-empty -m second");
    assert!(!is_kept(&watched));
}

#[test]
fn of_a_part_of_a_repository_only_that_is_kept() {
    let repo = Repo::born();
    let part = repo.within("sub");
    let watched =
        WatchedRepository::open(&part, None, &Control::unbounded()).expect("a repository");
    for (path, text) in [("sub/new", "1"), ("outside", "2"), (".gitignore", "new\n"), ("a", "3")] {
        repo.write(path, text);
        let fresh = vcs::status(&part, &StatusInput::default(), &Control::unbounded());
        assert_eq!(*kept(&watched), fresh.expect("a status"), "{path}");
    }
}

#[test]
fn a_linked_worktree_follows_its_own_head_and_the_shared_branches() {
    let repo = Repo::born();
    repo.git("worktree add -q ../linked -b linked");
    let linked = repo.top.join("linked");
    let scope = Scope::within(&linked).expect("a folder");
    let workspace = Workspace::new(scope, repo.top.join("state"));
    let watched =
        WatchedRepository::open(&workspace, None, &Control::unbounded()).expect("a repository");
    let check = |step: &str| {
        let ran = Command::new("sh").args(["-c", step]).current_dir(&linked).output();
        assert!(ran.expect("sh runs").status.success(), "{step}");
        let fresh = vcs::status(&workspace, &StatusInput::default(), &Control::unbounded());
        assert_eq!(*kept(&watched), fresh.expect("a status"), "{step}");
    };
    check("true");
    check("echo > new");
    check("git add new");
    check("git branch -q --set-upstream-to=main");
    check("git commit -qm linked");
    check("cd ../repo && git commit -q --allow-empty -m more");
    check("git checkout -q -b another");
}

#[test]
fn an_unborn_branch_and_a_repository_that_is_gone() {
    let repo = Repo::unborn();
    let watched = open(&repo);
    check(&repo, &watched, "opening");
    repo.write("a", "");
    check(&repo, &watched, "a file");
    repo.git("add a");
    check(&repo, &watched, "a file added");
    fs::remove_dir_all(repo.root.join(".git")).expect("removed");
    assert!(watched.status(&Control::unbounded()).is_err());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let none = Workspace::new(Scope::within(folder.path()).expect("a folder"), folder.path());
    let error = WatchedRepository::open(&none, None, &Control::unbounded());
    assert!(matches!(error, Err(VcsError::NoRepository { .. })));
}
