//! Which request gets which answer.

use ironbridge_testkit::client::Request;
use ironbridge_testkit::{
    Answer, Dialect, Folder, Script, ToolLoop, Upstream, chat, messages, provider, responses,
};
use serde_json::{Value, json};

use crate::{send, streaming};

async fn statuses(script: Script, requests: &[Request]) -> Vec<u16> {
    let upstream = Upstream::start(script).await;
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(send(&upstream, request).await.status);
    }
    statuses
}

async fn json_of(script: impl Into<Script>, request: &Request) -> Value {
    let upstream = Upstream::start(script).await;
    send(&upstream, request).await.collect().await.json()
}

#[tokio::test]
async fn failures_run_and_then_it_works() {
    let requests = vec![streaming("/v1/messages"); 5];
    let script = Script::failures(2, 503).then(Script::failures(1, 529)).then(messages::text("hi"));
    assert_eq!(statuses(script, &requests).await, [503, 503, 529, 200, 200]);
}

#[tokio::test]
async fn a_sequence_that_is_over_says_so() {
    let script = Script::sequence([chat::text("one").plain(), Answer::json(418, &json!({}))]);
    let requests = vec![streaming("/v1/chat/completions"); 3];
    assert_eq!(statuses(script.clone(), &requests).await, [200, 418, 500]);
    let over = statuses(Script::times(2, chat::text("a")).then(script), &requests).await;
    assert_eq!(over, [200, 200, 500], "clones share what is left");
}

#[tokio::test]
async fn a_path_may_have_its_own_script() {
    let script = Script::provider("hi").on("/v1/models", chat::error(401, "auth", "no"));
    let requests =
        [Request::get("/v1/models?limit=2"), Request::get("/models"), Request::get("/nowhere")];
    assert_eq!(statuses(script, &requests).await, [401, 200, 404]);
}

#[tokio::test]
async fn a_provider_serves_every_endpoint_in_the_right_shape() {
    let script = Script::provider("hi");
    let models = json_of(script.clone(), &Request::get("/v1/models")).await;
    assert_eq!(models["data"][1]["id"], "testkit-large");
    assert_eq!(models["object"], "list");
    let anthropic = Request::get("/v1/models").header("anthropic-version", "2023-06-01");
    let models = json_of(script.clone(), &anthropic).await;
    assert_eq!((&models["has_more"], &models["last_id"]), (&json!(false), &json!("testkit-large")));
    let input = Request::post("/v1/embeddings", &json!({"input": ["a", "b"]}));
    let vectors = json_of(script.clone(), &input).await;
    assert_eq!(vectors["data"].as_array().map(Vec::len), Some(2));
    let count = Request::post("/v1/messages/count_tokens", &json!({}));
    assert_eq!(json_of(script.clone(), &count).await, json!({"input_tokens": 42}));
    let missing = Request::get("/v1/x").header("anthropic-version", "2023-06-01");
    assert_eq!(json_of(script, &missing).await["error"]["type"], "not_found_error");
    let one = provider::embeddings(&[vec![0.5]]);
    assert_eq!(json_of(one, &input).await["data"][0]["embedding"], json!([0.5]));
}

#[tokio::test]
async fn errors_have_the_shape_of_their_dialect() {
    for dialect in Dialect::ALL {
        let body = json_of(dialect.error(400, "bad", "why"), &streaming(dialect.path())).await;
        let expected = match dialect {
            Dialect::Messages => json!({
                "type": "error", "error": {"type": "bad", "message": "why"},
                "request_id": "req_testkit",
            }),
            Dialect::Chat | Dialect::Responses => {
                json!({"error": {"message": "why", "type": "bad", "param": null, "code": null}})
            }
        };
        assert_eq!(body, expected, "{dialect}");
        let upstream = Upstream::start(dialect.rate_limited(9)).await;
        let response = send(&upstream, &streaming(dialect.path())).await;
        assert_eq!((response.status, response.header("retry-after")), (429, Some("9")));
    }
    assert_eq!(
        json_of(responses::error(400, "x", "y"), &Request::get("/")).await["error"]["type"],
        "x"
    );
}

#[tokio::test]
async fn a_tool_loop_goes_over_the_wire() {
    let tool_loop = ToolLoop::call("Bash", json!({"command": "true"})).then_text("got {result}");
    let upstream = Upstream::start(tool_loop).await;
    let tools = json!([{"name": "Bash"}]);
    let history = json!([{"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "call_testkit_0", "content": "fine"},
    ]}]);
    let first = Request::post("/v1/messages", &json!({"messages": [], "tools": tools}));
    let second = Request::post("/v1/messages", &json!({"messages": history, "tools": tools}));
    let call = send(&upstream, &first).await.collect().await.json();
    assert_eq!(call["content"][0]["input"], json!({"command": "true"}));
    assert_eq!(call["stop_reason"], "tool_use");
    let text = send(&upstream, &second).await.collect().await.json();
    assert_eq!(text["content"][0]["text"], "got fine");
    assert_eq!(upstream.wait_for_requests(2).await[1].order, 1);
}

#[test]
fn a_folder_is_gone_when_dropped() {
    let folder = Folder::new().unwrap();
    let file = folder.write("a/b.txt", "text").unwrap();
    assert_eq!(folder.read("a/b.txt").unwrap(), "text");
    assert!(file.starts_with(folder.path()));
    drop(folder);
    assert!(!file.exists());
}
