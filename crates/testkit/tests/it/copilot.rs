//! The fake Copilot: who is let in, and what each model serves.

use ironbridge_testkit::client::{self, Collected, Request, Response};
use ironbridge_testkit::{FakeClock, FakeGithub, GithubEndpoint, Script, chat, github};
use serde_json::{Value, json};

async fn exchange(github: &FakeGithub, request: &Request) -> (Response, Collected) {
    let mut response = client::send(&github.login_url(), request).await.expect("the fake answers");
    let collected = response.collect().await;
    (response, collected)
}

/// Status and text of the answer.
async fn said(github: &FakeGithub, request: &Request) -> (u16, String) {
    let (response, collected) = exchange(github, request).await;
    (response.status, collected.text())
}

async fn token(github: &FakeGithub) -> String {
    let request = Request::get("/api/copilot_internal/v2/token")
        .header("authorization", format!("token {}", FakeGithub::GITHUB_TOKEN));
    let reply = exchange(github, &request).await.1.json();
    reply["token"].as_str().unwrap_or_default().to_owned()
}

fn signed(request: Request, token: &str) -> Request {
    request
        .header("authorization", format!("Bearer {token}"))
        .header("editor-version", "ironbridge/0.1.0")
}

fn ask(path: &str, model: &str, token: &str) -> Request {
    signed(Request::post(path, &json!({"model": model})), token)
}

#[tokio::test]
async fn only_a_token_that_counts_is_let_in() {
    let (github, clock) = (FakeGithub::start().await, FakeClock::new());
    let now = clock.clone();
    github.set_clock(move || now.wall());
    let (first, models) = (token(&github).await, Request::get("/copilot/models"));
    assert_eq!(said(&github, &signed(models.clone(), &first)).await.0, 200);
    clock.advance(std::time::Duration::from_secs(1_800));
    let over = (401, "IDE token expired: unauthorized: token expired\n".to_owned());
    assert_eq!(said(&github, &signed(models.clone(), &first)).await, over);
    let second = token(&github).await;
    assert_eq!(said(&github, &signed(models.clone(), &second)).await.0, 200);
    github.revoke_tokens();
    assert_eq!(said(&github, &signed(models.clone(), &second)).await, over);
    let third = token(&github).await;
    assert_eq!(said(&github, &signed(models.clone(), &third)).await.0, 200);
    assert_eq!(said(&github, &signed(models.clone(), "tid=forged")).await.0, 401);
    let (status, why) = said(&github, &models).await;
    assert_eq!((status, why.contains("Authorization header")), (400, true));
    let anonymous = models.header("authorization", format!("Bearer {third}"));
    let (status, why) = said(&github, &anonymous).await;
    assert_eq!((status, why.contains("missing Editor-Version header")), (400, true));
}

