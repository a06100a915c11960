//! What goes up, what comes back, and when it is sent again.

use crate::setup::{BODY_BYTES_MAX, KEY, chat, openai, provider, settings};
use bytes::Bytes;
use expect_test::{Expect, expect};
use http::{HeaderValue, StatusCode};
use ironbridge_testkit::{Answer as Scripted, Script, Upstream, chat as reply};
use ironbridge_upstream::{
    BodyError, Call, ClientCredential, CredentialOwner, Endpoint, Failure, ProviderKind, Secret,
};
use serde_json::json;
use std::time::Duration;

/// The request as the server got it, without what differs from run to run.
async fn check(kind: ProviderKind, call: Call, expected: Expect) {
    let upstream = Upstream::start(Script::always(Scripted::json(200, &json!({})))).await;
    let base = match kind {
        ProviderKind::Openai => format!("{}/v1/", upstream.base_url()),
        _ => upstream.base_url(),
    };
    let provider = provider(settings(kind, &base));
    provider.send(call).await.unwrap();
    let request = upstream.requests().remove(0);
    let mut lines = vec![format!("{} {}?{}", request.method, request.path, request.query)];
    let names = [
        "authorization",
        "x-api-key",
        "anthropic-version",
        "anthropic-beta",
        "x-claude-code-session-id",
        "user-agent",
        "accept",
        "accept-encoding",
        "content-type",
        "content-length",
        "cookie",
        "x-forwarded-for",
        "x-stainless-lang",
        "transfer-encoding",
    ];
    for name in names {
        if let Some(value) = request.header(name) {
            lines.push(format!("{name}: {value}"));
        }
    }
    lines.push(String::from_utf8(request.body.to_vec()).unwrap());
    expected.assert_eq(&lines.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

fn of_client(endpoint: Endpoint) -> Call {
    let mut call = Call::new(endpoint, "m", Bytes::from_static(b"{\"model\":\"m\"}"));
    for (name, value) in [
        ("authorization", "Bearer client"),
        ("x-api-key", "client"),
        ("cookie", "a=b"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-stainless-lang", "js"),
        ("user-agent", "claude-cli/2"),
        ("accept-encoding", "br"),
        ("host", "evil.example"),
        ("content-length", "99"),
        ("transfer-encoding", "chunked"),
        ("anthropic-beta", "a,b"),
        ("x-claude-code-session-id", "s"),
    ] {
        call.headers.insert(name, HeaderValue::from_static(value));
    }
    call.query = Some("beta=true".to_owned());
    call.client_credential = Some(ClientCredential::Bearer(Secret::new("client-token")));
    call
}

#[tokio::test]
async fn the_operator_says_where_and_with_which_key() {
    check(
        ProviderKind::Openai,
        of_client(Endpoint::Chat),
        expect![[r#"
            POST /v1/chat/completions?
            authorization: Bearer sk-test-0123456789
            user-agent: ironbridge/VERSION
            accept: application/json, text/event-stream
            accept-encoding: identity
            content-type: application/json
            content-length: 13
            {"model":"m"}"#]],
    )
    .await;
    let mut call = of_client(Endpoint::Messages);
    call.client_credential = None;
    check(
        ProviderKind::Anthropic,
        call,
        expect![[r#"
            POST /v1/messages?beta=true
            x-api-key: sk-test-0123456789
            anthropic-version: 2023-06-01
            anthropic-beta: a,b
            x-claude-code-session-id: s
            user-agent: ironbridge/VERSION
            accept: application/json, text/event-stream
            accept-encoding: identity
            content-type: application/json
            content-length: 13
            {"model":"m"}"#]],
    )
    .await;
}

#[tokio::test]
async fn a_client_key_takes_the_operators_place_only_at_anthropic() {
    check(
        ProviderKind::Anthropic,
        of_client(Endpoint::CountTokens),
        expect![[r#"
            POST /v1/messages/count_tokens?beta=true
            authorization: Bearer client-token
            anthropic-version: 2023-06-01
            anthropic-beta: a,b
            x-claude-code-session-id: s
            user-agent: ironbridge/VERSION
            accept: application/json, text/event-stream
            accept-encoding: identity
            content-type: application/json
            content-length: 13
            {"model":"m"}"#]],
    )
    .await;
}

#[tokio::test]
async fn only_listed_headers_come_back_and_no_secret_in_them_or_in_the_body() {
    let answer = Scripted::json(200, &json!({"echo": format!("Bearer {KEY}")}))
        .header("x-ratelimit-remaining-requests", "7")
        .header("retry-after", "3")
        .header("openai-model", format!("m {KEY}"))
        .header("set-cookie", "a=b")
        .header("x-echo", KEY)
        .one_byte_chunks();
    let upstream = Upstream::start(Script::always(answer)).await;
    let answer = openai(&upstream.base_url()).send(chat()).await.unwrap();
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("x-ratelimit-remaining-requests"), Some("7"));
    assert_eq!(header("retry-after"), Some("3"));
    assert_eq!(header("openai-model"), Some("m ****"));
    assert_eq!((header("set-cookie"), header("x-echo")), (None, None));
    let id = upstream.requests()[0].upstream_id();
    assert_eq!(answer.upstream_request_id.as_deref(), Some(id.as_str()));
    let body = answer.body.collect(BODY_BYTES_MAX).await.unwrap();
    assert_eq!(&body[..], br#"{"echo":"Bearer ****"}"#);
}

#[tokio::test]
async fn redirects_are_refused() {
    for status in [301, 302, 303, 307, 308] {
        let answer = Scripted::redirect("http://127.0.0.1:1/elsewhere").status(status);
        let upstream = Upstream::start(Script::always(answer)).await;
        let error = openai(&upstream.base_url()).send(chat()).await.unwrap_err();
        assert_eq!(error.failure, Failure::Redirect { status });
        assert_eq!(error.to_api_error().status(), 502);
        assert_eq!(upstream.requests().len(), 1);
    }
}

#[tokio::test]
async fn gzip_that_nobody_asked_for_is_unpacked_and_other_encodings_are_refused() {
    let packed = reply::text("one two three").stream().gzip();
    let upstream = Upstream::start(Script::always(packed)).await;
    let answer = openai(&upstream.base_url()).send(chat()).await.unwrap();
    assert!(answer.headers.get("content-encoding").is_none());
    let body = answer.body.collect(BODY_BYTES_MAX).await.unwrap();
    assert!(body.starts_with(b"data: {") && body.ends_with(b"data: [DONE]\n\n"));

    let cut = reply::text("one two three").stream().gzip().end_after(60);
    let upstream = Upstream::start(Script::always(cut)).await;
    let answer = openai(&upstream.base_url()).send(chat()).await.unwrap();
    let error = answer.body.collect(BODY_BYTES_MAX).await.unwrap_err();
    assert!(matches!(error, BodyError::Encoding { .. }), "{error}");

    let brotli = Scripted::json(200, &json!({})).header("content-encoding", "br");
    let upstream = Upstream::start(Script::always(brotli)).await;
    let error = openai(&upstream.base_url()).send(chat()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Encoding { encoding: "br".to_owned() });
}

#[tokio::test]
async fn a_broken_body_is_an_error_wherever_it_breaks() {
    let whole = reply::text("hello").plain();
    let upstream = Upstream::start(Script::always(whole.clone())).await;
    let provider = openai(&upstream.base_url());
    let bytes = provider.send(chat()).await.unwrap().body.collect(BODY_BYTES_MAX).await.unwrap();
    for at in (0..bytes.len()).step_by(17) {
        let upstream = Upstream::start(Script::always(whole.clone().reset_after(at))).await;
        match openai(&upstream.base_url()).send(chat()).await {
            Ok(answer) => {
                let error = answer.body.collect(BODY_BYTES_MAX).await.unwrap_err();
                assert!(matches!(error, BodyError::Broken { .. }), "{at}: {error}");
            }
            // A reset takes with it what was not yet read.
            Err(error) => assert!(matches!(error.failure, Failure::Closed { .. }), "{error}"),
        }
    }
    let upstream = Upstream::start(Script::always(whole)).await;
    let error = openai(&upstream.base_url()).send(chat()).await.unwrap().body.collect(5).await;
    assert_eq!(error, Err(BodyError::TooLarge { bytes_max: 5 }));
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = [0; 1024];
        let _ = stream.read(&mut read).await.unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH\r\n\r\n").await.unwrap();
    };
    let provider = openai(&url);
    let (error, ()) = tokio::join!(provider.send(chat()), serving);
    assert!(matches!(error.unwrap_err().failure, Failure::Protocol { .. }));
}

/// Retries with the clock at a stand, so that the waits between them take no time.
async fn statuses(script: Script, retries: u32) -> (Result<u16, Failure>, u32, usize) {
    let upstream = Upstream::start(script).await;
    let mut settings = settings(ProviderKind::Openai, &upstream.base_url());
    settings.retries = retries;
    let result = provider(settings).send(chat()).await;
    let attempts = result.as_ref().map_or_else(|error| error.tries, |answer| answer.attempts);
    let status = result.map(|answer| answer.status.as_u16()).map_err(|error| error.failure);
    (status, attempts, upstream.connections().accepted as usize)
}

#[tokio::test(start_paused = true)]
async fn a_server_in_trouble_is_asked_again_as_often_as_allowed() {
    let ok = || reply::text("hi").plain();
    let script = Script::failures(2, 503).then(Script::always(ok()));
    assert_eq!(statuses(script, 2).await.0, Ok(200));
    let script = Script::failures(2, 529).then(Script::always(ok()));
    let (status, attempts, _) = statuses(script, 1).await;
    assert_eq!((status, attempts), (Ok(529), 2));
    let script = Script::times(1, ok().close_before_headers()).then(Script::always(ok()));
    let (status, attempts, _) = statuses(script, 1).await;
    assert_eq!((status, attempts), (Ok(200), 2));
    let script = Script::always(ok().reset_before_headers());
    let (status, attempts, _) = statuses(script, 1).await;
    assert!(matches!(status, Err(Failure::Closed { .. })), "{status:?}");
    assert_eq!(attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_second_try_would_not_mend_is_not_tried_twice() {
    for status in [400, 401, 402, 403, 404, 408, 413, 422, 429, 501] {
        let script = Script::always(Scripted::json(status, &json!({"error": {"message": "no"}})));
        let (found, attempts, _) = statuses(script, 5).await;
        assert_eq!((found, attempts), (Ok(status), 1));
    }
}

#[tokio::test]
async fn the_operators_headers_go_up_with_every_request() {
    for kind in [ProviderKind::Openai, ProviderKind::Anthropic] {
        let upstream = Upstream::start(Script::always(Scripted::json(200, &json!({})))).await;
        let mut settings = settings(kind, &upstream.base_url());
        settings.headers.insert("X-Title", "my tool").unwrap();
        settings.headers.insert("openai-organization", "org-1").unwrap();
        let mut call = chat();
        call.endpoint = Endpoint::Models;
        call.headers.insert("x-title", HeaderValue::from_static("the client's"));
        provider(settings).send(call).await.unwrap();
        let request = upstream.requests().remove(0);
        let found = ["x-title", "openai-organization"].map(|name| request.header(name));
        assert_eq!(found, [Some("my tool"), Some("org-1")]);
        assert!(request.header("user-agent").unwrap().starts_with("ironbridge/"));
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_no_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = openai(&url).send(chat()).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Connect { .. }), "{error}");
    assert!(error.retryable() && error.try_other());
    assert_eq!(error.tries, 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_429_the_credential_rests_for_that_model() {
    let upstream = Upstream::start(Script::always(
        Scripted::json(429, &json!({"error": {"message": "slow"}})).retry_after(30),
    ))
    .await;
    let provider = openai(&upstream.base_url());
    let answer = provider.send(chat()).await.unwrap();
    assert_eq!(answer.headers.get("retry-after"), Some(&HeaderValue::from_static("30")));
    let error = provider.send(chat()).await.unwrap_err();
    assert!(error.retry_after().is_some_and(|rest| rest <= Duration::from_secs(30)), "{error}");
    assert_eq!((error.tries, upstream.requests().len()), (0, 1), "nothing more was sent");
    let other = Call { model: "other".to_owned(), ..chat() };
    assert_eq!(provider.send(other).await.unwrap().status, StatusCode::TOO_MANY_REQUESTS);
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(provider.send(chat()).await.unwrap().status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_clients_own_credential_rests_alone() {
    let limited = Scripted::json(429, &json!({"error": {"message": "slow"}})).retry_after(30);
    let upstream = Upstream::start(Script::always(limited)).await;
    let provider = provider(settings(ProviderKind::Anthropic, &upstream.base_url()));
    let own = |key: &str| Some(ClientCredential::ApiKey(Secret::new(key)));
    let asked = async |client_credential| {
        let call = Call { endpoint: Endpoint::Messages, client_credential, ..chat() };
        provider.send(call).await.map(|answer| answer.owner)
    };
    assert_eq!(asked(own("first")).await.unwrap(), CredentialOwner::Client);
    assert!(asked(own("first")).await.unwrap_err().retry_after().is_some());
    assert_eq!(asked(own("second")).await.unwrap(), CredentialOwner::Client);
    assert_eq!(asked(None).await.unwrap(), CredentialOwner::Operator, "its key was not used yet");
}

#[tokio::test]
async fn a_kind_without_the_endpoint_says_so() {
    let provider = openai("http://127.0.0.1:1");
    assert!(!provider.serves(Endpoint::CountTokens) && provider.serves(Endpoint::Embeddings));
    let mut call = chat();
    call.endpoint = Endpoint::CountTokens;
    let error = provider.send(call).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unsupported { endpoint: Endpoint::CountTokens });
    assert_eq!(error.tries, 0, "nothing was sent");
}
