use super::*;
use serde_json::json;

fn check(text: &str, expected: &Value) {
    assert_eq!(repair(text).as_ref(), Some(expected), "{text}");
}

#[test]
fn what_models_get_wrong_is_understood() {
    check(r#"{"a": 1,}"#, &json!({"a": 1}));
    check("{'path': 'it''s'}", &json!({"path": "it''s"}));
    check("{'path': 'it's here'}", &json!({"path": "it's here"}));
    check("{a: True, b: None, c: False}", &json!({"a": true, "b": null, "c": false}));
    check("{\"a\": 1 // why\n, /* and */ \"b\": 2}", &json!({"a": 1, "b": 2}));
    check("{\"a\": \"one\n two\"}", &json!({"a": "one\n two"}));
    check("{\u{201C}a\u{201D}: \u{201C}b\u{201D}}", &json!({"a": "b"}));
    check(r#"{"a": "x", "b": [1, 2"#, &json!({"a": "x", "b": [1, 2]}));
    check(r#"{"a": "cut of"#, &json!({"a": "cut of"}));
    check(r#"{"a": 1, "b":"#, &json!({"a": 1}));
    check(r#"{"re": "\d+\.rs"}"#, &json!({"re": r"\d+\.rs"}));
    check(r#"{"a": "\ud83d\ude00 \u00e9"}"#, &json!({"a": "😀 é"}));
    check(r#"{"a": "say "hi" now"}"#, &json!({"a": "say \"hi\" now"}));
    for text in ["", "hello", "42", "{a b}", "{\"a\": what}"] {
        assert_eq!(repair(text), None, "{text}");
    }
    assert_eq!(repair(&"[".repeat(10_000)), None);
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "line": {"type": "integer"},
            "deep": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
            "mode": {"type": "string", "enum": ["a", "b"]}
        },
        "required": ["path"]
    })
}

#[test]
fn what_means_the_same_is_made_the_same() {
    let cases = [
        (
            r#"{"path": 5, "line": "7", "deep": "true"}"#,
            json!({"path": "5", "line": 7, "deep": true}),
        ),
        (r#"{"path": "p", "line": 7.0, "mode": null}"#, json!({"path": "p", "line": 7})),
        (r#"{"path": "p", "names": "[\"x\"]"}"#, json!({"path": "p", "names": ["x"]})),
        (r#"{"path": "p", "names": "x"}"#, json!({"path": "p", "names": ["x"]})),
        (r#""{\"path\": \"p\"}""#, json!({"path": "p"})),
        (r#"{"path": "p", "else": 1}"#, json!({"path": "p", "else": 1})),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text, &schema(), "t"), Ok(expected), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_told_with_what_was_expected_and_found() {
    let cases = [
        ("", "the arguments of t do not fit: path: is missing; found nothing"),
        (r#"{"file": "x"}"#, "the arguments of t do not fit: path: is missing; found file"),
        (
            r#"{"path": "p", "line": "seven", "mode": "c"}"#,
            "the arguments of t do not fit: line: expected integer, found a string; mode: expected one of \"a\", \"b\", found \"c\"",
        ),
        ("[1]", "the arguments of t do not fit: the whole: expected object, found an array"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            read(text, &schema(), "t").as_ref().map_err(String::as_str),
            Err(expected),
            "{text}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(crate::property_config())]

    #[test]
    fn no_text_panics_and_json_stays_what_it_is(text in ".{0,80}", word in "[a-z'\"\\\\ \n]{0,20}") {
        let _ = repair(&text);
        let _ = repair(&format!("{{{text}"));
        let value = json!({"a": word, "b": [1, true, null]});
        proptest::prop_assert_eq!(repair(&value.to_string()), Some(value));
    }
}
