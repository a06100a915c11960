//! What a shell command would do, read from its text. Nothing here is ever run.
#![cfg(unix)]

mod bounds;
mod places;
mod property;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use ironbridge_tools::shell::{
    DoubtKind, ParseShell, ParsedShell, PathUse, Safety, TouchedPath, parse_shell,
};
use ironbridge_tools::{Control, Scope, Workspace};

/// A project with `sub/`, `file`, and `link`, which leads out.
struct Project {
    _folder: tempfile::TempDir,
    root: PathBuf,
    outside: PathBuf,
    workspace: Workspace,
}

fn project() -> Project {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let top = folder.path().canonicalize().expect("it exists");
    let (root, outside) = (top.join("project"), top.join("outside"));
    fs::create_dir_all(root.join("sub")).expect("created");
    fs::create_dir_all(&outside).expect("created");
    fs::write(root.join("file"), "").expect("written");
    symlink(&outside, root.join("link")).expect("linked");
    let scope = Scope::within(&root).expect("a folder");
    let workspace = Workspace::new(scope, top.join("state"));
    Project { _folder: folder, root, outside, workspace }
}

impl Project {
    fn parse(&self, command: &str) -> ParsedShell {
        let input = ParseShell { command: command.to_owned(), ..ParseShell::default() };
        self.parse_input(&input)
    }

    fn parse_input(&self, input: &ParseShell) -> ParsedShell {
        parse_shell(&self.workspace, input, &Control::unbounded()).expect("short enough")
    }

    /// `delete sub/x`; `!` before what leads out, `?` for what is not known.
    fn shown(&self, touched: &TouchedPath) -> String {
        let usage = match touched.usage {
            PathUse::Enter => "enter",
            PathUse::Read => "read",
            PathUse::Mention => "mention",
            PathUse::Create => "create",
            PathUse::Write => "write",
            PathUse::Delete => "delete",
        };
        let outside = if touched.outside { "!" } else { "" };
        let path = match &touched.resolved {
            None => format!("?{}", touched.path),
            Some(path) => one_line(&self.short(path)),
        };
        format!("{usage} {outside}{path}")
    }

    fn short(&self, path: &Path) -> String {
        let path = path.to_string_lossy();
        let (root, outside) = (self.root.to_string_lossy(), self.outside.to_string_lossy());
        let top = self.root.parent().expect("it has one").to_string_lossy().into_owned();
        match path.strip_prefix(&*root) {
            Some("") => ".".to_owned(),
            Some(rest) => rest.trim_start_matches('/').to_owned(),
            None => path.replace(&*outside, "OUTSIDE").replace(&top, "TOP"),
        }
    }

    /// One script: its commands with prefix and paths, then the judgement.
    fn report(&self, command: &str, parsed: &ParsedShell) -> String {
        let mut out = format!("$ {}\n", one_line(command));
        for (index, command) in parsed.commands.iter().enumerate() {
            let depth = 1 + depth_of(parsed, index);
            let _ = write!(out, "{:width$}{}", "", one_line(&command.text), width = 2 * depth);
            let _ = write!(out, "  [{}]", command.prefix);
            let own = parsed.paths.iter().filter(|touched| touched.command == Some(index));
            for touched in own {
                let _ = write!(out, "  {}", self.shown(touched));
            }
            out.push('\n');
        }
        let _ = writeln!(out, "  = {}", judgement(parsed));
        out
    }
}

fn depth_of(parsed: &ParsedShell, index: usize) -> usize {
    let outer = parsed.commands[index].within;
    outer.map_or(0, |outer| 1 + depth_of(parsed, outer))
}

