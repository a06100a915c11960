//! The project's own commands: `cargo xtask <command>`.
//!
//! Everything a developer or CI runs is here, in Rust, so that it works the same on every machine
//! and can be read, tested and searched like the rest: one file per command, `COMMANDS` below is
//! the whole list. `process` runs programs with a time limit, `workspace` knows the folders and the
//! cargo metadata, `toolchain` finds what else is installed.
//!
//! What it does not do: nothing here is linked into the product, and no command hides a failure;
//! what cannot run says so and ends with exit code 1.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]

mod announce;
mod bench;
mod clients;
mod coverage;
mod dashboard;
mod dist;
mod docs;
mod fuzz;
mod hooks;
mod leaks;
mod licences;
mod node_package;
mod pre_commit;
mod process;
mod progress;
mod rust_code;
mod stamp;
mod start;
mod test;
mod tidy;
mod toolchain;
mod workspace;

use std::process::ExitCode;

/// One command: its name, what it takes, what it does, and its code.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "start",
        arguments: "[--profile NAME] [FLAGS OF `ironbridge start`]",
        about: "build and run the gateway on the built-in offline model",
        run: start::run,
    },
    Command {
        name: "test",
        arguments: "[--quick]",
        about: "set up and run every test; --quick leaves out the real clients",
        run: test::run,
    },
    Command {
        name: "tidy",
        arguments: "",
        about: "formatting, lints, and the rules of the house",
        run: tidy::run,
    },
    Command {
        name: "docs",
        arguments: "[--check]",
        about: "regenerate docs/reference; --check only compares",
        run: docs::run,
    },
    Command {
        name: "bench",
        arguments: "[NAME [ARGUMENTS]] | gateway [FLAGS] | fuzz [--seconds N] [TARGET…]",
        about: "run a benchmark, or the fuzz targets with the nightly toolchain",
        run: bench::run,
    },
    Command {
        name: "coverage",
        arguments: "[--no-fail]",
        about: "line coverage per crate; under 80 % fails",
        run: coverage::run,
    },
    Command {
        name: "leaks",
        arguments: "[PART OF A TEST'S NAME…]",
        about: "the tests of the tools under valgrind; a definite leak fails",
        run: leaks::run,
    },
    Command {
        name: "dist",
        arguments: "",
        about: "the release archive, unpacked and tried in an empty folder",
        run: dist::run,
    },
    Command {
        name: "hooks",
        arguments: "",
        about: "install the git pre-commit hook",
        run: hooks::run,
    },
    Command {
        name: "pre-commit",
        arguments: "",
        about: "format and check what is staged (the hook calls it)",
        run: pre_commit::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(code) = coverage::compile_as_wrapper(&arguments) {
        return code;
    }
    let outcome = match arguments.split_first() {
        None => {
            print!("{}", usage());
            Ok(())
        }
        Some((name, _)) if name == "help" || name == "-h" || name == "--help" => {
            print!("{}", usage());
            Ok(())
        }
        Some((name, rest)) if name == announce::COMMAND => announce::run(rest),
        Some((name, rest)) => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => (command.run)(rest),
            None => {
                eprint!("error: there is no command `{name}`\n\n{}", usage());
                return ExitCode::from(2);
            }
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The help text, made from [`COMMANDS`].
fn usage() -> String {
    let mut text = String::from("usage: cargo xtask <command>\n\n");
    for command in COMMANDS {
        text.push_str(&format!(
            "  {} {}\n      {}\n",
            command.name, command.arguments, command.about
        ));
    }
    text
}
