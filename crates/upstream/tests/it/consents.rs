//! The user's yes, kept in a vault.

use expect_test::{Expect, expect};
use ironbridge_testkit::Folder;
use ironbridge_upstream::identity::{COPILOT_CLIENT_ID, Consents, row};
use ironbridge_upstream::{FolderVault, Vault};
use std::time::SystemTime;

#[test]
fn a_yes_outlives_the_process_and_unknown_names_are_kept() {
    let folder = Folder::new().unwrap();
    let vault = FolderVault::new(folder.path());
    assert_eq!(Consents::load(&vault).unwrap(), Consents::default());
    folder.write("consents.json", r#"{"later.client_id":"2030-01-01T00:00:00Z"}"#).unwrap();

    let mut consents = Consents::load(&vault).unwrap();
    consents.give(row(COPILOT_CLIENT_ID).unwrap(), SystemTime::UNIX_EPOCH);
    consents.save(&vault).unwrap();
    assert_eq!(Consents::load(&vault).unwrap(), consents);
    expect![[r#"
        {
          "copilot.client_id": "1970-01-01T00:00:00Z",
          "later.client_id": "2030-01-01T00:00:00Z"
        }
    "#]]
    .assert_eq(&folder.read("consents.json").unwrap());
}

#[test]
fn what_is_no_consent_is_told_with_its_path() {
    fn check(content: &str, expected: Expect) {
        let folder = Folder::new().unwrap();
        folder.write("consents.json", content).unwrap();
        let vault: &dyn Vault = &FolderVault::new(folder.path());
        let error = Consents::load(vault).unwrap_err().to_string();
        expected.assert_eq(&error.replace(&folder.path().display().to_string(), "FOLDER"));
    }
    check(
        r#"{"copilot.client_id":true}"#,
        expect![
            "FOLDER/consents.json does not hold consents: copilot.client_id has no date; remove it and say yes again (`ironbridge auth`)"
        ],
    );
    check(
        r#"{"copilot.client_id":"2030"#,
        expect![
            "FOLDER/consents.json does not hold consents: EOF while parsing a string at line 1 column 26; remove it and say yes again (`ironbridge auth`)"
        ],
    );
    check(
        "",
        expect![
            "FOLDER/consents.json does not hold consents: EOF while parsing a value at line 1 column 0; remove it and say yes again (`ironbridge auth`)"
        ],
    );
}
