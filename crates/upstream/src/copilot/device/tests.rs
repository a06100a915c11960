use super::*;
use bytes::Bytes;
use expect_test::{Expect, expect};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::json;

const SECOND: Duration = Duration::from_secs(1);

fn answer(status: u16, body: &str) -> ApiAnswer {
    ApiAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn shown(error: &DeviceError) -> String {
    format!("{error}\nhint: {}", error.hint())
}

fn check_code(status: u16, body: &Value, expected: Expect) {
    let code = DeviceCode::of(&answer(status, &body.to_string()));
    expected.assert_eq(&code.map_or_else(|error| shown(&error), |code| format!("{code:?}")));
}

fn reply() -> Value {
    json!({
        "device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": "https://github.com/login/device",
        "expires_in": 899, "interval": 5,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut reply = reply();
    reply[name] = value;
    reply
}

#[test]
fn a_code_is_bounded_and_may_be_shown() {
    check_code(
        200,
        &reply(),
        expect![[
            r#"DeviceCode { user_code: "WDJB-MJHT", verification_uri: "https://github.com/login/device", expires_in: 899s, interval: 5s, device_code: **** }"#
        ]],
    );
    check_code(
        200,
        &with("expires_in", json!(1e9 as u64)),
        expect![[
            r#"DeviceCode { user_code: "WDJB-MJHT", verification_uri: "https://github.com/login/device", expires_in: 1800s, interval: 5s, device_code: **** }"#
        ]],
    );
    check_code(
        200,
        &with("interval", json!(null)),
        expect![[
            r#"DeviceCode { user_code: "WDJB-MJHT", verification_uri: "https://github.com/login/device", expires_in: 899s, interval: 5s, device_code: **** }"#
        ]],
    );
}

#[test]
fn only_a_page_of_the_web_is_shown() {
    for (page, shown) in [
        ("https://github.com/login/device", true),
        ("http://127.0.0.1:9/login/device", true),
        ("http://github.example/login/device", false),
        ("https://github.com@evil.example/", false),
        ("javascript:alert(1)", false),
        ("javascript://localhost/%0aalert(1)", false),
        ("file://localhost/etc/passwd", false),
        ("https://github.com/\u{1b}[2J", false),
        ("/login/device", false),
    ] {
        let code = DeviceCode::of(&answer(200, &with("verification_uri", json!(page)).to_string()));
        assert_eq!(code.is_ok(), shown, "{page}");
    }
}

#[test]
fn what_is_no_code_says_why() {
    check_code(
        404,
        &json!({"error": "Not Found"}),
        expect![[r#"
        GitHub knows no app with this client id
        hint: check the client id, and `enterprise_host` if the app is of a company's own GitHub"#]],
    );
    check_code(
        400,
        &json!({"error": "device_flow_disabled"}),
        expect![[r#"
        the app behind the client id has the device flow switched off
        hint: switch it on in the settings of the app, or set the client id of another app"#]],
    );
    let scope = json!({"error": "invalid_scope", "error_description": "no such\nscope"});
    check_code(
        400,
        &scope,
        expect![[r#"
        GitHub refused the login: invalid_scope (no such scope)
        hint: begin again; if it stays so, check the client id"#]],
    );
    check_code(
        503,
        &json!({}),
        expect![[r#"
        GitHub gave no code for the login: it answered 503 Service Unavailable
        hint: check the network and the proxy (`--proxy-env`), then begin again"#]],
    );
    check_code(
        200,
        &json!([]),
        expect![[r#"
        GitHub gave no code for the login: no `device_code` came
        hint: check the network and the proxy (`--proxy-env`), then begin again"#]],
    );
    check_code(
        200,
        &with("verification_uri", json!("javascript:alert(1)")),
        expect![[r#"
        GitHub gave no code for the login: no usable `verification_uri` came
        hint: check the network and the proxy (`--proxy-env`), then begin again"#]],
    );
    check_code(
        200,
        &with("verification_uri", json!("http://github.example")),
        expect![[r#"
        GitHub gave no code for the login: no usable `verification_uri` came
        hint: check the network and the proxy (`--proxy-env`), then begin again"#]],
    );
    check_code(
        200,
        &with("user_code", json!("x".repeat(65))),
        expect![[r#"
        GitHub gave no code for the login: no usable `user_code` came
        hint: check the network and the proxy (`--proxy-env`), then begin again"#]],
    );
}

fn check_answer(status: u16, body: &str, expected: Expect) {
    let answer = Ok(answer(status, body));
    let read = PollAnswer::of(answer, &Secret::new("device-secret"), SystemTime::UNIX_EPOCH);
    expected.assert_eq(&format!("{read:?}"));
}

#[test]
fn every_answer_is_told_apart() {
    check_answer(200, r#"{"access_token":"gho_x","token_type":"bearer"}"#, expect!["Token(****)"]);
    check_answer(200, r#"{"error":"authorization_pending"}"#, expect!["Pending"]);
    check_answer(400, r#"{"error":"authorization_pending"}"#, expect!["Pending"]);
    check_answer(
        200,
        r#"{"error":"slow_down","interval":10}"#,
        expect!["SlowDown { interval: Some(10s) }"],
    );
    check_answer(200, r#"{"error":"slow_down"}"#, expect!["SlowDown { interval: None }"]);
    check_answer(200, r#"{"error":"expired_token"}"#, expect!["Failed(Expired)"]);
    check_answer(200, r#"{"error":"access_denied"}"#, expect!["Failed(Denied)"]);
    check_answer(200, r#"{"error":"device_flow_disabled"}"#, expect!["Failed(Disabled)"]);
    check_answer(
        200,
        r#"{"error":"incorrect_client_credentials"}"#,
        expect!["Failed(IncorrectClient)"],
    );
    check_answer(
        200,
        r#"{"error":"incorrect_device_code","error_description":"device-secret is not known"}"#,
        expect![[
            r#"Failed(Refused { code: "incorrect_device_code", description: Some("**** is not known") })"#
        ]],
    );
    check_answer(
        502,
        "<html>",
        expect![[r#"None { reason: "GitHub answered 502 Bad Gateway", retry_after: None }"#]],
    );
    check_answer(
        503,
        r#"{"error":"Service Unavailable"}"#,
        expect![[
            r#"None { reason: "GitHub answered 503 Service Unavailable", retry_after: None }"#
        ]],
    );
    check_answer(
        429,
        "",
        expect![[r#"None { reason: "GitHub answered 429 Too Many Requests", retry_after: None }"#]],
    );
    check_answer(
        200,
        "<html>a hotel</html>",
        expect![[
            r#"None { reason: "GitHub's answer is neither a token nor an error", retry_after: None }"#
        ]],
    );
    check_answer(
        403,
        "<html>",
        expect![[r#"Failed(Refused { code: "403 Forbidden", description: None })"#]],
    );
}

/// What each answer leads to when it comes as soon as it is asked for.
fn check_flow(answers: impl IntoIterator<Item = PollAnswer>, expected: Expect) {
    let begun = Instant::now();
    let code = DeviceCode::of(&answer(200, &reply().to_string())).unwrap();
    let mut flow = DeviceFlow::new(&code, begun);
    let mut at = code.interval;
    let mut shown = String::new();
    for answer in answers {
        let step = flow.next(answer, begun + at);
        shown.push_str(&format!("{} s: {step:?}\n", at.as_secs()));
        match step {
            Step::Ask { after, .. } => at += after,
            Step::Done(_) | Step::Failed(_) => break,
        }
    }
    expected.assert_eq(&shown);
}

fn silence() -> PollAnswer {
    PollAnswer::None { reason: "it is down".to_owned(), retry_after: None }
}

#[test]
fn it_slows_down_for_good() {
    check_flow(
        [
            PollAnswer::Pending,
            PollAnswer::SlowDown { interval: None },
            PollAnswer::SlowDown { interval: Some(20 * SECOND) },
            PollAnswer::SlowDown { interval: Some(SECOND) },
            PollAnswer::Pending,
            PollAnswer::Token(Secret::new("t")),
        ],
        expect![[r#"
            5 s: Ask { after: 5s, progress: Pending }
            10 s: Ask { after: 10s, progress: SlowDown { interval: 10s } }
            20 s: Ask { after: 20s, progress: SlowDown { interval: 20s } }
            40 s: Ask { after: 25s, progress: SlowDown { interval: 25s } }
            65 s: Ask { after: 25s, progress: Pending }
            90 s: Done(****)
        "#]],
    );
}

#[test]
fn it_backs_off_while_nobody_answers_and_comes_back() {
    let later = PollAnswer::None { reason: "429".to_owned(), retry_after: Some(30 * SECOND) };
    let silent = std::iter::repeat_with(silence).take(6);
    check_flow(
        silent.chain([PollAnswer::Pending, later, PollAnswer::Failed(DeviceError::Denied)]),
        expect![[r#"
            5 s: Ask { after: 5s, progress: Retrying { reason: "it is down", after: 5s } }
            10 s: Ask { after: 10s, progress: Retrying { reason: "it is down", after: 10s } }
            20 s: Ask { after: 20s, progress: Retrying { reason: "it is down", after: 20s } }
            40 s: Ask { after: 40s, progress: Retrying { reason: "it is down", after: 40s } }
            80 s: Ask { after: 60s, progress: Retrying { reason: "it is down", after: 60s } }
            140 s: Ask { after: 60s, progress: Retrying { reason: "it is down", after: 60s } }
            200 s: Ask { after: 5s, progress: Pending }
            205 s: Ask { after: 30s, progress: Retrying { reason: "429", after: 30s } }
            235 s: Failed(Denied)
        "#]],
    );
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() })]

    /// Whatever comes, it ends: at the latest with the first answer after the code has expired.
    #[test]
    fn it_never_goes_on_for_ever(kinds in prop::collection::vec(0..3_u8, 2000)) {
        let begun = Instant::now();
        let code = DeviceCode::of(&answer(200, &reply().to_string())).unwrap();
        let mut flow = DeviceFlow::new(&code, begun);
        let mut at = Duration::ZERO;
        let mut ended = false;
        for kind in kinds {
            let came = match kind {
                0 => PollAnswer::Pending,
                1 => PollAnswer::SlowDown { interval: None },
                _ => silence(),
            };
            match flow.next(came, begun + at) {
                Step::Ask { after, .. } => {
                    prop_assert!(after >= SECOND || at + after == code.expires_in);
                    prop_assert!(at + after <= code.expires_in);
                    at += after;
                }
                step => {
                    prop_assert_eq!(step, Step::Failed(DeviceError::Expired));
                    prop_assert_eq!(at, code.expires_in);
                    ended = true;
                    break;
                }
            }
        }
        prop_assert!(ended);
    }
}
