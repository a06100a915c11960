//! The guide's commands are run, one after the other in one project, and the guide shows what they print.

use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::expect_file;
use serde_json::Value;

use super::project::{Project, in_its_world, masked};
use super::shell::is_confined;

/// Where the guide's reader is at home.
const READERS_HOME: &str = "/home/ada";

/// Runs a command line as bash does and gives what a terminal shows.
fn shown(project: &Project, line: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_ironbridge")).parent().unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-c", line]).current_dir(project.path("")).env_clear();
    in_its_world(&mut bash).env("HOME", project.home().path());
    bash.env("IRONBRIDGE_HOME", project.home().path().join(".ironbridge"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path)),
    );
    let output = bash.env("PATH", path.unwrap()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    let printed = String::from_utf8(output.stdout).unwrap();
    // Results are on one line for programs, and on many for a terminal.
    let printed = match serde_json::from_str::<Value>(&printed) {
        Ok(result) => masked(&result.to_string()),
        Err(_) => return printed,
    };
    let result: Value = serde_json::from_str(&printed.replace(":…", r#":"…""#)).unwrap();
    let real = project.home().path().canonicalize().unwrap();
    format!("{result:#}\n").replace(r#""…""#, "…").replace(real.to_str().unwrap(), READERS_HOME)
}

#[test]
fn the_guide_shows_what_its_commands_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/guide/tools.md")).unwrap();
    let project = Project::with(&[]);
    if !is_confined(&project) {
        return;
    }
    let mut again = String::new();
    let mut lines = page.lines().peekable();
    let mut inside = false;
    while let Some(line) = lines.next() {
        again.push_str(&format!("{line}\n"));
        inside ^= line.starts_with("```");
        let Some(command) = line.strip_prefix("$ ").filter(|_| inside) else { continue };
        let mut command = command.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
            again.push_str(&format!("{more}\n"));
            command.push_str(&format!("\n{}", &more[2..]));
        }
        while lines.next_if(|line| !line.starts_with("```") && !line.starts_with("$ ")).is_some() {}
        again.push_str(&shown(&project, &command));
    }
    expect_file!["../../../../../docs/guide/tools.md"].assert_eq(&again);
}
