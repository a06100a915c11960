//! `tool`: JSON in, JSON out.

mod calls;
mod each;
mod git;
#[cfg(unix)]
mod guide;
mod project;
#[cfg(unix)]
mod shell;

use expect_test::{Expect, expect};
use ironbridge_testkit::{Answer, Script, Upstream};
use serde_json::{Value, json};

use crate::command::Home;

fn check(files: &[(&str, &str)], arguments: &[&str], stdin: &str, expected: Expect) {
    expected.assert_eq(&Home::with(files).run(arguments, stdin));
}

#[test]
fn mistakes_are_told_with_the_way_out() {
    check(
        &[],
        &["tool", "fetsh"],
        "",
        expect![[r#"
        --- stderr
        error: there is no tool fetsh
        hint: is it fetch?
        --- exit 2
    "#]],
    );
    check(
        &[],
        &["tool", "no-such-thing"],
        "",
        expect![[r#"
        --- stderr
        error: there is no tool no-such-thing
        hint: `ironbridge tool` lists them
        --- exit 2
    "#]],
    );
    check(
        &[],
        &["tool", "fetch", "--root", "absent"],
        "{}",
        expect![[r#"
        --- stderr
        error: cannot work there
          caused by: HOME/absent: is no folder
          caused by: No such file or directory (os error 2)
        --- exit 2
    "#]],
    );
}

#[test]
fn an_input_that_does_not_fit_is_a_failure_in_json() {
    check(
        &[],
        &["tool", "fetch"],
        "",
        expect![[r#"
        {"error":{"code":"invalid_input","message":"fetch: missing field `url`; `ironbridge tool fetch --schema` shows what it takes"}}
        --- stderr
        --- exit 1
    "#]],
    );
    check(
        &[],
        &["tool", "fetch"],
        "{",
        expect![[r#"
        {"error":{"code":"invalid_input","message":"fetch: no JSON: EOF while parsing an object at line 1 column 1"}}
        --- stderr
        --- exit 1
    "#]],
    );
    check(
        &[],
        &["tool", "fetch"],
        "[]",
        expect![[r#"
            {"error":{"code":"invalid_input","message":"fetch: the input is no object; `ironbridge tool fetch --schema` shows what it takes"}}
            --- stderr
            --- exit 1
        "#]],
    );
    check(
        &[],
        &["tool", "fetch"],
        r#"{"url": "https://example.org", "selektor": "p"}"#,
        expect![[r#"
            {"error":{"code":"invalid_input","message":"fetch: selektor: unknown field `selektor`, expected one of `url`, `format`, `selector`, `timeoutSeconds`; `ironbridge tool fetch --schema` shows what it takes"}}
            --- stderr
            --- exit 1
        "#]],
    );
    check(
        &[],
        &["tool", "fetch"],
        r#"{"url": 7}"#,
        expect![[r#"
            {"error":{"code":"invalid_input","message":"fetch: url: invalid type: integer `7`, expected a string; `ironbridge tool fetch --schema` shows what it takes"}}
            --- stderr
            --- exit 1
        "#]],
    );
    check(
        &[],
        &["tool", "fetch"],
        r#"{"url": "http://127.0.0.1:9"}"#,
        expect![[r#"
        {"error":{"code":"private_address","message":"127.0.0.1 is this machine (127.0.0.1), which is not read; the operator can allow the host"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

/// `{"url": …}` to `fetch`, which may ask that server.
fn fetched(upstream: &Upstream, path: &str, more: &[&str]) -> String {
    let host = upstream.address().to_string();
    let arguments = [&["tool", "fetch", "--allow-host", &host], more].concat();
    let input = json!({ "url": format!("{}{path}", upstream.base_url()) }).to_string();
    Home::with(&[]).run(&arguments, &input).replace(&upstream.base_url(), "BASE")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_from_a_host_that_is_allowed() {
    let page = "<title>T</title><h1>Heading</h1><p>Text with a <a href='/x'>link</a>.";
    let script = Script::always(Answer::bytes(404, "text/plain", "nothing here"))
        .on("/page", Answer::bytes(200, "text/html", page));
    let upstream = Upstream::start(script).await;
    expect![[r##"
        {"url":"BASE/page","status":200,"contentType":"text/html","charset":"UTF-8","bytes":69,"title":"T","format":"markdown","text":"# Heading\n\nText with a [link](BASE/x).","links":[{"text":"link","url":"BASE/x"}]}
        --- stderr
        --- exit 0
    "##]].assert_eq(&fetched(&upstream, "/page", &[]));
    expect![[r#"
        {"error":{"code":"http_status","message":"BASE/none: answered 404","status":404,"text":"nothing here"}}
        --- stderr
        --- exit 1
    "#]].assert_eq(&fetched(&upstream, "/none", &[]));
}

#[test]
fn schemas_are_printed() {
    let printed = Home::with(&[]).run(&["tool", "fetch", "--schema"], "");
    let (schemas, rest) = printed.split_once("--- stderr").expect("the streams are apart");
    assert_eq!(rest.trim(), "--- exit 0");
    let schemas: Value = serde_json::from_str(schemas).expect("JSON");
    assert_eq!(schemas["input"]["required"], json!(["url"]));
    assert_eq!(schemas["input"]["additionalProperties"], false);
    assert!(schemas["output"]["properties"]["links"].is_object());
}
