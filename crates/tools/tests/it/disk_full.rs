//! A disk that is full in the middle: a file system of its own, of 512 KiB, which only root can mount.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use expect_test::expect;
use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Control, Failure, Scope, Tool, Workspace, tools};
use serde_json::{Value, json};

/// More than is left once the disk is filled, less than half of it.
const FILE_BYTES: usize = 120_000;

/// Made once: its schemas take a while.
static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(tools);

/// A mounted file system that is taken away with this value.
struct Disk {
    folder: tempfile::TempDir,
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = mount("umount", &["--lazy"], self.folder.path());
    }
}

fn mount(program: &str, arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Disk {
    /// `None`, and says so: it cannot be mounted here.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let arguments = ["-t", "tmpfs", "-o", "size=512k,mode=0700", "ironbridge-test"];
        if mount("mount", &arguments, folder.path()) {
            return Some(Self { folder });
        }
        println!("skipped: no file system of its own can be mounted");
        None
    }

    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it exists")
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut bytes = 1 << 20;
        let mut number = 0;
        while bytes > 0 {
            number += 1;
            let filler = self.path().join(format!("filler-{number}"));
            if fs::write(&filler, vec![0; bytes]).is_err() {
                let _ = fs::remove_file(&filler);
                bytes /= 2;
            }
        }
    }

    fn make_room(&self) {
        for name in self.names().iter().filter(|name| name.starts_with("filler-")) {
            fs::remove_file(self.path().join(name)).expect("removed");
        }
    }

    /// What lies in it, but for the filling.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let names = entries.map(|entry| entry.expect("listed").file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn without_filling(disk: &Disk) -> Vec<String> {
    disk.names().into_iter().filter(|name| !name.starts_with("filler-")).collect()
}

fn call(workspace: &Workspace, name: &str, input: Value) -> Result<Value, Failure> {
    let tool = TOOLS.iter().find(|tool| tool.name == name).expect("a tool");
    tool.run(workspace, input, &Control::unbounded())
}

/// Whatever fails for want of room leaves the file as it was, says so, and leaves nothing beside it.
#[test]
fn a_change_that_does_not_fit_changes_nothing() {
    let Some(disk) = Disk::new() else { return };
    let state = tempfile::tempdir().expect("a temporary folder");
    let workspace = Workspace::new(Scope::within(disk.path()).expect("a folder"), state.path());
    let old = "old line\n".repeat(FILE_BYTES / 9);
    fs::write(disk.path().join("file"), &old).expect("written");
    disk.fill();
    let new = "new line\n".repeat(FILE_BYTES / 9);
    let failed = [
        ("write", json!({ "path": "file", "content": new })),
        ("create", json!({ "path": "other", "content": new })),
        ("edit", json!({ "path": "file", "old": "old", "new": "new", "replaceAll": true })),
        ("insert-lines", json!({ "path": "file", "line": 1, "content": "first" })),
        ("delete-lines", json!({ "path": "file", "start": 1, "end": 1 })),
    ]
    .map(|(tool, input)| {
        let error = call(&workspace, tool, input).expect_err("there is no room");
        format!("{tool}: {}: {}\n", error.code, error.message)
    });
    expect![[r#"
        write: io: file: writing failed: No space left on device (os error 28)
        create: io: other: writing failed: No space left on device (os error 28)
        edit: io: file: writing failed: No space left on device (os error 28)
        insert-lines: io: file: writing failed: No space left on device (os error 28)
        delete-lines: io: file: writing failed: No space left on device (os error 28)
    "#]]
    .assert_eq(&failed.concat());
    assert_eq!(fs::read_to_string(disk.path().join("file")).expect("read"), old);
    assert_eq!(without_filling(&disk), ["file"]);
    disk.make_room();
    let input = json!({ "path": "file", "old": "old", "new": "new", "replaceAll": true });
    call(&workspace, "edit", input).expect("there is room");
    assert_eq!(fs::read_to_string(disk.path().join("file")).expect("read"), new);
    assert_eq!(disk.names(), ["file"]);
}

/// The copies have no room: nothing is changed that could not be taken back.
#[test]
fn a_snapshot_that_does_not_fit_is_none() {
    let Some(disk) = Disk::new() else { return };
    let project = tempfile::tempdir().expect("a temporary folder");
    let scope = Scope::within(project.path()).expect("a folder");
    let workspace = Workspace::new(scope, disk.path());
    let store = Arc::new(Snapshots::of(&workspace).expect("opened"));
    let workspace = workspace.with_before_change(Arc::clone(&store) as Arc<_>);
    let old = "old line\n".repeat(FILE_BYTES / 9);
    fs::write(project.path().join("file"), &old).expect("written");
    // The lock files are there, as they are after the first change.
    call(&workspace, "write", json!({ "path": "first", "content": "first" })).expect("written");
    disk.fill();
    let stores = fs::read_dir(disk.path().join("snapshots")).expect("a folder");
    let name = stores.last().expect("one").expect("listed").file_name();
    let name = name.to_string_lossy();
    let inputs = [
        ("write", json!({ "path": "file", "content": "new" })),
        ("snapshot", json!({ "action": "take", "paths": ["file"] })),
    ];
    let failed = inputs.map(|(tool, input)| {
        let error = call(&workspace, tool, input).expect_err("there is no room");
        let message = error.message.replace(&*disk.path().to_string_lossy(), "DISK");
        format!("{tool}: {}: {}\n", error.code, message.replace(&*name, "STORE"))
    });
    expect![[r#"
        write: refused: file: was not changed, since it could not be kept before: DISK/snapshots/STORE: writing failed: No space left on device (os error 28)
        snapshot: io: DISK/snapshots/STORE: writing failed: No space left on device (os error 28)
    "#]]
    .assert_eq(&failed.concat());
    assert_eq!(fs::read_to_string(project.path().join("file")).expect("read"), old);
    let listed = store.list(&Control::unbounded()).expect("read");
    disk.make_room();
    assert_eq!(store.list(&Control::unbounded()).expect("read"), listed);
    call(&workspace, "write", json!({ "path": "file", "content": "new" })).expect("written");
    let id = listed.last().expect("begun by the first change").id;
    call(&workspace, "snapshot", json!({ "action": "restore", "id": id })).expect("restored");
    assert_eq!(fs::read_to_string(project.path().join("file")).expect("read"), old);
}
