//! The account behind the gateway: its token grows old, its GitHub is down, its login is refused.

use super::{CLAUDE, asking, shown};
use crate::logins::{COPILOT, Copilot, log_in};
use crate::rig::run;
use expect_test::expect;
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, FakeGithub, Gate, GithubEndpoint, github};
use ironbridge_upstream::{Secret, Vault};
use serde_json::json;

fn ask() -> Request {
    asking(Dialect::Messages, CLAUDE, false)
}

#[test]
fn a_token_that_dies_amid_traffic_is_renewed_once_for_all() {
    run(async {
        let copilot = Copilot::start().await;
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        copilot.expire_tokens();
        // The exchange is held until every request has been refused, so that all of them need it at once.
        let gate = Gate::new();
        copilot.github.hold(GithubEndpoint::CopilotToken, &gate);
        let request = ask();
        let asked = futures_util::future::join_all((0..32).map(|_| copilot.rig.send(&request)));
        let opened = async {
            copilot.github.wait_for_requests_to(GithubEndpoint::Messages, 1 + 32).await;
            gate.open();
        };
        let (replies, ()) = tokio::join!(asked, opened);
        for reply in &replies {
            assert_eq!(reply.status(), 200, "{}", reply.text());
            let record = copilot.rig.record(reply).await;
            assert_eq!(record["attempts"][0]["tries"], 2, "sent once more: {record:#}");
        }
        assert_eq!(copilot.github.copilot_tokens().len(), 2, "one exchange for 32 requests");
        assert_eq!(copilot.github.requests_to(GithubEndpoint::CopilotToken).len(), 2);
        assert_eq!(copilot.github.requests_to(GithubEndpoint::Messages).len(), 1 + 2 * 32);
    });
}

#[test]
fn a_fresh_token_that_is_refused_too_ends_it() {
    run(async {
        let copilot = Copilot::start().await;
        copilot.github.change(GithubEndpoint::Messages, |_| github::token_expired());
        let reply = copilot.rig.send(&ask()).await;
        expect!["502 - provider `copilot` refused the gateway's credential (401) and no other target is left; your own key is not at fault: IDE token expired: unauthorized: token expired"].assert_eq(&shown(&reply));
        assert_eq!(copilot.github.copilot_tokens().len(), 1);
        copilot.kept.clock.advance(60);
        assert_eq!(copilot.rig.send(&ask()).await.status(), 502);
        assert_eq!(copilot.github.copilot_tokens().len(), 2);
        assert_eq!(copilot.github.requests_to(GithubEndpoint::Messages).len(), 1 + 2);
    });
}

#[test]
fn while_a_token_is_good_github_may_be_down() {
    run(async {
        let copilot = Copilot::start().await;
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        copilot.github.change(GithubEndpoint::CopilotToken, |_| github::html(503));
        // Due, and for many requests; then over.
        copilot.kept.clock.advance(1600);
        for _ in 0..3 {
            assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        }
        copilot.kept.clock.advance(600);
        let reply = copilot.rig.send(&ask()).await;
        expect!["502 - provider `copilot`: the credential could not be fetched: GitHub is in trouble (503); see https://www.githubstatus.com; it is tried again"].assert_eq(&shown(&reply));
        copilot.github.natural(GithubEndpoint::CopilotToken);
        copilot.kept.clock.advance(60);
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200, "and goes on by itself");
    });
}

#[test]
fn without_a_login_the_client_is_told_how_to_make_one_and_it_serves_at_once() {
    run(async {
        let copilot = Copilot::with(FakeGithub::start().await, |_, kept| {
            kept.vault.remove(&COPILOT).expect("it is there");
        })
        .await;
        let reply = copilot.rig.send(&ask()).await;
        expect![
            "502 - provider `copilot`: nobody has logged in at GitHub: `ironbridge auth copilot`"
        ]
        .assert_eq(&shown(&reply));
        assert_eq!(copilot.github.upstream().requests().len(), 0);
        log_in(&copilot.kept, FakeGithub::GITHUB_TOKEN);
        copilot.kept.clock.advance(6);
        // Under the client's name for the model: the list that was missing is there, too.
        let asked = asking(Dialect::Messages, "claude-sonnet-4-5-20250929", false);
        let reply = copilot.rig.send(&asked).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
    });
}

