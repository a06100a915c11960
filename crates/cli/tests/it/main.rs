//! The binary as a user sees it: what it prints, where, and how it exits.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test ends at the first surprise, and `check(input, expect![…])` reads best so"
)]

mod auth;
mod auth_anthropic;
mod authorities;
mod claude_command;
mod clients;
mod command;
mod completions;
mod config;
mod console;
mod console_setup;
mod copilot;
mod dashboard;
mod debug;
mod docker;
mod doctor;
mod evaluation;
mod examples;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod guides;
mod help;
mod keys;
mod ledger;
mod logs;
mod operating;
mod reference;
mod run;
mod run_bad_days;
mod run_config;
mod run_project;
mod session;
mod start;
mod tokens;
mod tool;
mod top;
mod usage;
