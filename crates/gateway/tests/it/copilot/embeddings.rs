//! Embeddings: Copilot takes no bare string.

use crate::logins::Copilot;
use crate::rig::run;
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, GithubEndpoint};
use serde_json::{Value, json};

const MODEL: &str = "text-embedding-3-small";

async fn sent(copilot: &Copilot, asked: &str) -> String {
    let request = Request::new("POST", "/v1/embeddings")
        .header("content-type", "application/json")
        .body(asked);
    let reply = copilot.rig.send(&request).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let requests = copilot.github.requests_to(GithubEndpoint::Embeddings);
    String::from_utf8_lossy(&requests.last().expect("one").body).into_owned()
}

#[test]
fn a_bare_string_becomes_a_list_of_one_and_nothing_else_changes() {
    run(async {
        let copilot = Copilot::start().await;
        let bare = format!(r#"{{ "model":"{MODEL}", "input" : "é\u00e9", "dimensions":3 }}"#);
        let list = bare.replace(r#""é\u00e9""#, r#"["é\u00e9"]"#);
        assert_eq!(sent(&copilot, &bare).await, list);
        assert_eq!(sent(&copilot, &list).await, list, "a list stays as it is");
    });
}

#[test]
fn vectors_in_base64_pass_as_they_are() {
    run(async {
        let copilot = Copilot::start().await;
        let vectors = json!({"object": "list", "model": MODEL, "usage": {"prompt_tokens": 2, "total_tokens": 2},
            "data": [{"object": "embedding", "index": 0, "embedding": "AACAPwAAAAA="}]});
        copilot.github.play(GithubEndpoint::Embeddings, Answer::json(200, &vectors));
        let asked = json!({"model": MODEL, "input": "x", "encoding_format": "base64"});
        let reply = copilot.rig.send(&Request::post("/v1/embeddings", &asked)).await;
        assert_eq!(reply.json(), vectors);
        let sent = &copilot.github.requests_to(GithubEndpoint::Embeddings)[0];
        assert_eq!(sent.json()["encoding_format"], "base64");
        let record = copilot.rig.record(&reply).await;
        assert_eq!(record["usage"]["input_tokens"], 2);
        // Nobody's turn in a conversation.
        assert_eq!((sent.header("x-initiator"), &record["initiator"]), (None, &Value::Null));
    });
}
