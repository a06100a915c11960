//! No repository, a bare one, one of somebody else, one that another git holds; calls that are stopped.

use std::fs;
use std::time::Duration;

use expect_test::expect;
use ironbridge_tools::vcs::{self, InfoInput, StageInput, StatusInput};
use ironbridge_tools::{Control, Scope, Workspace, tools};

use super::{Repo, paths, refusal};

fn info(workspace: &Workspace) -> Result<vcs::Info, vcs::VcsError> {
    vcs::info(workspace, &InfoInput::default(), &Control::unbounded())
}

#[test]
fn without_a_repository_there_is_a_typed_answer() {
    let repo = Repo::unborn();
    let folder = repo.top.join("plain");
    fs::create_dir(&folder).expect("created");
    let workspace = Workspace::new(Scope::within(&folder).expect("a folder"), &repo.top);
    let mut text = refusal(&repo, info(&workspace));
    // A folder `.git` that holds no repository is none, as for git.
    fs::create_dir(folder.join(".git")).expect("created");
    text += &refusal(&repo, info(&workspace));
    let outside = InfoInput { path: Some("..".into()) };
    text += &refusal(&repo, vcs::info(&workspace, &outside, &Control::unbounded()));
    fs::remove_dir(folder.join(".git")).expect("removed");
    fs::write(folder.join(".git"), "gitdir: /no/such/folder\n").expect("written");
    text += &refusal(&repo, info(&workspace));
    expect![[r#"
        no_repository: TOP/plain: no git repository here or above; `git init` makes one
        no_repository: TOP/plain: no git repository here or above; `git init` makes one
        outside: TOP: lies outside TOP/plain
        no_repository: TOP/plain: no git repository here or above; `git init` makes one
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_bare_repository_is_told() {
    let repo = Repo::born();
    let bare = repo.top.join("bare.git");
    repo.git(&format!("clone --quiet --bare . {}", bare.display()));
    let within = |folder: &std::path::Path| {
        Workspace::new(Scope::within(folder).expect("a folder"), &repo.top)
    };
    let mut text = refusal(&repo, info(&within(&bare)));
    text += &refusal(&repo, info(&within(&bare.join("refs"))));
    repo.git("config core.bare true");
    text += &refusal(&repo, info(&repo.workspace));
    expect![[r#"
        bare_repository: TOP/bare.git: a bare repository, which has no files; use one of its worktrees
        bare_repository: TOP/bare.git: a bare repository, which has no files; use one of its worktrees
        bare_repository: REPO: a bare repository, which has no files; use one of its worktrees
    "#]].assert_eq(&text);
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_told() {
    let repo = Repo::born();
    // Only root can give a folder away.
    let other = Some(1234);
    if ["", ".git"]
        .iter()
        .any(|path| std::os::unix::fs::chown(repo.root.join(path), other, None).is_err())
    {
        println!("skipped: not root");
        return;
    }
    let refused = refusal(&repo, info(&repo.workspace));
    assert!(refused.starts_with("untrusted_repository: "), "{refused}");
    assert!(refused.contains("safe.directory"), "{refused}");
}

#[test]
fn a_lock_that_another_git_holds_is_told() {
    let repo = Repo::born();
    repo.write(".git/index.lock", "");
    repo.write("a", "changed\n");
    let input = StageInput { files: paths(&["a"]), ..StageInput::default() };
    let refused = refusal(&repo, vcs::stage(&repo.workspace, &input, &Control::unbounded()));
    assert!(refused.starts_with("repository_locked: "), "{refused}");
    // Reading goes on.
    assert_eq!(repo.status().counts.modified, 1);
}

#[test]
fn stopped_calls_say_so() {
    let repo = Repo::born();
    let control = Control::within(Duration::ZERO);
    let refused = vcs::status(&repo.workspace, &StatusInput::default(), &control);
    expect![[r#"
        deadline: the deadline has passed
    "#]]
    .assert_eq(&refusal(&repo, refused));
}

#[cfg(unix)]
#[test]
fn a_git_that_hangs_is_ended_at_the_time_limit() {
    let repo = Repo::born();
    // A filter runs when a changed file is looked at, and this one never answers.
    repo.git("config filter.hang.clean .git/hang");
    fs::write(repo.root.join(".git/hang"), "#!/bin/sh\nexec tail -f /dev/null\n").expect("written");
    let executable = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(repo.root.join(".git/hang"), executable).expect("set");
    repo.write(".gitattributes", "a filter=hang\n");
    repo.write("a", "other\n");
    let mut limits = ironbridge_tools::Limits::default();
    limits.vcs.command_seconds = 1;
    let workspace = repo.within(".").with_limits(limits);
    let input = StageInput { files: paths(&["a"]), ..StageInput::default() };
    let refused = vcs::stage(&workspace, &input, &Control::unbounded());
    expect![[r#"
        deadline: the deadline has passed
    "#]]
    .assert_eq(&refusal(&repo, refused));
    assert!(!repo.root.join(".git/index.lock").exists());
}

#[test]
fn the_json_face_takes_and_gives_the_same() {
    let repo = Repo::born();
    repo.write("a", "changed\n");
    let run = |name: &str, input: serde_json::Value| {
        let tool = tools().into_iter().find(|tool| tool.name == name).expect("a row");
        match tool.run(&repo.workspace, input, &Control::unbounded()) {
            Ok(output) => repo.redacted(&output.to_string()) + "\n",
            Err(failure) => repo.redacted(&failure.to_json().to_string()) + "\n",
        }
    };
    use serde_json::json;
    let mut text = run("git-info", json!({}));
    text += &run("git-stage", json!({ "files": ["a"] }));
    text += &run("git-status", json!({ "path": "sub", "untracked": "none" }));
    text += &run("git-unstage", json!({ "all": true }));
    text += &run("git-diff", json!({ "file": "a", "stat": true }));
    text += &run("git-commit", json!({ "message": "x", "push": true }));
    text += &run("git-diff", json!({ "base": "-x" }));
    expect![[r#"
        {"root":"REPO","branch":"main","commit":"1d4403eee334004acf15c4136270f57b13d19868","short":"1d4403e","detached":false,"unborn":false,"counts":{"added":0,"modified":1,"deleted":0,"untracked":0,"conflicts":0,"staged":0}}
        {"counts":{"added":0,"modified":1,"deleted":0,"untracked":0,"conflicts":0,"staged":1}}
        {"root":"REPO","branch":"main","commit":"1d4403eee334004acf15c4136270f57b13d19868","short":"1d4403e","detached":false,"unborn":false,"counts":{"added":0,"modified":1,"deleted":0,"untracked":0,"conflicts":0,"staged":1},"files":[{"path":"a","index":"modified","staged":true,"unstaged":false,"untracked":false}],"truncated":false}
        {"counts":{"added":0,"modified":1,"deleted":0,"untracked":0,"conflicts":0,"staged":0}}
        {"files":[{"path":"a","added":1,"removed":2,"binary":false}],"truncated":false}
        {"error":{"code":"invalid_input","message":"git-commit: push: unknown field `push`, expected one of `path`, `message`, `body`, `amend`, `allowEmpty`, `noVerify`; `ironbridge tool git-commit --schema` shows what it takes"}}
        {"error":{"code":"invalid_name","message":"\"-x\": a revision does not begin with -: git would take it for an option"}}
    "#]].assert_eq(&text);
}
