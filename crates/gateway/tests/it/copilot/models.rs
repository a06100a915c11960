//! The list of models: what clients see of it.

use crate::logins::Copilot;
use crate::rig::run;
use ironbridge_testkit::GithubEndpoint;
use ironbridge_testkit::client::Request;
use serde_json::{Value, json};

#[test]
fn limits_and_endpoints_are_told_to_clients() {
    run(async {
        let copilot = Copilot::start().await;
        let list = copilot.rig.send(&Request::get("/v1/models")).await.json();
        let find = |id: &str| -> Value {
            let models = list["data"].as_array().expect("a list");
            models.iter().find(|model| model["id"] == id).cloned().expect("listed")
        };
        let sonnet = find("claude-sonnet-4.5");
        assert_eq!(sonnet["owned_by"], "Anthropic", "{sonnet:#}");
        assert_eq!(
            (&sonnet["max_input_tokens"], &sonnet["max_tokens"]),
            (&111_616.into(), &16_384.into()),
            "Copilot's own limits, not the catalogue's: {sonnet:#}"
        );
        assert_eq!(sonnet["limits"]["max_context_window_tokens"], 128_000);
        let endpoints = |id: &str| find(id)["supported_endpoints"].clone();
        assert_eq!(endpoints("claude-sonnet-4.5"), json!(["/chat/completions", "/v1/messages"]));
        assert_eq!(endpoints("gpt-5.3-codex"), json!(["/responses"]));
        assert_eq!(endpoints("gpt-4o"), Value::Null, "it says nothing of them");
        assert_eq!(copilot.github.requests_to(GithubEndpoint::Models).len(), 1);
    });
}