#[test]
fn a_refused_login_says_so_until_there_is_another() {
    run(async {
        let copilot = Copilot::start().await;
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        copilot.github.revoke_github_tokens();
        copilot.expire_tokens();
        for _ in 0..3 {
            let reply = copilot.rig.send(&ask()).await;
            assert_eq!(reply.status(), 502);
            assert_eq!(
                shown(&reply),
                "502 - provider `copilot`: GitHub does not accept the login any more (401): Bad credentials; log in \
                 again: `ironbridge auth copilot`"
            );
        }
        let asked = copilot.github.requests_to(GithubEndpoint::CopilotToken).len();
        assert_eq!(asked, 2, "GitHub is not asked by every request");
        copilot.github.accept_github_token("gho_new");
        log_in(&copilot.kept, "gho_new");
        copilot.kept.clock.advance(6);
        let reply = copilot.rig.send(&ask()).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
    });
}

#[test]
fn a_login_without_copilot_gives_way_to_one_with_it() {
    run(async {
        let copilot = Copilot::start().await;
        copilot.github.change(GithubEndpoint::CopilotToken, |_| github::no_copilot());
        let reply = copilot.rig.send(&ask()).await;
        expect!["502 - provider `copilot`: the credential could not be fetched: this GitHub account has no Copilot (403): No access to GitHub Copilot found. You are currently logged in as octocat.; see https://github.com/settings/copilot, or log in as the user who has Copilot: `ironbridge auth copilot`"].assert_eq(&shown(&reply));
        copilot.github.natural(GithubEndpoint::CopilotToken);
        copilot.github.accept_github_token("gho_new");
        log_in(&copilot.kept, "gho_new");
        copilot.kept.clock.advance(6);
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
    });
}

#[test]
fn requests_go_where_the_token_says() {
    run(async {
        for account in ["individual", "business", "enterprise"] {
            let github = FakeGithub::start().await;
            github.set_token_endpoint(Some(&github.account_url(account)));
            let copilot = Copilot::with(github, |_, _| ()).await;
            assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
            let sent = &copilot.github.requests_to(GithubEndpoint::Messages)[0];
            assert_eq!(sent.path, format!("/{account}/v1/messages"));
        }
        // An enterprise server has its API elsewhere.
        let copilot = Copilot::with(FakeGithub::start_enterprise().await, |_, _| ()).await;
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        let exchange = &copilot.github.requests_to(GithubEndpoint::CopilotToken)[0];
        assert_eq!(exchange.path, "/api/v3/copilot_internal/v2/token");
        // The operator's own word goes before the token's.
        let github = FakeGithub::start().await;
        let base_url = github.account_url("individual").parse().expect("a URL");
        let copilot = Copilot::with(github, |provider, _| provider.base_url = Some(base_url)).await;
        assert_eq!(copilot.rig.send(&ask()).await.status(), 200);
        let sent = &copilot.github.requests_to(GithubEndpoint::Messages)[0];
        assert_eq!(sent.path, "/individual/v1/messages");
    });
}

#[test]
fn quota_is_shown_and_the_token_to_the_admin_alone() {
    run(async {
        let copilot = Copilot::start().await;
        let usage = copilot.rig.send(&Request::get("/usage")).await.json();
        assert_eq!(usage["quota_snapshots"]["premium_interactions"]["remaining"], 123);
        let refused = copilot.rig.send(&Request::get("/token")).await;
        assert_eq!(refused.status(), 403, "not even from this machine");
        assert_eq!(copilot.github.copilot_tokens().len(), 0);

        let mut settings = crate::rig::settings([crate::logins::copilot(&copilot.github)]);
        settings.server.admin_token = Some(Secret::new("admin-0123456789"));
        let rig = copilot.kept.gateway(settings).await;
        assert_eq!(rig.send(&Request::get("/token")).await.status(), 401);
        let wrong = Request::get("/token").header("authorization", "Bearer admin-012345678x");
        assert_eq!(rig.send(&wrong).await.status(), 401);
        let right = Request::get("/token").header("authorization", "Bearer admin-0123456789");
        let token = copilot.github.copilot_tokens();
        assert_eq!(token.len(), 0);
        let shown = rig.send(&right).await.json();
        let issued = copilot.github.copilot_tokens();
        assert_eq!(shown, json!({"provider": "copilot", "token": issued[0]}));
    });
}
