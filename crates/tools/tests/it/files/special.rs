//! What is no plain file, what may not be written, and what is kept of a file that is replaced.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use expect_test::expect;
use ironbridge_tools::{Scope, Workspace};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use super::{Project, failure};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn said(project: &Project, tool: &str, input: Value) -> String {
    match project.run(tool, input) {
        Ok(result) => format!("{}", result.get("outcome").unwrap_or(&result)),
        Err(error) => failure(project, &error),
    }
}

fn everything_at(project: &Project, path: &str) -> String {
    let cases = [
        said(project, "read", json!({ "path": path })),
        said(project, "write", json!({ "path": path, "content": "text" })),
        said(project, "create", json!({ "path": path, "overwrite": true })),
        said(project, "insert-lines", json!({ "path": path, "line": 1, "content": "text" })),
    ];
    cases.join("\n")
}

/// Opening one for reading waits for a writer: the test would not end.
#[test]
fn a_fifo_a_socket_and_a_device_are_not_opened() {
    let mut project = Project::new();
    mknodat(CWD, project.root.join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
        .expect("a FIFO");
    let _socket = UnixListener::bind(project.root.join("socket")).expect("a socket");
    symlink("fifo", project.root.join("link")).expect("linked");
    fs::create_dir(project.root.join("folder")).expect("a folder");
    project.put("file", "text");
    project.put("text", "text");
    let state = project.workspace.state().to_owned();
    project.workspace = Workspace::new(Scope::anywhere(&project.root).expect("a folder"), state);
    expect![[r#"
        not_a_file: fifo: is a FIFO, not a file; it was not opened
        not_a_file: fifo: is a FIFO, not a file; it was not opened
        not_a_file: fifo: is a FIFO, not a file; it was not opened
        not_a_file: fifo: is a FIFO, not a file; it was not opened"#]]
    .assert_eq(&everything_at(&project, "fifo"));
    expect![[r#"
        not_a_file: socket: is a socket, not a file; it was not opened
        not_a_file: socket: is a socket, not a file; it was not opened
        not_a_file: socket: is a socket, not a file; it was not opened
        not_a_file: socket: is a socket, not a file; it was not opened"#]]
    .assert_eq(&everything_at(&project, "socket"));
    expect![[r#"
        not_a_file: link: is a FIFO, not a file; it was not opened
        not_a_file: link: is a FIFO, not a file; it was not opened
        not_a_file: link: is a FIFO, not a file; it was not opened
        not_a_file: link: is a FIFO, not a file; it was not opened"#]]
    .assert_eq(&everything_at(&project, "link"));
    expect![[r#"
        not_a_file: /dev/zero: is a device, not a file; it was not opened
        not_a_file: /dev/zero: is a device, not a file; it was not opened
        not_a_file: /dev/zero: is a device, not a file; it was not opened
        not_a_file: /dev/zero: is a device, not a file; it was not opened"#]]
    .assert_eq(&everything_at(&project, "/dev/zero"));
    expect![[r#"
        {"kind":"folder","path":"folder","entries":[],"offset":1,"total":0,"nextOffset":null}
        is_folder: folder: is a folder; name a file in it
        is_folder: folder: is a folder; name a file in it
        is_folder: folder: is a folder; name a file in it"#]]
    .assert_eq(&everything_at(&project, "folder"));
    expect![[r#"
        not_a_folder: file/below: a part of the path is a file, not a folder
        not_a_folder: file/below: a part of the path is a file, not a folder
        not_a_folder: file/below: a part of the path is a file, not a folder
        not_a_folder: file/below: a part of the path is a file, not a folder"#]]
    .assert_eq(&everything_at(&project, "file/below"));
    assert_eq!(project.names(""), ["fifo", "file", "folder", "link", "socket", "text"]);
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let project = Project::new();
    project.put("file", "text\n");
    fs::set_permissions(project.root.join("file"), Permissions::from_mode(0o444)).expect("set");
    let input = json!({ "path": "file", "content": "other" });
    expect!["read_only: file: is read-only (mode 444); make it writable first"]
        .assert_eq(&said(&project, "write", input));
    assert_eq!(project.get("file"), b"text\n");
}

#[test]
fn what_this_user_may_not_read_or_write_is_said() {
    if is_root() {
        println!("skipped: root may read and write everything");
        return;
    }
    let project = Project::new();
    project.put("file", "text\n");
    project.put("folder/file", "text\n");
    fs::set_permissions(project.root.join("file"), Permissions::from_mode(0o200)).expect("set");
    fs::set_permissions(project.root.join("folder"), Permissions::from_mode(0o500)).expect("set");
    expect![[r#"
        permission_denied: file: this user may not: Permission denied (os error 13)
        permission_denied: file: this user may not: Permission denied (os error 13)
        permission_denied: file: this user may not: Permission denied (os error 13)
        permission_denied: file: this user may not: Permission denied (os error 13)"#]]
    .assert_eq(&everything_at(&project, "file"));
    let below = json!({ "path": "folder/file", "content": "other" });
    expect!["permission_denied: folder/file: this user may not: Permission denied (os error 13)"]
        .assert_eq(&said(&project, "write", below));
    fs::set_permissions(project.root.join("folder"), Permissions::from_mode(0o700)).expect("set");
}

#[test]
fn mode_owner_and_attributes_are_kept() {
    let project = Project::new();
    project.put("file", "#!/bin/sh\n");
    let path = project.root.join("file");
    fs::set_permissions(&path, Permissions::from_mode(0o4751)).expect("set");
    let flags = rustix::fs::XattrFlags::empty();
    let has_attributes = rustix::fs::setxattr(&path, "user.origin", b"here", flags).is_ok();
    if is_root() {
        rustix::fs::chown(
            &path,
            Some(rustix::fs::Uid::from_raw(4321)),
            Some(rustix::fs::Gid::from_raw(1234)),
        )
        .expect("root may");
        fs::set_permissions(&path, Permissions::from_mode(0o4751)).expect("set");
    } else {
        println!("skipped: owner, only root can give files away");
    }
    let before = fs::metadata(&path).expect("told");
    let input = json!({ "path": "file", "content": "#!/bin/bash\n" });
    let result = project.run("write", input).expect("written");
    assert_eq!(result["ownerKept"], true);
    let after = fs::metadata(&path).expect("told");
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_ne!(after.ino(), before.ino(), "replaced, not written into");
    if has_attributes {
        let mut value = [0; 8];
        let length = rustix::fs::getxattr(&path, "user.origin", &mut value).expect("kept");
        assert_eq!(value.get(..length), Some(&b"here"[..]));
    }
    // A new file has what the umask leaves, as every other.
    fs::write(project.root.join("plain"), "").expect("written");
    project.run("create", json!({ "path": "new" })).expect("created");
    let mode = |name: &str| fs::metadata(project.root.join(name)).expect("told").mode();
    assert_eq!(mode("new"), mode("plain"));
}

#[test]
fn through_a_link_the_target_is_replaced_and_the_link_stays() {
    let project = Project::new();
    project.put("folder/target", "one\n");
    symlink("folder/target", project.root.join("link")).expect("linked");
    symlink("folder/none", project.root.join("dangling")).expect("linked");
    symlink(project.workspace.state(), project.root.join("out")).expect("linked");
    symlink("round", project.root.join("round")).expect("linked");
    let cases = ["link", "dangling", "out", "out/file", "round"]
        .map(|path| said(&project, "write", json!({ "path": path, "content": "two\n" })));
    expect![[r#"
        "replaced"
        "created"
        outside: ROOT/out: leads to TOP/state, which lies outside ROOT
        outside: ROOT/out/file: leads to TOP/state/file, which lies outside ROOT
        invalid_path: ROOT/round: cannot be resolved: its links go round in a circle"#]]
    .assert_eq(&cases.join("\n"));
    assert_eq!(project.get("folder/target"), b"two\n");
    assert_eq!(project.get("folder/none"), b"two\n");
    assert_eq!(project.names("folder"), ["none", "target"]);
    let link = fs::read_link(project.root.join("link")).expect("still a link");
    assert_eq!(link.as_os_str(), OsStr::new("folder/target"));
}

/// One that somebody holds is at work; one that nobody holds was left by a process that died.
#[test]
fn temporary_files_of_dead_processes_are_removed() {
    let project = Project::new();
    project.put(".ironbridge-1-0.new", "left over");
    project.put(".ironbridge-1-1.new", "being written");
    project.put(".ironbridge-1-2.old", "may be all there is");
    project.put(".ironbridge.toml", "somebody's own");
    let held = File::open(project.root.join(".ironbridge-1-1.new")).expect("opened");
    held.lock().expect("locked");
    project.run("write", json!({ "path": "file", "content": "text" })).expect("written");
    assert_eq!(
        project.names(""),
        [".ironbridge-1-1.new", ".ironbridge-1-2.old", ".ironbridge.toml", "file"]
    );
}
