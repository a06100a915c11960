//! A GitHub in trouble, or that refuses.

use super::{TestClock, account_of, github, settings, until};
use expect_test::{Expect, expect};
use ironbridge_testkit::github as answers;
use ironbridge_testkit::{Answer, FakeGithub, Gate, GithubEndpoint, Script};
use ironbridge_upstream::copilot::{CopilotAccount, GithubError};
use ironbridge_upstream::{BoxFuture, Clock, Moment, Secret};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

const EXCHANGE: GithubEndpoint = GithubEndpoint::CopilotToken;

fn exchanges(fake: &FakeGithub) -> usize {
    fake.requests_to(EXCHANGE).len()
}

#[tokio::test]
async fn trouble_is_met_by_three_more_tries() {
    for trouble in [
        answers::html(502),
        answers::empty(503),
        Answer::json(200, &json!({})),
        Answer::json(200, &json!({"token": "tid=1"})).close_after(5),
        answers::empty(200).close_before_headers(),
        answers::empty(200).reset_before_headers(),
    ] {
        let (fake, clock) = (FakeGithub::start().await, TestClock::default());
        let account = account_of(&fake, &clock);
        fake.play(EXCHANGE, Script::times(3, trouble));
        account.token().await.unwrap();
        assert_eq!((exchanges(&fake), clock.slept()), (4, vec![1, 2, 4]));
        assert_eq!(account.last_failure(), None);
    }
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_token_that_still_serves() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let token = account.token().await.unwrap();
    clock.advance(1440);
    fake.play(EXCHANGE, Script::always(answers::empty(503)));
    assert_eq!(account.token().await.unwrap(), token);
    until(|| account.last_failure().is_some()).await;
    assert_eq!((exchanges(&fake), clock.slept()), (5, vec![1, 2, 4]));
    for _ in 0..64 {
        assert_eq!(account.token().await.unwrap(), token, "and GitHub is left alone");
    }
    assert_eq!(exchanges(&fake), 5);

    clock.advance(15);
    fake.natural(EXCHANGE);
    assert_eq!(account.token().await.unwrap(), token);
    until(|| account.current().is_some_and(|now| now != token)).await;
    assert_eq!((exchanges(&fake), account.last_failure()), (6, None));
}

#[tokio::test]
async fn without_a_token_everybody_is_told_and_it_comes_back_with_github() {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    let before = account.token().await.unwrap();
    clock.advance(1800);
    fake.play(EXCHANGE, Script::always(answers::html(502)));
    for _ in 0..64 {
        let error = account.token().await.unwrap_err();
        assert_eq!(error, GithubError::Server { status: 502, message: None });
    }
    assert_eq!((exchanges(&fake), clock.slept()), (5, vec![1, 2, 4]));

    clock.advance(15);
    fake.natural(EXCHANGE);
    assert_ne!(account.token().await.unwrap(), before);
    assert_eq!(exchanges(&fake), 6);
}

/// A refusal is final: one exchange, the same error for everybody during `rest` seconds, then another exchange.
async fn check(refusal: Answer, rest: u64, expected: Expect) {
    let (fake, clock) = (FakeGithub::start().await, TestClock::default());
    let account = account_of(&fake, &clock);
    fake.play(EXCHANGE, Script::times(1, refusal));
    let error = account.token().await.unwrap_err();
    let text = format!("{error}\nhint: {}", error.hint("copilot").unwrap_or_default());
    assert!(!text.contains(FakeGithub::GITHUB_TOKEN), "{text}");
    expected.assert_eq(&text);
    clock.advance(rest - 1);
    assert_eq!(account.token().await.unwrap_err(), error);
    assert_eq!((exchanges(&fake), clock.slept()), (1, vec![]));
    clock.advance(1);
    account.token().await.unwrap();
    assert_eq!(exchanges(&fake), 2);
}

#[tokio::test]
async fn refusals_say_what_to_do_and_kill_nothing() {
    check(
        answers::api_error(401, "Bad credentials"),
        60,
        expect![[r#"
        GitHub does not accept the login any more (401): Bad credentials
        hint: log in again: `ironbridge auth copilot`"#]],
    )
    .await;
    check(answers::no_copilot(), 60, expect![[r#"
        this GitHub account has no Copilot (403): No access to GitHub Copilot found. You are currently logged in as octocat.
        hint: see https://github.com/settings/copilot, or log in as the user who has Copilot: `ironbridge auth copilot`"#]]).await;
    check(answers::api_error(403, "Forbidden by your organization"), 60, expect![[r#"
        GitHub forbids this account the use of Copilot (403): Forbidden by your organization
        hint: an organisation's policy or a suspension may be the cause: see https://github.com/settings/copilot or ask its administrator"#]]).await;
    check(answers::api_error(404, "Not Found"), 60, expect![[r#"
        GitHub knows no Copilot for this login (404): Not Found
        hint: the account has no Copilot, or the token is not from a login for Copilot (a personal access token is not): `ironbridge auth copilot`; with GitHub Enterprise check `enterprise_host`"#]]).await;
    check(
        answers::rate_limited(90),
        90,
        expect![[r#"
        GitHub was asked too often (429, asks for 90 s of rest)
        hint: wait; it is tried again when GitHub allows it"#]],
    )
    .await;
    check(
        answers::rate_limited(1),
        15,
        expect![[r#"
        GitHub was asked too often (429, asks for 1 s of rest)
        hint: wait; it is tried again when GitHub allows it"#]],
    )
    .await;
    check(
        answers::rate_limited(86_400),
        600,
        expect![[r#"
        GitHub was asked too often (429, asks for 86400 s of rest)
        hint: wait; it is tried again when GitHub allows it"#]],
    )
    .await;
    let echo = format!("token {} is not known", FakeGithub::GITHUB_TOKEN);
    check(
        answers::api_error(401, &echo),
        60,
        expect![[r#"
        GitHub does not accept the login any more (401): token **** is not known
        hint: log in again: `ironbridge auth copilot`"#]],
    )
    .await;
    check(Answer::redirect("https://elsewhere.example"), 60, expect![[r#"
        the call to GitHub failed: 127.0.0.1: answered with a redirect (302), which is not followed: check the address
        hint: check `enterprise_host` and `api_url`, and the proxy if there is one (`--proxy-env`)"#]]).await;
}

/// Tokio's clock, which stands still until nothing else can go on: the time-outs of calls go by it.
#[derive(Debug)]
struct PausedClock;

impl Clock for PausedClock {
    fn now(&self) -> Moment {
        Moment { monotonic: Instant::now().into_std(), wall: SystemTime::UNIX_EPOCH }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_is_given_up_without_further_tries() {
    let fake = FakeGithub::start().await;
    let token = Secret::new(FakeGithub::GITHUB_TOKEN);
    let account = CopilotAccount::new(github(&settings(&fake)), token, Arc::new(PausedClock));
    let gate = Gate::new();
    fake.hold(EXCHANGE, &gate);
    let error = account.token().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the call to GitHub failed: 127.0.0.1: no whole answer within 30 s"
    );
    assert_eq!(exchanges(&fake), 1);
}
