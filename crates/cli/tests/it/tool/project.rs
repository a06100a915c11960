//! A project for tools to work in, apart from what they keep between calls.

use std::path::PathBuf;
use std::process::Command;

use expect_test::Expect;

use crate::command::Home;

/// The folder of the project, in its home.
const FOLDER: &str = "project";

/// Members whose values differ from run to run.
const VARYING: &[&str] = &[
    "maxResidentBytes",
    "memoryAvailableBytes",
    "modifiedMs",
    "pid",
    "systemMs",
    "time",
    "userMs",
    "wallMs",
];

/// A home with a project in it, which is the current folder of what runs there.
pub(super) struct Project(Home);

impl Project {
    /// One with these files.
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        let home = Home::new();
        std::fs::create_dir(home.path().join(FOLDER)).unwrap();
        let project = Project(home);
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(super) fn home(&self) -> &Home {
        &self.0
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(FOLDER).join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        self.0.write(&format!("{FOLDER}/{name}"), text);
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// `ironbridge tool` with these arguments, about to be run; it finds the machine's programs.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command(&["tool"]);
        command.args(arguments).current_dir(self.0.path().join(FOLDER));
        in_its_world(&mut command);
        command
    }

    /// All that a user sees of it, without what differs from run to run.
    pub(super) fn run(&self, arguments: &[&str], input: &str) -> String {
        masked(&self.0.seen(self.command(arguments), input))
    }

    #[track_caller]
    pub(super) fn check(&self, arguments: &[&str], input: &str, expected: Expect) {
        expected.assert_eq(&self.run(arguments, input));
    }

    /// Runs git.
    pub(super) fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(self.path("")).env_clear().env("HOME", self.0.path());
        let output = in_its_world(&mut git).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// It finds the machine's programs, and commits as one user at one time.
pub(super) fn in_its_world(command: &mut Command) -> &mut Command {
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada");
        command.env(format!("GIT_{role}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{role}_DATE"), "2026-01-02T03:04:05Z");
    }
    command
}

/// One call in a project with these files.
#[track_caller]
pub(super) fn check(files: &[(&str, &str)], tool: &str, input: &str, expected: Expect) {
    Project::with(files).check(&[tool], input, expected);
}

/// `…` for each number that differs from run to run.
pub(super) fn masked(text: &str) -> String {
    VARYING.iter().fold(text.to_owned(), |text, name| {
        let start = format!("\"{name}\":");
        let mut parts = text.split(&start);
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            let mask = if rest.len() < part.len() { "…" } else { "" };
            masked.push_str(&[&start, mask, rest].concat());
        }
        masked
    })
}
