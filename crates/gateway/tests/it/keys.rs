//! Client keys: which are let in, for what, and what is written down of them.

use crate::rig::{DIALECTS, KEY, Reply, Rig, body, provider, request, run, settings};
use ironbridge_gateway::{
    ClientKey, ClientKeys, KeySet, ModelGlobs, NewKey, ProjectSettings, Services,
};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Script, Upstream, messages};
use serde_json::json;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// Keys that a test may change while the gateway runs.
#[derive(Clone, Debug, Default)]
struct Keys(Arc<RwLock<KeySet>>);

impl Keys {
    fn set(&self, keys: impl IntoIterator<Item = ClientKey>) {
        *self.0.write().expect("no test panicked in here") = keys.into_iter().collect();
    }
}

impl ClientKeys for Keys {
    fn any(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).any()
    }

    fn find(&self, id: &str) -> Option<Arc<ClientKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).find(id)
    }
}

/// A gateway before a messages upstream, with keys.
struct Keyed {
    upstream: Upstream,
    rig: Rig,
    keys: Keys,
    new: NewKey,
}

impl Keyed {
    async fn start() -> Self {
        Keyed::start_with(|_| {}).await
    }

    /// With one key `laptop`, changed by `change`.
    async fn start_with(change: impl FnOnce(&mut ClientKey)) -> Self {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.pass_through = true;
        settings.server.domains = vec!["team.example".to_owned(), "other.example".to_owned()];
        let keys = Keys::default();
        let rig = Rig::start_with(
            settings,
            Services { keys: Arc::new(keys.clone()), ..Services::default() },
        )
        .await;
        let new = NewKey::generate().expect("random bytes");
        let mut key = ClientKey::unlimited("laptop", &new);
        change(&mut key);
        keys.set([key]);
        Keyed { upstream, rig, keys, new }
    }

    fn bearer(&self, request: Request) -> Request {
        request.header("authorization", format!("Bearer {}", self.new.text.reveal()))
    }

    async fn ask(&self) -> Reply {
        self.rig.send(&self.bearer(request(Dialect::Messages, false))).await
    }
}

#[test]
fn a_key_is_taken_from_either_header_and_never_goes_up() {
    run(async {
        let keyed = Keyed::start().await;
        let text = keyed.new.text.reveal();
        let asked = || request(Dialect::Messages, false);
        let bearer = format!("bearer {text}");
        for (headers, goes_up) in [
            (vec![("authorization", bearer.as_str())], None),
            (vec![("x-api-key", text)], None),
            (vec![("x-api-key", text), ("authorization", "Bearer sk-ant-oat01-own")], Some("own")),
            (vec![("x-api-key", "sk-ant-own"), ("authorization", bearer.as_str())], Some("own")),
            (vec![("x-api-key", "ib_mistyped"), ("authorization", bearer.as_str())], None),
        ] {
            let asked =
                headers.iter().fold(asked(), |asked, (name, value)| asked.header(*name, *value));
            assert_eq!(keyed.rig.send(&asked).await.status(), 200, "{headers:?}");
            let received = keyed.upstream.requests().pop().expect("it went up");
            let head = format!("{:?}", received.headers);
            assert!(!head.contains("ib_"), "{head}");
            match goes_up {
                Some(own) => assert!(head.contains(own) && !head.contains(KEY), "{head}"),
                None => assert!(head.contains(KEY), "{head}"),
            }
        }
    });
}

#[test]
fn what_is_no_key_is_refused_in_the_dialects_own_form() {
    run(async {
        let keyed = Keyed::start().await;
        let stranger = NewKey::generate().expect("random bytes");
        let wrong_secret = format!(
            "ib_{}_{}",
            keyed.new.id,
            stranger.text.reveal().rsplit('_').next().expect("a secret")
        );
        for dialect in DIALECTS {
            for sent in
                [None, Some("ib_"), Some("sk-x"), Some(&wrong_secret), Some(stranger.text.reveal())]
            {
                let mut asked = request(dialect, true);
                if let Some(sent) = sent {
                    asked = asked.header("authorization", format!("Bearer {sent}"));
                }
                let reply = keyed.rig.send(&asked).await;
                assert_eq!(reply.status(), 401, "{sent:?}");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
                let error = reply.json();
                let wanted = match dialect {
                    Dialect::Messages => "authentication_error",
                    Dialect::Chat | Dialect::Responses => "authentication_error",
                };
                assert_eq!(error["error"]["type"], wanted, "{error}");
                assert_eq!(error["type"] == "error", dialect == Dialect::Messages, "{error}");
                assert!(!reply.text().contains(&stranger.id), "{error}");
            }
        }
        assert_eq!(keyed.upstream.requests().len(), 0);
        let basic = request(Dialect::Chat, false)
            .header("authorization", format!("Basic {}", keyed.new.text.reveal()));
        assert_eq!(keyed.rig.send(&basic).await.status(), 401);
    });
}

