//! `bench`: the side-by-side benchmarks of `bench/`, one command each, and the fuzz targets.

use anyhow::{Context, Result, bail};

use crate::fuzz;
use crate::process;
use crate::workspace::Workspace;

/// One benchmark: the program that runs it and prints its table.
struct Bench {
    name: &'static str,
    about: &'static str,
    /// Program and arguments, run in the root; `cargo` stands for this toolchain's.
    command: &'static [&'static str],
}

/// Every benchmark. Its script, its results and its row in `bench/README.md` belong together.
const BENCHES: &[Bench] = &[Bench {
    name: "tokens",
    about: "counting speed and first use of each encoding, beside bpe-openai",
    command: &["cargo", "bench", "--locked", "-p", "ironbridge-tokens", "--bench", "encodings"],
}];

/// Runs one benchmark, or lists them.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        println!("fuzz [--seconds N] [TARGET…]\n    the fuzz targets, with the nightly toolchain");
        for bench in BENCHES {
            println!("{}\n    {}", bench.name, bench.about);
        }
        return Ok(());
    };
    if name == "fuzz" {
        return fuzz::run(rest);
    }
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    let Some(bench) = bench else {
        bail!("there is no benchmark `{name}`\nhint: `cargo xtask bench` lists them");
    };
    let workspace = Workspace::find()?;
    let (program, fixed) = bench.command.split_first().context("a benchmark has a command")?;
    let mut command = if *program == "cargo" {
        workspace.cargo()
    } else {
        let mut command = std::process::Command::new(program);
        command.current_dir(&workspace.root);
        command
    };
    process::run(command.args(fixed).args(rest), process::BUILD)
}
