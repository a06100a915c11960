//! Sessions that the operator holds, and what a watcher is told.

use crate::rig::{Rig, provider, request, run, settings};
use ironbridge_gateway::{Hold, Observer, Phase, Services};
use ironbridge_ledger::Exchange;
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Gate, Script, Upstream};
use std::sync::{Arc, Mutex};

const DIALECTS: [(Dialect, &str); 3] = [
    (Dialect::Chat, "data: {\"error\""),
    (Dialect::Messages, "event: error"),
    (Dialect::Responses, "response.failed"),
];

fn of_session(dialect: Dialect, stream: bool) -> Request {
    request(dialect, stream).header("x-session-id", "s-1")
}

#[test]
fn a_stopped_session_is_broken_off_and_refused_until_it_is_resumed() {
    run(async {
        for (dialect, mark) in DIALECTS {
            let gate = Gate::new();
            let upstream = Upstream::start(Script::always(
                dialect.text("hello").stream().silent_after(200, &gate),
            ))
            .await;
            let rig = Rig::before(&upstream, dialect).await;
            let mut response = rig.open(&of_session(dialect, true)).await;
            gate.reached().await;
            assert_eq!(rig.handle.hold_session("s-2", Some(Hold::Stop)), Ok(true));
            assert_eq!(rig.handle.hold_session("s-1", Some(Hold::Stop)), Ok(true));
            let body = response.collect().await;
            assert!(body.text().contains(mark), "{dialect:?}: {}", body.text());
            assert!(body.text().contains("stopped by the operator"), "{}", body.text());
            let id = response.header("x-request-id").expect("an id").to_owned();
            assert_eq!(rig.record_of(&id).await["cause"], "stopped");
            upstream.wait_until(|log| log.connections.open == 0).await;
            let refused = rig.send(&of_session(dialect, false)).await;
            assert_eq!(refused.status(), 403, "{}", refused.text());
            assert_eq!(upstream.requests().len(), 1, "it was not sent on");
            assert_eq!(rig.handle.hold_session("s-1", None), Ok(true));
            assert_eq!(rig.handle.hold_session("s-1", None), Ok(false));
            gate.open();
            assert_eq!(rig.send(&of_session(dialect, true)).await.status(), 200);
        }
    });
}

#[test]
fn what_waits_for_its_provider_is_broken_off_too() {
    run(async {
        let gate = Gate::new();
        let upstream =
            Upstream::start(Script::always(Dialect::Chat.text("hi").silent_after(0, &gate))).await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        let asked = of_session(Dialect::Chat, false);
        let stop = async {
            upstream.wait_for_requests(1).await;
            rig.handle.hold_session("s-1", Some(Hold::Stop)).expect("there is room");
        };
        let (reply, ()) = tokio::join!(rig.send(&asked), stop);
        assert_eq!(reply.status(), 403);
        assert_eq!(rig.record(&reply).await["cause"], "stopped");
    });
}

#[test]
fn a_paused_session_waits_and_others_do_not() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        rig.handle.hold_session("s-1", Some(Hold::Pause)).expect("there is room");
        let asked = of_session(Dialect::Chat, false);
        let others = async {
            let reply = rig.ask(Dialect::Chat, false).await;
            assert_eq!((reply.status(), upstream.requests().len()), (200, 1));
            rig.handle.hold_session("s-1", None).expect("it is held");
        };
        let (reply, ()) = tokio::join!(rig.send(&asked), others);
        assert_eq!((reply.status(), upstream.requests().len()), (200, 2));
    });
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<(Phase, Exchange)>>);

impl Observer for Seen {
    fn observe(&self, phase: Phase, exchange: &Exchange) {
        self.0.lock().expect("no panic").push((phase, exchange.clone()));
    }
}

#[test]
fn a_watcher_is_told_of_each_exchange_from_its_begin_to_its_end() {
    run(async {
        let seen = Arc::new(Seen::default());
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hello"))).await;
        let services = Services { observer: Some(seen.clone()), ..Services::default() };
        let settings = settings([provider("up", &upstream, Dialect::Chat)]);
        let rig = Rig::start_with(settings, services).await;
        let streamed = rig.send(&of_session(Dialect::Messages, true)).await;
        let refused = rig.send(&request(Dialect::Chat, false).body("{}")).await;
        let seen = seen.0.lock().expect("no panic");
        let of = |reply: &crate::rig::Reply| {
            let id = reply.header("x-request-id").expect("an id");
            seen.iter().filter(|(_, one)| one.id == id).cloned().collect::<Vec<_>>()
        };
        let phases =
            |told: &[(Phase, Exchange)]| told.iter().map(|told| told.0).collect::<Vec<_>>();
        let told = of(&streamed);
        assert_eq!(phases(&told), [Phase::Waiting, Phase::Streaming, Phase::Ended]);
        assert!(told.iter().all(|(_, one)| one.session.as_deref() == Some("s-1")));
        assert_eq!(told[2].1.status, 200);
        // What is no request has no model to wait for.
        assert_eq!(phases(&of(&refused)), [Phase::Ended]);
    });
}
