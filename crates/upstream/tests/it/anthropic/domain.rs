//! Credentials by domain.

use super::{LIFE, Scene, client};
use expect_test::{Expect, expect};
use ironbridge_upstream::Secret;
use ironbridge_upstream::anthropic::{
    AnthropicAccount, DOMAINS_CACHED_MAX, DomainCredential, DomainCredentials, DomainKey,
};
use std::sync::Arc;

const KEY_FILE: &str = r#"{"type":"api_key","api_key":"sk-ant-1"}"#;

fn credentials(scene: &Scene) -> DomainCredentials {
    let folder = scene.folder.path().join("credentials");
    DomainCredentials::new(folder, scene.oauth(), client(), Arc::new(scene.clock.clone()))
}

fn write(scene: &Scene, domain: &str, content: &str) {
    scene.folder.write(format!("credentials/{domain}.credentials.json"), content).unwrap();
}

fn api_key(found: Option<DomainCredential>) -> Option<String> {
    match found?.key {
        DomainKey::ApiKey(key) => Some(key.reveal().to_owned()),
        DomainKey::Account(_) => None,
    }
}

fn account(found: Option<DomainCredential>) -> AnthropicAccount {
    match found.unwrap().key {
        DomainKey::Account(account) => account,
        DomainKey::ApiKey(_) => panic!("an API key"),
    }
}

#[tokio::test]
async fn a_file_that_comes_changes_or_goes_is_seen_at_once() {
    let scene = Scene::new().await;
    let credentials = credentials(&scene);
    assert!(credentials.find("api.example.com").unwrap().is_none(), "not even the folder is there");
    write(&scene, "api.example.com", KEY_FILE);
    let key = || api_key(credentials.find("api.example.com").unwrap());
    assert_eq!(key().as_deref(), Some("sk-ant-1"));
    assert!(credentials.find("other.example.com").unwrap().is_none());

    let more =
        r#"{"type":"api_key","api_key":"sk-ant-2","accountId":"acc_7","client_api_key":"cnp_1"}"#;
    write(&scene, "api.example.com", more);
    assert_eq!(key().as_deref(), Some("sk-ant-2"));
    let found = credentials.find("api.example.com").unwrap().unwrap();
    assert_eq!(found.account_id.as_deref(), Some("acc_7"));
    assert_eq!(found.client_api_key, Some(Secret::new("cnp_1")));
    assert!(!format!("{found:?}").contains("sk-ant"));

    let file = scene.folder.path().join("credentials/api.example.com.credentials.json");
    std::fs::remove_file(file).unwrap();
    assert_eq!(key(), None);
}

#[tokio::test]
async fn only_names_of_domains_are_looked_for() {
    let scene = Scene::new().await;
    write(&scene, "x", KEY_FILE);
    let credentials = credentials(&scene);
    for bad in
        ["", "..", "../x", "a/../x", "a..b", "x/", "x\\y", "x y", "_x", "x_y", "x\0", "ä", ".x"]
    {
        assert!(credentials.find(bad).is_err(), "{bad:?}");
    }
    expect!["`../x` is not the name of a domain"]
        .assert_eq(&credentials.find("../x").unwrap_err().to_string());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_leads_to_no_other_folder() {
    let scene = Scene::new().await;
    let outside = scene.folder.write("outside.json", KEY_FILE).unwrap();
    write(&scene, "real", KEY_FILE);
    let link =
        |name: &str| scene.folder.path().join(format!("credentials/{name}.credentials.json"));
    std::os::unix::fs::symlink(&outside, link("out")).unwrap();
    std::os::unix::fs::symlink(link("real"), link("in")).unwrap();
    let credentials = credentials(&scene);
    assert_eq!(api_key(credentials.find("in").unwrap()).as_deref(), Some("sk-ant-1"));
    let error = credentials.find("out").unwrap_err().to_string();
    expect!["FOLDER/credentials/out.credentials.json is not a file in its own folder"]
        .assert_eq(&error.replace(&scene.folder.path().display().to_string(), "FOLDER"));
}

#[tokio::test]
async fn a_file_that_holds_no_credential_is_told_with_its_path() {
    let scene = Scene::new().await;
    let credentials = credentials(&scene);
    let check = |content: &str, expected: Expect| {
        write(&scene, "x", content);
        let error = credentials.find("x").unwrap_err();
        assert_eq!(credentials.find("x").unwrap_err(), error, "each time");
        let folder = scene.folder.path().display().to_string();
        expected.assert_eq(&error.to_string().replace(&folder, "FOLDER"));
        write(&scene, "x", KEY_FILE);
        assert!(credentials.find("x").unwrap().is_some());
    };
    check(
        "",
        expect![
            "FOLDER/credentials/x.credentials.json does not hold a credential: EOF while parsing a value at line 1 column 0"
        ],
    );
    check(
        r#"{"type":"api_key","api_key":"sk-ant-"#,
        expect![
            "FOLDER/credentials/x.credentials.json does not hold a credential: EOF while parsing a string at line 1 column 36"
        ],
    );
    check(
        r#"{"type":"oauth"}"#,
        expect![[
            r#"FOLDER/credentials/x.credentials.json does not hold a credential: it has no object "oauth""#
        ]],
    );
    check(
        r#"{"type":"bearer","api_key":"sk-ant-1"}"#,
        expect![[
            r#"FOLDER/credentials/x.credentials.json does not hold a credential: its "type" is neither "api_key" nor "oauth""#
        ]],
    );
}

#[tokio::test]
async fn more_domains_than_are_kept_are_all_found() {
    let scene = Scene::new().await;
    let credentials = credentials(&scene);
    let names: Vec<_> = (0..=DOMAINS_CACHED_MAX).map(|number| format!("d{number}")).collect();
    for name in &names {
        write(&scene, name, &format!(r#"{{"type":"api_key","api_key":"{name}"}}"#));
    }
    for name in names.iter().chain(&names) {
        assert_eq!(api_key(credentials.find(name).unwrap()).as_ref(), Some(name));
    }
}

#[tokio::test]
async fn a_domains_login_is_renewed_in_place() {
    let scene = Scene::new().await;
    let credentials = credentials(&scene);
    write(&scene, "example.com:8080", &scene.issued().to_string());
    let find = || account(credentials.find("example.com:8080").unwrap());
    let old = find().access_token().await.unwrap();
    scene.clock.advance(LIFE);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let account = find();
        calls.spawn(async move { account.access_token().await.unwrap() });
    }
    let tokens = calls.join_all().await;
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != old));
    assert_eq!(find().access_token().await.unwrap(), tokens[0]);
    assert_eq!(scene.exchanges(), 1, "all requests of a domain share its account");
    assert!(scene.accepts(&tokens[0]).await);

    let kept = scene.folder.read("credentials/example.com:8080.credentials.json").unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["oauth"]["accessToken"], tokens[0].reveal());
    assert_eq!(kept["later"], serde_json::json!([1]));
}

#[tokio::test]
async fn a_new_login_of_a_domain_is_used_at_once() {
    let scene = Scene::new().await;
    let credentials = credentials(&scene);
    write(&scene, "x", &scene.issued().to_string());
    let find = || account(credentials.find("x").unwrap());
    find().access_token().await.unwrap();
    scene.clock.advance(LIFE);
    scene.server.revoke_refresh_tokens();
    find().access_token().await.unwrap_err();

    let login = scene.issued();
    write(&scene, "x", &login.to_string());
    assert_eq!(login["oauth"]["accessToken"], find().access_token().await.unwrap().reveal());
}
