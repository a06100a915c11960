//! The guides about the ledger each end in something that runs, and shows what it prints.

use std::path::Path;
use std::process::Command;

use ironbridge_testkit::PostgresServer;

use crate::command::Home;

/// The last program of a page, and what the page says that it prints.
fn last_program(page: &str) -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.rsplit_once("\n```sh\n").unwrap();
    let (program, rest) = rest.split_once("\n```\n").unwrap();
    let (_, rest) = rest.split_once("\n```\n").unwrap();
    let (printed, _) = rest.split_once("\n```").unwrap();
    (program.to_owned(), printed.to_owned())
}

/// Runs it as a newcomer would, in an empty folder that is home.
fn check(page: &str, variables: &[(&str, &str)]) {
    let (program, printed) = last_program(page);
    let home = Home::new();
    let binary = Path::new(env!("CARGO_BIN_EXE_ironbridge")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command.args(["-eu", "-o", "pipefail", "-c", &program]).current_dir(home.path()).env_clear();
    command.env("HOME", home.path()).env("IRONBRIDGE_HOME", home.path());
    command.env("PATH", format!("{}:{path}", binary.display()));
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), printed, "{page}: {told}");
    assert!(output.status.success(), "{page}: {told}");
}

#[test]
fn the_guides_about_the_ledger_end_in_something_that_runs() {
    for page in ["accounts.md", "budgets.md", "backup.md"] {
        check(page, &[]);
    }
    let Some(server) = PostgresServer::start() else { return };
    check("scale-out.md", &[("DATABASE_URL", &server.database("ledger"))]);
}
