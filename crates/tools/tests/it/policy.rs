//! Rules of what is allowed, refused, or asked.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use expect_test::{expect, expect_file};
use ironbridge_tools::policy::{Action, Policy, Rule};
use ironbridge_tools::shell::{ParseShell, parse_shell};
use ironbridge_tools::{Control, Scope, Workspace};

fn rule(text: &str) -> Rule {
    let mut parts = text.splitn(3, ' ');
    let action = match parts.next() {
        Some("allow") => Action::Allow,
        Some("ask") => Action::Ask,
        Some("deny") => Action::Deny,
        other => panic!("{other:?}"),
    };
    let permission = parts.next().expect("a permission");
    Rule::new(permission, parts.next().expect("a pattern"), action)
}

fn policy(rules: &[&str]) -> Policy {
    Policy::new(rules.iter().map(|text| rule(text)))
}

#[test]
fn the_last_match_wins() {
    let policy = policy(&[
        "allow * *",
        "ask bash *",
        "allow bash git *",
        "deny bash git push *",
        "deny edit *.env",
        "allow external_* /tmp/*",
    ]);
    let cases = [
        ("read", "x"),
        ("bash", "ls"),
        ("bash", "git"),
        ("bash", "git log"),
        ("bash", "git log\nrm x"),
        ("bash", "git push"),
        ("bash", "git push -f"),
        ("bash", "git pushy"),
        ("edit", "a/.env"),
        ("edit", "a.envx"),
        ("external_directory", "/tmp/x/*"),
    ];
    let mut out = String::new();
    for (permission, subject) in cases {
        let decision = policy.evaluate(permission, subject);
        let by = decision.rule.map(|rule| format!("{} {}", rule.permission, rule.pattern));
        let _ = writeln!(out, "{permission} {subject:?}: {:?} by {by:?}", decision.action);
    }
    expect![[r#"
        read "x": Allow by Some("* *")
        bash "ls": Ask by Some("bash *")
        bash "git": Allow by Some("bash git *")
        bash "git log": Allow by Some("bash git *")
        bash "git log\nrm x": Allow by Some("bash git *")
        bash "git push": Deny by Some("bash git push *")
        bash "git push -f": Deny by Some("bash git push *")
        bash "git pushy": Allow by Some("bash git *")
        edit "a/.env": Deny by Some("edit *.env")
        edit "a.envx": Allow by Some("* *")
        external_directory "/tmp/x/*": Allow by Some("external_* /tmp/*")
    "#]]
    .assert_eq(&out);
    assert_eq!(Policy::default().evaluate("bash", "ls").action, Action::Ask);
}

#[test]
fn later_rule_sets_go_before_earlier_ones() {
    let base = policy(&["deny bash *"]);
    let user = policy(&["allow bash ls *"]);
    assert_eq!(base.merged(&user).evaluate("bash", "ls").action, Action::Allow);
    assert_eq!(user.merged(&base).evaluate("bash", "ls").action, Action::Deny);
    let rules: Vec<Rule> = base.merged(&user).rules().collect();
    assert_eq!(rules, [rule("deny bash *"), rule("allow bash ls *")]);
}

#[test]
fn tools_that_are_refused_whole_are_hidden() {
    let tools = ["read", "edit", "write", "patch", "insert-lines", "shell", "grep"];
    let check = |rules: &[&str]| policy(rules).disabled_tools(tools).join(" ");
    assert_eq!(check(&[]), "");
    assert_eq!(check(&["deny edit *"]), "edit write patch insert-lines");
    assert_eq!(check(&["deny edit *", "allow edit *.md"]), "");
    assert_eq!(check(&["deny bash rm *"]), "");
    assert_eq!(check(&["deny bash *"]), "shell");
    assert_eq!(check(&["deny * *", "allow read *"]), "edit write patch insert-lines shell grep");
    assert_eq!(check(&["deny write *"]), "");
}

#[test]
fn rules_are_read_from_json() {
    let json = r#"[{"permission":"bash","pattern":"git *","action":"allow"}]"#;
    let rules: Vec<Rule> = serde_json::from_str(json).expect("rules");
    assert_eq!(rules, [rule("allow bash git *")]);
    assert_eq!(serde_json::to_string(&rules).expect("JSON"), json);
    let wrong = r#"{"permission":"bash","pattern":"*","action":"never"}"#;
    assert!(serde_json::from_str::<Rule>(wrong).is_err());
}

/// The cases of `policy/NAME.txt`: its first lines are rules, then come commands with their verdicts, what decided, and
/// what is suggested. `FOLDER in: ` says where a command would run.
#[track_caller]
fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/policy/{name}.txt"));
    let cases = fs::read_to_string(&path).expect("the cases can be read");
    let rules: Vec<&str> = cases.lines().take_while(|line| !line.starts_with("$ ")).collect();
    let commands = cases.lines().filter_map(|line| line.strip_prefix("$ "));
    let project = project();
    let policy = policy(&rules);
    let mut out: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
    for command in commands {
        let command = command.split_once(" -> ").map_or(command, |(command, _)| command);
        out.push_str(&project.report(&policy, command));
    }
    expect_file![path].assert_eq(&out);
}

struct Project {
    _folder: tempfile::TempDir,
    top: PathBuf,
    workspace: Workspace,
}

/// `project/sub`, and `project/link` to `outside`.
fn project() -> Project {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let top = folder.path().canonicalize().expect("it exists");
    let (root, outside) = (top.join("project"), top.join("outside"));
    fs::create_dir_all(root.join("sub")).expect("created");
    fs::create_dir_all(&outside).expect("created");
    symlink(&outside, root.join("link")).expect("linked");
    let workspace = Workspace::new(Scope::within(&root).expect("a folder"), top.join("state"));
    Project { _folder: folder, top, workspace }
}

impl Project {
    fn report(&self, policy: &Policy, command: &str) -> String {
        let (cwd, script) = match command.split_once(" in: ") {
            Some((cwd, script)) => (Some(cwd.to_owned()), script),
            None => (None, command),
        };
        let input = ParseShell { command: script.replace('⏎', "\n"), cwd, home: None };
        let parsed = parse_shell(&self.workspace, &input, &Control::unbounded()).expect("short");
        let verdict = policy.judge_shell(&parsed);
        let mut out = format!("$ {command} -> {:?}\n", verdict.action);
        for check in verdict.deciding().filter(|check| check.action != Action::Allow) {
            let by =
                check.rule.as_ref().map_or(String::new(), |rule| format!(" {:?}", rule.pattern));
            let _ =
                writeln!(out, "    {} {:?}: {:?}{by}", check.permission, check.subject, check.why);
        }
        for rule in &verdict.suggestions {
            let _ = writeln!(out, "    always? {} {}", rule.permission, rule.pattern);
        }
        out.replace(&*self.top.to_string_lossy(), "TOP")
    }
}

#[test]
fn without_rules_everything_is_asked_and_moving_is_free() {
    check("default");
}

/// Each was once a way round a rule.
#[test]
fn a_refusal_is_not_got_round() {
    check("refusals");
}

#[test]
fn what_is_allowed_is_allowed_and_no_more() {
    check("allowed");
}

#[test]
fn the_strictest_answer_holds() {
    check("strictest");
}

#[test]
fn suggestions_answer_the_question() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scope = Scope::within(folder.path()).expect("a folder");
    let workspace = Workspace::new(scope, "/nowhere");
    for command in [
        "git log && npm run dev",
        "timeout 5 cargo test > out",
        "A=1 make all; touch a",
        "cat /etc/hosts",
        "python -c 'print(1)'",
        "sudo git status",
    ] {
        let input = ParseShell { command: command.to_owned(), ..ParseShell::default() };
        let parsed = parse_shell(&workspace, &input, &Control::unbounded()).expect("short");
        let asked = Policy::default().judge_shell(&parsed);
        assert_eq!(asked.action, Action::Ask, "{command}");
        let always = Policy::new(asked.suggestions);
        assert_eq!(always.judge_shell(&parsed).action, Action::Allow, "{command}");
    }
}