#[test]
fn a_key_that_has_ended_is_refused_and_leaves_the_door_shut() {
    run(async {
        let keyed = Keyed::start().await;
        assert_eq!(keyed.ask().await.status(), 200);
        let key = ClientKey::unlimited("laptop", &keyed.new);
        let ago = SystemTime::now() - Duration::from_secs(1);
        for (ended, word) in [
            (ClientKey { expires: Some(ago), ..key.clone() }, "is expired"),
            (ClientKey { revoked: Some(ago), ..key.clone() }, "is revoked"),
        ] {
            keyed.keys.set([ended]);
            let reply = keyed.ask().await;
            assert_eq!(reply.status(), 401);
            assert!(reply.text().contains(word), "{}", reply.text());
            let none = keyed.rig.ask(Dialect::Messages, false).await;
            assert_eq!(none.status(), 401, "the last key's end opens nothing");
        }
        let later = SystemTime::now() + Duration::from_secs(3600);
        keyed.keys.set([ClientKey { expires: Some(later), ..key }]);
        assert_eq!(keyed.ask().await.status(), 200);
    });
}

#[test]
fn a_key_reaches_its_models_alone() {
    run(async {
        let globs = ModelGlobs::new(vec!["claude-*".to_owned()]).expect("globs");
        let keyed = Keyed::start_with(|key| key.models = globs).await;
        for (path, dialect) in [
            ("/v1/messages", Dialect::Messages),
            ("/v1/messages/count_tokens", Dialect::Messages),
            ("/v1/chat/completions", Dialect::Chat),
            ("/responses", Dialect::Responses),
        ] {
            let mut asked = body(dialect, false);
            asked["model"] = json!("gpt-5");
            let reply = keyed.rig.send(&keyed.bearer(Request::post(path, &asked))).await;
            assert_eq!(reply.status(), 403, "{path}");
            assert!(
                reply.text().contains("`laptop` may not use the model `gpt-5`"),
                "{}",
                reply.text()
            );
        }
        assert_eq!(keyed.upstream.requests().len(), 0);
        let mut asked = body(Dialect::Messages, false);
        asked["model"] = json!("claude-x");
        let reply = keyed.rig.send(&keyed.bearer(Request::post("/v1/messages", &asked))).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let one = |model: &str| keyed.bearer(Request::get(format!("/v1/models/{model}")));
        assert_eq!(keyed.rig.send(&one("gpt-5")).await.status(), 403);
        assert_eq!(keyed.rig.send(&one("claude-unlisted")).await.status(), 404);
    });
}

#[test]
fn the_list_of_models_is_the_keys_own() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        let alias = |pattern: &str| ironbridge_gateway::RouteSettings {
            pattern: pattern.to_owned(),
            ..crate::rig::route_all(&["up"])
        };
        settings.routes = vec![alias("fast"), alias("slow")];
        let new = NewKey::generate().expect("random bytes");
        let mut key = ClientKey::unlimited("laptop", &new);
        key.models = ModelGlobs::new(vec!["fa*".to_owned()]).expect("globs");
        let keys: KeySet = [key].into_iter().collect();
        let rig =
            Rig::start_with(settings, Services { keys: Arc::new(keys), ..Services::default() })
                .await;
        let asked = Request::get("/v1/models").header("x-api-key", new.text.reveal());
        let list = rig.send(&asked).await.json();
        let ids: Vec<&str> = list["data"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|m| m["id"].as_str())
            .collect();
        assert_eq!(ids, ["fast"]);
        assert_eq!((&list["first_id"], &list["last_id"]), (&json!("fast"), &json!("fast")));
    });
}

#[test]
fn a_key_of_a_domain_works_for_that_host_alone() {
    run(async {
        let keyed = Keyed::start_with(|key| key.domain = Some("team.example".to_owned())).await;
        let asked =
            |host: &str| keyed.bearer(request(Dialect::Messages, false)).header("host", host);
        for (host, wanted) in [
            ("team.example", 200),
            ("TEAM.example:4141", 200),
            ("other.example", 403),
            ("localhost", 403),
            ("team.example.other.example", 403),
        ] {
            assert_eq!(keyed.rig.send(&asked(host)).await.status(), wanted, "{host}");
        }
    });
}

#[test]
fn what_a_key_was_used_for_is_written_down_under_its_name() {
    run(async {
        let keyed = Keyed::start().await;
        let reply = keyed.ask().await;
        let record = keyed.rig.record(&reply).await;
        assert_eq!(record["key"], json!({"id": keyed.new.id, "name": "laptop"}));
        let statistics = keyed.rig.send(&Request::get("/token-stats")).await.json();
        assert_eq!(statistics["keys"]["laptop"]["requests"], 1, "{statistics:#}");
        let metrics = keyed.rig.send(&Request::get("/metrics")).await.text();
        let line = "ironbridge_key_requests_total{key=\"laptop\",error_type=\"\"} 1";
        assert!(metrics.contains(line), "{metrics}");
        let everything = format!("{record}{statistics}{metrics}");
        assert!(!everything.contains("ib_"), "{everything}");
    });
}

