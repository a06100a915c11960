//! A valid token for every request, with as few exchanges as can be.

use super::{TestClock, account_of, github, settings, until};
use expect_test::{Expect, expect};
use ironbridge_testkit::{FakeGithub, Gate, GithubEndpoint};
use ironbridge_upstream::copilot::{
    AccountType, CopilotAccount, CopilotSettings, CopilotToken, GithubError,
};
use ironbridge_upstream::{API_CALL_TIMEOUT, Secret};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const CALLERS: usize = 64;

fn exchanges(fake: &FakeGithub) -> usize {
    fake.requests_to(GithubEndpoint::CopilotToken).len()
}

fn text(token: &CopilotToken) -> &str {
    token.secret().reveal()
}

/// What 64 callers at once are given: one and the same.
async fn given<F>(call: impl Fn() -> F) -> Result<Arc<CopilotToken>, GithubError>
where
    F: Future<Output = Result<Arc<CopilotToken>, GithubError>> + Send + 'static,
{
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(call());
    }
    let all = callers.join_all().await;
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
    all[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_need_is_one_exchange_for_all_who_come() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = Arc::new(account_of(&fake, &clock));
    let token = given(|| {
        let account = Arc::clone(&account);
        async move { account.token().await }
    });
    let token = token.await.unwrap();
    assert_eq!(fake.copilot_tokens(), [text(&token)]);
    assert_eq!(token.base_url().to_string(), fake.copilot_url());
    let requests = fake.requests_to(GithubEndpoint::CopilotToken);
    assert_eq!(requests.len(), 1);
    let header = |name| requests[0].header(name);
    assert_eq!(header("authorization"), Some("token gho_testkit"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("editor-version"), Some("ironbridge/1"));
    assert!(header("user-agent").unwrap().starts_with("ironbridge/"));
}

#[tokio::test]
async fn a_token_serves_until_it_is_due_and_then_while_it_is_renewed() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let first = account.token().await.unwrap();
    clock.advance(1439);
    assert_eq!(account.token().await.unwrap(), first);
    assert_eq!(exchanges(&fake), 1, "not due before `refresh_in` less a minute");

    let gate = Gate::new();
    fake.hold(GithubEndpoint::CopilotToken, &gate);
    clock.advance(1);
    assert_eq!(account.token().await.unwrap(), first, "it starts the renewal and goes");
    gate.reached().await;
    for _ in 0..CALLERS {
        assert_eq!(account.token().await.unwrap(), first, "GitHub hangs, nobody waits");
    }
    assert_eq!(exchanges(&fake), 2);

    gate.open();
    until(|| account.current().is_some_and(|token| token != first)).await;
    let second = account.token().await.unwrap();
    assert_eq!(fake.copilot_tokens(), [text(&first), text(&second)]);
    assert_eq!(exchanges(&fake), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_replaced_once_for_all_whom_it_failed() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = Arc::new(account_of(&fake, &clock));
    let refused = account.token().await.unwrap();
    clock.advance(100);
    fake.revoke_tokens();
    let renewed = given(|| {
        let (account, refused) = (Arc::clone(&account), refused.secret().clone());
        async move { account.renewed(&refused).await }
    });
    let renewed = renewed.await.unwrap();
    assert_ne!(renewed, refused);
    assert_eq!(account.token().await.unwrap(), renewed);
    assert_eq!(exchanges(&fake), 2);

    let late = account.renewed(refused.secret()).await.unwrap();
    assert_eq!((late, exchanges(&fake)), (renewed, 2), "the newer one is there already");
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_costs_no_exchange_per_request() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    for round in 1..=3 {
        let token = account.token().await.unwrap();
        for _ in 0..CALLERS {
            let refused = account.renewed(token.secret()).await;
            assert_eq!(refused, Err(GithubError::FreshTokenRefused));
        }
        assert_eq!(exchanges(&fake), round);
        clock.advance(30);
        account.renewed(token.secret()).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_token_is_not_given_out_again() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let token = account.token().await.unwrap();
    clock.advance(100);
    fake.revoke_github_tokens();
    let error = account.renewed(token.secret()).await.unwrap_err();
    assert!(matches!(error, GithubError::LoginRefused { .. }), "{error}");
    assert_eq!(account.token().await.unwrap_err(), error);
    assert_eq!(account.last_failure(), Some(error));
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_hours_makes_no_storm() {
    for skew_seconds in [-7200, 7200] {
        let (fake, clock) = (FakeGithub::start().await, TestClock::default());
        let account = account_of(&fake, &clock);
        fake.set_skew_seconds(skew_seconds);
        let first = account.token().await.unwrap();
        assert_eq!(first.expires_in(first.issued()), Duration::from_secs(1800));
        clock.advance(1439);
        assert_eq!(account.token().await.unwrap(), first);
        assert_eq!(exchanges(&fake), 1);
        clock.advance(361);
        assert_ne!(account.token().await.unwrap(), first);
        assert_eq!(exchanges(&fake), 2);
    }
}

#[tokio::test]
async fn a_token_does_not_outlive_a_laptops_sleep() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let before = account.token().await.unwrap();
    clock.suspend(3600);
    assert!(account.current().is_none());
    assert_ne!(account.token().await.unwrap(), before);
    assert_eq!(exchanges(&fake), 2);
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_end_the_exchange_for_the_others() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let gate = Gate::new();
    fake.hold(GithubEndpoint::CopilotToken, &gate);
    tokio::select! {
        _ = account.token() => panic!("the gate is closed"),
        () = gate.reached() => {}
    }
    let (token, ()) = tokio::join!(account.token(), async { gate.open() });
    assert_eq!(fake.copilot_tokens(), [text(&token.unwrap())]);
    assert_eq!(exchanges(&fake), 1);
}

#[tokio::test]
async fn an_account_that_is_dropped_leaves_nothing_behind() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let gate = Gate::new();
    fake.hold(GithubEndpoint::CopilotToken, &gate);
    tokio::select! {
        _ = account.token() => panic!("the gate is closed"),
        () = gate.reached() => {}
    }
    drop(account);
    // The call would end by itself, but only by its time-out, which is longer than this watchdog.
    let closed = fake.upstream().wait_until(|log| log.connections.aborted_by_peer == 1);
    tokio::time::timeout(API_CALL_TIMEOUT / 2, closed).await.unwrap();
}

/// Where requests go when the reply names `endpoint`, and what was ignored.
async fn check_base(endpoint: Option<&str>, account_type: AccountType, expected: Expect) {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    fake.set_token_endpoint(endpoint);
    let settings = CopilotSettings { account_type, ..settings(&fake) };
    let token = Secret::new(FakeGithub::GITHUB_TOKEN);
    let account = CopilotAccount::new(github(&settings), token, Arc::new(clock));
    let token = account.token().await.unwrap();
    expected.assert_eq(&format!("{} {:?}", token.base_url(), token.ignored_endpoint()));
}

#[tokio::test]
async fn the_reply_names_the_host_of_the_models_if_it_may() {
    let business = AccountType::Business;
    check_base(None, AccountType::Individual, expect!["https://api.githubcopilot.com/ None"]).await;
    check_base(None, business, expect!["https://api.business.githubcopilot.com/ None"]).await;
    check_base(
        Some("https://api.enterprise.githubcopilot.com"),
        business,
        expect!["https://api.enterprise.githubcopilot.com/ None"],
    )
    .await;
    check_base(
        Some("https://evil.example"),
        business,
        expect![[r#"https://api.business.githubcopilot.com/ Some("evil.example")"#]],
    )
    .await;
    check_base(
        Some("http://127.0.0.1:9/copilot"),
        business,
        expect!["http://127.0.0.1:9/copilot None"],
    )
    .await;
}

#[tokio::test]
async fn the_account_tells_its_user_and_quotas() {
    let (fake, clock) = (FakeGithub::start_enterprise().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let user = account.user().await.unwrap();
    assert_eq!(user.login, "octocat");
    fake.set_quota(ironbridge_testkit::github::quota(300, 214));
    let usage = account.usage().await.unwrap();
    let premium = &usage.snapshots[0];
    assert_eq!(premium.name, "premium_interactions");
    assert_eq!((premium.entitlement, premium.used()), (Some(300.0), Some(86.0)));
    assert_eq!(fake.requests_to(GithubEndpoint::User)[0].path, "/api/v3/user");

    fake.revoke_github_tokens();
    assert!(matches!(account.user().await, Err(GithubError::LoginRefused { .. })));
    assert!(matches!(account.usage().await, Err(GithubError::LoginRefused { .. })));
}
