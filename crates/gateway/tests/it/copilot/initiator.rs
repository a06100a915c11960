//! `x-initiator` reports who asks. It is decided from the request, and nothing is done to the request for it.

use super::CLAUDE;
use crate::logins::Copilot;
use crate::rig::run;
use expect_test::expect;
use ironbridge_testkit::Dialect;
use ironbridge_testkit::client::Request;

const CODEX: &str = "gpt-5.3-codex";

/// A message of each kind, as each dialect writes it, with spaces and escapes that a rewriting would lose.
const MESSAGES: [&str; 7] = [
    r#"{"role" : "user","content":"h\u0069" }"#,
    r#"{"role":"user", "content":[{"type":"text","text":"\/x"}]}"#,
    r#"{"role":"assistant","content":[ {"type":"tool_use","id":"t","name":"n","input":{"a":1.0}}]}"#,
    r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"é"} ]}"#,
    r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},{"type":"text","text":"and?"}]}"#,
    r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},{"type":"text","text":"<system-reminder>x<\/system-reminder>"}]}"#,
    r#"{"role":"system","content":"Available agent types: \u2026"}"#,
];
const CHAT: [&str; 5] = [
    r#"{"role" : "user","content":"h\u0069" }"#,
    r#"{"role":"user", "content":[{"type":"text","text":"\/x"}]}"#,
    r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":"{}"}}]}"#,
    r#"{"role":"tool","tool_call_id":"c","content":"é" }"#,
    r#"{"role":"system","content":"s\u2026"}"#,
];
const RESPONSES: [&str; 6] = [
    r#"{"role" : "user","content":"h\u0069" }"#,
    r#"{"type":"message","role":"user","content":[ {"type":"input_text","text":"\/x"}]}"#,
    r#"{"type":"reasoning","summary":[],"encrypted_content":"e"}"#,
    r#"{"type":"function_call","call_id":"c","name":"n","arguments":"{ }"}"#,
    r#"{"type":"function_call_output","call_id":"c","output":"é" }"#,
    r#"{"type":"message","role":"developer","content":[{"type":"input_text","text":"d"}]}"#,
];

/// A request body in the client's own spelling.
fn body(dialect: Dialect, messages: &[&str]) -> String {
    let list = messages.join(" ,\n");
    match dialect {
        Dialect::Messages => {
            format!("{{ \"model\":\"{CLAUDE}\",\"max_tokens\":1e2,\n\"messages\":[{list}] }}")
        }
        Dialect::Chat => format!("{{\"model\" : \"gpt-4o\",\"messages\":[{list}],\"seed\":7.0}}"),
        Dialect::Responses => {
            format!("{{\"model\":\"{CODEX}\", \"store\":false, \"input\":[{list}]}}")
        }
    }
}

/// Sends it; what Copilot was told, why, and which body it got.
async fn told(copilot: &Copilot, dialect: Dialect, body: &str) -> (String, String, String) {
    let request =
        Request::new("POST", dialect.path()).header("content-type", "application/json").body(body);
    let reply = copilot.rig.send(&request).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let record = copilot.rig.record(&reply).await;
    let sent = copilot.github.upstream().requests();
    let sent = sent.last().expect("a request");
    let told = sent.header("x-initiator").expect("always told").to_owned();
    assert_eq!(record["initiator"]["by"], told.as_str(), "the record says what was told");
    let reason = record["initiator"]["reason"].as_str().expect("a reason").to_owned();
    (told, reason, String::from_utf8_lossy(&sent.body).into_owned())
}

#[test]
fn the_last_message_decides_and_the_reason_is_written_down() {
    run(async {
        let copilot = Copilot::start().await;
        let cases: [(&str, Dialect, &[&str]); 9] = [
            ("first prompt", Dialect::Messages, &[MESSAGES[0]]),
            ("first prompt of Claude Code", Dialect::Messages, &[MESSAGES[1], MESSAGES[6]]),
            (
                "results of Claude Code",
                Dialect::Messages,
                &[MESSAGES[0], MESSAGES[2], MESSAGES[3], MESSAGES[6]],
            ),
            ("results and words", Dialect::Messages, &[MESSAGES[0], MESSAGES[2], MESSAGES[4]]),
            ("results and a reminder", Dialect::Messages, &[MESSAGES[0], MESSAGES[2], MESSAGES[5]]),
            ("second prompt", Dialect::Chat, &[CHAT[0], CHAT[2], CHAT[3], CHAT[1]]),
            ("results in chat", Dialect::Chat, &[CHAT[0], CHAT[2], CHAT[3]]),
            ("first prompt of Codex", Dialect::Responses, &[RESPONSES[5], RESPONSES[1]]),
            (
                "results of Codex",
                Dialect::Responses,
                &[RESPONSES[1], RESPONSES[2], RESPONSES[3], RESPONSES[4]],
            ),
        ];
        let mut table = String::new();
        for (name, dialect, messages) in cases {
            let (by, reason, _) = told(&copilot, dialect, &body(dialect, messages)).await;
            table += &format!("{name}: {by}, {reason}\n");
        }
        expect![[r#"
            first prompt: user, the last message is a person's
            first prompt of Claude Code: user, the last message is a person's
            results of Claude Code: agent, the last message holds only results of tools
            results and words: user, the last message is a person's
            results and a reminder: agent, the last message holds only results of tools
            second prompt: user, the last message is a person's
            results in chat: agent, the last message holds only results of tools
            first prompt of Codex: user, the last message is a person's
            results of Codex: agent, the last message holds only results of tools
        "#]]
        .assert_eq(&table);
    });
}

/// The property: whatever is said of a request, its body is the client's own to the last byte. All conversations of up
/// to three messages are tried; users and agents are among them in every dialect.
#[test]
fn no_body_is_changed_for_what_is_told() {
    run(async {
        let copilot = Copilot::start().await;
        for (dialect, kinds) in [
            (Dialect::Messages, &MESSAGES[..]),
            (Dialect::Chat, &CHAT[..]),
            (Dialect::Responses, &RESPONSES[..]),
        ] {
            let mut seen = std::collections::BTreeSet::new();
            for messages in conversations(kinds) {
                let asked = body(dialect, &messages);
                let (by, _, sent) = told(&copilot, dialect, &asked).await;
                assert_eq!(sent, asked, "{dialect:?}, told {by}");
                seen.insert(by);
            }
            assert_eq!(seen.len(), 2, "{dialect:?}: {seen:?}");
        }
    });
}

fn conversations<'a>(kinds: &[&'a str]) -> Vec<Vec<&'a str>> {
    let one: Vec<Vec<&str>> = kinds.iter().map(|kind| vec![*kind]).collect();
    let longer = |shorter: &[Vec<&'a str>]| -> Vec<Vec<&'a str>> {
        let with = |first: &Vec<&'a str>| {
            kinds.iter().map(|kind| [&first[..], &[*kind]].concat()).collect::<Vec<_>>()
        };
        shorter.iter().flat_map(with).collect()
    };
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}
