//! What lies inside, what leads out, and what happens when a link is swapped in between.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use ironbridge_tools::{Coded as _, Scope, ScopeError};

struct Places {
    _folder: tempfile::TempDir,
    project: std::path::PathBuf,
    outside: std::path::PathBuf,
    scope: Scope,
}

fn places() -> Places {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let top = folder.path().canonicalize().expect("it exists");
    let (project, outside) = (top.join("project"), top.join("outside"));
    fs::create_dir_all(project.join("sub")).expect("created");
    fs::create_dir_all(&outside).expect("created");
    fs::write(outside.join("secret"), "secret").expect("written");
    fs::write(project.join("sub/file"), "inside").expect("written");
    let scope = Scope::within(&project).expect("a folder");
    Places { _folder: folder, project, outside, scope }
}

/// `inside`, or the code of the refusal.
fn judged(scope: &Scope, path: &str) -> &'static str {
    match scope.locate(path) {
        Ok(_) => "inside",
        Err(error) => error.code(),
    }
}

#[test]
fn a_path_is_judged_by_what_it_resolves_to() {
    let Places { project, outside, scope, .. } = &places();
    symlink(outside, project.join("out")).expect("linked");
    symlink("sub", project.join("in")).expect("linked");
    symlink(outside.join("new"), project.join("dangling")).expect("linked");
    symlink("loop", project.join("loop")).expect("linked");
    symlink("../project/sub", project.join("round")).expect("linked");
    let cases = [
        (".", "inside"),
        ("sub/file", "inside"),
        ("sub/../sub/file", "inside"),
        ("new/folder/file", "inside"),
        ("in/file", "inside"),
        ("round/file", "inside"),
        ("in/../sub/file", "inside"),
        ("..", "outside"),
        ("../outside/secret", "outside"),
        ("../projectile", "outside"),
        ("sub/../../outside/secret", "outside"),
        ("new/../../outside/secret", "outside"),
        ("out/secret", "outside"),
        ("out/new/file", "outside"),
        ("out/../outside", "outside"),
        ("dangling", "outside"),
        ("/etc/passwd", "outside"),
        ("loop", "invalid_path"),
        ("loop/file", "invalid_path"),
        ("", "invalid_path"),
        ("a\0b", "invalid_path"),
    ];
    for (path, expected) in cases {
        assert_eq!(judged(scope, path), expected, "{path:?}");
    }
}

/// `out/..` is the parent of where the link leads, not of where it stands.
#[test]
fn parent_of_a_link_is_the_parent_of_its_target() {
    let Places { project, outside, .. } = &places();
    symlink(outside, project.join("out")).expect("linked");
    let scope = Scope::anywhere(project).expect("a folder");
    let location = scope.locate("out/../project/sub").expect("it resolves");
    assert_eq!(location.resolved(), project.join("sub"));
    assert!(location.goes_through_link());
}

#[test]
fn further_roots_are_allowed_and_named_paths_are_shown_short() {
    let Places { project, outside, scope, .. } = &places();
    let scope = scope.clone().and(outside).expect("a folder");
    let location = scope.locate("../outside/secret").expect("allowed by now");
    assert_eq!(location.resolved(), outside.join("secret"));
    assert_eq!(scope.shown(&project.join("sub/file")), std::path::Path::new("sub/file"));
    assert_eq!(scope.shown(project), std::path::Path::new("."));
    assert_eq!(scope.shown(outside), outside);
    let missing = Scope::within(project.join("none")).expect_err("no folder");
    assert!(matches!(missing, ScopeError::NoFolder { .. }));
}

/// Between the judgement and the opening the folder becomes a link to the outside: nothing is opened, nothing written.
#[test]
fn a_link_swapped_in_after_the_judgement_does_not_lead_out() {
    let Places { project, outside, scope, .. } = &places();
    fs::write(project.join("sub/secret"), "mine").expect("written");
    let read = scope.locate("sub/secret").expect("inside");
    let write = scope.locate("sub/new/file").expect("inside");
    fs::rename(project.join("sub"), project.join("moved")).expect("moved");
    symlink(outside, project.join("sub")).expect("linked");
    assert!(read.open_file().is_err());
    assert!(write.folder(true).is_err());
    assert!(!outside.join("new").exists());
}

#[test]
fn a_location_opens_creates_renames_and_removes() {
    let Places { project, scope, .. } = &places();
    let location = scope.locate("deep/er/file").expect("inside");
    assert!(location.folder(false).is_err());
    let (folder, name) = location.folder(true).expect("made");
    let temporary = std::ffi::OsStr::new("temporary");
    folder.create_new(temporary).expect("created");
    folder.rename_new(temporary, name).expect("nothing had the name");
    folder.create_new(temporary).expect("created");
    let taken = folder.rename_new(temporary, name).expect_err("the name is taken");
    assert_eq!(taken.kind(), std::io::ErrorKind::AlreadyExists);
    folder.rename(temporary, name).expect("replaced");
    assert!(location.open_file().expect("opens").metadata().expect("told").is_file());
    folder.remove_file(name).expect("removed");
    assert_eq!(fs::read_dir(project.join("deep/er")).expect("a folder").count(), 0);
}
