//! Logins in the keyring of the operating system, against a real GNOME Keyring on a D-Bus session of its own.
//!
//! The session is another process, so the test runs itself again within it.

use ironbridge_upstream::{
    EntryName, FolderVault, KeyringVault, Secret, Vault, VaultError, keyring_or_folder,
};
use std::process::{Command, Stdio};

const NAME: EntryName = EntryName::from_static("copilot");

/// Set where the test runs within the session.
const WITHIN: &str = "IRONBRIDGE_TEST_WITHIN_SESSION";

fn is_installed(program: &str) -> bool {
    let silent = (Stdio::null(), Stdio::null());
    Command::new(program).arg("--version").stdout(silent.0).stderr(silent.1).status().is_ok()
}

#[test]
fn an_entry_is_kept_replaced_listed_and_forgotten() {
    if std::env::var_os(WITHIN).is_none() {
        return in_a_session("keyring::an_entry_is_kept_replaced_listed_and_forgotten");
    }
    let vault = KeyringVault::open("ironbridge-test").unwrap();
    assert_eq!(vault.load(&NAME).unwrap(), None);
    assert!(!vault.remove(&NAME).unwrap());
    vault.save(&NAME, &Secret::new("first")).unwrap();
    vault.save(&NAME, &Secret::new("second, \u{e4}")).unwrap();
    vault.save(&EntryName::new("b").unwrap(), &Secret::new("other")).unwrap();
    let again = KeyringVault::open("ironbridge-test").unwrap();
    assert_eq!(again.load(&NAME).unwrap().unwrap().reveal(), "second, \u{e4}");
    let names: Vec<_> = again.list().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["b", "copilot"]);
    assert!(again.remove(&NAME).unwrap());
    assert_eq!(vault.load(&NAME).unwrap(), None);
    assert_eq!(vault.list().unwrap().len(), 1);
}

/// Runs the test again within a session with an open keyring. Everything in it ends with the session.
fn in_a_session(test: &str) {
    if !is_installed("dbus-run-session") || !is_installed("gnome-keyring-daemon") {
        println!("skipped: dbus-run-session or gnome-keyring-daemon is not installed");
        return;
    }
    let home = ironbridge_testkit::Folder::new().unwrap();
    let script = "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && \
                  exec \"$0\" --exact \"$1\" --nocapture";
    let ran = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(WITHIN, "1")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path())
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn where_there_is_no_session_the_keyring_is_unavailable() {
    if std::env::var_os("IRONBRIDGE_TEST_WITHOUT_SESSION").is_none() {
        let home = ironbridge_testkit::Folder::new().unwrap();
        let ran = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "keyring::where_there_is_no_session_the_keyring_is_unavailable"])
            .env("IRONBRIDGE_TEST_WITHOUT_SESSION", "1")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let error = KeyringVault::open("ironbridge-test").unwrap_err();
    assert!(matches!(error, VaultError::Unavailable { .. }), "{error:?}");
    assert!(error.hint().is_some());

    let folder = ironbridge_testkit::Folder::new().unwrap();
    let (vault, note) = keyring_or_folder("ironbridge-test", FolderVault::new(folder.path()));
    assert_eq!(note, Some(error));
    vault.save(&NAME, &Secret::new("in a file")).unwrap();
    assert_eq!(folder.read("copilot.json").unwrap(), "in a file");
}
