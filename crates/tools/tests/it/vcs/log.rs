//! `log`.

use expect_test::{Expect, expect};
use ironbridge_tools::vcs::{self, LogInput};
use ironbridge_tools::{Control, Limits};

use super::{Repo, refusal};

fn check(repo: &Repo, input: &LogInput, expected: &Expect) {
    let log = vcs::log(&repo.workspace, input, &Control::unbounded()).expect("a log");
    let mut text = String::new();
    for commit in &log.commits {
        assert!(commit.commit.starts_with(&commit.short));
        text += &format!(
            "{} {} {} <{}> {} parents {} names {:?} body {:?}\n",
            commit.short,
            commit.subject,
            commit.author,
            commit.email,
            commit.time,
            commit.parents.len(),
            commit.names,
            commit.body
        );
    }
    text += if log.truncated { "truncated\n" } else { "" };
    expected.assert_eq(&text);
}

#[test]
fn commits_are_listed_newest_first_and_chosen() {
    let repo = Repo::born();
    repo.git("commit --quiet --allow-empty -m second -m body");
    repo.git("-c log.showSignature=true tag v1");
    repo.write("sub/b", "changed\n");
    repo.git("commit --quiet -am third[x]");
    check(
        &repo,
        &LogInput::default(),
        &expect![[r#"
        4b32d8b third[x] Ann <ann@example.org> 1795262400 parents 1 names ["HEAD -> main"] body ""
        3e5d73c second Ann <ann@example.org> 1795262400 parents 1 names ["tag: v1"] body "body"
        1d4403e first Ann <ann@example.org> 1795262400 parents 0 names [] body ""
    "#]],
    );
    check(
        &repo,
        &LogInput { count: Some(1), ..LogInput::default() },
        &expect![[r#"
        4b32d8b third[x] Ann <ann@example.org> 1795262400 parents 1 names ["HEAD -> main"] body ""
        truncated
    "#]],
    );
    let file = LogInput { file: Some("a".into()), ..LogInput::default() };
    check(
        &repo,
        &file,
        &expect![[r#"
        1d4403e first Ann <ann@example.org> 1795262400 parents 0 names [] body ""
    "#]],
    );
    let branch = LogInput { branch: Some("v1".into()), ..LogInput::default() };
    check(
        &repo,
        &branch,
        &expect![[r#"
        3e5d73c second Ann <ann@example.org> 1795262400 parents 1 names ["tag: v1"] body "body"
        1d4403e first Ann <ann@example.org> 1795262400 parents 0 names [] body ""
    "#]],
    );
    let grep = LogInput { grep: Some("THIRD[x]".into()), ..LogInput::default() };
    check(
        &repo,
        &grep,
        &expect![[r#"
        4b32d8b third[x] Ann <ann@example.org> 1795262400 parents 1 names ["HEAD -> main"] body ""
    "#]],
    );
    let author = LogInput { author: Some("--all".into()), ..LogInput::default() };
    check(&repo, &author, &expect![[r#""#]]);
    let since = LogInput { since: Some("2027-01-01".into()), ..LogInput::default() };
    check(&repo, &since, &expect![[r#""#]]);
}

#[test]
fn before_the_first_commit_there_is_none() {
    check(&Repo::unborn(), &LogInput::default(), &expect![[r#""#]]);
}

#[test]
fn the_limit_holds_whatever_is_asked_for() {
    let repo = Repo::born();
    repo.git("commit --quiet --allow-empty -m second");
    let mut limits = Limits::default();
    limits.vcs.log_commits = 1;
    let workspace = repo.within(".").with_limits(limits);
    let input = LogInput { count: Some(u64::MAX), ..LogInput::default() };
    let log = vcs::log(&workspace, &input, &Control::unbounded()).expect("a log");
    assert_eq!((log.commits.len(), log.truncated), (1, true));
}

#[test]
fn what_is_no_revision_is_refused() {
    let repo = Repo::born();
    let mut text = String::new();
    for branch in ["--output=x", "none", "a..b", ""] {
        let input = LogInput { branch: Some(branch.into()), ..LogInput::default() };
        let refused = vcs::log(&repo.workspace, &input, &Control::unbounded());
        text += refusal(&repo, refused).lines().next().unwrap_or_default();
        text += "\n";
    }
    expect![[r#"
        invalid_name: "--output=x": a revision does not begin with -: git would take it for an option
        unknown_revision: git log: fatal: bad revision 'none'
        invalid_name: "a..b": one revision is meant here, not a range
        invalid_name: "": a revision has a name
    "#]].assert_eq(&text);
    assert!(!repo.root.join("x").exists());
}
