//! The fake GitHub: its login and its tokens, as a client meets them.

use std::time::Duration;

use ironbridge_testkit::client::{self, Collected, End, Request, Response};
use ironbridge_testkit::github::{self, DeviceFlowError, User};
use ironbridge_testkit::{Answer, FakeClock, FakeGithub, Gate, GithubEndpoint, Outcome, Script};
use serde_json::{Value, json};

async fn exchange(base_url: &str, request: &Request) -> (Response, Collected) {
    let mut response = client::send(base_url, request).await.expect("the fake answers");
    let collected = response.collect().await;
    (response, collected)
}

async fn json_of(github: &FakeGithub, request: &Request) -> (u16, Value) {
    let (response, collected) = exchange(&github.login_url(), request).await;
    (response.status, collected.json())
}

fn device_code() -> Request {
    let body = json!({"client_id": FakeGithub::CLIENT_ID, "scope": "read:user"});
    Request::post("/login/device/code", &body).header("accept", "application/json")
}

fn poll(device_code: &str) -> Request {
    let body = json!({
        "client_id": FakeGithub::CLIENT_ID, "device_code": device_code,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    });
    Request::post("/login/oauth/access_token", &body).header("accept", "application/json")
}

fn with_github_token(target: &str, token: &str) -> Request {
    Request::get(target).header("authorization", format!("token {token}"))
}

async fn copilot_token(github: &FakeGithub) -> Value {
    let request = with_github_token("/api/copilot_internal/v2/token", FakeGithub::GITHUB_TOKEN);
    json_of(github, &request).await.1
}

async fn begin(github: &FakeGithub) -> String {
    let (_, begun) = json_of(github, &device_code()).await;
    begun["device_code"].as_str().unwrap_or_default().to_owned()
}

/// The `error` of a poll, with the new interval if there is one.
async fn poll_error(github: &FakeGithub, code: &str) -> (String, Option<u64>) {
    let (status, body) = json_of(github, &poll(code)).await;
    assert_eq!(status, 200, "GitHub's errors of the login have status 200");
    (body["error"].as_str().unwrap_or("none").to_owned(), body["interval"].as_u64())
}

#[tokio::test]
async fn a_login_ends_with_a_token_that_the_api_takes() {
    let github = FakeGithub::start().await;
    let (status, begun) = json_of(&github, &device_code()).await;
    assert_eq!((status, &begun["interval"], &begun["expires_in"]), (200, &json!(5), &json!(900)));
    assert_eq!(begun["verification_uri"], format!("{}/login/device", github.login_url()));
    let code = begun["device_code"].as_str().unwrap();
    let (_, granted) = json_of(&github, &poll(code)).await;
    assert_eq!(
        (&granted["token_type"], &granted["scope"]),
        (&json!("bearer"), &json!("read:user"))
    );
    let token = granted["access_token"].as_str().unwrap();
    assert_eq!(github.github_tokens(), [FakeGithub::GITHUB_TOKEN, token]);
    let (status, user) = json_of(&github, &with_github_token("/api/user", token)).await;
    assert_eq!((status, &user["login"]), (200, &json!("octocat")));
    assert_eq!(poll_error(&github, code).await.0, "incorrect_device_code", "one code, one token");
    assert_eq!(github.requests_to(GithubEndpoint::AccessToken).len(), 2);
    github.revoke_github_tokens();
    let (status, refusal) = json_of(&github, &with_github_token("/api/user", token)).await;
    assert_eq!((status, &refusal["message"]), (401, &json!("Bad credentials")));
}

#[tokio::test]
async fn the_login_reads_and_writes_forms() {
    let github = FakeGithub::start().await;
    let form = format!("client_id={}&scope=read%3Auser", FakeGithub::CLIENT_ID);
    let request = Request::new("POST", "/login/device/code").body(form);
    let (response, begun) = exchange(&github.login_url(), &request).await;
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!((response.status, response.header("content-type")), (200, Some(content_type)));
    assert!(begun.text().starts_with("device_code=device-testkit-1&user_code=TEST-0001&"));
}

#[tokio::test]
async fn a_login_without_its_app_or_scope_is_refused() {
    let github = FakeGithub::start().await;
    for (body, status) in [
        (json!({"client_id": "Iv1.other", "scope": "read:user"}), 404),
        (json!({"scope": "read:user"}), 404),
        (json!({"client_id": FakeGithub::CLIENT_ID}), 422),
    ] {
        let refused = json_of(&github, &Request::post("/login/device/code", &body)).await;
        assert_eq!(refused.0, status, "{body}");
    }
    let code = begin(&github).await;
    let foreign = json!({"client_id": "Iv1.other", "device_code": code});
    let wrong_grant = json!({"client_id": FakeGithub::CLIENT_ID, "grant_type": "password"});
    for (body, error) in
        [(foreign, "incorrect_client_credentials"), (wrong_grant, "unsupported_grant_type")]
    {
        let request = Request::post("/login/oauth/access_token", &body);
        let (_, refused) = json_of(&github, &request.header("accept", "application/json")).await;
        assert_eq!(refused["error"], error);
    }
    assert_eq!(poll_error(&github, "device-other").await.0, "incorrect_device_code");
}

