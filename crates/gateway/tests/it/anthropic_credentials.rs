//! In which order Anthropic's credentials are looked for: the file of the Host, else the client's own (`pass_through`),
//! else the operator's key or login. What is broken is never passed over.

use crate::logins::Kept;
use crate::rig::{KEY, Reply, Rig, request, run, settings};
use expect_test::expect;
use ironbridge_gateway::Settings;
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{
    Answer, AnthropicEndpoint, Dialect, FakeAnthropicLogin, Received, Script, Upstream, messages,
};
use ironbridge_upstream::anthropic::AnthropicOauth;
use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret};
use serde_json::json;
use std::time::UNIX_EPOCH;

/// A Host with a file of its own, and one without.
const TEAM: &str = "team.example";
const OTHER: &str = "other.example";

/// The operator's, for everyone.
fn provider(base_url: &str, kept: &Kept) -> ProviderSettings {
    ProviderSettings {
        base_url: Some(base_url.parse().expect("a URL")),
        credential: Some(Secret::new(KEY)),
        credential_files: Some(kept.folder.path().join("domains")),
        ..ProviderSettings::new("anthropic", ProviderKind::Anthropic)
    }
}

fn served(provider: ProviderSettings, pass_through: bool) -> Settings {
    let mut settings = settings([provider]);
    settings.server.domains = vec![TEAM.to_owned(), OTHER.to_owned()];
    settings.server.pass_through = pass_through;
    settings
}

fn write(kept: &Kept, domain: &str, content: &str) {
    let file = format!("domains/{domain}.credentials.json");
    kept.folder.write(file, content).expect("the folder can be written");
}

const OF_TEAM: &str = r#"{"type":"api_key","api_key":"sk-ant-of-the-team"}"#;

fn ask(host: &str) -> Request {
    request(Dialect::Messages, false).header("host", host)
}

