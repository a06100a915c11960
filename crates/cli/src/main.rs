//! The binary `ironbridge`: it reads flags, variables and the config file, hands checked settings to the crates that do
//! the work, and turns what comes back into text and an exit code.
//!
//! ```text
//! $ ironbridge start --offline
//! listening on http://127.0.0.1:4141
//! $ ironbridge tokens --model gpt-4o README.md
//! 1 204  exact  README.md
//! ```
//!
//! # Where things are
//! - [`flags`], [`config::keys`] and [`environment`] are the tables of flags, config keys and variables. `--help`, shell
//!   completions, `docs/reference/*` and the config's JSON schema are all made from them ([`reference`]).
//! - [`config`] turns the file into settings and reports every mistake at once; [`config_file`] finds and reads it,
//!   [`watch`] sees it change and [`reload`] takes it over.
//! - [`commands`] has one file per command.
//! - [`accounts`] are those that people log in to, [`logins`] says where logins are kept; [`terminal`] puts questions.
//! - [`error`] is what a user sees of a failure, and the exit code; [`logging`] is the one place that sets up `tracing`.
//!
//! # What it does not do
//! It decides nothing: no rule of routing, translating, counting or limiting stands here. It is the only crate that reads
//! the environment and the home folder, and the only one that prints.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")
)]

mod accounts;
mod approver;
mod arguments;
mod claude_code;
mod commands;
mod config;
mod config_file;
mod console;
mod console_setup;
mod date;
mod environment;
mod error;
mod flags;
mod folders;
mod key_file;
mod ledger_folder;
mod log_file;
mod logging;
mod logins;
mod output;
mod own_gateway;
mod preferences;
mod reference;
mod reload;
mod run;
mod runtime;
mod stop;
mod terminal;
mod tool_table;
mod watch;

use std::process::ExitCode;

/// The relay's hot path allocates from many threads, where glibc's allocator takes its locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run::run(std::env::args_os())
}