#[tokio::test]
async fn the_user_decides_when_and_whether() {
    let github = FakeGithub::start().await;
    let code = begin(&github).await;
    github.set_user(User::Waits);
    assert_eq!(poll_error(&github, &code).await.0, "authorization_pending");
    github.set_user(User::Denies);
    assert_eq!(poll_error(&github, &code).await.0, "access_denied");
    github.set_user(User::Approves);
    assert_eq!(poll_error(&github, &code).await.0, "none");
}

#[tokio::test]
async fn polls_that_come_too_early_and_too_late_are_told_so() {
    let (github, clock) = (FakeGithub::start().await, FakeClock::new());
    let now = clock.clone();
    github.set_clock(move || now.wall());
    github.set_device_code(5, 60);
    github.set_user(User::Waits);
    github.time_polls();
    let code = begin(&github).await;
    let pending = ("authorization_pending".to_owned(), None);
    assert_eq!(poll_error(&github, &code).await, pending);
    clock.advance(Duration::from_secs(4));
    assert_eq!(poll_error(&github, &code).await, ("slow_down".to_owned(), Some(10)));
    clock.advance(Duration::from_secs(9));
    assert_eq!(poll_error(&github, &code).await, ("slow_down".to_owned(), Some(15)));
    clock.advance(Duration::from_secs(15));
    assert_eq!(poll_error(&github, &code).await, pending);
    clock.advance(Duration::from_secs(32));
    assert_eq!(poll_error(&github, &code).await.0, "expired_token");
}

#[tokio::test]
async fn every_error_of_the_login_can_be_played() {
    let github = FakeGithub::start().await;
    let code = begin(&github).await;
    let script = Script::sequence(DeviceFlowError::ALL.map(DeviceFlowError::answer));
    github.play(GithubEndpoint::AccessToken, script);
    let mut errors = Vec::new();
    for _ in DeviceFlowError::ALL {
        errors.push(poll_error(&github, &code).await);
    }
    let errors: Vec<_> =
        errors.iter().map(|(error, interval)| (error.as_str(), *interval)).collect();
    let expected = [
        ("authorization_pending", None),
        ("slow_down", Some(10)),
        ("expired_token", None),
        ("access_denied", None),
        ("incorrect_device_code", None),
        ("unsupported_grant_type", None),
        ("incorrect_client_credentials", None),
        ("device_flow_disabled", None),
    ];
    assert_eq!(errors, expected);
    assert_eq!(poll_error(&github, &code).await.0, "none", "the script is over: the user approves");
}

#[tokio::test]
async fn answers_that_are_none_can_be_played() {
    let github = FakeGithub::start().await;
    let answers = [
        github::html(502),
        github::empty(200),
        DeviceFlowError::AccessDenied.answer().close_after(10),
        Answer::json(500, &json!({})).reset_before_headers(),
    ];
    github.play(GithubEndpoint::AccessToken, Script::sequence(answers));
    let (page, text) = exchange(&github.login_url(), &poll("any")).await;
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html; charset=utf-8")));
    assert!(text.text().starts_with("<!DOCTYPE html>"));
    let (nothing, none) = exchange(&github.login_url(), &poll("any")).await;
    assert_eq!((nothing.status, none.bytes(), none.end), (200, Vec::new(), End::Complete));
    let (_, cut) = exchange(&github.login_url(), &poll("any")).await;
    assert_eq!((cut.bytes().len(), cut.end), (10, End::Closed));
    client::send(&github.login_url(), &poll("any")).await.expect_err("a reset");
}

#[tokio::test]
async fn an_answer_hangs_until_its_gate_opens() {
    let (github, gate) = (FakeGithub::start().await, Gate::new());
    github.hold(GithubEndpoint::CopilotToken, &gate);
    let mut asked = Box::pin(copilot_token(&github));
    tokio::select! {
        biased;
        _ = &mut asked => panic!("an answer came through a closed gate"),
        () = gate.reached() => {}
    }
    let waiting = &github.requests_to(GithubEndpoint::CopilotToken)[0];
    assert_eq!(waiting.outcome, Outcome::Running);
    github.natural(GithubEndpoint::CopilotToken);
    assert!(copilot_token(&github).await["token"].is_string(), "others pass meanwhile");
    gate.open();
    assert!(asked.await["token"].is_string());
}

