//! The device flow: every answer, and a network that fails within it.

use super::{TestClock, github, settings};
use expect_test::{Expect, expect};
use ironbridge_testkit::github::{DeviceFlowError, User, empty, granted, html};
use ironbridge_testkit::{Answer, FakeGithub, GithubEndpoint, Script};
use ironbridge_upstream::copilot::{DeviceApp, DeviceError, LoginProgress};
use ironbridge_upstream::{Clock, Secret};

const POLL: GithubEndpoint = GithubEndpoint::AccessToken;

/// A login with what was shown, line by line, and the seconds between the questions.
struct Seen {
    end: Result<Secret, DeviceError>,
    progress: String,
    slept: Vec<u64>,
}

async fn log_in(fake: &FakeGithub, client_id: &str) -> Seen {
    let clock = TestClock::default();
    let servers = clock.clone();
    fake.set_clock(move || servers.now().wall);
    let app = DeviceApp { client_id: client_id.to_owned(), scope: "read:user".to_owned() };
    let mut progress = String::new();
    let github = github(&settings(fake));
    let end = github.log_in(&app, &clock, |seen| {
        progress.push_str(&match seen {
            LoginProgress::Code(code) => {
                assert!(!code.user_code.is_empty() && !code.verification_uri.is_empty());
                format!("enter the code within {:?}\n", code.expires_in)
            }
            LoginProgress::Retrying { after, .. } => format!("retrying after {after:?}\n"),
            other => format!("{other:?}\n"),
        });
    });
    Seen { end: end.await, progress, slept: clock.slept() }
}

#[tokio::test]
async fn the_user_enters_the_code() {
    let fake = FakeGithub::start().await;
    fake.time_polls();
    let seen = log_in(&fake, FakeGithub::CLIENT_ID).await;
    let token = seen.end.unwrap();
    assert_eq!(fake.github_tokens().last().map(String::as_str), Some(token.reveal()));
    assert_eq!(seen.slept, [5]);
    let request = &fake.requests_to(GithubEndpoint::DeviceCode)[0];
    assert_eq!(request.json()["scope"], "read:user");
    assert!(request.header("user-agent").unwrap().starts_with("ironbridge/"));
    assert_eq!(fake.requests_to(POLL).len(), 1);
}

/// How a login ends that is answered so, one after the other; without an answer, the user never comes.
async fn check(answers: Vec<Answer>, expected: Expect) {
    let fake = FakeGithub::start().await;
    fake.set_user(User::Waits);
    fake.play(POLL, Script::sequence(answers));
    let seen = log_in(&fake, FakeGithub::CLIENT_ID).await;
    let end = match seen.end {
        Ok(token) => format!("logged in: {token}"),
        Err(error) => format!("{error}\nhint: {}", error.hint()),
    };
    expected.assert_eq(&format!("{}{end}\nslept {:?}", seen.progress, seen.slept));
    assert_eq!(fake.requests_to(POLL).len(), seen.slept.len(), "nothing is asked after the end");
}

