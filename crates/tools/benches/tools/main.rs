//! Each tool beside the plain floor under it: `rg`, `git`, `cp`, the bare library. `cargo bench -p ironbridge-tools`.

mod archive;
mod edit;
mod edit_cascade;
mod files;
mod patch;
mod processor;
mod pty;
mod rewrite;
mod search;
mod shell_parse;
mod shell_run;
mod snapshot;
mod system;
mod text;
mod vcs;
mod watch;

fn main() {
    divan::main();
}
