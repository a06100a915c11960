//! An account whose server, folder or login fails.

use super::{LIFE, NAME, Scene};
use expect_test::{Expect, expect};
use ironbridge_testkit::anthropic_login::{invalid_grant, oauth_error};
use ironbridge_testkit::{Answer, AnthropicEndpoint, Gate, Script};
use ironbridge_upstream::anthropic::{
    AccountError, AnthropicTokens, FAILURE_REMEMBERED, REFRESH_BEFORE,
};
use ironbridge_upstream::{Clock, Secret, Vault};
use serde_json::json;
use std::time::Duration;

fn shown(scene: &Scene, error: &AccountError) -> String {
    let text = format!("{error}\nhint: {}", error.hint("anthropic").unwrap_or_default());
    text.replace(&scene.folder.path().display().to_string(), "FOLDER")
}

/// What is told when the server answers so; that it is told again for a while; and that it is over after that.
async fn check(answer: Answer, expected: Expect) {
    let (scene, account, old) = Scene::logged_in().await;
    let kept = scene.kept();
    // While the token is good, nobody notices.
    scene.server.play(AnthropicEndpoint::Token, Script::always(answer));
    scene.clock.advance(LIFE - REFRESH_BEFORE.as_secs());
    assert_eq!(account.access_token().await.unwrap(), old);
    scene.server.wait_for_requests_to(AnthropicEndpoint::Token, 1).await;
    let aside = account.refused(&old).await.unwrap_err();

    // Then the failure is told, without another call.
    scene.clock.advance(REFRESH_BEFORE.as_secs());
    let error = account.access_token().await.unwrap_err();
    assert_eq!(error.to_string(), aside.to_string());
    let told = shown(&scene, &error);
    expected.assert_eq(&told);
    let calls = scene.exchanges();
    assert_eq!(account.access_token().await, Err(error));
    assert_eq!(scene.exchanges(), calls, "a failure is remembered");
    assert_eq!(scene.kept(), kept, "the login stays");
    assert!(!told.contains("sk-ant"), "{told}");

    scene.server.natural(AnthropicEndpoint::Token);
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    assert!(scene.accepts(&account.access_token().await.unwrap()).await);
}

