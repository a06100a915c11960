//! Budgets of client keys and models, as clients meet them.

use crate::ledger::{PATIENCE, ledger, services};
use crate::rig::{Reply, Rig, provider, run, settings};
use ironbridge_gateway::{
    BudgetsAway, ClientKey, KeySet, NewKey, ProjectSettings, RateLimitSettings, Services, Settings,
};
use ironbridge_ledger::{Balance, Claim, Ledger};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Gate, Script, Upstream, messages};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A gateway with one key that has budgets, before an upstream that is paid by the token.
struct Budgeted {
    rig: Rig,
    ledger: Option<Arc<Ledger>>,
    secret: String,
    id: String,
}

impl Budgeted {
    async fn start(
        upstream: &Upstream,
        folder: &Path,
        budgets: &[&str],
        change: impl FnOnce(&mut Settings, &mut Services),
    ) -> Self {
        let mut settings = settings([provider("up", upstream, Dialect::Messages)]);
        let new = NewKey::generate().expect("random bytes");
        let mut key = ClientKey::unlimited("laptop", &new);
        key.budgets = budgets.iter().map(|text| text.parse().expect("an amount")).collect();
        let (id, ledger) = (key.id.clone(), ledger(folder, 1 << 30));
        let mut services =
            Services { keys: Arc::new([key].into_iter().collect::<KeySet>()), ..services(&ledger) };
        change(&mut settings, &mut services);
        let ledger = services.ledger.clone();
        let rig = Rig::start_with(settings, services).await;
        Budgeted { rig, ledger, secret: new.text.reveal().to_owned(), id }
    }

    fn request(&self, model: &str, max_tokens: u64) -> Request {
        let body = json!({
            "model": model, "max_tokens": max_tokens, "messages": [{"role": "user", "content": "hi"}],
        });
        Request::post("/v1/messages", &body).header("x-api-key", &self.secret)
    }

    async fn ask(&self, max_tokens: u64) -> Reply {
        self.rig.send(&self.request("claude-sonnet-4-5", max_tokens)).await
    }

    /// How a budget of the key stands once everything that ended is booked.
    fn balance(&self, of: &str) -> Balance {
        let ledger = self.ledger.as_ref().expect("there is a ledger");
        assert!(ledger.flush(PATIENCE));
        let now_ms = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        let account = Claim::account_of_key(&self.id);
        let allowance = of.parse().expect("an amount");
        ledger.reader().expect("reads").balance(&account, &allowance, now_ms).expect("reads")
    }
}

fn message(reply: &Reply) -> String {
    reply.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_request_that_may_take_more_than_is_left_is_refused_and_what_was_not_used_is_given_back() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let folder = tempfile::tempdir().expect("a folder");
        // 15 dollars for a million tokens of output: 0.15 for ten thousand.
        let gateway = Budgeted::start(&upstream, folder.path(), &["0.2USD"], |_, _| {}).await;
        let refused = gateway.ask(20_000).await;
        assert_eq!(refused.status(), 402, "{}", refused.text());
        assert_eq!(refused.header("x-should-retry"), Some("false"));
        let told = message(&refused);
        assert!(told.starts_with("the budget of your key is used up: 0USD spent and 0USD reserved of 0.2USD, and this request may take 0.3"), "{told}");
        assert_eq!(gateway.rig.record(&refused).await["limited_by"], "budget");
        assert_eq!(upstream.requests().len(), 0);
        // Each reserves three quarters of it, and uses next to nothing.
        for _ in 0..3 {
            let reply = gateway.ask(10_000).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            let Balance { spent, reserved } = gateway.balance("0.2USD");
            assert!(spent > 0 && spent < 1_000_000_000 && reserved == 0, "{spent} {reserved}");
        }
        let spent = gateway.balance("0.2USD").spent;
        let mut costs = 0;
        for record in gateway.rig.send(&Request::get("/api/exchanges")).await.json()["data"]
            .as_array()
            .expect("a list")
        {
            costs += record["cost"]["picodollars"].as_u64().unwrap_or(0);
        }
        assert_eq!(spent, costs);
    });
}

