//! What is meant for Anthropic alone: Claude Code's billing line, and the features of `anthropic-beta`.

use crate::logins::Copilot;
use crate::rig::{Rig, provider, run, settings};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, GithubEndpoint, Script, Upstream};

const LINE: &str = "x-anthropic-billing-header: cc_version=2.1.197; cc_entrypoint=cli; cch=00000;";

/// A request as Claude Code makes it, in its own spelling.
fn asked(model: &str) -> String {
    format!(
        "{{\"model\":\"{model}\", \"max_tokens\":9,\n\"system\":[{{\"type\":\"text\",\"text\":\"{LINE}\"}}, \
         {{\"type\":\"text\",\"text\":\"You are Claude Code.\"}}],\"messages\":[ {{\"role\":\"user\",\"content\":\"x-anthropic-billing-header: what is it?\"}}]}}"
    )
}

fn post(body: &str) -> Request {
    Request::new("POST", "/v1/messages?beta=true")
        .header("content-type", "application/json")
        .body(body)
}

#[test]
fn other_servers_do_not_see_the_line_and_the_record_says_so() {
    run(async {
        let copilot = Copilot::start().await;
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let openai = Rig::start(settings([provider("up", &upstream, Dialect::Chat)])).await;
        for (rig, model) in [
            (&copilot.rig, "claude-sonnet-4.5"),
            (&copilot.rig, "gpt-4o"),
            (&copilot.rig, "gpt-5.3-codex"),
            (&openai, "m"),
        ] {
            let reply = rig.send(&post(&asked(model))).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            let changes = rig.record(&reply).await["changes"].clone();
            let paths: Vec<_> =
                changes.as_array().into_iter().flatten().map(|change| &change["path"]).collect();
            assert!(paths.iter().any(|path| **path == "/system/0"), "{model}: {paths:?}");
            let told = reply.header("x-ironbridge-changes").unwrap_or_default();
            assert!(told.contains("/system/0"), "{told}");
        }
        let native = copilot.github.requests_to(GithubEndpoint::Messages).remove(0);
        let others = copilot.github.upstream().requests().into_iter().chain(upstream.requests());
        let bodies: Vec<String> = others
            .filter(|request| request.method == "POST")
            .map(|request| String::from_utf8_lossy(&request.body).into_owned())
            .collect();
        assert_eq!(bodies.len(), 4);
        for body in &bodies {
            assert!(!body.contains("cc_version"), "{body}");
            assert!(body.contains("You are Claude Code."), "{body}");
            assert!(body.contains("what is it?"), "the user may speak of it: {body}");
        }
        // But for its system prompt it is the client's, to the last byte.
        let system = r#"[{"type":"text","text":"You are Claude Code."}]"#;
        let asked = asked("claude-sonnet-4.5");
        let (before, after) =
            (asked.find("[{").expect("there"), asked.find("],").expect("there") + 1);
        let expected = format!("{}{system}{}", &asked[..before], &asked[after..]);
        assert_eq!(String::from_utf8_lossy(&native.body), expected);
    });
}

#[test]
fn to_anthropic_everything_goes_byte_for_byte() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Messages.text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let betas =
            ["claude-code-20250219,unknown-2099-01-01 ,, b", "\tlate-2030", "claude-code-20250219"];
        let body = asked("claude-opus-4-8");
        let request =
            betas.iter().fold(post(&body), |request, beta| request.header("anthropic-beta", *beta));
        let reply = rig.send(&request).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let received = &upstream.requests()[0];
        assert_eq!(String::from_utf8_lossy(&received.body), body);
        let sent: Vec<&str> = received
            .headers
            .0
            .iter()
            .filter(|(name, _)| name == "anthropic-beta")
            .map(|(_, value)| value.as_str())
            .collect();
        // Space around a whole value is HTTP's own.
        assert_eq!(sent, betas.map(str::trim));
        assert_eq!(
            (received.query.as_str(), reply.header("x-ironbridge-changes")),
            ("beta=true", None)
        );
    });
}
