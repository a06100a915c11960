//! Runs the binary in an empty folder, with an empty environment.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::Expect;
use tempfile::TempDir;

/// A folder for one test, which is home and current folder of what runs in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Home(tempfile::tempdir().unwrap())
    }

    /// The folder with these files in it.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let home = Home::new();
        for (name, text) in files {
            home.write(name, text);
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The binary, about to be run in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironbridge"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("IRONBRIDGE_HOME", self.path());
        // Where coverage is measured the binary writes its counts.
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        command
    }

    /// Runs the binary and gives all that a user sees.
    pub(crate) fn run(&self, arguments: &[&str], stdin: &str) -> String {
        self.seen(self.command(arguments), stdin)
    }

    pub(crate) fn seen(&self, mut command: Command, stdin: &str) -> String {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may end without having read it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| {
            // The folder's real name may differ from the one we asked for (macOS).
            let real = self.path().canonicalize().unwrap().display().to_string();
            let text = String::from_utf8(bytes).unwrap().replace(&real, "HOME");
            text.replace(&self.path().display().to_string(), "HOME")
        };
        format!(
            "{}--- stderr\n{}--- exit {}\n",
            text(output.stdout),
            text(output.stderr),
            output.status.code().unwrap()
        )
    }
}

/// Holds all that one command shows.
pub(crate) fn check(arguments: &[&str], expected: Expect) {
    expected.assert_eq(&Home::new().run(arguments, ""));
}