#[test]
fn requests_under_way_count_with_all_they_may_take() {
    run(async {
        let gate = Gate::new();
        let slow = messages::text("hello").plain().headers_behind(&gate);
        let upstream = Upstream::start(Script::always(slow)).await;
        let folder = tempfile::tempdir().expect("a folder");
        let budgets = ["100000requests/month", "10000tokens/day"];
        let gateway = Budgeted::start(&upstream, folder.path(), &budgets, |_, _| {}).await;
        let open = async {
            // Three fit; the others are refused while those wait.
            while upstream.requests().len() < 3 {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        let ask = || gateway.ask(3000);
        let (a, b, c, d, e, f, ()) = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), open);
        let replies = [a, b, c, d, e, f];
        let served = replies.iter().filter(|reply| reply.status() == 200).count();
        assert!(served >= 3, "{served}");
        for reply in replies.iter().filter(|reply| reply.status() != 200) {
            assert_eq!(reply.status(), 429, "{}", reply.text());
            assert!(message(reply).contains("of 10000tokens/day"), "{}", message(reply));
            let wait: u64 =
                reply.header("retry-after").expect("says when").parse().expect("seconds");
            assert!(wait <= 86_400, "{wait}");
        }
        // A refusal took nothing of the other budget.
        let requests = gateway.balance("100000requests/month");
        assert_eq!(requests, Balance { spent: served as u64, reserved: 0 });
        assert_eq!(gateway.balance("10000tokens/day").reserved, 0);
    });
}

#[test]
fn what_reached_no_model_costs_nothing_and_what_has_no_price_is_refused() {
    run(async {
        let error = messages::error(400, "invalid_request_error", "no such thing");
        let upstream = Upstream::start(Script::always(error)).await;
        let folder = tempfile::tempdir().expect("a folder");
        let budgets = ["1USD/month", "5requests/day"];
        let gateway = Budgeted::start(&upstream, folder.path(), &budgets, |_, _| {}).await;
        assert_eq!(gateway.ask(100).await.status(), 400);
        let unpriced = gateway.rig.send(&gateway.request("nobody-knows-it", 100)).await;
        assert_eq!(unpriced.status(), 403, "{}", unpriced.text());
        assert!(message(&unpriced).contains("no price is known of `nobody-knows-it`"));
        for of in budgets {
            assert_eq!(gateway.balance(of), Balance::default(), "{of}");
        }
    });
}

#[test]
fn models_have_budgets_too_and_without_a_ledger_none_can_be_kept_to() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let folder = tempfile::tempdir().expect("a folder");
        let of_models = RateLimitSettings {
            pattern: "claude-*".to_owned(),
            requests_per_minute: None,
            tokens_per_minute: None,
            burst: Duration::from_secs(60),
            budgets: vec!["1requests".parse().expect("an amount")],
        };
        let gateway = Budgeted::start(&upstream, folder.path(), &[], |settings, _| {
            settings.rate_limits.push(of_models);
        })
        .await;
        assert_eq!(gateway.ask(100).await.status(), 200);
        let refused = gateway.ask(100).await;
        assert_eq!(refused.status(), 402);
        let told = message(&refused);
        assert!(told.starts_with("the budget of the models `claude-*` is used up"), "{told}");

        for away in [BudgetsAway::Refuse, BudgetsAway::Serve] {
            let folder = tempfile::tempdir().expect("a folder");
            let gateway =
                Budgeted::start(&upstream, folder.path(), &["1USD"], |settings, services| {
                    settings.server.budgets_away = away;
                    services.ledger = None;
                })
                .await;
            assert_eq!(gateway.ask(100).await.status(), 503);
        }
    });
}

#[test]
fn a_projects_budget_holds_for_all_who_name_it() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let folder = tempfile::tempdir().expect("a folder");
        let gateway = Budgeted::start(&upstream, folder.path(), &[], |settings, _| {
            settings.projects = vec![ProjectSettings {
                name: "house".to_owned(),
                domains: Vec::new(),
                budgets: vec!["2requests".parse().expect("an amount")],
            }];
        })
        .await;
        let ask = |project: &str| {
            gateway.request("claude-sonnet-4-5", 10).header("x-ironbridge-project", project)
        };
        for status in [200, 200, 402] {
            let reply = gateway.rig.send(&ask("house")).await;
            assert_eq!(reply.status(), status, "{}", reply.text());
            if status == 402 {
                assert!(
                    message(&reply).starts_with("the budget of the project `house` is used up")
                );
            }
        }
        assert_eq!(gateway.rig.send(&ask("garden")).await.status(), 200);
    });
}
