//! Whether a call may run: a function of the tool's effect, the mode, the rules and the call.
//!
//! | | normal | auto-accept | plan | yolo |
//! |---|---|---|---|---|
//! | reads, harmless | allow | allow | allow | allow |
//! | writes | ask | allow | deny | allow |
//! | runs what only reads, within the project | allow | allow | allow | allow |
//! | runs anything else | ask | ask | deny | allow |
//! | commits | ask | ask | deny | allow |
//! | connects | ask | ask | ask | allow |
//!
//! What a rule allows is not asked. What is dangerous, or cannot be read whole, is asked whatever the rules allow. Where
//! a path lies is not judged here: the tools themselves open nothing outside of the project.

use crate::engine::{RunCall, Verdict};
use crate::tools::{Effect, Place, SESSION_TOOL, patches, question};
use ironbridge_session::{AllowRule, Mode};
use ironbridge_tools::Control;
use ironbridge_tools::policy::{Action, BASH, Check, EDIT, Policy, Rule, Why};
use ironbridge_tools::shell::{ParseShell, ParsedShell, Safety, parse_shell};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The permission to reach a host; its patterns are hosts.
pub(crate) const FETCH: &str = "fetch";

/// How long reading a command may take; one that takes longer is asked about.
const PARSE_TIME: Duration = Duration::from_secs(2);

/// Says whether a call may run. Blocks: a command's paths are looked up.
pub(crate) fn judge(
    run: &RunCall,
    effect: Effect,
    mode: Mode,
    policy: &Policy,
    place: &Place,
) -> Verdict {
    if mode == Mode::Yolo && effect != Effect::Asks {
        return Verdict::Allow;
    }
    match effect {
        Effect::Reads | Effect::Harmless => Verdict::Allow,
        Effect::Asks => question(&run.arguments),
        Effect::Commits => judge_commit(run, mode, policy),
        Effect::Writes => judge_change(run, mode, policy, place),
        Effect::Runs => judge_command(run, mode, policy, place),
        Effect::Connects => judge_address(run, policy),
    }
}

fn text<'a>(run: &'a RunCall, name: &str) -> &'a str {
    run.arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn judge_change(run: &RunCall, mode: Mode, policy: &Policy, place: &Place) -> Verdict {
    if mode == Mode::Plan {
        let why = "nothing is changed in mode plan; say what you would change".to_owned();
        return Verdict::Deny { why };
    }
    let subjects = subjects(run, place);
    let actions: Vec<Action> =
        subjects.iter().map(|subject| policy.evaluate(EDIT, subject).action).collect();
    let denied = actions.iter().position(|action| *action == Action::Deny);
    if let Some(denied) = denied.and_then(|index| subjects.get(index)) {
        return Verdict::Deny { why: format!("a rule says that {denied} is not changed") };
    }
    if mode == Mode::AutoAccept || actions.iter().all(|action| *action == Action::Allow) {
        Verdict::Allow
    } else {
        Verdict::Ask {
            subject: subjects.join(", "),
            why: "files are changed only with your yes".to_owned(),
            diff: None,
            rules: vec![AllowRule { permission: EDIT.to_owned(), pattern: "*".to_owned() }],
        }
    }
}

/// The files that a call changes, as rules name them; what names none is the tool itself.
fn subjects(run: &RunCall, place: &Place) -> Vec<String> {
    let scope = place.workspace.scope();
    let shown = |path: PathBuf| match scope.locate(&path) {
        Ok(location) => scope.shown(location.resolved()).display().to_string(),
        // The tool will say what is wrong.
        Err(_) => path.display().to_string(),
    };
    let files = run.arguments.get("files").and_then(Value::as_array);
    let named = files.into_iter().flatten().filter_map(Value::as_str);
    let named = named.chain(["path", "destination"].into_iter().map(|name| text(run, name)));
    let named = named.filter(|path| !path.is_empty()).map(|path| place.cwd().join(path));
    // The paths of a patch are from the project's folder.
    let patched =
        patches::paths(text(run, "patch")).into_iter().map(|path| place.root().join(path));
    let subjects: Vec<String> = named.chain(patched).map(shown).collect();
    if subjects.is_empty() { vec![run.tool.clone()] } else { subjects }
}

