//! Small JSON calls: what is sent, what comes back, and every way in which nothing does.

use expect_test::{Expect, expect};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Uri};
use ironbridge_testkit::{Answer, Gate, Script, Upstream};
use ironbridge_upstream::{
    API_ANSWER_BYTES_MAX, ApiAnswer, ApiCallError, ApiClient, Authorities, ProxySettings,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TOKEN: &str = "gho_0123456789";

fn client() -> ApiClient {
    ApiClient::new(None, &Authorities::default()).unwrap()
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("token gho_0123456789"))])
}

async fn call(upstream: &Upstream) -> Result<ApiAnswer, ApiCallError> {
    let uri: Uri = format!("{}/login", upstream.base_url()).parse().unwrap();
    client().call(Method::POST, &uri, headers(), Some(&json!({"client_id": "me"}))).await
}

/// What becomes of a call that is answered so, without the address, and whether it may do better in a moment.
async fn check(answer: Answer, expected: Expect) {
    let upstream = Upstream::start(Script::always(answer)).await;
    let answered = call(&upstream).await;
    let shown = match &answered {
        Ok(answer) => format!("{} {} bytes", answer.status, answer.body.len()),
        Err(error) => format!("{error} transient={}", error.is_transient()),
    };
    assert!(!format!("{answered:?}{shown}").contains(TOKEN), "{shown}");
    expected.assert_eq(&shown);
}

#[tokio::test]
async fn a_call_is_json_both_ways_and_says_who_we_are() {
    let reply = json!({"device_code": "d"});
    let upstream = Upstream::start(Script::always(Answer::json(200, &reply))).await;
    let answer = call(&upstream).await.unwrap();
    assert_eq!(answer.json(), Some(reply));
    let request = &upstream.requests()[0];
    assert_eq!(request.json(), json!({"client_id": "me"}));
    assert_eq!(request.header("authorization"), Some("token gho_0123456789"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("user-agent").unwrap().starts_with("ironbridge/"));
}

#[tokio::test]
async fn the_operators_own_headers_stand() {
    let upstream = Upstream::start(Script::always(Answer::json(200, &json!({})))).await;
    let uri: Uri = upstream.base_url().parse().unwrap();
    let named = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static("mine/1"))]);
    client().call(Method::GET, &uri, named, None).await.unwrap();
    let request = &upstream.requests()[0];
    assert_eq!(request.header("user-agent"), Some("mine/1"));
    assert_eq!((request.method.as_str(), request.header("content-type")), ("GET", None));
}

#[tokio::test]
async fn statuses_are_answers_and_a_redirect_is_not_followed() {
    check(Answer::json(200, &json!({})).gzip(), expect!["200 OK 2 bytes"]).await;
    check(Answer::json(404, &json!({})), expect!["404 Not Found 2 bytes"]).await;
    check(Answer::json(503, &json!({})), expect!["503 Service Unavailable 2 bytes"]).await;
    check(Answer::redirect("https://elsewhere.example/"), expect!["127.0.0.1: answered with a redirect (302), which is not followed: check the address transient=false"]).await;
}

#[tokio::test]
async fn what_breaks_off_may_do_better_and_what_is_too_large_will_not() {
    check(
        Answer::bytes(200, "application/json", vec![b' '; API_ANSWER_BYTES_MAX]),
        expect!["200 OK 1048576 bytes"],
    )
    .await;
    check(
        Answer::bytes(200, "application/json", vec![b' '; API_ANSWER_BYTES_MAX + 1]),
        expect!["the answer is not whole: the answer is over 1048576 bytes transient=false"],
    )
    .await;
    let cut = check_kind(Answer::json(200, &json!({"token": "t"})).reset_after(3)).await;
    assert_eq!(cut, "body transient=true");
    let none = check_kind(Answer::json(200, &json!({})).close_before_headers()).await;
    assert_eq!(none, "unanswered transient=true");
}

/// Which kind of error it is: the words of one that the operating system gives differ from system to system.
async fn check_kind(answer: Answer) -> String {
    let upstream = Upstream::start(Script::always(answer)).await;
    let error = call(&upstream).await.unwrap_err();
    let kind = match &error {
        ApiCallError::Unanswered { .. } => "unanswered",
        ApiCallError::TooSlow { .. } => "too slow",
        ApiCallError::Body(_) => "body",
        ApiCallError::Redirect { .. } => "redirect",
    };
    format!("{kind} transient={}", error.is_transient())
}

#[tokio::test]
async fn nobody_listening_is_said() {
    let uri = {
        let upstream = Upstream::start(Script::always(Answer::json(200, &json!({})))).await;
        upstream.base_url().parse().unwrap()
    };
    let error = client().call(Method::GET, &uri, headers(), None).await.unwrap_err();
    assert!(error.to_string().starts_with("127.0.0.1: cannot connect: "), "{error}");
    assert!(error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_given_up_after_the_whole_time() {
    let gate = Gate::new();
    check(
        Answer::json(200, &json!({})).silent_after(1, &gate),
        expect!["127.0.0.1: no whole answer within 30 s transient=true"],
    )
    .await;
}

#[tokio::test]
async fn a_proxy_with_a_password_is_told_it_for_plain_hosts() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = ProxySettings {
        http: Some(format!("http://user:pass@{address}").parse().unwrap()),
        ..ProxySettings::default()
    };
    let client = ApiClient::new(Some(&proxy), &Authorities::default()).unwrap();
    let uri = Uri::from_static("http://github.example/login");
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        String::from_utf8(head).unwrap()
    };
    let (answer, head) =
        tokio::join!(client.call(Method::GET, &uri, HeaderMap::new(), None), serving);
    assert_eq!(answer.unwrap().json(), Some(json!({})));
    assert!(head.starts_with("GET http://github.example/login HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{head}");
}
