//! Bounds, and stopping.

use ironbridge_tools::limits::Limits;
use ironbridge_tools::shell::{ParseShell, ParseShellError, parse_shell};
use ironbridge_tools::{Cancel, Coded as _, Control, Workspace};

use super::project;

fn with_limits(project: &super::Project, change: impl FnOnce(&mut Limits)) -> Workspace {
    let mut limits = Limits::default();
    change(&mut limits);
    Workspace::new(project.workspace.scope().clone(), "/nowhere").with_limits(limits)
}

#[test]
fn every_bound_is_said() {
    let project = project();
    let parse = |workspace: &Workspace, command: &str| {
        let input = ParseShell { command: command.to_owned(), ..ParseShell::default() };
        parse_shell(workspace, &input, &Control::unbounded())
    };
    let short = with_limits(&project, |limits| limits.shell_parse.script_bytes = 3);
    let error = parse(&short, "echo").expect_err("too long");
    assert!(matches!(error, ParseShellError::TooLong { bytes: 4, bytes_max: 3 }));
    assert_eq!(error.code(), "too_long");

    let few = with_limits(&project, |limits| limits.shell_parse.commands = 2);
    let parsed = parse(&few, "ls; ls; rm ../x").expect("read in part");
    assert!(parsed.uncertain && parsed.commands.len() == 2);

    let nested = format!("{}ls", "sudo ".repeat(20));
    let parsed = parse(&project.workspace, &nested).expect("read in part");
    assert!(parsed.uncertain && parsed.commands.len() == 9);

    let deep = format!("{}ls{}", "(".repeat(5000), ")".repeat(5000));
    let parsed = parse(&project.workspace, &deep).expect("read in part");
    assert!(parsed.uncertain);
}

#[test]
fn a_stopped_call_says_so() {
    let project = project();
    let input = ParseShell { command: "ls".to_owned(), ..ParseShell::default() };
    let cancel = Cancel::new();
    cancel.cancel();
    let error = parse_shell(&project.workspace, &input, &Control::cancelled_by(cancel))
        .expect_err("cancelled");
    assert_eq!(error.code(), "cancelled");
    // The parser of this thread is as good as new.
    assert_eq!(project.parse("ls").commands.len(), 1);
}
