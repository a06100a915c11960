//! `test`: set up, then run every test there is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::bench::tools;
use crate::process::{self, BUILD};
use crate::progress::Steps;
use crate::workspace::Workspace;
use crate::{clients, dashboard, leaks, node_package, tidy, toolchain};

/// For building and running the whole suite; each test has its own limit in `.config/nextest.toml`.
const SUITE: Duration = Duration::from_secs(60 * 60);

/// What would change a test's outcome on a developer's machine: keys, config, proxies of others.
const FOREIGN_PREFIXES: &[&str] = &["IRONBRIDGE_", "ANTHROPIC_", "OPENAI_", "CLAUDE_", "CODEX_"];
const FOREIGN_VARIABLES: &[&str] = &[
    "CREDENTIALS_DIR",
    "DASHBOARD_API_KEY",
    "DATABASE_URL",
    "DEBUG",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "RUST_LOG",
    "SLACK_WEBHOOK_URL",
    "STORAGE_ENABLED",
];

/// Runs the checks, the doctests, the tools under valgrind in short, then all tests with the real clients and the Node package.
///
/// The order is cheapest failure first; the workspace's tests come last, so that the runner's own
/// summary closes the output. The fuzz corpora are replayed by tests of `ironbridge-wire` and
/// `ironbridge-tools`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let quick = match arguments {
        [] => false,
        [flag] if flag == "--quick" => true,
        _ => bail!("usage: cargo xtask test [--quick]"),
    };
    let workspace = Workspace::find()?;
    let mut steps = Steps::new(if quick { 3 } else { 10 });

    steps.step("formatting, lints and the rules of the house", || tidy::check(&workspace))?;
    let mut test_bed = if quick {
        Vec::new()
    } else {
        steps.step("the real clients", || clients::install(&workspace.root, &workspace.target()))?
    };
    if !quick {
        steps.step("the programs that tests use", || peers(&workspace))?;
        // First: the binary that all further steps build embeds it.
        let page = || dashboard::build(&workspace.root, &workspace.target());
        test_bed.push(steps.step("the dashboard", page)?);
        let build = || node_package::build(&workspace.root, &workspace.target());
        test_bed.push(steps.step("the Node package", build)?);
        let peers = || tools::peers(&workspace.root, &workspace.target());
        test_bed.push((tools::SCRIPTS, steps.step("the peers of the bench of tools", peers)?));
        let asgi = || clients::asgi(&workspace.root, &workspace.target());
        test_bed.push(steps.step("the Pythons of the ASGI host", asgi)?);
    }
    steps.step("the examples in the documentation", || doctests(&workspace))?;
    if !quick {
        steps.step("leaks of the tools, in short", || leaks::short(&workspace))?;
    }
    steps.step("every test of the workspace", || suite(&workspace, &test_bed))?;
    eprintln!("all passed in {}", steps.elapsed());
    if quick {
        eprintln!("left out (--quick): the real clients, the dashboard, the Node package, leaks");
    }
    Ok(())
}

/// Programs and their Debian packages that tests of the tools run, or hold their results against. The ledger's tests
/// want PostgreSQL besides.
const PEERS: &[(&str, &str)] = &[
    ("git", "git"),
    ("rg", "ripgrep"),
    ("less", "less"),
    ("unzip", "unzip"),
    ("zstd", "zstd"),
    ("valgrind", "valgrind"),
    // The web terminal of `examples/` is tried in it.
    ("chromium", "chromium"),
];

/// Installs what is missing, as root; else the tests that need it say `skipped`.
fn peers(workspace: &Workspace) -> Result<()> {
    std::fs::create_dir_all(workspace.target())?;
    let log = workspace.target().join("peers-install.log");
    for (program, package) in PEERS {
        if let Err(error) = toolchain::program(program, package, &log) {
            eprintln!("    without {program}: {error:#}");
        }
    }
    if !has_postgresql()
        && let Err(error) = toolchain::install("postgresql", &log)
    {
        eprintln!("    without PostgreSQL: {error:#}");
    }
    Ok(())
}

/// Whether a PostgreSQL server can be started; Debian keeps its programs out of `PATH`.
fn has_postgresql() -> bool {
    let of_debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    toolchain::which("initdb").is_some()
        || of_debian.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

fn doctests(workspace: &Workspace) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--doc", "--quiet"]);
    process::run(&mut command, BUILD)
}

fn suite(workspace: &Workspace, test_bed: &[(&'static str, PathBuf)]) -> Result<()> {
    let mut command = suite_command(&workspace.root);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let foreign = FOREIGN_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
        if foreign || FOREIGN_VARIABLES.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    command.envs(test_bed.iter().map(|(name, path)| (name, path)));
    process::run(&mut command, SUITE)
}

/// nextest where it is installed, else `cargo test`.
pub(crate) fn suite_command(root: &Path) -> std::process::Command {
    let mut command = crate::workspace::cargo(root);
    if toolchain::has_nextest(root) {
        command.args(["nextest", "run", "--workspace", "--locked"]);
        if std::env::var_os("CI").is_some() {
            command.args(["--profile", "ci"]);
        }
    } else {
        eprintln!("    cargo-nextest is not installed: using `cargo test`");
        command.args(["test", "--workspace", "--locked", "--tests", "--no-fail-fast"]);
    }
    command
}
