//! `cargo xtask bench gateway`: gateways beside each other, on one machine, in one run.
//!
//! ```text
//!   load generator ──▶ gateway under test ──▶ mock model server
//!   (this process,      (a process on          (this process,
//!    core 1)             core 0)                core 1)
//! ```
//!
//! - [`mock`] answers as a model server does, and costs the same whoever asks; [`load`] asks, and knows what a whole
//!   answer is; [`clock`] marks every chunk with the time it was sent.
//! - [`case`] is the table of what is asked, [`peer`] the table of who is asked and how each is set up.
//! - [`run`] takes turns: for each case every gateway once, and again; medians are kept. [`subject`] is one gateway while it
//!   is measured: [`child`] starts and stops it, [`process_tree`] reads what it used, [`pinning`] gives it its core.
//! - [`report`] writes the results down: JSON with every turn, tables of medians, targets met and missed.
//!
//! Why the mock and the load are one process: they share a clock, so the delay of a chunk is a subtraction. What they
//! cost themselves is in no figure of CPU time; `direct`, the load without a gateway, is measured in every round.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]

mod arguments;
mod case;
mod child;
mod clock;
mod load;
mod mock;
mod peer;
mod pinning;
mod process_tree;
mod quantiles;
mod report;
mod run;
mod subject;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use arguments::{Arguments, USAGE};
use mock::Mock;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) if command == "gateway" => gateway(rest),
        Some((command, rest)) if command == "mock" => mock_alone(rest),
        _ => {
            print!("{USAGE}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The benchmark.
fn gateway(arguments: &[String]) -> Result<()> {
    let arguments = Arguments::parse(arguments)?;
    arguments.pinning.take_load_core()?;
    let mock = Mock::start(0)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            ended = run::run(&arguments, &mock) => ended,
            stopped = told_to_stop() => stopped.and_then(|()| bail!("stopped before the end")),
        }
    })
}

/// The mock by itself, to put something in front of it by hand.
fn mock_alone(arguments: &[String]) -> Result<()> {
    let port = match arguments {
        [] => 0,
        [flag, port] if flag == "--port" => port.parse().context("--port takes a number")?,
        _ => bail!("{USAGE}"),
    };
    let mock = Mock::start(port)?;
    println!("listening on http://{}", mock.address);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(told_to_stop())
}

/// Ends at Ctrl-C or SIGTERM. What runs beside it is then dropped, and stopped by that.
async fn told_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
