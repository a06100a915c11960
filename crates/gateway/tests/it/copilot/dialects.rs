//! Each model is asked in the best dialect it has, whatever its client speaks.

use super::{TEXT, asking};
use crate::logins::Copilot;
use crate::rig::{DIALECTS, run};
use expect_test::expect;
use ironbridge_testkit::{Dialect, GithubEndpoint, github};

#[test]
fn every_client_reaches_every_model() {
    run(async {
        let copilot = Copilot::start().await;
        let mut table = String::new();
        for model in
            ["claude-sonnet-4.5", "gpt-5.3-codex", "gpt-5-mini", "gpt-4o", "gemini-2.5-pro"]
        {
            for client in DIALECTS {
                let mut paths = Vec::new();
                for stream in [false, true] {
                    let reply = copilot.rig.send(&asking(client, model, stream)).await;
                    assert_eq!(reply.status(), 200, "{model} {client:?}: {}", reply.text());
                    let text = reply.text();
                    let whole = text.contains(TEXT) || (stream && words_of(&text));
                    assert!(whole, "{model} {client:?} {stream}: {text}");
                    let sent = copilot.github.upstream().requests();
                    let sent = sent.last().expect("a request");
                    assert_eq!(sent.asks_for_stream(), stream);
                    paths.push(sent.path.clone());
                    let record = copilot.rig.record(&reply).await;
                    assert_eq!(record["cause"], "completed", "{record:#}");
                    assert_eq!(record["target_model"], model);
                }
                assert_eq!(paths[0], paths[1], "a stream changes nothing");
                table += &format!("{model} from {}: {}\n", client.name(), paths[0]);
            }
        }
        expect![[r#"
            claude-sonnet-4.5 from chat: /copilot/chat/completions
            claude-sonnet-4.5 from responses: /copilot/v1/messages
            claude-sonnet-4.5 from messages: /copilot/v1/messages
            gpt-5.3-codex from chat: /copilot/responses
            gpt-5.3-codex from responses: /copilot/responses
            gpt-5.3-codex from messages: /copilot/responses
            gpt-5-mini from chat: /copilot/chat/completions
            gpt-5-mini from responses: /copilot/responses
            gpt-5-mini from messages: /copilot/responses
            gpt-4o from chat: /copilot/chat/completions
            gpt-4o from responses: /copilot/chat/completions
            gpt-4o from messages: /copilot/chat/completions
            gemini-2.5-pro from chat: /copilot/chat/completions
            gemini-2.5-pro from responses: /copilot/chat/completions
            gemini-2.5-pro from messages: /copilot/chat/completions
        "#]]
        .assert_eq(&table);
    });
}

/// Whether the text has come in pieces.
fn words_of(stream: &str) -> bool {
    TEXT.split_whitespace().all(|word| stream.contains(word))
}

#[test]
fn a_model_is_found_by_the_name_its_client_has_for_it() {
    run(async {
        let copilot = Copilot::start().await;
        let asked = "claude-sonnet-4-5-20250929";
        let reply = copilot.rig.send(&asking(Dialect::Messages, asked, false)).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let sent = copilot.github.requests_to(GithubEndpoint::Messages);
        assert_eq!(sent[0].json()["model"], "claude-sonnet-4.5");
        let record = copilot.rig.record(&reply).await;
        assert_eq!(
            (&record["model"], &record["target_model"]),
            (&asked.into(), &"claude-sonnet-4.5".into())
        );
    });
}

#[test]
fn a_model_tells_by_its_refusal_where_the_list_cannot_be_had() {
    run(async {
        let copilot = Copilot::start().await;
        copilot.github.change(GithubEndpoint::Models, |_| github::html(404));
        let reply = copilot.rig.send(&asking(Dialect::Messages, "gpt-5.3-codex", false)).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let record = copilot.rig.record(&reply).await;
        let statuses: Vec<_> =
            record["attempts"].as_array().into_iter().flatten().map(|one| &one["status"]).collect();
        assert_eq!(statuses, [400, 200], "{record:#}");
        assert_eq!(record["target_dialect"], "responses");
    });
}

#[test]
fn a_disabled_or_unknown_model_is_the_clients_to_know() {
    run(async {
        let copilot = Copilot::start().await;
        for model in ["grok-code-fast-1", "no-such-model"] {
            for client in DIALECTS {
                let reply = copilot.rig.send(&asking(client, model, false)).await;
                assert_eq!(reply.status(), 400, "{}", reply.text());
                assert!(reply.text().contains("The requested model is not supported."));
            }
        }
    });
}