#[tokio::test]
async fn what_the_server_answers_is_told_and_tried_again() {
    check(
        oauth_error(401, "invalid_client", "Unknown client"),
        expect![[r#"
        Anthropic's login server answered 401: invalid_client, Unknown client
        hint: "#]],
    )
    .await;
    check(
        oauth_error(429, "rate_limit_error", "Slow down").retry_after(9),
        expect![[r#"
        Anthropic's login server answered 429: rate_limit_error, Slow down
        hint: "#]],
    )
    .await;
    check(
        Answer::json(529, &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})),
        expect![[r#"
            Anthropic's login server answered 529: overloaded_error, Overloaded
            hint: "#]],
    )
    .await;
    check(
        Answer::bytes(502, "text/html", "<html>"),
        expect![[r#"
        Anthropic's login server answered 502: it does not say why
        hint: "#]],
    )
    .await;
    check(
        Answer::bytes(200, "text/html", "<html>"),
        expect![[r#"
        Anthropic's login server answered without a token: it is not JSON
        hint: "#]],
    )
    .await;
    check(
        Answer::json(200, &json!({"access_token": ""})),
        expect![[r#"
        Anthropic's login server answered without a token: it has no access_token
        hint: "#]],
    )
    .await;
    check(
        Answer::json(200, &json!({"access_token": "a\nb"})),
        expect![[r#"
        Anthropic's login server answered without a token: no header can carry its access_token
        hint: "#]],
    )
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_tried_again() {
    async fn breaks(answer: Answer) {
        let (scene, account, _) = Scene::logged_in().await;
        scene.clock.advance(LIFE);
        scene.server.play(AnthropicEndpoint::Token, Script::times(1, answer));
        let error = account.access_token().await.unwrap_err();
        assert!(matches!(error, AccountError::Refresh(_)), "{error:?}");
        scene.clock.advance(FAILURE_REMEMBERED.as_secs());
        assert!(scene.accepts(&account.access_token().await.unwrap()).await);
    }
    breaks(Answer::json(200, &json!({"access_token": "cut"})).close_after(5_usize)).await;
    breaks(Answer::json(200, &json!({})).close_before_headers()).await;
    breaks(Answer::json(200, &json!({})).reset_before_headers()).await;
    breaks(Answer::redirect("/v1/oauth/token")).await;
}

#[tokio::test]
async fn a_process_that_starts_with_a_token_that_is_due_uses_it_if_it_must() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE - 1);
    scene.server.play(AnthropicEndpoint::Token, Script::times(1, Answer::bytes(503, "a/b", "")));
    assert_eq!(account.access_token().await.unwrap(), old);
    assert_eq!(scene.exchanges(), 1);
    assert_ne!(scene.account().access_token().await.unwrap(), old);
}

#[tokio::test]
async fn a_login_that_is_over_is_asked_for_once_until_there_is_another() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    scene.server.revoke_refresh_tokens();
    let error = account.access_token().await.unwrap_err();
    expect![[r#"
        the login at Anthropic is over: invalid_grant, Refresh token not found or invalid
        hint: log in again: `ironbridge auth anthropic`"#]]
    .assert_eq(&shown(&scene, &error));
    for _ in 0..3 {
        scene.clock.advance(FAILURE_REMEMBERED.as_secs());
        let error = account.access_token().await.unwrap_err();
        assert!(matches!(error, AccountError::LoginNeeded { .. }), "{error:?}");
    }
    assert_eq!(scene.exchanges(), 1, "the server is not asked again");

    // Another process logs in.
    scene.folder.write("anthropic.json", scene.issued().to_string()).unwrap();
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    assert!(scene.accepts(&account.access_token().await.unwrap()).await);
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test]
async fn any_400_asks_for_a_login_and_repeats_no_token() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let spent = scene.kept()["oauth"]["refreshToken"].as_str().unwrap().to_owned();
    let description = format!("no such token: {spent}{}", "!".repeat(1000));
    scene.server.play(AnthropicEndpoint::Token, oauth_error(400, "invalid_request", &description));
    let error = account.access_token().await.unwrap_err();
    let told = shown(&scene, &error);
    assert!(
        told.starts_with("the login at Anthropic is over: invalid_request, no such token: ****!!")
    );
    assert!(told.len() < 400 && !format!("{error:?}").contains(&spent), "{told}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_costs_no_refresh_token() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    scene.vault.allow(0);
    let error = account.access_token().await.unwrap_err();
    expect![[r#"
        cannot write FOLDER/anthropic.json: no space left
        hint: see that FOLDER/anthropic.json and its folder belong to the user who runs this"#]]
    .assert_eq(&shown(&scene, &error));
    assert_eq!(scene.exchanges(), 0);

    scene.vault.allow(usize::MAX);
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    let new = account.access_token().await.unwrap();
    assert!(new != old && scene.accepts(&new).await);
}

#[tokio::test]
async fn new_tokens_that_cannot_be_kept_are_held_until_they_can() {
    let (scene, account, old) = Scene::logged_in().await;
    let kept = scene.kept();
    scene.clock.advance(LIFE);
    scene.vault.allow(1);
    let error = account.access_token().await.unwrap_err();
    expect![[r#"
        the renewed login could not be kept, and is held in memory until it can: cannot write FOLDER/anthropic.json: no space left
        hint: see that FOLDER/anthropic.json and its folder belong to the user who runs this"#]].assert_eq(&shown(&scene, &error));
    assert_eq!(scene.kept(), kept);
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    let again = account.access_token().await.unwrap_err();
    assert_eq!(again, error);

    scene.vault.allow(1);
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    let new = account.access_token().await.unwrap();
    assert!(new != old && scene.accepts(&new).await);
    assert_eq!(scene.exchanges(), 1, "the refresh token was spent once");
    assert_eq!(scene.kept()["oauth"]["accessToken"], new.reveal());
}

#[tokio::test]
async fn tokens_that_could_not_be_kept_give_way_to_a_newer_login() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    scene.vault.allow(1);
    account.access_token().await.unwrap_err();
    scene.vault.allow(usize::MAX);
    let login = scene.issued();
    scene.folder.write("anthropic.json", login.to_string()).unwrap();
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    let token = account.access_token().await.unwrap();
    assert_eq!(login["oauth"]["accessToken"], token.reveal());
    assert_eq!(scene.kept(), login);
}

#[tokio::test]
async fn who_is_killed_after_keeping_has_lost_nothing() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let new = account.access_token().await.unwrap();
    drop(account);
    // The next process knows only the file.
    assert_eq!(scene.account().access_token().await.unwrap(), new);
    scene.clock.advance(LIFE);
    assert!(scene.accepts(&scene.account().access_token().await.unwrap()).await);
    assert_eq!(scene.exchanges(), 2);
}

#[tokio::test]
async fn a_refresh_that_another_process_won_brings_its_token() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let gate = Gate::new();
    scene.server.play(AnthropicEndpoint::Token, invalid_grant().headers_behind(&gate));
    let others = scene.issued();
    let (token, ()) = tokio::join!(account.access_token(), async {
        gate.reached().await;
        scene.folder.write("anthropic.json", others.to_string()).unwrap();
        gate.open();
    });
    assert_eq!(others["oauth"]["accessToken"], token.unwrap().reveal());
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test]
async fn what_is_kept_and_no_login_is_told_with_its_path() {
    async fn check(content: &str, expected: Expect) {
        let scene = Scene::new().await;
        scene.folder.write("anthropic.json", content).unwrap();
        let account = scene.account();
        let error = account.access_token().await.unwrap_err();
        if let AccountError::Corrupt { .. } = &error {
            assert_eq!(account.status().await, Err(error.clone()));
        }
        expected.assert_eq(&shown(&scene, &error));
    }
    check(
        "{\"type\":\"oauth\",\"oauth\":{\"accessTok",
        expect![[r#"
        FOLDER/anthropic.json does not hold a login: EOF while parsing a string at line 1 column 35
        hint: mend or remove FOLDER/anthropic.json, then log in: `ironbridge auth anthropic`"#]],
    )
    .await;
    check(
        "",
        expect![[r#"
        FOLDER/anthropic.json does not hold a login: EOF while parsing a value at line 1 column 0
        hint: mend or remove FOLDER/anthropic.json, then log in: `ironbridge auth anthropic`"#]],
    )
    .await;
    check(
        r#"{"type":"api_key","api_key":"sk-ant-1"}"#,
        expect![[r#"
        FOLDER/anthropic.json does not hold a login: it holds an API key
        hint: mend or remove FOLDER/anthropic.json, then log in: `ironbridge auth anthropic`"#]],
    )
    .await;
    check(
        r#"{"type":"oauth","oauth":{"accessToken":"a","expiresAt":1}}"#,
        expect![[r#"
        the login at Anthropic is over: it has no refresh token
        hint: log in again: `ironbridge auth anthropic`"#]],
    )
    .await;
}

#[tokio::test]
async fn who_has_not_logged_in_is_told_so_until_he_has() {
    let scene = Scene::new().await;
    let account = scene.account();
    let error = account.access_token().await.unwrap_err();
    expect![[r#"
        no login at Anthropic is kept at FOLDER/anthropic.json
        hint: log in: `ironbridge auth anthropic`"#]]
    .assert_eq(&shown(&scene, &error));

    let issued = scene.server.issue();
    let tokens = AnthropicTokens {
        access: Secret::new(issued.access),
        refresh: Some(Secret::new(issued.refresh)),
        expires_at: scene.clock.now().wall + Duration::from_secs(LIFE),
        scopes: Vec::new(),
        is_max: None,
    };
    scene.vault.allow(0);
    assert!(matches!(account.replace(tokens.clone()).await, Err(AccountError::Vault(_))));
    assert_eq!(account.status().await, Ok(None), "a login that is not kept is none");
    scene.vault.allow(1);
    account.replace(tokens.clone()).await.unwrap();
    assert_eq!(account.access_token().await.unwrap(), tokens.access, "at once");

    assert!(scene.vault.remove(&NAME).unwrap());
    assert_eq!(account.status().await, Ok(None));
    assert!(matches!(scene.account().access_token().await, Err(AccountError::LoggedOut { .. })));
}

#[tokio::test]
async fn without_a_client_id_a_token_serves_until_it_is_over() {
    let (scene, ..) = Scene::logged_in().await;
    let mut oauth = scene.oauth();
    oauth.client_id = None;
    let account = ironbridge_upstream::anthropic::AnthropicAccount::new(
        std::sync::Arc::clone(&scene.vault) as std::sync::Arc<dyn Vault>,
        NAME,
        oauth,
        super::client(),
        std::sync::Arc::new(scene.clock.clone()),
    );
    account.access_token().await.unwrap();
    scene.clock.advance(LIFE);
    let error = account.access_token().await.unwrap_err();
    expect![[r#"
        anthropic.client_id is not set, and none ships: it belongs to whoever registered it at Anthropic (Claude Code has one of its own)
        hint: set the id of an application that is yours to use: `identity = { client_id = "…" }` of the provider"#]].assert_eq(&shown(&scene, &error));
    assert_eq!(scene.exchanges(), 0);
}
