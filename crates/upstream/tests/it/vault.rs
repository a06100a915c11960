//! Logins kept in a folder.

use expect_test::{Expect, expect};
use ironbridge_testkit::Folder;
use ironbridge_upstream::{ENTRY_BYTES_MAX, EntryName, FolderVault, Secret, Vault, VaultError};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

const LOGIN: EntryName = EntryName::from_static("copilot");

fn mode(path: impl AsRef<Path>) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What is in a folder, hidden files as well.
fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// An error without what differs from run to run.
fn check(folder: &Folder, error: VaultError, expected: Expect) {
    let text = format!("{error}\nhint: {}", error.hint().unwrap_or_default());
    expected.assert_eq(&text.replace(&folder.path().display().to_string(), "FOLDER"));
}

#[test]
fn an_entry_is_kept_replaced_listed_and_forgotten() {
    let folder = Folder::new().unwrap();
    let place = folder.path().join("a").join("logins");
    let vault = FolderVault::new(&place);
    assert_eq!(vault.load(&LOGIN).unwrap(), None);
    assert_eq!(vault.list().unwrap(), []);
    assert!(!vault.remove(&LOGIN).unwrap());
    assert!(!place.exists(), "reading creates nothing");

    vault.save(&LOGIN, &Secret::new("first, and longer")).unwrap();
    vault.save(&LOGIN, &Secret::new("second")).unwrap();
    vault.save(&EntryName::new("b:1").unwrap(), &Secret::new("other")).unwrap();
    assert_eq!(vault.load(&LOGIN).unwrap().unwrap().reveal(), "second");
    let names: Vec<_> = vault.list().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["b:1", "copilot"]);
    assert_eq!(files(&place), ["b:1.json", "copilot.json"], "nothing unfinished is left");

    assert!(vault.remove(&LOGIN).unwrap());
    assert_eq!(vault.load(&LOGIN).unwrap(), None);
}

#[test]
fn only_the_owner_may_read() {
    let folder = Folder::new().unwrap();
    let place = folder.path().join("a").join("logins");
    let vault = FolderVault::new(&place);
    vault.save(&LOGIN, &Secret::new("s")).unwrap();
    assert_eq!(mode(place.join("copilot.json")), 0o600);
    assert_eq!(mode(&place), 0o700);

    // A file that was open to others is closed by the next save.
    std::fs::set_permissions(place.join("copilot.json"), PermissionsExt::from_mode(0o644)).unwrap();
    vault.save(&LOGIN, &Secret::new("t")).unwrap();
    assert_eq!(mode(place.join("copilot.json")), 0o600);
}

#[test]
fn a_link_leads_to_no_other_folder() {
    let folder = Folder::new().unwrap();
    let outside = folder.write("outside.json", "theirs").unwrap();
    let inside = folder.write("logins/real.json", "ours").unwrap();
    let vault = FolderVault::new(folder.path().join("logins"));
    let link = folder.path().join("logins/copilot.json");

    for target in [outside.as_path(), Path::new("../nothing.json"), Path::new("/dev/zero")] {
        symlink(target, &link).unwrap();
        let read = vault.load(&LOGIN).unwrap_err();
        let written = vault.save(&LOGIN, &Secret::new("x")).unwrap_err();
        assert_eq!(read, written);
        check(
            &folder,
            read,
            expect![[r#"
                FOLDER/logins/copilot.json is not a file in its own folder
                hint: put the file itself at FOLDER/logins/copilot.json, not a link to another folder"#]],
        );
        std::fs::remove_file(&link).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "theirs");
    assert!(!folder.path().join("nothing.json").exists());

    // Within the folder a link is followed, and stays one.
    symlink(&inside, &link).unwrap();
    vault.save(&LOGIN, &Secret::new("new")).unwrap();
    assert_eq!(std::fs::read_to_string(&inside).unwrap(), "new");
    assert!(link.is_symlink());
}

#[test]
fn what_is_no_entry_is_told_with_its_path() {
    let folder = Folder::new().unwrap();
    let vault = FolderVault::new(folder.path());
    folder.write("copilot.json", [0xff, 0xfe]).unwrap();
    check(
        &folder,
        vault.load(&LOGIN).unwrap_err(),
        expect![[r#"
            FOLDER/copilot.json is not text
            hint: FOLDER/copilot.json was not written by this program: move it away, log in again"#]],
    );
    let long = "a".repeat(ENTRY_BYTES_MAX + 1);
    folder.write("copilot.json", &long).unwrap();
    let read = vault.load(&LOGIN).unwrap_err();
    assert_eq!(read, vault.save(&LOGIN, &Secret::new(long)).unwrap_err());
    check(
        &folder,
        read,
        expect![[r#"
            FOLDER/copilot.json is longer than 65536 bytes
            hint: FOLDER/copilot.json was not written by this program: move it away, log in again"#]],
    );
    let vault = FolderVault::new(folder.path().join("copilot.json"));
    check(
        &folder,
        vault.save(&LOGIN, &Secret::new("s")).unwrap_err(),
        expect![[r#"
            cannot create FOLDER/copilot.json: File exists (os error 17)
            hint: see that FOLDER/copilot.json and its folder belong to the user who runs this"#]],
    );
}

#[test]
fn what_a_killed_process_left_is_removed_once_it_is_old() {
    let folder = Folder::new().unwrap();
    let vault = FolderVault::new(folder.path());
    let old = folder.write(".copilot.json.00.unfinished", "half a tok").unwrap();
    let new = folder.write(".copilot.json.11.unfinished", "half a tok").unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    std::fs::File::open(&old).unwrap().set_modified(long_ago).unwrap();
    vault.save(&LOGIN, &Secret::new("s")).unwrap();
    assert!(!old.exists());
    assert!(new.exists(), "another process may be writing it");
    assert_eq!(vault.list().unwrap(), [LOGIN]);
}

#[test]
fn who_reads_while_it_is_written_finds_one_content_or_the_other() {
    let folder = Folder::new().unwrap();
    let vault = FolderVault::new(folder.path());
    let contents = ["a".repeat(ENTRY_BYTES_MAX), "b".repeat(10_000)];
    vault.save(&LOGIN, &Secret::new(&contents[0])).unwrap();
    let (readers, reads) = (4, 200);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..readers)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..reads {
                        let read = vault.load(&LOGIN).unwrap().expect("it was there before");
                        assert!(contents.iter().any(|content| content == read.reveal()));
                    }
                })
            })
            .collect();
        let mut written = 0;
        while written < 20 || !readers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            vault.save(&LOGIN, &Secret::new(&contents[written % 2])).unwrap();
            written += 1;
        }
    });
    assert_eq!(files(folder.path()), ["copilot.json"]);
}
