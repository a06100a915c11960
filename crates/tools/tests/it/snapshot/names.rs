//! Links, modes, and names of every kind.
#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;

use ironbridge_tools::snapshot::Outcome::{InTheWay, Restored};

use super::Project;

#[test]
fn links_go_back_as_links() {
    let project = Project::new();
    project.put("target", "old");
    symlink("target", project.at("link")).expect("linked");
    symlink("nowhere", project.at("dangling")).expect("linked");
    symlink("circle", project.at("circle")).expect("linked");
    let id = project.take(&["link", "dangling", "circle"]);
    fs::remove_file(project.at("link")).expect("removed");
    project.put("link", "a file by now");
    project.put("target", "new");
    fs::remove_file(project.at("dangling")).expect("removed");
    fs::remove_file(project.at("circle")).expect("removed");
    symlink("target", project.at("circle")).expect("linked");
    project.restore(id);
    let leads_to = |name: &str| fs::read_link(project.at(name)).expect("a link");
    assert_eq!(leads_to("link"), PathBuf::from("target"));
    assert_eq!(leads_to("dangling"), PathBuf::from("nowhere"));
    assert_eq!(leads_to("circle"), PathBuf::from("circle"));
    assert_eq!(project.read("target"), Some(b"old".to_vec()), "kept with its link");
}

#[test]
fn a_file_in_the_place_of_a_link_does_not_follow_it() {
    let project = Project::new();
    project.put("a", "old");
    project.put("other", "other");
    let id = project.take(&["a"]);
    fs::remove_file(project.at("a")).expect("removed");
    symlink("other", project.at("a")).expect("linked");
    project.restore(id);
    assert!(fs::symlink_metadata(project.at("a")).expect("there").is_file());
    assert_eq!(project.read("a"), Some(b"old".to_vec()));
    assert_eq!(project.read("other"), Some(b"other".to_vec()));
}

/// The folder of a file becomes a link: what is behind it is not touched.
#[test]
fn a_folder_that_became_a_link_is_not_followed() {
    let project = Project::new();
    project.write("dir/a", "old");
    project.write("elsewhere/a", "elsewhere");
    let id = project.take(&[]);
    project.write("dir/a", "new");
    fs::rename(project.at("dir"), project.at("moved")).expect("moved");
    symlink("elsewhere", project.at("dir")).expect("linked");
    assert_eq!(project.restore(id), [("dir/a".to_owned(), InTheWay)]);
    assert_eq!(project.read("elsewhere/a"), Some(b"elsewhere".to_vec()));
    fs::remove_file(project.at("dir")).expect("removed");
    let outside = tempfile::tempdir().expect("a temporary folder");
    symlink(outside.path(), project.at("dir")).expect("linked");
    assert!(project.try_restore(id, &[]).is_err());
    assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0);
}

#[test]
fn a_folder_in_the_place_of_a_file_stays() {
    let project = Project::new();
    project.put("a", "old");
    let id = project.take(&["a"]);
    fs::remove_file(project.at("a")).expect("removed");
    fs::create_dir(project.at("a")).expect("created");
    assert_eq!(project.restore(id), [("a".to_owned(), InTheWay)]);
}

#[test]
fn modes_go_back() {
    let project = Project::new();
    project.put("run", "old");
    let set = |mode| {
        fs::set_permissions(project.at("run"), fs::Permissions::from_mode(mode)).expect("set");
    };
    let mode = || fs::metadata(project.at("run")).expect("there").permissions().mode() & 0o7777;
    set(0o754);
    let id = project.take(&["run"]);
    set(0o600);
    // The mode alone.
    assert_eq!(project.restore(id), [("run".to_owned(), Restored)]);
    assert_eq!(mode(), 0o754);
    fs::remove_file(project.at("run")).expect("removed");
    project.restore(id);
    assert_eq!(mode(), 0o754);
}

/// A file keeps its owner when it goes back. One that is gone had an owner nobody knows: it gets no right to act as
/// one.
#[test]
fn owners_stay_and_set_user_id_does_not_come_back_without_them() {
    let project = Project::new();
    project.put("run", "old");
    let set = |mode| {
        fs::set_permissions(project.at("run"), fs::Permissions::from_mode(mode)).expect("set");
    };
    let facts = || fs::metadata(project.at("run")).expect("there");
    set(0o4755);
    let id = project.take(&["run"]);
    project.put("run", "new");
    let other = std::os::unix::fs::chown(project.at("run"), Some(65534), Some(65534)).is_ok();
    let owner = facts().uid();
    project.restore(id);
    assert_eq!((project.read("run"), facts().uid()), (Some(b"old".to_vec()), owner));
    assert_eq!(facts().mode() & 0o7777, 0o4755);
    if !other {
        println!("skipped: another owner, only root can give files away");
    }
    fs::remove_file(project.at("run")).expect("removed");
    project.restore(id);
    assert_eq!(facts().mode() & 0o7777, 0o755);
}

#[test]
fn names_of_every_kind() {
    let project = Project::new();
    let long = "n".repeat(255);
    let deep = vec!["d".repeat(100); 8].join("/");
    let names = [
        "日本語.txt",
        "é\u{301}",
        "🎉 party",
        "a b",
        "-x",
        "new\nline",
        "quo\"te",
        "*?[x]",
        &long,
        &deep,
    ];
    let id = project.take(&[]);
    for name in names {
        project.write(name, name);
    }
    let middle = project.take(&[]);
    for name in names {
        project.delete(name);
    }
    project.restore(middle);
    for name in names {
        assert_eq!(project.read(name), Some(name.as_bytes().to_vec()), "{name:?}");
    }
    project.restore(id);
    assert_eq!(fs::read_dir(&project.path).expect("a folder").count(), 0);
}

#[test]
fn a_name_that_is_no_unicode() {
    let project = Project::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    if fs::write(project.at(name), "old").is_err() {
        println!("skipped: the file system takes only Unicode");
        return;
    }
    let control = ironbridge_tools::Control::unbounded();
    let location = project.workspace.scope().locate(name).expect("inside");
    let id = project.take(&[]);
    let mut changes = ironbridge_tools::files::Changes::begin(
        &project.workspace,
        std::slice::from_ref(&location),
        &control,
    )
    .expect("locked");
    changes.delete_file(&location).expect("planned");
    changes.commit(&control).expect("deleted");
    project.restore(id);
    assert_eq!(project.read(name), Some(b"old".to_vec()));
}