#[test]
fn a_key_over_its_rate_is_refused_and_another_is_not() {
    run(async {
        let keyed = Keyed::start().await;
        let other = NewKey::generate().expect("random bytes");
        let mut limited = ClientKey::unlimited("laptop", &keyed.new);
        limited.limits.requests_per_minute = Some(2);
        keyed.keys.set([limited, ClientKey::unlimited("other", &other)]);
        let with = |key: &NewKey| {
            request(Dialect::Chat, false)
                .header("authorization", format!("Bearer {}", key.text.reveal()))
        };
        for _ in 0..2 {
            assert_eq!(keyed.rig.send(&with(&keyed.new)).await.status(), 200);
        }
        let refused = keyed.rig.send(&with(&keyed.new)).await;
        assert_eq!(refused.status(), 429, "{}", refused.text());
        assert_eq!(refused.json()["error"]["code"], "key_rate_limit");
        assert_eq!(refused.header("x-ratelimit-remaining-requests"), Some("0"));
        assert_eq!(keyed.rig.record(&refused).await["limited_by"], "key");
        assert_eq!(keyed.rig.send(&with(&other)).await.status(), 200);
        assert_eq!(keyed.upstream.requests().len(), 3);
    });
}

#[test]
fn a_key_reaches_its_paths_and_its_project_alone() {
    run(async {
        let keyed = Keyed::start_with(|key| {
            key.paths = vec!["/messages".to_owned()];
            key.project = Some("house".to_owned());
        })
        .await;
        let reply = keyed.ask().await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        assert_eq!(keyed.rig.record(&reply).await["project"], "house");
        let counted = Request::post("/v1/messages/count_tokens", &body(Dialect::Messages, false));
        assert_ne!(keyed.rig.send(&keyed.bearer(counted)).await.status(), 403);
        for (request, why) in [
            (Request::get("/v1/models"), "may not ask for this path"),
            (request(Dialect::Chat, false), "may not ask for this path"),
            (
                request(Dialect::Messages, false).header("x-ironbridge-project", "garden"),
                "is for the project `house` alone",
            ),
        ] {
            let reply = keyed.rig.send(&keyed.bearer(request)).await;
            assert_eq!(reply.status(), 403, "{}", reply.text());
            assert!(reply.text().contains(why), "{}", reply.text());
        }
        let same = request(Dialect::Messages, false).header("x-ironbridge-project", "house");
        assert_eq!(keyed.rig.send(&keyed.bearer(same)).await.status(), 200);
    });
}

#[test]
fn a_request_names_its_project_or_has_the_one_of_its_host() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.domains = vec!["team.example".to_owned()];
        settings.projects = vec![ProjectSettings {
            name: "team".to_owned(),
            domains: vec!["team.example".to_owned()],
            budgets: Vec::new(),
        }];
        let rig = Rig::start_with(settings, Services::default()).await;
        let ask = || request(Dialect::Messages, false);
        for (request, project) in [
            (ask(), json!(null)),
            (ask().header("x-ironbridge-project", "garden"), json!("garden")),
            (ask().header("host", "team.example"), json!("team")),
            (
                ask().header("host", "team.example").header("x-ironbridge-project", "garden"),
                json!("garden"),
            ),
        ] {
            let reply = rig.send(&request).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            assert_eq!(rig.record(&reply).await["project"], project);
            let sent = upstream.requests();
            let last = sent.last().expect("it was asked");
            assert!(last.headers.get("x-ironbridge-project").is_none(), "it stays here");
        }
        for name in ["", "a b", "a/b", &"a".repeat(65)] {
            let reply = rig.send(&ask().header("x-ironbridge-project", name)).await;
            assert_eq!(reply.status(), 400, "{name}: {}", reply.text());
        }
    });
}

#[test]
fn the_text_before_works_until_its_time_is_over() {
    run(async {
        let hour = Duration::from_secs(3600);
        for (until, status) in [(SystemTime::now() + hour, 200), (SystemTime::now() - hour, 401)] {
            let keyed = Keyed::start().await;
            let key = ClientKey::unlimited("laptop", &keyed.new);
            let next = NewKey::generate_for(key.id.clone()).expect("random bytes");
            let mut rotated = key;
            rotated.rotate(next.hash, until);
            keyed.keys.set([rotated]);
            assert_eq!(keyed.ask().await.status(), status);
            let bearer = format!("Bearer {}", next.text.reveal());
            let asked = request(Dialect::Messages, false).header("authorization", bearer);
            assert_eq!(keyed.rig.send(&asked).await.status(), 200);
        }
    });
}
