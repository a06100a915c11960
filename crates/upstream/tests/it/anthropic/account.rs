//! An account whose server does as it should.

use super::{LIFE, Scene};
use expect_test::expect;
use ironbridge_testkit::anthropic_login::RefreshTokens;
use ironbridge_testkit::{AnthropicEndpoint, Gate};
use ironbridge_upstream::anthropic::{AccountError, FAILURE_REMEMBERED, REFRESH_BEFORE};
use std::future::Future;
use tokio::task::JoinSet;

/// Callers of one account at the same moment.
const CALLERS: usize = 64;

/// What that many callers get, the gate being opened once the one refresh has reached it.
async fn all<F>(gate: &Gate, call: impl Fn() -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let mut calls = JoinSet::new();
    for _ in 0..CALLERS {
        calls.spawn(call());
    }
    gate.reached().await;
    gate.open();
    calls.join_all().await
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_its_end_and_requests_go_on_with_it() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE - REFRESH_BEFORE.as_secs() - 1);
    assert_eq!(account.access_token().await.unwrap(), old);
    assert_eq!(scene.exchanges(), 0);

    let gate = Gate::new();
    scene.server.hold(AnthropicEndpoint::Token, &gate);
    scene.clock.advance(1);
    for _ in 0..CALLERS {
        assert_eq!(account.access_token().await.unwrap(), old, "a valid token waits for nothing");
    }
    gate.reached().await;
    assert_eq!(account.access_token().await.unwrap(), old);
    gate.open();
    // Whoever needs another token gets that of the refresh under way.
    let new = account.refused(&old).await.unwrap();
    assert_ne!(new, old);
    assert_eq!(account.access_token().await.unwrap(), new);
    assert!(scene.accepts(&new).await);
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_cause_one_refresh() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let gate = Gate::new();
    scene.server.hold(AnthropicEndpoint::Token, &gate);
    let tokens = all(&gate, || {
        let account = account.clone();
        async move { account.access_token().await.unwrap() }
    })
    .await;
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != old));
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_refused_requests_cause_one_refresh() {
    let (scene, account, old) = Scene::logged_in().await;
    assert_eq!(account.access_token().await.unwrap(), old);
    scene.server.revoke_access_tokens();
    assert!(!scene.accepts(&old).await);
    let gate = Gate::new();
    scene.server.hold(AnthropicEndpoint::Token, &gate);
    let tokens = all(&gate, || {
        let (account, old) = (account.clone(), old.clone());
        async move { account.refused(&old).await.unwrap() }
    })
    .await;
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != old));
    assert!(scene.accepts(&tokens[0]).await);
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_get_the_one_failure() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    scene.server.revoke_refresh_tokens();
    let gate = Gate::new();
    scene.server.hold(AnthropicEndpoint::Token, &gate);
    let failures = all(&gate, || {
        let account = account.clone();
        async move { account.access_token().await.unwrap_err() }
    })
    .await;
    assert!(failures.iter().all(|error| matches!(error, AccountError::LoginNeeded { .. })));
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test]
async fn a_refresh_ends_though_its_caller_leaves() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let gate = Gate::new();
    scene.server.hold(AnthropicEndpoint::Token, &gate);
    tokio::select! {
        _ = account.access_token() => panic!("the gate is closed"),
        () = gate.reached() => {}
    }
    gate.open();
    let new = account.access_token().await.unwrap();
    assert_ne!(new, old);
    assert!(scene.accepts(&new).await);
    assert_eq!(scene.exchanges(), 1, "the refresh token was not spent twice");
}

