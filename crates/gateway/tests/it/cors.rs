//! Web pages of other sites: shut out, but for those that the operator names, and those only from the dialects.

use crate::rig::{Rig, provider, request, run, settings};
use ironbridge_gateway::{ClientKey, KeySet, NewKey, Services};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Script, Upstream, messages};
use std::sync::Arc;

const PAGE: &str = "https://app.example";

async fn rig(origins: &[&str]) -> (Upstream, Rig, NewKey) {
    let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
    let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
    settings.server.cors_origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let new = NewKey::generate().expect("random bytes");
    let keys: KeySet = [ClientKey::unlimited("page", &new)].into_iter().collect();
    let services = Services { keys: Arc::new(keys), ..Services::default() };
    (upstream, Rig::start_with(settings, services).await, new)
}

fn preflight(path: &str, origin: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-api-key, x-stainless-os")
}

#[test]
fn a_named_page_may_ask_and_read_the_answer() {
    run(async {
        let (_upstream, rig, key) = rig(&[PAGE]).await;
        let asked = rig.send(&preflight("/v1/messages", PAGE)).await;
        assert_eq!(asked.status(), 204);
        for (name, wanted) in [
            ("access-control-allow-origin", Some(PAGE)),
            ("access-control-allow-methods", Some("GET, HEAD, POST")),
            ("access-control-allow-headers", Some("x-api-key, x-stainless-os")),
            ("access-control-allow-credentials", None),
            ("vary", Some("origin")),
        ] {
            assert_eq!(asked.header(name), wanted, "{name}");
        }
        let post = request(Dialect::Messages, false).header("origin", PAGE);
        let refused = rig.send(&post).await;
        assert_eq!(refused.status(), 401, "a page needs a key as everyone");
        assert_eq!(refused.header("access-control-allow-origin"), Some(PAGE), "and may read why");
        let answered = rig.send(&post.header("x-api-key", key.text.reveal())).await;
        assert_eq!(answered.status(), 200);
        assert_eq!(answered.header("access-control-allow-origin"), Some(PAGE));
    });
}

#[test]
fn any_other_page_is_refused_as_before() {
    run(async {
        for origins in [&[][..], &[PAGE]] {
            let (_upstream, rig, key) = rig(origins).await;
            for origin in [
                "https://evil.example",
                "http://app.example",
                "https://app.example.evil.example",
                "https://app.example:8443",
                "https://APP.example",
                "https://app.example/",
                "null",
                "*",
                "",
            ] {
                let post = request(Dialect::Messages, false)
                    .header("origin", origin)
                    .header("x-api-key", key.text.reveal());
                for asked in [preflight("/v1/messages", origin), post] {
                    let reply = rig.send(&asked).await;
                    assert_eq!(reply.status(), 403, "{origin}");
                    assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
                }
            }
        }
    });
}

#[test]
fn a_named_page_gets_nothing_of_the_operators() {
    run(async {
        let (_upstream, rig, _) = rig(&[PAGE]).await;
        for path in ["/metrics", "/token-stats", "/api/exchanges", "/token", "/dashboard"] {
            let get = Request::get(path).header("origin", PAGE);
            for asked in [get, preflight(path, PAGE)] {
                let reply = rig.send(&asked).await;
                assert_eq!(reply.status(), 403, "{path}");
                assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
            }
        }
        assert_eq!(rig.send(&Request::get("/metrics")).await.status(), 200, "who is here may");
    });
}
