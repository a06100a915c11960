//! Rules, and which of them decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BASH, EDIT, Pattern};

/// What a rule says; the later, the stricter.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It may be done.
    Allow,
    /// Somebody must be asked.
    Ask,
    /// It must not be done.
    Deny,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// For which permissions; a pattern.
    pub permission: String,
    /// For what; a pattern: `*` any text, `?` one character, ` *` at the end also nothing.
    pub pattern: String,
    /// What then.
    pub action: Action,
}

impl Rule {
    /// One rule.
    pub fn new(permission: impl Into<String>, pattern: impl Into<String>, action: Action) -> Self {
        Self { permission: permission.into(), pattern: pattern.into(), action }
    }
}

/// Rules in their order, their patterns read once. Cheap to ask, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    rules: Vec<Compiled>,
}

#[derive(Debug, Clone)]
struct Compiled {
    permission: Pattern,
    pattern: Pattern,
    action: Action,
}

/// An answer, and the rule it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// The rule that decided; missing when none matched, which asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl Decision {
    /// Whether a rule decided that names more than `*`.
    pub(super) fn is_specific(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.pattern != "*")
    }
}

impl Policy {
    /// The rules in their order: later ones go before earlier ones.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let compiled = |rule: Rule| Compiled {
            permission: Pattern::new(rule.permission),
            pattern: Pattern::new(rule.pattern),
            action: rule.action,
        };
        Self { rules: rules.into_iter().map(compiled).collect() }
    }

    /// These rules, then those of `later`, which go before them.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        Self { rules: self.rules.iter().chain(&later.rules).cloned().collect() }
    }

    /// The rules, in their order.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + '_ {
        self.rules.iter().map(Compiled::rule)
    }

    /// The last rule whose permission and pattern both match; without one it is asked.
    pub fn evaluate(&self, permission: &str, subject: &str) -> Decision {
        let found = self
            .rules
            .iter()
            .rev()
            .find(|rule| rule.permission.matches(permission) && rule.pattern.matches(subject));
        match found {
            Some(rule) => Decision { action: rule.action, rule: Some(rule.rule()) },
            None => Decision { action: Action::Ask, rule: None },
        }
    }

    /// Those of `tools` that need not be shown to a model at all: the last rule for their permission refuses `*`.
    pub fn disabled_tools<'a>(&self, tools: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let disabled = |tool: &&str| {
            let permission = permission_of(tool);
            let last = self.rules.iter().rev().find(|rule| rule.permission.matches(permission));
            last.is_some_and(|rule| rule.pattern.as_str() == "*" && rule.action == Action::Deny)
        };
        tools.into_iter().filter(disabled).collect()
    }
}

impl Compiled {
    fn rule(&self) -> Rule {
        Rule::new(self.permission.as_str(), self.pattern.as_str(), self.action)
    }
}

/// Tools that change files share one permission, as do those that run commands; any other has its own name.
fn permission_of(tool: &str) -> &str {
    match tool {
        "edit" | "write" | "patch" | "multiedit" | "create" | "multi-edit" | "multi_edit"
        | "apply_patch" | "insert-lines" | "insert_lines" | "replace-lines" | "replace_lines"
        | "delete-lines" | "delete_lines" => EDIT,
        "bash" | "shell" => BASH,
        other => other,
    }
}
