//! The verdict over a shell command: every command in it, every place it touches outside the project.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Action, BASH, Decision, EXTERNAL_DIRECTORY, Policy, Rule};
use crate::shell::{
    Assignment, DoubtKind, ParsedShell, PathUse, Safety, ShellCommand, TouchedPath,
};

/// Stands for a folder nobody knows: only a rule for all folders allows it.
const ANY_FOLDER: &str = "*";

/// Variables that change how programs talk, not what they do. With others a rule must name them.
const HARMLESS_VARIABLES: &[&str] = &[
    "CARGO_TERM_COLOR",
    "CI",
    "CLICOLOR",
    "COLUMNS",
    "DEBUG",
    "FORCE_COLOR",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LINES",
    "NODE_ENV",
    "NO_COLOR",
    "PYTHONUNBUFFERED",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "TERM",
    "TZ",
];

/// The answer to a shell command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShellVerdict {
    /// The strictest of the checks; allowed when there was nothing to check.
    pub action: Action,
    /// What was checked, the strictest first.
    pub checks: Vec<Check>,
    /// The rules that would answer what is asked here, for "always". Not every question has one.
    pub suggestions: Vec<Rule>,
}

impl ShellVerdict {
    /// The checks that decided.
    pub fn deciding(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().take_while(|check| check.action == self.action)
    }
}

/// One question to the rules, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The permission that was asked for.
    pub permission: String,
    /// What was held against the patterns.
    pub subject: String,
    /// The answer.
    pub action: Action,
    /// Why.
    pub why: Why,
    /// The rule that decided, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

/// Why a check was answered as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// A rule says so.
    Rule,
    /// No rule matched.
    NoRule,
    /// The script could not be read whole: asked, whatever the rules say.
    Uncertain,
    /// It is known to destroy: asked, whatever the rules allow.
    Danger,
    /// Only a shell can say which program it runs: asked, whatever the rules allow.
    UnknownProgram,
}

impl Policy {
    /// The verdict over `parsed`. Looks up whether touched paths outside are folders, and nothing else.
    pub fn judge_shell(&self, parsed: &ParsedShell) -> ShellVerdict {
        let mut judge = Judge { policy: self, checks: Vec::new(), suggestions: Vec::new() };
        for (index, command) in parsed.commands.iter().enumerate() {
            let runs_others = parsed.commands.iter().any(|inner| inner.within == Some(index));
            judge.command(command, command.transparent && runs_others);
        }
        for touched in parsed.paths.iter().filter(|touched| touched.outside) {
            judge.outside(touched);
        }
        if parsed.uncertain {
            judge.overrule("", Why::Uncertain);
        }
        judge.verdict(parsed)
    }
}

struct Judge<'a> {
    policy: &'a Policy,
    checks: Vec<Check>,
    suggestions: Vec<Rule>,
}