#[tokio::test]
async fn the_models_differ_in_what_a_client_must_heed() {
    let github = FakeGithub::start().await;
    let request = signed(Request::get("/copilot/models"), &token(&github).await);
    let list = exchange(&github, &request).await.1.json();
    let models = list["data"].as_array().unwrap();
    let facts: Vec<Value> = models
        .iter()
        .map(|model| {
            json!([
                model["id"],
                model["supported_endpoints"],
                model["capabilities"]["type"],
                model["policy"]["state"],
                model["model_picker_enabled"],
            ])
        })
        .collect();
    let expected = json!([
        ["claude-sonnet-4.5", ["/chat/completions", "/v1/messages"], "chat", "enabled", true],
        ["gpt-5.3-codex", ["/responses"], "chat", "enabled", true],
        ["gpt-5-mini", ["/chat/completions", "/responses"], "chat", "enabled", true],
        ["gpt-4o", null, "chat", "enabled", true],
        ["gemini-2.5-pro", ["/chat/completions"], "chat", "enabled", true],
        ["grok-code-fast-1", ["/chat/completions"], "chat", "unconfigured", true],
        ["text-embedding-3-small", null, "embeddings", null, false],
    ]);
    assert_eq!(json!(facts), expected);
    github.set_models(vec![github::model("new", "OpenAI", &["/responses"])]);
    let list = exchange(&github, &request).await.1.json();
    assert_eq!(list["data"][0]["capabilities"]["limits"]["max_output_tokens"], 16_384);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_model_answers_only_where_it_is_served() {
    let github = FakeGithub::start().await;
    let token = token(&github).await;
    for (path, model, status, what) in [
        ("/v1/messages", "claude-sonnet-4.5", 200, r#""type":"message""#),
        ("/chat/completions", "claude-sonnet-4.5", 200, r#""model":"claude-sonnet-4.5""#),
        ("/responses", "claude-sonnet-4.5", 400, "unsupported_api_for_model"),
        ("/responses", "gpt-5.3-codex", 200, r#""object":"response""#),
        ("/chat/completions", "gpt-5.3-codex", 400, "unsupported_api_for_model"),
        ("/chat/completions", "gpt-4o", 200, "Hello from Copilot."),
        ("/responses", "gpt-4o", 400, "not accessible via the /responses endpoint"),
        ("/chat/completions", "grok-code-fast-1", 400, "model_not_supported"),
        ("/chat/completions", "gpt-9", 400, "model_not_supported"),
        ("/chat/completions", "text-embedding-3-small", 400, "unsupported_api_for_model"),
    ] {
        let (found, text) = said(&github, &ask(&format!("/copilot{path}"), model, &token)).await;
        assert_eq!(found, status, "{model} at {path}: {text}");
        assert!(text.contains(what), "{model} at {path}: {text}");
    }
}

#[tokio::test]
async fn every_account_type_has_a_base_of_its_own() {
    let github = FakeGithub::start().await;
    let token = token(&github).await;
    for account in ["individual", "business", "enterprise"] {
        let path = format!("/{account}/chat/completions");
        assert_eq!(github.account_url(account), format!("{}/{account}", github.login_url()));
        assert_eq!(said(&github, &ask(&path, "gpt-4o", &token)).await.0, 200);
        assert_eq!(github.requests_to(GithubEndpoint::Chat).pop().unwrap().path, path);
    }
}

#[tokio::test]
async fn replies_stream_when_asked_to() {
    let github = FakeGithub::start().await;
    let body = json!({"model": "gpt-5.3-codex", "stream": true});
    let request = signed(Request::post("/copilot/responses", &body), &token(&github).await);
    let (response, reply) = exchange(&github, &request).await;
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_eq!(reply.events().names().last(), Some(&"response.completed"));
}

#[tokio::test]
async fn embeddings_want_a_list_of_texts() {
    let github = FakeGithub::start().await;
    let token = token(&github).await;
    for (input, status) in
        [(json!(["a", "b"]), 200), (json!("a"), 400), (json!([1, 2]), 400), (Value::Null, 400)]
    {
        let body = json!({"model": "text-embedding-3-small", "input": input});
        let request = signed(Request::post("/copilot/embeddings", &body), &token);
        let (response, reply) = exchange(&github, &request).await;
        assert_eq!(response.status, status, "{input}");
        let vectors = reply.json()["data"].as_array().map_or(0, Vec::len);
        assert_eq!(vectors, if status == 200 { 2 } else { 0 }, "{input}");
    }
    let body = json!({"model": "gpt-4o", "input": ["a"]});
    let request = signed(Request::post("/copilot/embeddings", &body), &token);
    assert_eq!(said(&github, &request).await.0, 400);
}

#[tokio::test]
async fn refusals_are_told_apart_and_bad_tokens_come_first() {
    let github = FakeGithub::start().await;
    let token = token(&github).await;
    let refusals = [
        github::quota_exceeded(),
        github::forbidden(),
        github::rate_limited(7),
        github::token_expired(),
        chat::text("played").plain(),
    ];
    github.play(GithubEndpoint::Chat, Script::sequence(refusals));
    let request = ask("/copilot/chat/completions", "gpt-4o", &token);
    let forged = ask("/copilot/chat/completions", "gpt-4o", "forged");
    assert_eq!(said(&github, &forged).await.0, 401, "the script is not asked");
    let (status, text) = said(&github, &request).await;
    assert_eq!((status, text.contains("quota_exceeded")), (402, true));
    assert_eq!(said(&github, &request).await.0, 403);
    let (limited, _) = exchange(&github, &request).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
    assert_eq!(said(&github, &request).await.0, 401);
    assert!(said(&github, &request).await.1.contains("played"));
    assert!(said(&github, &request).await.1.contains("Hello from Copilot."));
}
