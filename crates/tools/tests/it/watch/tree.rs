//! What happens in a tree, as it is told.

use super::*;

#[test]
fn files_are_created_changed_and_deleted() {
    let watched = Watched::new(&["old", "sub/old"]);
    watched.write("new");
    assert_eq!(watched.outcome(), ["+ new"]);
    watched.write("old");
    watched.write("sub/old");
    assert_eq!(watched.outcome(), ["~ old", "~ sub/old"]);
    std::fs::remove_file(watched.path("new")).unwrap();
    assert_eq!(watched.outcome(), ["- new"]);
}

#[test]
fn a_rename_is_told_of_both_names_also_one_of_case() {
    let watched = Watched::new(&["readme.md", "sub/"]);
    watched.rename("readme.md", "README.md");
    assert_eq!(watched.outcome(), ["+ README.md", "- readme.md"]);
    watched.rename("README.md", "sub/a");
    assert_eq!(watched.outcome(), ["- README.md", "+ sub/a"]);
}

#[test]
fn what_editors_do_when_they_save_tells_the_file() {
    let watched = Watched::new(&["file"]);
    watched.write(".file.swp");
    watched.rename(".file.swp", "file");
    let told = watched.outcome();
    assert!(told.contains(&"~ file".to_owned()), "{told:?}");
    assert!(!told.contains(&"+ .file.swp".to_owned()), "{told:?}");
}

/// Also of a file that is new since, or was ignored before; one that was there, and is not, is created.
#[test]
fn a_file_that_takes_anothers_place_is_an_update_and_only_then() {
    let watched = Watched::new(&["old", "gone", "d/e/f", "node/g", "beside/1", "beside/2"]);
    std::fs::remove_file(watched.path("gone")).unwrap();
    std::fs::remove_dir_all(watched.path("d")).unwrap();
    watched.write("new");
    watched.told();
    let over = |name: &str| {
        std::fs::copy(watched.path("beside/1"), watched.path("beside/3")).unwrap();
        watched.told();
        watched.rename("beside/3", name);
        let mut outcome = watched.outcome();
        outcome.retain(|line| !line.contains("beside"));
        outcome
    };
    assert_eq!(over("old"), ["~ old"]);
    assert_eq!(over("new"), ["~ new"]);
    assert_eq!(over("gone"), ["+ gone"]);
    std::fs::create_dir_all(watched.path("d/e")).unwrap();
    watched.told();
    assert_eq!(over("d/e/f"), ["+ d/e/f"]);
    watched.rename("d", "node/d");
    watched.told();
    assert_eq!(over("node/d/e/f"), ["~ node/d/e/f"]);
    std::fs::write(watched.path(".gitignore"), "node\n").unwrap();
    watched.until(|change| change.kind == ChangeKind::Rescan);
    std::fs::write(watched.path(".gitignore"), "").unwrap();
    watched.until(|change| change.kind == ChangeKind::Rescan);
    watched.told();
    assert_eq!(over("node/g"), ["~ node/g"]);
}

#[test]
fn a_new_folder_is_told_with_all_it_holds_however_fast_it_came() {
    let watched = Watched::new(&[]);
    for round in 0..20 {
        make(watched.folder.path(), &format!("r{round}/a/b/c/file"));
        make(watched.folder.path(), &format!("r{round}/other"));
    }
    let told = watched.outcome();
    let mut expected: Vec<String> = Vec::new();
    for round in 0..20 {
        for path in ["", "a/", "a/b/", "a/b/c/", "a/b/c/file", "other"] {
            expected.push(format!("+ r{round}/{path}"));
        }
    }
    expected.sort();
    let mut told_sorted = told;
    told_sorted.sort();
    assert_eq!(told_sorted, expected);
    watched.write("r7/a/b/c/file");
    assert_eq!(watched.outcome(), ["~ r7/a/b/c/file"]);
}

#[test]
fn a_folder_moved_in_is_told_whole_and_one_moved_away_is_heard_no_more() {
    let watched = Watched::new(&["d/e/f"]);
    let outside = tempfile::tempdir_in(watched.folder.path().parent().unwrap()).unwrap();
    watched.rename("d", "renamed");
    assert_eq!(watched.outcome(), ["- d/", "+ renamed/", "+ renamed/e/", "+ renamed/e/f"]);
    watched.write("renamed/e/f");
    assert_eq!(watched.outcome(), ["~ renamed/e/f"]);
    std::fs::rename(watched.path("renamed"), outside.path().join("away")).unwrap();
    assert_eq!(watched.outcome(), ["- renamed/"]);
    std::fs::write(outside.path().join("away/e/f"), "").unwrap();
    assert_eq!(watched.outcome(), [""; 0]);
    std::fs::rename(outside.path().join("away"), watched.path("back")).unwrap();
    assert_eq!(watched.outcome(), ["+ back/", "+ back/e/", "+ back/e/f"]);
}

#[test]
fn a_deleted_folder_is_told() {
    let watched = Watched::new(&["d/e/f", "d/g"]);
    std::fs::remove_dir_all(watched.path("d")).unwrap();
    let told = watched.outcome();
    assert!(told.contains(&"- d/".to_owned()), "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("- d/")), "{told:?}");
}

#[cfg(unix)]
#[test]
fn links_are_told_as_files_and_not_followed() {
    use std::os::unix::fs::symlink;
    let watched = Watched::new(&["target/file", "other"]);
    symlink("target", watched.path("link")).unwrap();
    assert_eq!(watched.outcome(), ["+ link"]);
    watched.write("target/file");
    assert_eq!(watched.outcome(), ["~ target/file"]);
    std::fs::remove_file(watched.path("link")).unwrap();
    symlink("other", watched.path("link")).unwrap();
    let told = watched.outcome();
    assert!(told == ["~ link"] || told == ["+ link"], "{told:?}");
    watched.rename("link", "moved");
    assert_eq!(watched.outcome(), ["- link", "+ moved"]);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf8_are_told_with_their_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let watched = Watched::new(&[]);
    let name = OsStr::from_bytes(b"caf\xe9");
    if std::fs::write(watched.folder.path().join(name), "").is_err() {
        println!("skipped: this file system wants UTF-8");
        return;
    }
    assert!(watched.told().iter().any(|change| change.path == Path::new(name)));
}

#[test]
fn a_single_file_can_be_watched_also_before_others() {
    let watched = Watched::with(&["dir/file", "dir/other"], "dir/file", WatchOptions::default());
    watched.write("dir/other");
    watched.write("dir/file");
    let told = watched.until(|change| change.path.as_os_str().is_empty());
    assert_eq!(outcome(&told), ["~"]);
    watched.write("dir/new");
    watched.rename("dir/new", "dir/file");
    let told = watched.until(|change| change.kind == ChangeKind::Update);
    assert_eq!(outcome(&told), ["~"]);
    std::fs::remove_file(watched.path("dir/file")).unwrap();
    watched.until(|change| change.kind == ChangeKind::Delete);
    watched.write("dir/file");
    let told = watched.until(|change| change.kind == ChangeKind::Create);
    assert!(told.iter().all(|change| change.path.as_os_str().is_empty()), "{told:?}");
}

#[test]
fn nothing_of_a_large_batch_is_lost() {
    let watched = Watched::new(&["d/"]);
    for number in 0..5000 {
        watched.write(&format!("d/{number}"));
    }
    let told = watched.outcome();
    let others: Vec<_> = told.iter().filter(|line| !line.starts_with("+ d/")).collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(told.len(), 5000);
}
