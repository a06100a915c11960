//! Bodies in the ledger, where the operator wants them.

use crate::ledger::{PATIENCE, id, ledger, services};
use crate::rig::{DIALECTS, Rig, body, provider, run, settings};
use ironbridge_ledger::Packed;
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Script, Upstream, messages};
use serde_json::{Value, json};
use std::time::Duration;

fn json_of(packed: Option<Packed>) -> Value {
    let text = packed.expect("is kept").text().expect("is whole");
    serde_json::from_str(&text).expect("is JSON")
}

#[test]
fn a_stream_is_kept_as_if_it_had_come_in_one_piece_in_the_dialect_of_its_client() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let reply = || {
            messages::reply()
                .thinking("Let me see.", "c2ln")
                .text("The key is sk-ant-api03-0123456789abcdef in it.")
                .tool_call("toolu_1", "Bash", &json!({"command": "ls"}))
        };
        let upstream = Upstream::start(Script::by(move |_| reply().as_asked())).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.bodies_kept = Some(Duration::from_secs(3600));
        let rig = Rig::start_with(settings, services(&ledger)).await;
        for dialect in DIALECTS {
            let mut kept = Vec::new();
            for stream in [false, true] {
                let mut asked = body(dialect, stream);
                asked["user"] = json!("Bearer abcdefghijklmnop0123456789");
                let reply = rig.send(&Request::post(dialect.path(), &asked)).await;
                assert_eq!(reply.status(), 200, "{}", reply.text());
                assert!(ledger.flush(PATIENCE));
                let mut reader = ledger.reader().expect("reads");
                let bodies = reader.bodies(id(&reply)).expect("reads").expect("are kept");
                let exchange = reader.find(id(&reply)).expect("reads").expect("is kept");
                assert_eq!(bodies.until_ms, exchange.began_ms + 3_600_000);
                asked["user"] = json!("Bearer ****");
                assert_eq!(json_of(bodies.request), asked);
                kept.push(json_of(bodies.reply));
            }
            // Ids and times of what is made here differ from reply to reply.
            let shown: Vec<String> = kept.iter().map(Value::to_string).collect();
            for (text, reply) in shown.iter().zip(["plain", "streamed"]) {
                for part in
                    ["Let me see.", "The key is sk-ant-**** in it.", "toolu_1", "Bash", "ls"]
                {
                    assert!(
                        text.contains(part),
                        "{reply} in {}: no {part} in {text}",
                        dialect.name()
                    );
                }
                assert!(!text.contains("0123456789abcdef"), "{text}");
            }
            if dialect == Dialect::Messages {
                assert_eq!(kept[0]["content"], kept[1]["content"]);
                assert_eq!(kept[0]["usage"]["output_tokens"], kept[1]["usage"]["output_tokens"]);
                assert_eq!(kept[0]["stop_reason"], kept[1]["stop_reason"]);
            }
        }
    });
}

#[test]
fn by_default_no_body_is_kept() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hello"))).await;
        let settings = settings([provider("up", &upstream, Dialect::Chat)]);
        let rig = Rig::start_with(settings, services(&ledger)).await;
        let reply = rig.ask(Dialect::Chat, true).await;
        assert!(ledger.flush(PATIENCE));
        let mut reader = ledger.reader().expect("reads");
        assert!(reader.find(id(&reply)).expect("reads").is_some());
        assert_eq!(reader.bodies(id(&reply)).expect("reads"), None);
    });
}
