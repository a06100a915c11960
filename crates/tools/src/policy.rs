//! Rules of what is allowed, refused, or asked.
//!
//! ```
//! use ironbridge_tools::policy::{Action, Policy, Rule};
//!
//! let policy = Policy::new([
//!     Rule::new("bash", "git *", Action::Allow),
//!     Rule::new("bash", "git push *", Action::Deny),
//! ]);
//! assert_eq!(policy.evaluate("bash", "git log").action, Action::Allow);
//! assert_eq!(policy.evaluate("bash", "git push -f").action, Action::Deny);
//! assert_eq!(policy.evaluate("bash", "ls").action, Action::Ask);
//! ```
//!
//! A rule has a permission (`bash`, `edit`, `external_directory`, …), a pattern for what is to be done with it, and an
//! action. The last rule that matches both wins, so a later rule set overrides an earlier one; without a match it is
//! asked. For a shell command [`Policy::judge_shell`] asks for every command in it and every place outside the project
//! it touches, and the strictest answer holds.
//!
//! # What it does not do
//!
//! It does not run, ask or remember: who asks puts the suggested rules into a later policy. And it is no wall: what is
//! allowed to run may do anything its user may, which is what the sandbox of [`crate::shell`] is for.

mod pattern;
mod rule;
mod shell;

pub use pattern::Pattern;
pub use rule::{Action, Decision, Policy, Rule};
pub use shell::{Check, ShellVerdict, Why};

/// The permission to run commands; its patterns are commands.
pub const BASH: &str = "bash";

/// The permission to touch what lies outside the project; its patterns are folders, as `/etc/*`.
pub const EXTERNAL_DIRECTORY: &str = "external_directory";

/// The permission to change files, whichever tool does it.
pub const EDIT: &str = "edit";
