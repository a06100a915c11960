//! What the user typed, as typed values.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;

use crate::flags;

/// A whole command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// What every command takes.
    pub(crate) global: Global,
    /// The command.
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug)]
pub(crate) struct Global {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// `--data-dir`.
    pub(crate) data_dir: Option<PathBuf>,
    /// `-v`.
    pub(crate) verbose: bool,
    /// `--log-level`.
    pub(crate) log_level: Option<String>,
}

/// A command and what it takes.
#[derive(Debug)]
pub(crate) enum Command {
    /// `start`.
    Start(Start),
    /// `tokens`.
    Tokens(Tokens),
    /// `doctor`.
    Doctor,
    /// `completions SHELL`.
    Completions(String),
    /// `generate-docs DIR`.
    GenerateDocs(PathBuf),
}

/// The flags of `start`.
#[derive(Debug)]
pub(crate) struct Start {
    /// `--port`.
    pub(crate) port: Option<u16>,
    /// `--host`.
    pub(crate) host: Option<IpAddr>,
    /// `--offline`.
    pub(crate) offline: bool,
    /// `--no-dashboard`.
    pub(crate) no_dashboard: bool,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
    /// `--exit-after`.
    pub(crate) exit_after: Option<Duration>,
}

/// The arguments of `tokens`.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The files, `-` for stdin; at least one.
    pub(crate) files: Vec<PathBuf>,
    /// `--model`.
    pub(crate) model: Option<String>,
    /// `--encoding`.
    pub(crate) encoding: Option<String>,
}

impl Arguments {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// clap's: also for `--help` and `--version`, which are to be printed.
    pub(crate) fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut matches = flags::parser().try_get_matches_from(line)?;
        let (name, mut rest) =
            matches.remove_subcommand().expect("clap requires one of the commands");
        // Global flags reach the matches of the command, wherever they were written.
        let global = Global {
            config: rest.remove_one("config"),
            data_dir: rest.remove_one("data-dir"),
            verbose: rest.get_flag("verbose"),
            log_level: rest.remove_one("log-level"),
        };
        Ok(Arguments { global, command: command(&name, rest) })
    }
}

fn command(name: &str, mut matches: ArgMatches) -> Command {
    match name {
        "start" => Command::Start(Start {
            port: matches.remove_one("port"),
            host: matches.remove_one("host"),
            offline: matches.get_flag("offline"),
            no_dashboard: matches.get_flag("no-dashboard"),
            proxy_env: matches.get_flag("proxy-env"),
            exit_after: matches.remove_one("exit-after").map(Duration::from_secs),
        }),
        "tokens" => Command::Tokens(Tokens {
            files: matches
                .remove_many("files")
                .map_or_else(|| vec![PathBuf::from("-")], Iterator::collect),
            model: matches.remove_one("model"),
            encoding: matches.remove_one("encoding"),
        }),
        "completions" => {
            Command::Completions(matches.remove_one("shell").expect("clap requires it"))
        }
        "generate-docs" => {
            Command::GenerateDocs(matches.remove_one("folder").expect("clap requires it"))
        }
        // The test of the table against clap holds that these five are all there are.
        _ => Command::Doctor,
    }
}
