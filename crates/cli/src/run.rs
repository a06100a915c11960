//! From a command line to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::arguments::{Arguments, Command};
use crate::error::Error;
use crate::{commands, output};

/// Does what a command line asks; prints what went wrong.
pub(crate) fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    match try_run(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&error.render());
            error.exit_code()
        }
    }
}

fn try_run(line: impl IntoIterator<Item = OsString>) -> Result<(), Error> {
    let arguments = match Arguments::parse(line) {
        Ok(arguments) => arguments,
        Err(asked)
            if matches!(asked.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            return output::result(&text(&asked));
        }
        Err(error) => return Err(bare(error)),
    };
    let global = &arguments.global;
    match &arguments.command {
        Command::Start(start) => commands::start::run(start, global),
        Command::Dashboard(dashboard) => commands::dashboard::run(dashboard, global),
        Command::Top(top) => commands::top::run(top, global),
        Command::Key(key) => commands::key::run(key, global),
        Command::Ledger(ledger) => commands::ledger::run(ledger, global),
        Command::Tokens(tokens) => commands::tokens::run(tokens, global),
        Command::Session(command) => commands::session::run(command, global),
        Command::Run(run) => commands::run::run(run, global),
        Command::Tool(tool) => commands::tool::run(tool, global),
        Command::Acp(acp) => commands::acp::run(acp, global),
        Command::Mcp(mcp) => commands::mcp::run(mcp, global),
        Command::Auth(auth) => commands::auth::run(auth, global),
        Command::CheckUsage(usage) => commands::check_usage::run(usage, global),
        Command::Doctor(doctor) => commands::doctor::run(doctor, global),
        Command::Debug { json } => commands::debug::run(*json, global),
        Command::Completions(shell) => commands::completions::run(shell),
        Command::GenerateDocs(folder) => commands::generate_docs::run(folder),
    }
}

/// A mistake on the command line. No command at all gets the help, on stderr.
fn bare(error: clap::Error) -> Error {
    if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return error.into();
    }
    output::message(&text(&error));
    Error::usage("no command is given").hint("`ironbridge start --offline` needs no account")
}

/// clap's help, without the spaces it leaves at the ends of lines.
fn text(help: &clap::Error) -> String {
    help.render().to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