/// A commit lasts, and runs the project's hooks: it is asked about in every mode but `yolo`.
fn judge_commit(run: &RunCall, mode: Mode, policy: &Policy) -> Verdict {
    if mode == Mode::Plan {
        return Verdict::Deny { why: "nothing is committed in mode plan".to_owned() };
    }
    match policy.evaluate(&run.tool, "*").action {
        Action::Allow => Verdict::Allow,
        Action::Deny => Verdict::Deny { why: "a rule says that nothing is committed".to_owned() },
        Action::Ask => Verdict::Ask {
            subject: text(run, "message").to_owned(),
            why: "makes a commit".to_owned(),
            diff: None,
            rules: vec![AllowRule { permission: run.tool.clone(), pattern: "*".to_owned() }],
        },
    }
}

fn judge_command(run: &RunCall, mode: Mode, policy: &Policy, place: &Place) -> Verdict {
    let command = text(run, "command").to_owned();
    if run.tool == SESSION_TOOL {
        match text(run, "action") {
            "start" => {}
            // What a running program makes of it, nobody knows.
            "write" => {
                let (input, session) = (text(run, "input"), run.arguments.get("session"));
                let session = session.map(Value::to_string).unwrap_or_default();
                let why = format!("types into session {session}");
                return asked(input.to_owned(), why, mode, Vec::new());
            }
            _ => return Verdict::Allow,
        }
    }
    let wish = ParseShell {
        command: command.clone(),
        cwd: Some(place.cwd().display().to_string()),
        home: place.home.clone(),
    };
    let parsed = parse_shell(&place.workspace, &wish, &Control::within(PARSE_TIME));
    let Ok(parsed) = parsed else {
        let why = "the command is too long to be read".to_owned();
        return asked(command, why, mode, Vec::new());
    };
    if only_looks(&parsed) {
        return Verdict::Allow;
    }
    let verdict = policy.judge_shell(&parsed);
    match verdict.action {
        Action::Allow => Verdict::Allow,
        Action::Deny => {
            let why: Vec<String> = verdict.deciding().map(|check| check.subject.clone()).collect();
            Verdict::Deny { why: format!("a rule says that this is not run: {}", why.join(", ")) }
        }
        Action::Ask => {
            let why: Vec<String> = verdict.deciding().map(why).collect();
            let allows = |rule: &&Rule| rule.action == Action::Allow;
            let rules = verdict.suggestions.iter().filter(allows).map(|rule| AllowRule {
                permission: rule.permission.clone(),
                pattern: rule.pattern.clone(),
            });
            let rules = rules.collect();
            asked(command, why.join("; "), mode, rules)
        }
    }
}

fn asked(subject: String, why: String, mode: Mode, rules: Vec<AllowRule>) -> Verdict {
    if mode == Mode::Plan {
        let why = "in mode plan only commands run that are known to read only".to_owned();
        return Verdict::Deny { why };
    }
    Verdict::Ask { subject, why, diff: None, rules }
}

/// Whether a command is known to read only, and stays in the project.
fn only_looks(parsed: &ParsedShell) -> bool {
    parsed.safety == Safety::Safe
        && !parsed.uncertain
        && !parsed.paths.iter().any(|path| path.outside)
}

fn why(check: &Check) -> String {
    let what = if check.permission == BASH {
        format!("runs `{}`", check.subject)
    } else {
        format!("touches {}", check.subject)
    };
    match check.why {
        Why::Rule | Why::NoRule => what,
        Why::Uncertain => "it cannot be read whole".to_owned(),
        Why::Danger => format!("{what}, which may destroy"),
        Why::UnknownProgram => format!("{what}: which program that is shows only when it runs"),
    }
}

/// An address may carry out what was read: every host is asked about once.
fn judge_address(run: &RunCall, policy: &Policy) -> Verdict {
    let address = text(run, "url");
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    match policy.evaluate(FETCH, host).action {
        Action::Allow => Verdict::Allow,
        Action::Deny => Verdict::Deny { why: format!("a rule says that {host} is not reached") },
        Action::Ask => Verdict::Ask {
            subject: address.to_owned(),
            why: format!("reaches {host}"),
            diff: None,
            rules: vec![AllowRule { permission: FETCH.to_owned(), pattern: host.to_owned() }],
        },
    }
}

/// Rules of people as a policy.
pub(crate) fn policy(rules: &[AllowRule]) -> Policy {
    Policy::new(
        rules.iter().map(|rule| Rule::new(&*rule.permission, &*rule.pattern, Action::Allow)),
    )
}
