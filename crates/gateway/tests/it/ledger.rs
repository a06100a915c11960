//! What the ledger keeps of exchanges, and what happens when it takes none.

use crate::rig::{DIALECTS, Reply, Rig, body, provider, request, run, settings};
use ironbridge_gateway::Services;
use ironbridge_ledger::{Address, Cause, JournalSettings, Ledger, LedgerSettings, Retention};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Script, Upstream};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(50);

pub(crate) fn ledger(folder: &Path, bytes_max: u64) -> Arc<Ledger> {
    let folder_of_journal = folder.join("journal");
    let journal =
        JournalSettings { folder: folder_of_journal, bytes_max, survives_power_loss: false };
    let address = Address::file(folder.join("ledger.db"));
    Arc::new(
        Ledger::open(LedgerSettings {
            address,
            journal,
            retention: Retention::default(),
            lease: Duration::from_secs(60),
        })
        .expect("the ledger opens"),
    )
}

pub(crate) fn services(ledger: &Arc<Ledger>) -> Services {
    Services { ledger: Some(ledger.clone()), ..Services::default() }
}

pub(crate) fn id(reply: &Reply) -> &str {
    reply.header("x-request-id").expect("every reply carries our id")
}

#[test]
fn every_exchange_is_kept_as_the_record_says() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let error = Dialect::Chat.error(400, "invalid_request_error", "no such thing");
        let answers = Script::by(move |received| {
            let failing = received.json()["messages"][0]["content"] == "fail";
            if failing { error.clone() } else { Dialect::Chat.text("hello") }
        });
        let upstream = Upstream::start(answers).await;
        let settings = settings([provider("up", &upstream, Dialect::Chat)]);
        let rig = Rig::start_with(settings, services(&ledger)).await;
        let mut replies = Vec::new();
        for dialect in DIALECTS {
            for stream in [false, true] {
                let asked = request(dialect, stream)
                    .header("x-claude-code-session-id", "session-7")
                    .header("x-claude-code-agent-id", "agent-7");
                replies.push((rig.send(&asked).await, Cause::Completed));
            }
        }
        let mut failing = body(Dialect::Chat, false);
        failing["messages"][0]["content"] = json!("fail");
        replies.push((
            rig.send(&Request::post("/v1/chat/completions", &failing)).await,
            Cause::UpstreamError,
        ));
        let wrong = Request::post("/v1/chat/completions", &json!({"model": 1}));
        replies.push((rig.send(&wrong).await, Cause::Refused));
        // A client has seen its reply, so it is in the journal; the database has it a moment later.
        assert!(ledger.flush(PATIENCE));
        let mut reader = ledger.reader().expect("reads");
        for (reply, cause) in &replies {
            let kept = reader.find(id(reply)).expect("finds").expect("is kept");
            let record = rig.record(reply).await;
            assert_eq!((kept.cause, kept.status), (*cause, reply.status()), "{record:#}");
            let said = json!({
                "id": kept.id, "began_ms": kept.began_ms, "status": kept.status, "cause": kept.cause.name(),
                "error": kept.error, "dialect": kept.dialect, "endpoint": kept.endpoint, "stream": kept.stream,
                "class": kept.class, "domain": kept.domain, "model": kept.model, "provider": kept.provider,
                "target_model": kept.target_model, "target_dialect": kept.target_dialect, "session": kept.session,
                "agent": kept.agent, "finish": kept.finish, "attempts": kept.attempts, "changes": kept.changes,
                "request_bytes": kept.request_bytes, "reply_bytes": kept.reply_bytes,
                "duration_ms": kept.duration_ms, "first_content_ms": kept.first_content_ms,
            });
            for (key, value) in said.as_object().expect("an object") {
                assert_eq!(&record[key], value, "{key} of {record:#}");
            }
            let output = kept.output_tokens.map_or(json!(null), |tokens| json!(tokens));
            assert_eq!(record["usage"]["output_tokens"], output);
        }
        assert_eq!(ledger.status().written, replies.len() as u64);
    });
}

#[test]
fn what_a_provider_is_paid_for_by_the_token_has_its_cost() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = ledger(folder.path(), 1 << 30);
        let upstream = Upstream::start(Script::always(Dialect::Messages.text("hello"))).await;
        let settings = settings([provider("up", &upstream, Dialect::Messages)]);
        let rig = Rig::start_with(settings, services(&ledger)).await;
        let mut priced = body(Dialect::Messages, true);
        priced["model"] = json!("claude-sonnet-4-5");
        let priced = rig.send(&Request::post("/v1/messages", &priced)).await;
        let unknown = rig.ask(Dialect::Messages, true).await;
        assert!(ledger.flush(PATIENCE));
        let mut reader = ledger.reader().expect("reads");
        let kept = reader.find(id(&priced)).expect("finds").expect("is kept");
        // 3 dollars for a million tokens of input, 15 for output.
        let tokens = (kept.input_tokens.unwrap_or(0), kept.output_tokens.unwrap_or(0));
        assert_eq!(kept.cost_picodollars, Some(tokens.0 * 3_000_000 + tokens.1 * 15_000_000));
        assert!(kept.cost_picodollars > Some(0) && kept.price_version.is_some());
        let kept = reader.find(id(&unknown)).expect("finds").expect("is kept");
        assert_eq!((kept.cost_picodollars, kept.price_version), (None, None));
    });
}

#[test]
fn while_the_journal_takes_nothing_requests_are_served_or_refused_as_the_operator_says() {
    run(async {
        for refuse in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let ledger = ledger(folder.path(), 1);
            let upstream = Upstream::start(Script::always(Dialect::Chat.text("hello"))).await;
            let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
            settings.server.refuse_unrecorded = refuse;
            let rig = Rig::start_with(settings, services(&ledger)).await;
            // That it takes nothing shows with the first one.
            assert_eq!(rig.ask(Dialect::Chat, true).await.status(), 200);
            for stream in [false, true] {
                let status = rig.ask(Dialect::Messages, stream).await.status();
                assert_eq!(status, if refuse { 503 } else { 200 });
            }
            let metrics = rig.send(&Request::get("/metrics")).await.text();
            assert!(metrics.contains("ironbridge_ledger_unrecorded 3"), "{metrics}");
            assert_eq!(ledger.status().written, 0);
        }
    });
}