/// What went up as a credential.
fn sent(request: &Received) -> String {
    let header = |name| request.header(name).map(|value| format!("{name} {value}"));
    let both = [header("x-api-key"), header("authorization")];
    both.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// Whose credential goes up for each Host, when the client sends nothing, its own key, or its own token.
async fn owners(has_file: bool, pass_through: bool) -> String {
    let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
    let kept = Kept::new();
    if has_file {
        write(&kept, TEAM, OF_TEAM);
    }
    let provider = provider(&upstream.base_url(), &kept);
    let rig = kept.gateway(served(provider, pass_through)).await;
    let mut table = String::new();
    for host in [TEAM, OTHER, "localhost", "[::1]"] {
        let own = |name, value| ask(host).header(name, value);
        let asked = [ask(host), own("x-api-key", "mine"), own("authorization", "Bearer mine")];
        for asked in &asked {
            let reply = rig.send(asked).await;
            assert_eq!(reply.status(), 200, "{host}: {}", reply.text());
        }
        let received = upstream.requests();
        let owners = received[received.len() - asked.len()..].iter().map(|one| match &*sent(one) {
            "x-api-key sk-ant-of-the-team" => "file",
            "x-api-key sk-test-0123456789abcdef" => "operator",
            "x-api-key mine" => "client's key",
            "authorization Bearer mine" => "client's token",
            other => panic!("{other}"),
        });
        table += &format!("{host}: {}\n", owners.collect::<Vec<_>>().join(", "));
    }
    table
}

#[test]
fn each_step_counts_only_where_the_one_before_has_nothing() {
    run(async {
        expect![[r#"
            team.example: file, file, file
            other.example: operator, client's key, client's token
            localhost: operator, client's key, client's token
            [::1]: operator, client's key, client's token
        "#]]
        .assert_eq(&owners(true, true).await);
        expect![[r#"
            team.example: file, file, file
            other.example: operator, operator, operator
            localhost: operator, operator, operator
            [::1]: operator, operator, operator
        "#]]
        .assert_eq(&owners(true, false).await);
        expect![[r#"
            team.example: operator, client's key, client's token
            other.example: operator, client's key, client's token
            localhost: operator, client's key, client's token
            [::1]: operator, client's key, client's token
        "#]]
        .assert_eq(&owners(false, true).await);
        expect![[r#"
            team.example: operator, operator, operator
            other.example: operator, operator, operator
            localhost: operator, operator, operator
            [::1]: operator, operator, operator
        "#]]
        .assert_eq(&owners(false, false).await);
    });
}

#[test]
fn a_broken_file_is_not_passed_over() {
    run(async {
        for pass_through in [false, true] {
            let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
            let kept = Kept::new();
            write(&kept, TEAM, r#"{"type":"api_key"}"#);
            let provider = provider(&upstream.base_url(), &kept);
            let rig = kept.gateway(served(provider, pass_through)).await;
            let reply = rig.send(&ask(TEAM).header("x-api-key", "mine")).await;
            assert_eq!(reply.status(), 502, "{}", reply.text());
            let text = reply.text();
            assert!(
                text.contains(
                    "the credential file of this Host cannot be used: `team.example.credentials.json`: "
                ),
                "{text}"
            );
            let folder = kept.folder.path().display().to_string();
            assert!(!text.contains(&folder), "a client learns where files are: {text}");
            assert_eq!(upstream.requests().len(), 0, "nobody else pays");
            // Mended, it serves the next request.
            write(&kept, TEAM, OF_TEAM);
            assert_eq!(rig.send(&ask(TEAM)).await.status(), 200);
        }
    });
}

fn message(reply: &Reply) -> String {
    let message = reply.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
    format!("{} {message}", reply.status())
}

#[test]
fn with_nothing_at_all_the_client_is_told_what_to_set() {
    run(async {
        let nothing = || ProviderSettings::new("anthropic", ProviderKind::Anthropic);
        // With a vault that is empty, with none, and with a folder of files of other Hosts.
        let kept = Kept::new();
        write(&kept, TEAM, OF_TEAM);
        let files = ProviderSettings {
            credential_files: Some(kept.folder.path().join("domains")),
            ..nothing()
        };
        let rigs = [
            kept.gateway(served(nothing(), true)).await,
            Rig::start(served(nothing(), false)).await,
            Rig::start(served(files, true)).await,
        ];
        for rig in rigs {
            let reply = rig.send(&ask(OTHER)).await;
            assert_eq!(
                message(&reply),
                "502 provider `anthropic`: there is no key for `anthropic`: set its `credential`, or \
                 CLAUDE_API_KEY, or log in with `ironbridge auth anthropic`"
            );
        }
    });
}

/// A gateway with a login at Anthropic for the operator, and another for a Host.
struct Scene {
    login: FakeAnthropicLogin,
    kept: Kept,
    rig: Rig,
}

impl Scene {
    async fn new() -> Self {
        let (login, kept) = (FakeAnthropicLogin::start().await, Kept::new());
        let servers = kept.clock.clone();
        login.set_clock(move || ironbridge_upstream::Clock::now(&servers).wall);
        kept.folder.write("anthropic.json", issued(&login)).expect("written");
        write(&kept, TEAM, &issued(&login));
        let provider = ProviderSettings {
            credential: None,
            oauth: AnthropicOauth {
                client_id: Some("client".to_owned()),
                token_url: login.token_url().parse().expect("a URL"),
                ..AnthropicOauth::default()
            },
            ..provider(&login.api_url(), &kept)
        };
        let rig = kept.gateway(served(provider, false)).await;
        Scene { login, kept, rig }
    }

    fn sent(&self) -> Vec<Received> {
        self.login.requests_to(AnthropicEndpoint::Messages)
    }
}

/// The file of a login.
fn issued(login: &FakeAnthropicLogin) -> String {
    let tokens = login.issue();
    let expires_at = tokens.expires_at.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let oauth = json!({
        "accessToken": tokens.access, "refreshToken": tokens.refresh,
        "expiresAt": u64::try_from(expires_at).expect("in range"), "scopes": ["user:inference"],
    });
    json!({"type": "oauth", "oauth": oauth}).to_string()
}

#[test]
fn a_login_is_sent_with_its_beta_behind_the_clients_own() {
    run(async {
        let scene = Scene::new().await;
        let tokens = scene.login.access_tokens();
        for (host, token) in [(OTHER, &tokens[0]), (TEAM, &tokens[1])] {
            let asked =
                ask(host).header("anthropic-beta", "x-new-2027,  b").header("x-api-key", "mine");
            let reply = scene.rig.send(&asked).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            let sent = scene.sent();
            let sent = sent.last().expect("one");
            assert_eq!(self::sent(sent), format!("authorization Bearer {token}"));
            assert_eq!(sent.header("anthropic-beta"), Some("x-new-2027,  b,oauth-2025-04-20"));
        }
        let once = ask(OTHER).header("anthropic-beta", "oauth-2025-04-20, a");
        scene.rig.send(&once).await;
        let sent = scene.sent();
        assert_eq!(sent[2].header("anthropic-beta"), Some("oauth-2025-04-20, a"));
    });
}

#[test]
fn a_refused_token_is_refreshed_once_and_the_request_sent_once_more() {
    run(async {
        let scene = Scene::new().await;
        for host in [OTHER, TEAM] {
            scene.kept.clock.advance(120);
            scene.login.revoke_access_tokens();
            let (refreshes, before) =
                (scene.login.requests_to(AnthropicEndpoint::Token).len(), scene.sent().len());
            let request = ask(host);
            let replies =
                futures_util::future::join_all((0..16).map(|_| scene.rig.send(&request))).await;
            for reply in replies {
                assert_eq!(reply.status(), 200, "{}", reply.text());
                let tries = scene.rig.record(&reply).await["attempts"][0]["tries"].clone();
                assert!(tries == 1 || tries == 2, "{tries}");
            }
            let refreshed = scene.login.requests_to(AnthropicEndpoint::Token).len() - refreshes;
            assert_eq!(refreshed, 1, "one refresh for all");
            assert!(scene.sent().len() - before <= 2 * 16);
        }
        // A token that is new and refused too is not exchanged again.
        let refreshes = scene.login.requests_to(AnthropicEndpoint::Token).len();
        let refusal =
            json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}});
        scene.login.change(AnthropicEndpoint::Messages, move |_| Answer::json(401, &refusal));
        let reply = scene.rig.send(&ask(OTHER)).await;
        assert_eq!(
            (reply.status(), reply.json()["error"]["type"].as_str()),
            (502, Some("api_error"))
        );
        let after = scene.login.requests_to(AnthropicEndpoint::Token).len();
        assert!(after - refreshes <= 1, "{after}");
    });
}

#[test]
fn a_login_that_cannot_be_renewed_must_be_made_again() {
    run(async {
        let scene = Scene::new().await;
        assert_eq!(scene.rig.send(&ask(OTHER)).await.status(), 200);
        scene.kept.clock.advance(120);
        scene.login.revoke_access_tokens();
        scene.login.revoke_refresh_tokens();
        let mut table = String::new();
        for host in [OTHER, TEAM] {
            let reply = scene.rig.send(&ask(host)).await;
            let folder = scene.kept.folder.path().display().to_string();
            table += &format!("{}\n", message(&reply).replace(&folder, "FOLDER"));
        }
        expect![[r#"
            502 provider `anthropic`: the login at Anthropic is over: invalid_grant, Refresh token not found or invalid; log in again: `ironbridge auth anthropic`
            502 provider `anthropic`: the login at Anthropic is over: invalid_grant, Refresh token not found or invalid; put a new login into `team.example.credentials.json`
        "#]].assert_eq(&table);
        // The next login serves without a restart.
        scene.kept.folder.write("anthropic.json", issued(&scene.login)).expect("written");
        scene.kept.clock.advance(6);
        let reply = scene.rig.send(&ask(OTHER)).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
    });
}