#[tokio::test]
async fn what_is_sent_names_the_login_and_us() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    account.access_token().await.unwrap();
    let request = &scene.server.requests_to(AnthropicEndpoint::Token)[0];
    assert_eq!(request.header("anthropic-beta"), Some("oauth-2025-04-20"));
    assert!(request.header("user-agent").unwrap().starts_with("ironbridge/"));
    expect![[r#"
        {
          "grant_type": "refresh_token",
          "refresh_token": "sk-ant-ort01-testkit-1",
          "client_id": "client-of-the-user"
        }
    "#]]
    .assert_eq(&format!("{:#}\n", request.json()));
}

#[tokio::test]
async fn new_tokens_are_kept_beside_all_else_that_the_file_has() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    account.access_token().await.unwrap();
    expect![[r#"
        {
          "type": "oauth",
          "accountId": "acc_1",
          "later": [
            1
          ],
          "oauth": {
            "accessToken": "sk-ant-oat01-testkit-2",
            "refreshToken": "sk-ant-ort01-testkit-2",
            "expiresAt": 1767283200000,
            "scopes": [
              "user:profile",
              "user:inference"
            ],
            "isMax": true
          }
        }
    "#]]
    .assert_eq(&format!("{:#}\n", scene.kept()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = std::fs::metadata(scene.folder.path().join("anthropic.json")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_server_that_gives_no_new_refresh_token_leaves_the_old_one() {
    for given in [RefreshTokens::Absent, RefreshTokens::Same] {
        let (scene, account, _) = Scene::logged_in().await;
        scene.server.set_refresh_tokens(given);
        let before = scene.kept()["oauth"]["refreshToken"].clone();
        for refreshes in 1..=2 {
            scene.clock.advance(LIFE);
            let token = account.access_token().await.unwrap();
            assert!(scene.accepts(&token).await);
            assert_eq!(scene.kept()["oauth"]["refreshToken"], before);
            assert_eq!(scene.exchanges(), refreshes);
        }
    }
}

#[tokio::test]
async fn clocks_that_disagree_cost_one_refresh() {
    // The server is ahead: what looks valid here is over there.
    let (scene, account, old) = Scene::logged_in().await;
    scene.server.set_skew_seconds(i64::try_from(LIFE).unwrap());
    assert_eq!(account.access_token().await.unwrap(), old);
    assert!(!scene.accepts(&old).await);
    let new = account.refused(&old).await.unwrap();
    assert!(scene.accepts(&new).await);
    assert_eq!(account.access_token().await.unwrap(), new);
    assert_eq!(scene.exchanges(), 1);

    // It is behind: its tokens live longer than is thought here.
    let (scene, account, _) = Scene::logged_in().await;
    scene.server.set_skew_seconds(-i64::try_from(LIFE).unwrap());
    scene.clock.advance(LIFE);
    assert!(scene.accepts(&account.access_token().await.unwrap()).await);
    assert_eq!(scene.exchanges(), 1);
}

#[tokio::test]
async fn a_new_token_that_is_refused_is_not_renewed_again() {
    let (scene, account, old) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    let new = account.access_token().await.unwrap();
    assert_eq!(account.refused(&old).await.unwrap(), new, "there is a newer one already");
    assert_eq!(account.refused(&new).await, Err(AccountError::FreshTokenRefused));
    assert_eq!(scene.exchanges(), 1);
    scene.clock.advance(60);
    assert_ne!(account.refused(&new).await.unwrap(), new);
    assert_eq!(scene.exchanges(), 2);
}

#[tokio::test]
async fn tokens_that_are_over_at_once_are_not_fetched_for_every_request() {
    let (scene, account, _) = Scene::logged_in().await;
    scene.clock.advance(LIFE);
    scene.server.set_life_seconds(0);
    let token = account.access_token().await.unwrap();
    assert_eq!(account.access_token().await.unwrap(), token);
    assert_eq!(scene.exchanges(), 1);
    scene.clock.advance(FAILURE_REMEMBERED.as_secs());
    assert_ne!(account.access_token().await.unwrap(), token);
    assert_eq!(scene.exchanges(), 2);
}

#[tokio::test]
async fn processes_that_share_a_login_share_its_renewal() {
    let (scene, first, old) = Scene::logged_in().await;
    let second = scene.account();
    assert_eq!(second.access_token().await.unwrap(), old);
    scene.clock.advance(LIFE);
    let new = first.access_token().await.unwrap();
    assert_eq!(second.access_token().await.unwrap(), new);
    assert_eq!(scene.exchanges(), 1);
}
