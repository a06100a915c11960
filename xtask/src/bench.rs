//! `bench`: the side-by-side benchmarks of `bench/`, one command each, and the fuzz targets.

mod asgi;
mod dashboard;
mod gateway;
pub(crate) mod tools;

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
const BENCHES: &[Bench] = &[
    Bench {
        name: "tokens",
        about: "counting speed and first use of each encoding, beside bpe-openai",
        command: &["cargo", "bench", "--locked", "-p", "ironbridge-tokens", "--bench", "encodings"],
    },
    Bench {
        name: "ledger",
        about: "recording, size of a record and every page of the dashboard, on SQLite and PostgreSQL [--rows N]",
        command: &[
            "cargo",
            "bench",
            "--locked",
            "-p",
            "ironbridge-ledger",
            "--bench",
            "books",
            "--",
        ],
    },
    Bench {
        name: "pure",
        about: "rate-limit checks, small validations and translated streams, on one core",
        command: &[
            "cargo",
            "bench",
            "--locked",
            "-p",
            "ironbridge-limit",
            "-p",
            "ironbridge-wire",
            "--benches",
        ],
    },
];

/// One that needs more than a command.
struct OwnBench {
    /// Its name, then what it takes.
    usage: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const OWN_BENCHES: &[OwnBench] = &[
    OwnBench {
        usage: "gateway [--peers LIST] [--cases LIST] [--connections LIST] [--rounds N] [--seconds N]",
        about: gateway::ABOUT,
        run: gateway::run,
    },
    OwnBench {
        usage: "asgi [--quick] [--rounds N] [--seconds N] [--cases LIST] [--contenders LIST] [--write]",
        about: asgi::ABOUT,
        run: asgi::run,
    },
    OwnBench { usage: "dashboard [--quick]", about: dashboard::ABOUT, run: dashboard::run },
    OwnBench { usage: "tools [--quick] [--write] [ROW…]", about: tools::ABOUT, run: tools::run },
    OwnBench {
        usage: "fuzz [--seconds N] [TARGET…]",
        about: "the fuzz targets, with the nightly toolchain",
        run: fuzz::run,
    },
];

/// Runs one benchmark, or lists them.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        for own in OWN_BENCHES {
            println!("{}\n    {}", own.usage, own.about);
        }
        for bench in BENCHES {
            println!("{}\n    {}", bench.name, bench.about);
        }
        return Ok(());
    };
    let own = OWN_BENCHES.iter().find(|own| own.usage.split(' ').next() == Some(name.as_str()));
    if let Some(own) = own {
        return (own.run)(rest);
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
