//! Files: read, write, create, changes of lines, and changes of several files that happen together or not at all.

mod changes;
mod lines;
mod parallel;
mod read;
#[cfg(unix)]
mod special;
mod write;

use std::path::PathBuf;
use std::sync::LazyLock;

use ironbridge_tools::{Control, Failure, Scope, Tool, Workspace, tools};
use serde_json::Value;

/// Made once: its schemas take a while.
static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(tools);

/// A project in a folder of its own.
struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
    workspace: Workspace,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it exists");
        let root = top.join("project");
        std::fs::create_dir(&root).expect("created");
        let workspace = Workspace::new(Scope::within(&root).expect("a folder"), top.join("state"));
        Self { folder, root, workspace }
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("created");
        std::fs::write(path, content).expect("written");
    }

    fn get(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root.join(path)).expect("it can be read")
    }

    /// What is in a folder, hidden files too.
    fn names(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(path)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs a tool as a caller from outside does.
    fn run(&self, name: &str, input: Value) -> Result<Value, Failure> {
        let tool = TOOLS.iter().find(|tool| tool.name == name).expect("it is in the table");
        tool.run(&self.workspace, input, &Control::unbounded())
    }
}

/// Bytes as text: printable ASCII as it is, the rest as `\r`, `\n`, `\xE9`.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("\\x{other:02X}")),
        }
    }
    text
}

/// `code: message`, without the folders of the test.
fn failure(project: &Project, failure: &Failure) -> String {
    let root = project.root.to_string_lossy();
    let top = project.folder.path().to_string_lossy();
    // Its message is serde's, and the table's.
    if failure.code == "invalid_input" {
        return failure.code.to_owned();
    }
    let said = format!("{}: {}", failure.code, failure.message);
    said.replace(&*root, "ROOT").replace(&*top, "TOP")
}
