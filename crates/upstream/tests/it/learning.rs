//! What a provider's own word teaches.

use crate::setup::{openai, provider, settings};
use http::StatusCode;
use ironbridge_testkit::{Answer as Scripted, Gate, Script, Upstream, provider as scripted};
use ironbridge_upstream::{Catalogue, Endpoint, Failure, MODELS_RETRY, ProviderKind};
use ironbridge_wire::Dialect::{Chat, Messages, Responses};
use serde_json::json;
use std::time::Duration;

fn models_ttl() -> Duration {
    Catalogue::kind(ProviderKind::Openai).models_ttl
}

#[tokio::test(start_paused = true)]
async fn the_list_of_models_is_kept_for_its_time() {
    let upstream = Upstream::start(Script::always(scripted::openai_models(&["a", "b"]))).await;
    let provider = openai(&upstream.base_url());
    let (first, second) = tokio::join!(provider.models(), provider.models());
    assert!(first.unwrap().lists("a") && !second.unwrap().lists("c"));
    assert_eq!(upstream.requests().len(), 1);
    assert_eq!(
        (upstream.requests()[0].path.as_str(), upstream.requests()[0].query.as_str()),
        ("/v1/models", "")
    );
    tokio::time::advance(models_ttl() + Duration::from_secs(1)).await;
    provider.models().await.unwrap();
    upstream.wait_for_requests(2).await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_kept_for_less() {
    let script = Script::failures(1, 404).then(scripted_list());
    let upstream = Upstream::start(script).await;
    let provider = openai(&upstream.base_url());
    let error = provider.models().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Models { .. }), "{error}");
    provider.models().await.unwrap_err();
    assert_eq!(upstream.requests().len(), 1);
    tokio::time::advance(MODELS_RETRY + Duration::from_secs(1)).await;
    assert!(provider.models().await.unwrap().lists("a"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_there_outlives_a_failure() {
    let script = scripted_list_once().then(Script::failures(9, 500));
    let upstream = Upstream::start(script).await;
    let provider = openai(&upstream.base_url());
    provider.models().await.unwrap();
    tokio::time::advance(models_ttl()).await;
    // It is asked for again all the same: when it is stale, and after each failure.
    while upstream.requests().len() < 3 {
        tokio::time::advance(MODELS_RETRY).await;
        assert!(provider.models().await.unwrap().lists("a"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_list_is_served_while_a_new_one_comes() {
    let gate = Gate::new();
    let script = scripted_list_once()
        .then(Script::always(scripted::openai_models(&["b"]).headers_behind(&gate)));
    let upstream = Upstream::start(script).await;
    let provider = openai(&upstream.base_url());
    provider.models().await.unwrap();
    tokio::time::advance(models_ttl() + Duration::from_secs(1)).await;
    for _ in 0..3 {
        assert!(provider.models().await.unwrap().lists("a"), "nobody waits for the new one");
    }
    upstream.wait_for_requests(2).await;
    gate.open();
    while !provider.models().await.unwrap().lists("b") {
        tokio::task::yield_now().await;
    }
    assert_eq!(upstream.requests().len(), 2, "one refresh for all");
}

#[tokio::test(start_paused = true)]
async fn copilots_list_decides_how_a_model_is_asked_for() {
    let model = |id: &str, endpoints: &[&str]| json!({"id": id, "supported_endpoints": endpoints});
    let list = |models: Vec<serde_json::Value>| Scripted::json(200, &json!({"data": models}));
    let first = list(vec![
        model("claude-sonnet-4.5", &["/v1/messages", "/chat/completions"]),
        model("gpt-5", &["/responses"]),
        json!({"id": "gpt-4o"}),
    ]);
    let second = list(vec![model("new", &["/responses", "/chat/completions"])]);
    let upstream = Upstream::start(Script::sequence([first]).then(Script::always(second))).await;
    let provider = provider(settings(ProviderKind::Copilot, &upstream.base_url()));
    let spoken = async |asked: &str| {
        let spoken = provider.spoken(asked).await;
        (spoken.model, spoken.dialects)
    };
    let sonnet = "claude-sonnet-4.5".to_owned();
    assert_eq!(spoken("claude-sonnet-4-5-20250929").await, (sonnet, vec![Messages, Chat]));
    assert_eq!(spoken("gpt-5").await, ("gpt-5".to_owned(), vec![Responses]));
    assert_eq!(spoken("gpt-4o").await, ("gpt-4o".to_owned(), vec![Chat]));
    assert_eq!(spoken("new").await, ("new".to_owned(), vec![Chat]), "just asked for");
    assert_eq!(upstream.requests().len(), 1);
    tokio::time::advance(MODELS_RETRY).await;
    assert_eq!(spoken("new").await, ("new".to_owned(), vec![Responses, Chat]));
    assert_eq!(upstream.requests().len(), 2, "an unknown model is looked for once more");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_not_waited_for_long() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = openai(&format!("http://{}", listener.local_addr().unwrap()));
    let error = provider.models().await.unwrap_err();
    assert_eq!(error.to_string(), "provider `up`: no list of models within 10 s");
}

fn scripted_list_once() -> Script {
    Script::times(1, scripted::openai_models(&["a"]))
}

fn scripted_list() -> Script {
    Script::always(scripted::openai_models(&["a"]))
}

#[tokio::test]
async fn anthropic_is_asked_for_all_pages() {
    let pages = [
        json!({"data": [{"id": "a", "type": "model"}], "has_more": true, "last_id": "a"}),
        json!({"data": [{"id": "b", "type": "model"}], "has_more": false, "last_id": "b"}),
    ];
    let script = Script::sequence(pages.map(|page| Scripted::json(200, &page)));
    let upstream = Upstream::start(script).await;
    let provider = provider(settings(ProviderKind::Anthropic, &upstream.base_url()));
    let list = provider.models().await.unwrap();
    assert!(list.lists("a") && list.lists("b"));
    let queries: Vec<_> = upstream.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries, ["limit=1000", "limit=1000&after_id=a"]);
    assert_eq!(provider.dialects("a"), [Messages]);
}

#[tokio::test]
async fn the_list_says_which_dialects_a_model_speaks() {
    let list = json!({"data": [
        {"id": "both", "supported_endpoints": ["/chat/completions", "/responses"]},
        {"id": "new", "supported_endpoints": ["/responses"]},
        {"id": "claude", "supported_endpoints": ["/v1/messages"]},
        {"id": "silent"},
    ]});
    let upstream = Upstream::start(Script::always(Scripted::json(200, &list))).await;
    let provider = openai(&upstream.base_url());
    assert_eq!(provider.dialects("new"), [Chat], "before anything is learned");
    provider.models().await.unwrap();
    assert_eq!(provider.dialects("both"), [Chat, Responses]);
    assert_eq!(provider.dialects("new"), [Responses]);
    assert_eq!(provider.dialects("claude"), [Chat]);
    assert_eq!(provider.dialects("silent"), [Chat]);
}

#[tokio::test]
async fn an_error_teaches_unless_the_config_has_said_it() {
    let only = br#"{"error":{"message":"This model is only supported in v1/responses"}}"#;
    let open = openai("http://127.0.0.1:1");
    assert!(!open.learn_from_error("m", Endpoint::Chat, StatusCode::BAD_GATEWAY, only));
    assert_eq!(open.dialects("m"), [Chat]);
    assert!(open.learn_from_error("m", Endpoint::Chat, StatusCode::NOT_FOUND, only));
    assert_eq!((open.dialects("m"), open.dialects("n")), (vec![Responses], vec![Chat]));

    let mut settings = settings(ProviderKind::Openai, "http://127.0.0.1:1/v1");
    settings.api = vec![Chat, Responses];
    let said = provider(settings);
    assert!(!said.learn_from_error("m", Endpoint::Chat, StatusCode::NOT_FOUND, only));
    assert_eq!(said.dialects("m"), [Chat, Responses]);
}

#[tokio::test]
async fn openai_itself_speaks_both() {
    let mut settings = settings(ProviderKind::Openai, "https://api.openai.com/v1");
    assert_eq!(provider(settings.clone()).dialects("m"), [Chat, Responses]);
    settings.base_url = None;
    assert_eq!(provider(settings).dialects("m"), [Chat, Responses]);
}
