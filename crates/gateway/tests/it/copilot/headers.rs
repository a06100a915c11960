//! The very headers that Copilot gets.

use super::{CLAUDE, asking};
use crate::logins::{Copilot, Kept};
use crate::rig::run;
use expect_test::{Expect, expect};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, FakeGithub, GithubEndpoint, Received};
use ironbridge_upstream::ProviderSettings;
use ironbridge_upstream::identity::{Consents, Identities, Service};
use serde_json::json;
use std::time::UNIX_EPOCH;

/// What a client says of itself, its machine and its user.
const CLIENTS: [(&str, &str); 14] = [
    ("authorization", "Bearer mine"),
    ("x-api-key", "mine"),
    ("cookie", "a=b"),
    ("user-agent", "claude-cli/2.1"),
    ("x-app", "cli"),
    ("x-stainless-os", "Linux"),
    ("x-claude-code-session-id", "s"),
    ("session-id", "s"),
    ("anthropic-version", "2023-06-01"),
    ("x-initiator", "agent"),
    ("editor-version", "vscode/9"),
    ("copilot-integration-id", "mine"),
    ("x-forwarded-for", "192.0.2.1"),
    ("openai-intent", "mine"),
];

/// All but what every HTTP request has, and the token.
fn shown(request: &Received) -> String {
    let left_out = ["host", "content-length", "authorization"];
    let headers = request.headers.0.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    let mut lines: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {value}\n")).collect();
    lines.sort();
    lines.concat().replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn check(change: impl FnOnce(&mut ProviderSettings, &Kept), expected: Expect) {
    run(async {
        let copilot = Copilot::with(FakeGithub::start().await, change).await;
        let asked = CLIENTS
            .iter()
            .fold(asking(Dialect::Messages, CLAUDE, false), |asked, (name, value)| {
                asked.header(*name, *value)
            });
        let reply = copilot.rig.send(&asked).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let sent = &copilot.github.requests_to(GithubEndpoint::Messages)[0];
        let token = format!("Bearer {}", copilot.github.copilot_tokens()[0]);
        assert_eq!(sent.header("authorization"), Some(token.as_str()));
        expected.assert_eq(&shown(sent));
    });
}

#[test]
fn without_consent_nothing_is_another_vendors() {
    check(
        |_, _| (),
        expect![[r#"
        accept-encoding: identity
        accept: application/json, text/event-stream
        anthropic-version: 2023-06-01
        content-type: application/json
        editor-plugin-version: ironbridge/VERSION
        editor-version: Ironbridge/VERSION
        openai-intent: conversation-panel
        user-agent: ironbridge/VERSION
        x-github-api-version: 2025-04-01
        x-initiator: user
    "#]],
    );
}

#[test]
fn with_consent_the_integration_is_named() {
    let consent = |_: &mut ProviderSettings, kept: &Kept| {
        let mut consents = Consents::default();
        for row in Identities::default().needs_consent(Service::Copilot) {
            consents.give(row, UNIX_EPOCH);
        }
        consents.save(kept.vault.as_ref()).expect("the folder can be written");
    };
    check(
        consent,
        expect![[r#"
        accept-encoding: identity
        accept: application/json, text/event-stream
        anthropic-version: 2023-06-01
        content-type: application/json
        copilot-integration-id: vscode-chat
        editor-plugin-version: ironbridge/VERSION
        editor-version: Ironbridge/VERSION
        openai-intent: conversation-panel
        user-agent: ironbridge/VERSION
        x-github-api-version: 2025-04-01
        x-initiator: user
    "#]],
    );
}

#[test]
fn the_operators_own_identity_goes_before_ours() {
    let own = |provider: &mut ProviderSettings, _: &Kept| {
        let rows = [("copilot.editor-version", "Own/1"), ("copilot.copilot-integration-id", "own")];
        provider.identities =
            rows.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    };
    check(
        own,
        expect![[r#"
        accept-encoding: identity
        accept: application/json, text/event-stream
        anthropic-version: 2023-06-01
        content-type: application/json
        copilot-integration-id: own
        editor-plugin-version: ironbridge/VERSION
        editor-version: Own/1
        openai-intent: conversation-panel
        user-agent: ironbridge/VERSION
        x-github-api-version: 2025-04-01
        x-initiator: user
    "#]],
    );
}

#[test]
fn github_hears_the_same_of_us_and_nothing_of_the_client() {
    run(async {
        let copilot = Copilot::start().await;
        copilot.rig.send(&asking(Dialect::Chat, CLAUDE, false).header("cookie", "a=b")).await;
        let exchange = &copilot.github.requests_to(GithubEndpoint::CopilotToken)[0];
        expect![[r#"
            accept-encoding: identity
            accept: application/json
            editor-plugin-version: ironbridge/VERSION
            editor-version: Ironbridge/VERSION
            openai-intent: conversation-panel
            user-agent: ironbridge/VERSION
            x-github-api-version: 2025-04-01
        "#]]
        .assert_eq(&shown(exchange));
    });
}

#[test]
fn only_known_betas_go_up_and_the_others_are_listed() {
    run(async {
        let copilot = Copilot::start().await;
        let betas = "claude-code-20250219, interleaved-thinking-2025-05-14,,x-new-2027";
        let asked = |model| asking(Dialect::Messages, model, false).header("anthropic-beta", betas);
        let native = copilot.rig.send(&asked(CLAUDE)).await;
        let sent = &copilot.github.requests_to(GithubEndpoint::Messages)[0];
        assert_eq!(sent.header("anthropic-beta"), Some("interleaved-thinking-2025-05-14"));
        let change = copilot.rig.record(&native).await["changes"][0].clone();
        assert_eq!(
            (&change["path"], &change["what"]),
            (&"/anthropic-beta".into(), &"dropped".into())
        );
        let why = change["why"].as_str().expect("a reason");
        assert!(why.ends_with("claude-code-20250219, x-new-2027"), "{why}");
        // The other endpoints know nothing of Anthropic's features.
        let translated = copilot.rig.send(&asked("gpt-4o")).await;
        let sent = &copilot.github.requests_to(GithubEndpoint::Chat)[0];
        assert_eq!(sent.header("anthropic-beta"), None);
        let record = copilot.rig.record(&translated).await;
        let why = record["changes"].to_string();
        assert!(why.contains("interleaved-thinking-2025-05-14, x-new-2027"), "{why}");
    });
}

#[test]
fn an_image_is_announced_in_every_dialect() {
    run(async {
        let copilot = Copilot::start().await;
        let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
        let url = format!("data:image/png;base64,{pixel}");
        let source = json!({"type": "base64", "media_type": "image/png", "data": pixel});
        let image = json!({"type": "image", "source": source});
        let result = json!({"type": "tool_result", "tool_use_id": "t", "content": [image]});
        let user = |part| json!([{"role": "user", "content": [part]}]);
        let called = json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": {}}]});
        let asked = [
            (
                Dialect::Messages,
                json!({"model": CLAUDE, "max_tokens": 9, "messages": user(image.clone())}),
            ),
            (
                Dialect::Messages,
                json!({"model": "gpt-4o", "max_tokens": 9, "messages": user(image.clone())}),
            ),
            (
                Dialect::Messages,
                json!({"model": CLAUDE, "max_tokens": 9, "messages": [{"role": "user", "content": "x"}, called, {"role": "user", "content": [result]}]}),
            ),
            (
                Dialect::Chat,
                json!({"model": "gpt-4o", "messages": user(json!({"type": "image_url", "image_url": {"url": url}}))}),
            ),
            (
                Dialect::Responses,
                json!({"model": "gpt-5.3-codex", "input": user(json!({"type": "input_image", "image_url": url}))}),
            ),
        ];
        for (dialect, body) in asked {
            let reply = copilot.rig.send(&Request::post(dialect.path(), &body)).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            let sent = copilot.github.upstream().requests();
            let told = sent.last().and_then(|request| request.header("copilot-vision-request"));
            assert_eq!(told, Some("true"), "{body}");
        }
        let text = asking(Dialect::Chat, "gpt-4o", false);
        copilot.rig.send(&text).await;
        let sent = copilot.github.upstream().requests();
        assert_eq!(sent.last().and_then(|one| one.header("copilot-vision-request")), None);
    });
}