#[tokio::test]
async fn each_copilot_token_is_new_and_lives_as_long_as_it_says() {
    let (github, clock) = (FakeGithub::start().await, FakeClock::new());
    let now = clock.clone();
    github.set_clock(move || now.wall());
    github.set_token_life(100, 40);
    let epoch = FakeClock::EPOCH.as_secs();
    let (one, other) = (copilot_token(&github).await, copilot_token(&github).await);
    assert_ne!(one["token"], other["token"]);
    assert_eq!((&one["expires_at"], &one["refresh_in"]), (&json!(epoch + 100), &json!(40)));
    assert_eq!(one["endpoints"]["api"], github.copilot_url());
    assert_eq!(json!(github.copilot_tokens()), json!([one["token"], other["token"]]));
    github.set_skew_seconds(-3_600);
    assert_eq!(copilot_token(&github).await["expires_at"], json!(epoch - 3_500));
    github.set_skew_seconds(3_600);
    assert_eq!(copilot_token(&github).await["expires_at"], json!(epoch + 3_700));
    github.set_token_endpoint(Some("http://elsewhere"));
    assert_eq!(copilot_token(&github).await["endpoints"]["api"], "http://elsewhere");
    github.set_token_endpoint(None);
    assert_eq!(copilot_token(&github).await.get("endpoints"), None);
}

#[tokio::test]
async fn the_date_of_an_answer_is_the_servers() {
    let (github, clock) = (FakeGithub::start().await, FakeClock::new());
    github.set_clock(move || clock.wall());
    github.set_skew_seconds(61);
    let (response, _) = exchange(&github.login_url(), &Request::get("/nowhere")).await;
    let date = Some("Thu, 01 Jan 2026 00:01:01 GMT");
    assert_eq!((response.status, response.header("date")), (404, date));
}

#[tokio::test]
async fn a_token_is_refused_as_github_refuses_it() {
    let github = FakeGithub::start().await;
    let path = "/api/copilot_internal/v2/token";
    assert_eq!(json_of(&github, &Request::get(path)).await.0, 401);
    assert_eq!(json_of(&github, &with_github_token(path, "gho_other")).await.0, 401);
    github.play(GithubEndpoint::CopilotToken, github::no_copilot());
    assert_eq!(json_of(&github, &with_github_token(path, "gho_other")).await.0, 401);
    let request = with_github_token(path, FakeGithub::GITHUB_TOKEN);
    let (status, refusal) = json_of(&github, &request).await;
    let message = refusal["error_details"]["message"].as_str().unwrap();
    assert_eq!((status, message.starts_with("No access to GitHub Copilot found.")), (403, true));
    github.play(GithubEndpoint::CopilotToken, github::api_error(404, "Not Found"));
    assert_eq!(json_of(&github, &request).await.0, 404);
    github.natural(GithubEndpoint::CopilotToken);
    let bearer =
        Request::get(path).header("authorization", format!("Bearer {}", FakeGithub::GITHUB_TOKEN));
    assert_eq!(json_of(&github, &bearer).await.0, 200);
}

#[tokio::test]
async fn the_quota_document_has_three_quotas() {
    let github = FakeGithub::start().await;
    let request = with_github_token("/api/copilot_internal/user", FakeGithub::GITHUB_TOKEN);
    let (_, document) = json_of(&github, &request).await;
    let premium = &document["quota_snapshots"]["premium_interactions"];
    let chat = &document["quota_snapshots"]["chat"];
    assert_eq!((&premium["entitlement"], &premium["remaining"]), (&json!(300), &json!(123)));
    assert_eq!(
        (&premium["percent_remaining"], &premium["unlimited"]),
        (&json!(41.0), &json!(false))
    );
    assert_eq!((&chat["percent_remaining"], &chat["unlimited"]), (&json!(100.0), &json!(true)));
    github.set_quota(github::quota(300, -1));
    let (_, document) = json_of(&github, &request).await;
    assert_eq!(document["quota_snapshots"]["premium_interactions"]["remaining"], -1);
}

#[tokio::test]
async fn an_enterprise_server_has_its_own_paths_and_tokens() {
    let (dotcom, enterprise) = (FakeGithub::start().await, FakeGithub::start_enterprise().await);
    assert_eq!(enterprise.api_url(), format!("{}/api/v3", enterprise.login_url()));
    let issued = json_of(&enterprise, &poll(&begin(&enterprise).await)).await.1;
    let token = issued["access_token"].as_str().unwrap();
    assert_eq!(json_of(&enterprise, &with_github_token("/api/v3/user", token)).await.0, 200);
    assert_eq!(json_of(&enterprise, &with_github_token("/api/user", token)).await.0, 404);
    assert_eq!(json_of(&dotcom, &with_github_token("/api/user", token)).await.0, 401);
}