impl Judge<'_> {
    fn command(&mut self, command: &ShellCommand, runs_others: bool) {
        let subject = subject(command);
        let decision = self.policy.evaluate(BASH, &subject);
        // What only runs others is judged by them, and what only moves by where it moves: rules may still name it.
        let unremarkable = runs_others || only_moves(command);
        if !unremarkable || decision.is_specific() && decision.action != Action::Allow {
            if decision.action == Action::Ask {
                self.suggest_command(command);
            }
            self.check(BASH, subject.clone(), decision);
        }
        self.refusals(command, &subject);
        if command.safety == Safety::Dangerous {
            self.overrule(&subject, Why::Danger);
        }
        if command.name.is_empty() && !command.words.is_empty() {
            self.overrule(&subject, Why::UnknownProgram);
        }
    }

    /// Other ways to write the command must not get round a rule that refuses or asks: as it stands in the source,
    /// without the program's folder, and without options before the subcommand.
    fn refusals(&mut self, command: &ShellCommand, subject: &str) {
        let bare = command.name.rsplit('/').next().unwrap_or_default();
        let without_folder = words(command, bare);
        let without_options = without_options(command, bare);
        let others = [Some(&command.text), Some(&without_folder), without_options.as_ref()];
        for other in others.into_iter().flatten() {
            if other == subject {
                continue;
            }
            let decision = self.policy.evaluate(BASH, other);
            if decision.is_specific() && decision.action != Action::Allow {
                self.check(BASH, other.clone(), decision);
            }
        }
    }

    fn outside(&mut self, touched: &TouchedPath) {
        let subject = match &touched.resolved {
            None => ANY_FOLDER.to_owned(),
            Some(path) => {
                let is_folder = touched.usage == PathUse::Enter || path.is_dir();
                let parent = path.parent().filter(|_| !is_folder);
                folder_pattern(parent.unwrap_or(path))
            }
        };
        let known =
            |check: &Check| check.permission == EXTERNAL_DIRECTORY && check.subject == subject;
        if self.checks.iter().any(known) {
            return;
        }
        let decision = self.policy.evaluate(EXTERNAL_DIRECTORY, &subject);
        if decision.action == Action::Ask && subject != ANY_FOLDER {
            self.suggest(Rule::new(EXTERNAL_DIRECTORY, subject.clone(), Action::Allow));
        }
        self.check(EXTERNAL_DIRECTORY, subject, decision);
    }

    fn check(&mut self, permission: &str, subject: String, decision: Decision) {
        let why = if decision.rule.is_some() { Why::Rule } else { Why::NoRule };
        self.checks.push(Check {
            permission: permission.to_owned(),
            subject,
            action: decision.action,
            why,
            rule: decision.rule,
        });
    }

    /// Asked, whatever the rules allow.
    fn overrule(&mut self, subject: &str, why: Why) {
        self.checks.push(Check {
            permission: BASH.to_owned(),
            subject: subject.to_owned(),
            action: Action::Ask,
            why,
            rule: None,
        });
    }

    fn suggest_command(&mut self, command: &ShellCommand) {
        let assignments = named(&command.assignments);
        let subject = subject(command);
        // `git -C *` or `python -c *` would allow everything: only the command itself is offered then.
        let prefix_has_option = command.prefix.split(' ').skip(1).any(|word| word.starts_with('-'));
        let pattern =
            if prefix_has_option { subject } else { format!("{assignments}{} *", command.prefix) };
        let literal = pattern.strip_suffix(" *").unwrap_or(&pattern);
        let is_plain = !literal.contains(['*', '?']) && !command.prefix.is_empty();
        if is_plain && command.safety != Safety::Dangerous {
            self.suggest(Rule::new(BASH, pattern, Action::Allow));
        }
    }

    fn suggest(&mut self, rule: Rule) {
        if !self.suggestions.contains(&rule) {
            self.suggestions.push(rule);
        }
    }

    fn verdict(mut self, parsed: &ParsedShell) -> ShellVerdict {
        // A danger of no command in particular: a function that calls itself.
        let dangers = parsed.doubts.iter().filter(|doubt| doubt.kind == DoubtKind::Danger);
        if dangers.filter(|doubt| doubt.command.is_none()).count() > 0 {
            self.overrule("", Why::Danger);
        }
        self.checks.sort_by_key(|check| std::cmp::Reverse(check.action));
        let action = self.checks.first().map_or(Action::Allow, |check| check.action);
        ShellVerdict { action, checks: self.checks, suggestions: self.suggestions }
    }
}

/// The command as rules see it: variables that matter, words without quotes, redirects; one blank between.
fn subject(command: &ShellCommand) -> String {
    let mut subject = named(&command.assignments);
    subject.push_str(&words(command, &command.name));
    for redirect in &command.redirects {
        if !subject.is_empty() {
            subject.push(' ');
        }
        subject.push_str(&redirect.operator);
        subject.push(' ');
        subject.push_str(&redirect.target.text);
    }
    subject.trim_end().to_owned()
}

/// The words, the first of them `name` where that is known.
fn words(command: &ShellCommand, name: &str) -> String {
    let mut words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    if let (Some(first), false) = (words.first_mut(), name.is_empty()) {
        *first = name;
    }
    // What `xargs` adds has no text.
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// `git push` for `git -C folder push`; `None` where no option stands before the subcommand.
fn without_options(command: &ShellCommand, name: &str) -> Option<String> {
    let with_value: &[&str] = match name {
        "git" => &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"],
        "docker" | "podman" => &["-H", "--host", "-c", "--context", "--config", "-l"],
        "kubectl" => &["-n", "--namespace", "--context", "--cluster", "--kubeconfig", "-s"],
        "npm" | "pnpm" | "yarn" => &["--prefix", "-C", "--dir", "--cwd"],
        "cargo" => &["--config", "-Z", "-C", "--color"],
        _ => return None,
    };
    let mut rest = command.words.get(1..)?;
    while let Some((option, behind)) = rest.split_first() {
        if !option.text.starts_with(['-', '+']) {
            break;
        }
        let skipped = usize::from(with_value.contains(&option.text.as_str()));
        rest = behind.get(skipped..)?;
    }
    if rest.len() + 1 == command.words.len() {
        return None;
    }
    let texts = rest.iter().map(|word| word.text.as_str());
    Some([name].into_iter().chain(texts).collect::<Vec<_>>().join(" "))
}

/// `NAME=value ` for each variable that may change what a program does.
fn named(assignments: &[Assignment]) -> String {
    let matters =
        |set: &&Assignment| !HARMLESS_VARIABLES.contains(&set.name.as_str()) || set.value.dynamic;
    let shown = |set: &Assignment| format!("{}={} ", set.name, set.value.text);
    assignments.iter().filter(matters).map(shown).collect()
}

/// `cd` and its like only move; where to is asked as a place.
fn only_moves(command: &ShellCommand) -> bool {
    matches!(command.name.as_str(), "cd" | "pushd" | "popd")
        && command.redirects.is_empty()
        && command.assignments.is_empty()
}

fn folder_pattern(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    format!("{}/*", folder.trim_end_matches('/'))
}
