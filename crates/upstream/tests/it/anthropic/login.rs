//! A login from the page to the file.

use super::{Scene, client};
use expect_test::{Expect, expect};
use ironbridge_testkit::{Answer, AnthropicEndpoint, anthropic_login};
use ironbridge_upstream::Clock;
use ironbridge_upstream::anthropic::{AnthropicLogin, AnthropicOauth, LoginError};
use ironbridge_upstream::identity::{ANTHROPIC_CLIENT_ID, IdentityError, row};

#[tokio::test]
async fn a_user_who_agrees_is_logged_in() {
    let scene = Scene::new().await;
    let login = AnthropicLogin::begin(&scene.oauth()).unwrap();
    let pasted = scene.server.authorize(login.url()).unwrap();
    let now = scene.clock.now().wall;
    let tokens = login.finish(&client(), &format!("  {pasted}\n"), now).await.unwrap();
    assert_eq!(tokens.is_max, Some(true), "the scope of a subscription was granted");

    let account = scene.account();
    assert_eq!(account.status().await, Ok(None));
    account.replace(tokens).await.unwrap();
    let token = account.access_token().await.unwrap();
    assert!(scene.accepts(&token).await);
    let status = account.status().await.unwrap().unwrap();
    assert_eq!(status.scopes, ["org:create_api_key", "user:profile", "user:inference"]);
    assert!(status.renewable);

    // The next process finds it.
    assert_eq!(scene.account().access_token().await.unwrap(), token);
    expect![[r#"
        {
          "type": "oauth",
          "oauth": {
            "accessToken": "sk-ant-oat01-testkit-1",
            "refreshToken": "sk-ant-ort01-testkit-1",
            "expiresAt": 1767254400000,
            "scopes": [
              "org:create_api_key",
              "user:profile",
              "user:inference"
            ],
            "isMax": true
          }
        }
    "#]]
    .assert_eq(&format!("{:#}\n", scene.kept()));
}

#[tokio::test]
async fn no_secret_of_the_login_stands_in_its_address() {
    let scene = Scene::new().await;
    let login = AnthropicLogin::begin(&scene.oauth()).unwrap();
    let pasted = scene.server.authorize(login.url()).unwrap();
    login.finish(&client(), &pasted, scene.clock.now().wall).await.unwrap();
    let request = scene.server.requests_to(AnthropicEndpoint::Token)[0].json();
    let verifier = request["code_verifier"].as_str().unwrap();
    assert!(!login.url().contains(verifier));
    assert!(!format!("{login:?}").contains(verifier));
    let other = AnthropicLogin::begin(&scene.oauth()).unwrap();
    assert_ne!(login.url(), other.url());
}

#[tokio::test]
async fn a_code_that_is_not_of_this_login_leaves_it_as_it_was() {
    let scene = Scene::new().await;
    let now = scene.clock.now().wall;
    let login = AnthropicLogin::begin(&scene.oauth()).unwrap();
    for pasted in ["", "code", "#", "code#", "#state", "a b#c", "code#st\u{e4}te"] {
        let error = login.finish(&client(), pasted, now).await.unwrap_err();
        assert_eq!(error, LoginError::NotACode, "{pasted}");
    }
    let other = AnthropicLogin::begin(&scene.oauth()).unwrap();
    let others = scene.server.authorize(other.url()).unwrap();
    assert_eq!(login.finish(&client(), &others, now).await, Err(LoginError::OtherLogin));
    assert_eq!(scene.exchanges(), 0, "nothing of that was sent");

    let pasted = scene.server.authorize(login.url()).unwrap();
    login.finish(&client(), &pasted, now).await.unwrap();
}

#[tokio::test]
async fn what_the_server_says_of_a_code_is_told() {
    async fn check(answer: Option<Answer>, expected: Expect) {
        let scene = Scene::new().await;
        let login = AnthropicLogin::begin(&scene.oauth()).unwrap();
        let pasted = scene.server.authorize(login.url()).unwrap();
        if let Some(answer) = answer {
            scene.server.play(AnthropicEndpoint::Token, answer);
        } else {
            scene.clock.advance(3600);
        }
        let error = login.finish(&client(), &pasted, scene.clock.now().wall).await.unwrap_err();
        expected.assert_eq(&error.to_string());
    }
    // A code that is too old.
    check(None, expect!["the code was not exchanged: Anthropic does not accept it: invalid_grant, Invalid 'code' in request."]).await;
    check(Some(anthropic_login::oauth_error(400, "invalid_client", "Unknown client")), expect!["the code was not exchanged: Anthropic does not accept it: invalid_client, Unknown client"])
        .await;
    check(
        Some(Answer::bytes(503, "text/html", "<html>")),
        expect![
            "the code was not exchanged: Anthropic's login server answered 503: it does not say why"
        ],
    )
    .await;
}

#[test]
fn no_client_id_ships() {
    let error = AnthropicLogin::begin(&AnthropicOauth::default()).unwrap_err();
    let row = row(ANTHROPIC_CLIENT_ID).unwrap();
    assert_eq!(error, LoginError::Identity(IdentityError::NotSet { row }));
}
