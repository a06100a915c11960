use super::*;
use expect_test::{Expect, expect};
use std::time::{Duration, SystemTime};

fn consented() -> Consents {
    let mut consents = Consents::default();
    for row in ROWS {
        consents.give(row, SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    }
    consents
}

fn set(name: &str, value: &str, consents: Consents) -> Result<Identities, IdentityError> {
    Identities::new([(name.to_owned(), value.to_owned())], consents)
}

fn check_headers(identities: Identities, expected: Expect) {
    let headers = identities.copilot_headers();
    let shown = headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION");
        format!("{name}: {value}\n")
    });
    expected.assert_eq(&shown.collect::<String>());
}

fn check_error(error: IdentityError, expected: Expect) {
    expected.assert_eq(&format!("{error}\nhint: {}", error.hint().unwrap_or_default()));
}

#[test]
fn the_table_names_each_value_once_and_never_our_user_agent() {
    for (at, row) in ROWS.iter().enumerate() {
        assert!(ROWS[..at].iter().all(|other| other.name != row.name), "{} twice", row.name);
        let service = match row.service {
            Service::Copilot => "copilot.",
            Service::Anthropic => "anthropic.",
        };
        assert!(row.name.starts_with(service), "{}", row.name);
        if let IdentityPart::Header(header) = row.part {
            assert_eq!(row.name, format!("{service}{header}"));
            assert_ne!(header, "user-agent");
        }
    }
}

#[test]
fn only_what_is_ours_or_nobodys_is_sent_without_a_yes() {
    check_headers(
        Identities::default(),
        expect![[r#"
        editor-version: Ironbridge/VERSION
        editor-plugin-version: ironbridge/VERSION
        openai-intent: conversation-panel
        x-github-api-version: 2025-04-01
    "#]],
    );
}

#[test]
fn a_yes_turns_on_what_is_another_vendors() {
    let identities = Identities::new([], consented()).unwrap();
    assert_eq!(identities.needs_consent(Service::Copilot), [] as [&IdentityRow; 0]);
    assert_eq!(identities.value(COPILOT_CLIENT_ID).unwrap(), "Iv1.b507a08c87ecfe98");
    check_headers(
        identities,
        expect![[r#"
        editor-version: Ironbridge/VERSION
        editor-plugin-version: ironbridge/VERSION
        copilot-integration-id: vscode-chat
        openai-intent: conversation-panel
        x-github-api-version: 2025-04-01
    "#]],
    );
}

#[test]
fn what_the_user_sets_needs_no_yes() {
    let identities = set(COPILOT_CLIENT_ID, "Iv1.mine", Consents::default()).unwrap();
    assert_eq!(identities.value(COPILOT_CLIENT_ID).unwrap(), "Iv1.mine");
    let off: Vec<_> =
        identities.needs_consent(Service::Copilot).iter().map(|row| row.name).collect();
    assert_eq!(off, ["copilot.copilot-integration-id"]);
    check_headers(
        set("copilot.copilot-integration-id", "my-tool", Consents::default()).unwrap(),
        expect![[r#"
            editor-version: Ironbridge/VERSION
            editor-plugin-version: ironbridge/VERSION
            copilot-integration-id: my-tool
            openai-intent: conversation-panel
            x-github-api-version: 2025-04-01
        "#]],
    );
}

#[test]
fn what_is_off_says_whose_it_is() {
    let nobody = Identities::default();
    check_error(
        nobody.value(COPILOT_CLIENT_ID).unwrap_err(),
        expect![[r#"
            copilot.client_id belongs to GitHub (Copilot Chat in VS Code): it is not used without your yes
            hint: run `ironbridge auth`, which asks once, or set your own value: `identity = { client_id = "…" }` of the provider"#]],
    );
    // No yes brings an id that does not ship.
    let identities = Identities::new([], consented()).unwrap();
    check_error(
        identities.value(ANTHROPIC_CLIENT_ID).unwrap_err(),
        expect![[r#"
            anthropic.client_id is not set, and none ships: it belongs to whoever registered it at Anthropic (Claude Code has one of its own)
            hint: set the id of an application that is yours to use: `identity = { client_id = "…" }` of the provider"#]],
    );
    assert_eq!(identities.needs_consent(Service::Anthropic), [] as [&IdentityRow; 0]);
    check_error(
        set("user-agent", "x", Consents::default()).unwrap_err(),
        expect![[r#"
        there is no identity value `user-agent`; there are: copilot.client_id, copilot.scope, copilot.editor-version, copilot.editor-plugin-version, copilot.copilot-integration-id, copilot.openai-intent, copilot.x-github-api-version, anthropic.client_id
        hint: "#]],
    );
    check_error(
        set(COPILOT_SCOPE, "a\nb", Consents::default()).unwrap_err(),
        expect![[r#"
        copilot.scope: the value is empty or has other characters than printable ASCII
        hint: "#]],
    );
    check_error(
        set(COPILOT_SCOPE, " ", Consents::default()).unwrap_err(),
        expect![[r#"
        copilot.scope: the value is empty or has other characters than printable ASCII
        hint: "#]],
    );
}

#[test]
fn whoever_says_yes_has_read_whose_it_is() {
    let rows = Identities::default().needs_consent(Service::Copilot);
    expect![[r#"
        This needs what belongs to another vendor:
          the client id Iv1.b507a08c87ecfe98
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: the application that GitHub's device login is made for; only tokens of an application that GitHub has admitted to Copilot can be exchanged
            your own instead: `identity = { client_id = "…" }` of the provider
          copilot-integration-id vscode-chat
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: under which integration Copilot counts a request; it knows only those that GitHub has admitted
            your own instead: `identity = { copilot-integration-id = "…" }` of the provider
        The vendor's terms may forbid other programs to use it, and the vendor may close an account that does.
        Ironbridge names itself in User-Agent and sends nothing of this unless you say yes.
    "#]].assert_eq(&consent_text(&rows));
}

#[test]
fn a_yes_bears_its_date_and_can_be_taken_back() {
    let mut consents = consented();
    let row = row(COPILOT_CLIENT_ID).unwrap();
    assert_eq!(consents.given(row), Some("2026-01-01T00:00:00Z"));
    assert_eq!(consents.iter().count(), 2, "what needs no yes is not noted");
    assert!(consents.withdraw(row));
    assert!(!consents.withdraw(row));
    let identities = Identities::new([], consents).unwrap();
    assert_eq!(identities.value(COPILOT_CLIENT_ID), Err(IdentityError::ConsentNeeded { row }));
}