fn judgement(parsed: &ParsedShell) -> String {
    let safety = match parsed.safety {
        Safety::Safe => "safe",
        Safety::Unknown => "unknown",
        Safety::Dangerous => "DANGEROUS",
    };
    let mut kinds: Vec<String> = parsed
        .doubts
        .iter()
        .map(|doubt| match doubt.danger {
            Some(danger) => format!("{danger:?}"),
            None => format!("{:?}", doubt.kind).to_lowercase(),
        })
        .collect();
    kinds.dedup();
    let mut out = format!("{safety} {}", kinds.join(" ")).trim_end().to_owned();
    if parsed.uncertain {
        out.push_str(" UNCERTAIN");
    }
    if let Some(error) = &parsed.error {
        let _ = write!(out, " error at {} (line {})", error.offset, error.line);
    }
    out
}

/// The cases of `shell_parse/NAME.txt`: what each of its commands, the lines with `$ `, is answered with.
#[track_caller]
fn check(name: &str, answer: impl Fn(&Project, &str, &ParsedShell) -> String) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/shell_parse/{name}.txt"));
    let cases = fs::read_to_string(&path).expect("the cases can be read");
    let project = project();
    let mut out = String::new();
    let commands = cases.lines().filter_map(|line| match line.strip_prefix("$ ") {
        Some(command) => Some(command),
        None => line.split_once(" $ ").map(|(_, command)| command),
    });
    for shown in commands {
        let command = read_back(shown);
        let parsed = project.parse(&command);
        hold_invariants(&command, &parsed);
        out.push_str(&answer(&project, &command, &parsed));
    }
    expect_file![path].assert_eq(&out);
}

/// One line each, whatever is in it.
const STAND_INS: [(char, char); 5] =
    [('\n', '⏎'), ('\t', '⇥'), ('\r', '␍'), ('\0', '␀'), ('\u{a0}', '⍽')];

fn one_line(text: &str) -> String {
    STAND_INS.iter().fold(text.to_owned(), |text, (from, to)| text.replace(*from, &to.to_string()))
}

fn read_back(text: &str) -> String {
    STAND_INS.iter().fold(text.to_owned(), |text, (to, from)| text.replace(*from, &to.to_string()))
}

fn reported(project: &Project, command: &str, parsed: &ParsedShell) -> String {
    project.report(command, parsed)
}

fn judged(_: &Project, command: &str, parsed: &ParsedShell) -> String {
    format!("{:<36} $ {}\n", judgement(parsed), one_line(command))
}

fn prefixed(_: &Project, command: &str, parsed: &ParsedShell) -> String {
    let prefixes: Vec<_> = parsed.commands.iter().map(|found| found.prefix.as_str()).collect();
    format!("{:<24} $ {}\n", prefixes.join(" | "), one_line(command))
}

/// Ways round a reader of commands that others were caught by (reference §2, §6 items 15 and 16), and some more.
#[test]
fn nothing_slips_by() {
    check("redirects", reported);
    check("words", reported);
    check("folders", reported);
    check("scripts", reported);
}

#[test]
fn what_does_not_parse_is_never_silent() {
    check("faults", reported);
}

#[test]
fn each_program_has_its_way_with_paths() {
    check("programs", reported);
}

#[test]
fn prefixes_follow_the_table() {
    check("prefixes", prefixed);
}

#[test]
fn plain_reading_commands_are_safe_and_nothing_else() {
    check("safe", judged);
    check("unsafe", judged);
}

#[test]
fn what_destroys_is_named() {
    check("dangers", judged);
}

/// What is true of every script.
fn hold_invariants(command: &str, parsed: &ParsedShell) {
    for found in &parsed.commands {
        let span = found.span;
        assert!(span.start <= span.end && span.end <= command.len(), "{command:?}: {span:?}");
        assert!(command.get(span.start..span.end).is_some(), "{command:?}: {span:?}");
    }
    assert_eq!(parsed.safety == Safety::Safe, parsed.doubts.is_empty(), "{command:?}");
    assert!(!(parsed.uncertain && parsed.safety == Safety::Safe), "{command:?}");
    assert!(parsed.error.is_none() || parsed.uncertain, "{command:?}");
    let dangerous = parsed.doubts.iter().any(|doubt| doubt.kind == DoubtKind::Danger);
    assert_eq!(parsed.safety == Safety::Dangerous, dangerous, "{command:?}");
}