#[tokio::test]
async fn it_waits_and_slows_down_as_it_is_told() {
    check(
        vec![
            DeviceFlowError::AuthorizationPending.answer(),
            DeviceFlowError::SlowDown { interval_seconds: 10 }.answer(),
            DeviceFlowError::AuthorizationPending.answer(),
            granted("gho_new"),
        ],
        expect![[r#"
            enter the code within 900s
            Pending
            SlowDown { interval: 10s }
            Pending
            logged in: ****
            slept [5, 5, 10, 10]"#]],
    )
    .await;
}

#[tokio::test]
async fn each_refusal_ends_it_with_its_own_words() {
    check(
        vec![DeviceFlowError::ExpiredToken.answer()],
        expect![[r#"
        enter the code within 900s
        the code has expired before it was entered
        hint: begin again and enter the code sooner
        slept [5]"#]],
    )
    .await;
    check(
        vec![DeviceFlowError::AccessDenied.answer()],
        expect![[r#"
        enter the code within 900s
        the login was refused on GitHub's page
        hint: begin again and choose to authorise
        slept [5]"#]],
    )
    .await;
    check(
        vec![DeviceFlowError::DeviceFlowDisabled.answer()],
        expect![[r#"
        enter the code within 900s
        the app behind the client id has the device flow switched off
        hint: switch it on in the settings of the app, or set the client id of another app
        slept [5]"#]],
    )
    .await;
    check(
        vec![DeviceFlowError::IncorrectClientCredentials.answer()],
        expect![[r#"
        enter the code within 900s
        GitHub knows no app with this client id
        hint: check the client id, and `enterprise_host` if the app is of a company's own GitHub
        slept [5]"#]],
    )
    .await;
    check(
        vec![DeviceFlowError::IncorrectDeviceCode.answer()],
        expect![[r#"
        enter the code within 900s
        GitHub refused the login: incorrect_device_code (The device_code provided is not valid.)
        hint: begin again; if it stays so, check the client id
        slept [5]"#]],
    )
    .await;
    check(
        vec![DeviceFlowError::UnsupportedGrantType.answer()],
        expect![[r#"
        enter the code within 900s
        GitHub refused the login: unsupported_grant_type (The grant type is not supported.)
        hint: begin again; if it stays so, check the client id
        slept [5]"#]],
    )
    .await;
}

#[tokio::test]
async fn a_network_that_fails_is_waited_out() {
    check(
        vec![
            html(502),
            empty(503),
            empty(200).close_before_headers(),
            DeviceFlowError::AuthorizationPending.answer(),
            granted("gho_new").close_after(5),
            html(200),
            granted("gho_new"),
        ],
        expect![[r#"
            enter the code within 900s
            retrying after 5s
            retrying after 10s
            retrying after 20s
            Pending
            retrying after 5s
            retrying after 10s
            logged in: ****
            slept [5, 5, 10, 20, 5, 5, 10]"#]],
    )
    .await;
}

/// How often the code is asked for until the login ends by our own clock.
async fn check_end(answer: Answer, expected: Expect) {
    let fake = FakeGithub::start().await;
    fake.set_device_code(5, 900);
    fake.play(POLL, Script::always(answer));
    let seen = log_in(&fake, FakeGithub::CLIENT_ID).await;
    assert_eq!(seen.end, Err(DeviceError::Expired));
    let seconds: u64 = seen.slept.iter().sum();
    expected.assert_eq(&format!("{} questions in {seconds} s", seen.slept.len()));
}

#[tokio::test]
async fn it_ends_by_our_own_clock_whatever_github_says() {
    check_end(DeviceFlowError::AuthorizationPending.answer(), expect!["180 questions in 900 s"])
        .await;
    check_end(
        DeviceFlowError::SlowDown { interval_seconds: 5 }.answer(),
        expect!["21 questions in 900 s"],
    )
    .await;
    check_end(empty(503), expect!["19 questions in 900 s"]).await;
    check_end(empty(200).reset_before_headers(), expect!["19 questions in 900 s"]).await;
}

#[tokio::test]
async fn a_user_who_never_comes_ends_it() {
    let fake = FakeGithub::start().await;
    fake.set_user(User::Waits);
    fake.set_device_code(5, 60);
    fake.time_polls();
    let seen = log_in(&fake, FakeGithub::CLIENT_ID).await;
    assert_eq!(seen.end, Err(DeviceError::Expired));
    assert_eq!(seen.slept, [5; 12]);
}

#[tokio::test]
async fn a_user_who_says_no_ends_it() {
    let fake = FakeGithub::start().await;
    fake.set_user(User::Denies);
    assert_eq!(log_in(&fake, FakeGithub::CLIENT_ID).await.end, Err(DeviceError::Denied));
}

#[tokio::test]
async fn without_a_code_nothing_is_waited_for() {
    let fake = FakeGithub::start().await;
    let seen = log_in(&fake, "Iv1.nobody").await;
    assert_eq!((seen.end, seen.slept.len()), (Err(DeviceError::IncorrectClient), 0));
    fake.play(GithubEndpoint::DeviceCode, Script::always(html(502)));
    let seen = log_in(&fake, FakeGithub::CLIENT_ID).await;
    let reason = "it answered 502 Bad Gateway".to_owned();
    assert_eq!((seen.end, seen.slept.len()), (Err(DeviceError::NoCode { reason }), 0));
}

#[tokio::test]
async fn a_companys_own_github_logs_in_as_well() {
    let fake = FakeGithub::start_enterprise().await;
    let token = log_in(&fake, FakeGithub::CLIENT_ID).await.end.unwrap();
    let user = github(&settings(&fake)).user(&token).await.unwrap();
    assert_eq!(user.login, "octocat");
}
