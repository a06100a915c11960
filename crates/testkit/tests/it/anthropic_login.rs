//! The fake of Anthropic's login: PKCE, refresh, and the API that takes the tokens.

use std::time::Duration;

use ironbridge_testkit::anthropic_login::{self, AuthorizeError, RefreshTokens};
use ironbridge_testkit::client::{self, Collected, Request, Response};
use ironbridge_testkit::{AnthropicEndpoint, FakeAnthropicLogin, FakeClock, Gate, Script};
use serde_json::{Value, json};

/// A verifier and its S256 challenge: the pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn exchange(login: &FakeAnthropicLogin, request: &Request) -> (Response, Collected) {
    let mut response = client::send(&login.api_url(), request).await.expect("the fake answers");
    let collected = response.collect().await;
    (response, collected)
}

async fn token(login: &FakeAnthropicLogin, body: &Value) -> (u16, Value) {
    let (response, reply) = exchange(login, &Request::post("/v1/oauth/token", body)).await;
    (response.status, reply.json())
}

fn refresh(refresh_token: &str) -> Value {
    json!({"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "app"})
}

fn authorize_url(login: &FakeAnthropicLogin) -> String {
    format!(
        "{}?code=true&client_id=app&response_type=code&redirect_uri=http%3A%2F%2Fback%2Fcallback\
         &scope=user%3Aprofile+user%3Ainference&state=opaque&code_challenge={CHALLENGE}\
         &code_challenge_method=S256",
        login.authorize_url()
    )
}

fn code_body(pasted: &str) -> Value {
    let (code, state) = pasted.split_once('#').expect("code#state");
    json!({
        "grant_type": "authorization_code", "code": code, "state": state, "client_id": "app",
        "redirect_uri": "http://back/callback", "code_verifier": VERIFIER,
    })
}

async fn status_of_messages(login: &FakeAnthropicLogin, access: &str) -> u16 {
    exchange(login, &messages(access, "oauth-2025-04-20")).await.0.status
}

fn messages(access: &str, beta: &str) -> Request {
    Request::post("/v1/messages", &json!({"model": "claude", "max_tokens": 9, "messages": []}))
        .header("authorization", format!("Bearer {access}"))
        .header("anthropic-beta", beta)
}

#[tokio::test]
async fn a_login_ends_with_tokens_that_the_api_takes() {
    let login = FakeAnthropicLogin::start().await;
    let pasted = login.authorize(&authorize_url(&login)).unwrap();
    assert!(pasted.ends_with("#opaque"));
    let (status, granted) = token(&login, &code_body(&pasted)).await;
    assert_eq!((status, &granted["expires_in"]), (200, &json!(28_800)));
    assert_eq!(granted["scope"], "user:profile user:inference");
    let access = granted["access_token"].as_str().unwrap();
    assert_eq!(login.access_tokens(), [access]);
    assert_eq!(status_of_messages(&login, access).await, 200);
    let models = Request::get("/v1/models")
        .header("authorization", format!("Bearer {access}"))
        .header("anthropic-beta", "other, oauth-2025-04-20");
    assert_eq!(exchange(&login, &models).await.1.json()["data"][0]["id"], "claude-testkit");
    let (status, refused) = token(&login, &code_body(&pasted)).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")), "one code, one login");
}

#[tokio::test]
async fn a_page_that_is_not_right_gives_no_code() {
    let login = FakeAnthropicLogin::start().await;
    let url = authorize_url(&login);
    for (from, to, name) in [
        ("response_type=code", "response_type=token", "response_type"),
        ("method=S256", "method=plain", "code_challenge_method"),
        (CHALLENGE, VERIFIER.get(1..).unwrap(), "code_challenge"),
        ("client_id=app", "client_id=", "client_id"),
        ("state=opaque", "state=", "state"),
        ("&scope=", "&x=", "scope"),
        ("redirect_uri", "redirect", "redirect_uri"),
    ] {
        let error = login.authorize(&url.replace(from, to)).unwrap_err();
        assert!(matches!(&error, AuthorizeError::Parameter { name: found, .. } if *found == name));
        assert!(error.to_string().starts_with(name), "{error}");
    }
    let elsewhere = login.authorize("https://example.com/?code=true").unwrap_err();
    assert!(matches!(elsewhere, AuthorizeError::Page { .. }));
}

#[tokio::test]
async fn a_code_is_good_only_for_what_was_agreed() {
    let login = FakeAnthropicLogin::start().await;
    for (field, wrong) in [
        ("code", "code-other"),
        ("client_id", "other"),
        ("redirect_uri", "http://back/other"),
        ("state", "other"),
        ("code_verifier", "too-short"),
        ("code_verifier", CHALLENGE),
    ] {
        let pasted = login.authorize(&authorize_url(&login)).unwrap();
        let mut body = code_body(&pasted);
        body[field] = json!(wrong);
        let (status, refused) = token(&login, &body).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
        assert_eq!(refused["error_description"], format!("Invalid '{field}' in request."));
    }
    assert_eq!(login.access_tokens(), [] as [&str; 0]);
}

#[tokio::test]
async fn codes_and_tokens_end_by_the_servers_clock() {
    let (login, clock) = (FakeAnthropicLogin::start().await, FakeClock::new());
    let now = clock.clone();
    login.set_clock(move || now.wall());
    let pasted = login.authorize(&authorize_url(&login)).unwrap();
    clock.advance(Duration::from_secs(600));
    assert_eq!(token(&login, &code_body(&pasted)).await.0, 400);
    login.set_life_seconds(60);
    let issued = login.issue();
    assert_eq!(issued.expires_at, clock.wall() + Duration::from_secs(60));
    assert_eq!(status_of_messages(&login, &issued.access).await, 200);
    login.set_skew_seconds(60);
    assert_eq!(status_of_messages(&login, &issued.access).await, 401);
    login.set_skew_seconds(0);
    assert_eq!(status_of_messages(&login, &issued.access).await, 200);
    login.revoke_access_tokens();
    assert_eq!(status_of_messages(&login, &issued.access).await, 401);
}

#[tokio::test]
async fn the_api_says_what_is_wrong_with_a_token() {
    let login = FakeAnthropicLogin::start().await;
    let issued = login.issue();
    let with_key = Request::post("/v1/messages", &json!({})).header("x-api-key", "sk-ant-api03");
    login.play(AnthropicEndpoint::Messages, anthropic_login::oauth_error(418, "played", "why"));
    for (request, part) in [
        (with_key, "header is required"),
        (messages(&issued.access, "fine-grained-tool-streaming"), "currently not supported"),
        (messages("sk-ant-oat01-other", "oauth-2025-04-20"), "not found or is malformed"),
    ] {
        let (response, reply) = exchange(&login, &request).await;
        assert_eq!((response.status, reply.text().contains(part)), (401, true), "{}", reply.text());
        assert_eq!(reply.json()["error"]["type"], "authentication_error");
    }
    assert_eq!(status_of_messages(&login, &issued.access).await, 418);
}

#[tokio::test]
async fn a_refresh_rotates_keeps_or_omits_the_refresh_token() {
    let login = FakeAnthropicLogin::start().await;
    let first = login.issue();
    let (status, granted) = token(&login, &refresh(&first.refresh)).await;
    assert_eq!(status, 200);
    let second = granted["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(second, first.refresh);
    assert_eq!(token(&login, &refresh(&first.refresh)).await.1["error"], "invalid_grant");
    assert_eq!(status_of_messages(&login, &first.access).await, 200, "it lives on to its end");
    login.set_refresh_tokens(RefreshTokens::Same);
    assert_eq!(token(&login, &refresh(&second)).await.1["refresh_token"], second);
    login.set_refresh_tokens(RefreshTokens::Absent);
    let (status, granted) = token(&login, &refresh(&second)).await;
    assert_eq!((status, granted.get("refresh_token")), (200, None));
    let access = granted["access_token"].as_str().unwrap();
    assert_eq!(status_of_messages(&login, access).await, 200);
    login.revoke_refresh_tokens();
    let (status, refused) = token(&login, &refresh(&second)).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_refresh_that_asks_for_more_is_refused() {
    let login = FakeAnthropicLogin::start().await;
    let pasted = login.authorize(&authorize_url(&login)).unwrap();
    let (_, granted) = token(&login, &code_body(&pasted)).await;
    let good = refresh(granted["refresh_token"].as_str().unwrap());
    for (field, value, error) in [
        ("client_id", json!("other"), "invalid_grant"),
        ("client_id", json!(""), "invalid_grant"),
        ("scope", json!("org:create_api_key"), "invalid_scope"),
        ("grant_type", json!("password"), "unsupported_grant_type"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (status, refused) = token(&login, &body).await;
        assert_eq!((status, &refused["error"]), (400, &json!(error)));
    }
    let mut narrower = good;
    narrower["scope"] = json!("user:inference");
    assert_eq!(token(&login, &narrower).await.0, 200);
}

#[tokio::test]
async fn failures_and_silence_can_be_played() {
    let login = FakeAnthropicLogin::start().await;
    let (issued, gate) = (login.issue(), Gate::new());
    login.play(AnthropicEndpoint::Token, Script::failures(1, 500).then(Script::failures(1, 429)));
    let request = Request::post("/v1/oauth/token", &refresh(&issued.refresh));
    assert_eq!(exchange(&login, &request).await.0.status, 500);
    let (limited, _) = exchange(&login, &request).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("1")));
    login.hold(AnthropicEndpoint::Token, &gate);
    let mut asked = Box::pin(exchange(&login, &request));
    tokio::select! {
        biased;
        _ = &mut asked => panic!("an answer came through a closed gate"),
        () = gate.reached() => {}
    }
    gate.open();
    assert_eq!(asked.await.0.status, 200);
    assert_eq!(login.wait_for_requests_to(AnthropicEndpoint::Token, 3).await.len(), 3);
}

#[test]
fn a_fake_on_a_thread_of_its_own_serves_any_runtime() {
    let login = FakeAnthropicLogin::start_on_thread();
    let issued = login.issue();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(status_of_messages(&login, &issued.access)), 200);
}
