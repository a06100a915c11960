//! The tools against real files, programs and kernels.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic and say what it skips, in its helpers as well"
)]

mod archive;
mod corpus;
mod disk_full;
mod edit;
mod files;
mod find;
mod leak_check;
mod patch;
mod policy;
mod properties;
mod pty;
mod pty_launch;
mod pty_programs;
mod sandbox;
mod scope;
mod search;
mod shell;
mod shell_parse;
mod shell_run;
mod snapshot;
mod system;
mod text;
mod vcs;
mod watch;
