use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;

/// What `parse` and `members` say; they must agree on what is JSON.
fn check(document: impl AsRef<[u8]>, expected: Expect) {
    let document = document.as_ref();
    let parsed = parse(document);
    match (&parsed, members(document)) {
        (Ok(value), Ok(members)) => {
            let object = value.as_object().expect("members are of an object");
            assert_eq!(members.layout.0.len(), object.len());
        }
        (Ok(value), Err(error)) => {
            assert!(!value.is_object(), "{error}");
            assert_eq!(error.to_string(), "expected a JSON object");
        }
        (Err(one), Err(other)) => assert_eq!(*one, other),
        (Err(error), Ok(_)) => panic!("only parse refuses it: {error}"),
    }
    expected.assert_eq(&match parsed {
        Ok(value) => value.to_string(),
        Err(invalid) => format!("error at `{}`: {invalid}", invalid.first_path()),
    });
}

#[test]
fn values_are_read_as_they_are() {
    check(
        br#" {"a":[1,-2,3.5,1e3,true,false,null],"b":{"c":"\u00e9\n"},"":0} "#,
        expect![[r#"{"a":[1,-2,3.5,1000.0,true,false,null],"b":{"c":"é\n"},"":0}"#]],
    );
    check("[]", expect!["[]"]);
    check("18446744073709551615", expect!["18446744073709551615"]);
    check("-9223372036854775808", expect!["-9223372036854775808"]);
    check("\"text\"", expect![[r#""text""#]]);
}

#[test]
fn duplicate_keys_are_refused_at_any_depth() {
    check(r#"{"a":1,"a":2}"#, expect!["error at `/a`: /a: duplicate key at line 1 column 10"]);
    check(
        r#"{"messages":[{},{"content":[{"text":"","type":0,"text":""}]}]}"#,
        expect![
            "error at `/messages/1/content/0/text`: /messages/1/content/0/text: duplicate key at line 1 column 54"
        ],
    );
    // The same key in other spelling is the same key.
    check(
        r#"{"model":1,"mod\u0065l":2}"#,
        expect!["error at `/model`: /model: duplicate key at line 1 column 23"],
    );
    check(
        r#"{"a/b~":{"x":1,"x":2}}"#,
        expect!["error at `/a~1b~0/x`: /a~1b~0/x: duplicate key at line 1 column 18"],
    );
}

#[test]
fn duplicates_are_found_among_many_keys() {
    let mut keys: Vec<String> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
    keys.push("\"k30\":0".to_owned());
    check(
        format!("{{{}}}", keys.join(",")),
        expect!["error at `/k30`: /k30: duplicate key at line 1 column 346"],
    );
    keys.pop();
    keys.push("\"k3\":0".to_owned());
    check(
        format!("{{{}}}", keys.join(",")),
        expect!["error at `/k3`: /k3: duplicate key at line 1 column 345"],
    );
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
    assert!(members(nested(DEPTH_MAX).as_bytes()).is_err(), "not an object");
    let error = parse(nested(DEPTH_MAX + 1).as_bytes()).expect_err("too deep");
    assert!(error.to_string().contains("nested deeper than 100"), "{error}");
    let objects = format!("{}1{}", r#"{"a":"#.repeat(101), "}".repeat(101));
    let error = members(objects.as_bytes()).expect_err("too deep");
    assert_eq!(error.first_path(), "/a".repeat(101));
    // A deep document is refused by its depth and does not take the stack.
    assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    assert!(members("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn what_is_no_json_is_refused() {
    for document in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "NaN",
        "[Infinity]",
        "[-]",
        "[01]",
        "[1e999]",
        "{\"a\":1} x",
        "{}{}",
        "// c\n{}",
        "[\"\u{1}\"]",
        "[\"\\ud800\"]",
        "\u{feff}{}",
        "{a:1}",
        "tru",
    ] {
        let error = parse(document.as_bytes()).expect_err(document);
        assert!(error.to_string().contains("not valid JSON"), "{document}: {error}");
        assert_eq!(members(document.as_bytes()).expect_err(document), error);
    }
    assert!(parse(b"[\"\xff\"]").is_err(), "not UTF-8");
}

#[test]
fn a_mistake_is_said_with_its_place() {
    check(
        r#"{"a":[1,NaN]}"#,
        expect!["error at `/a/1`: /a/1: not valid JSON: expected value at line 1 column 9"],
    );
    check(
        r#"{"a":{"b":1e999}}"#,
        expect!["error at `/a/b`: /a/b: not valid JSON: number out of range at line 1 column 15"],
    );
    check(
        "{\"a\":1}\n]",
        expect!["error at ``: not valid JSON: trailing characters at line 2 column 1"],
    );
}

fn set(document: &str, edits: &[(&str, &str)], expected: Expect) {
    let members = members(document.as_bytes()).expect("valid");
    let edits: Vec<(&str, String)> =
        edits.iter().map(|(key, json)| (*key, (*json).to_owned())).collect();
    let edited = String::from_utf8(members.with(&edits)).expect("UTF-8");
    let value = parse(edited.as_bytes()).expect("still JSON");
    for (key, json) in &edits {
        let last = edits.iter().rev().find(|(other, _)| other == key).map(|(_, json)| json);
        if Some(json) == last {
            assert_eq!(value[*key].to_string(), *json);
        }
    }
    expected.assert_eq(&edited);
}

#[test]
fn members_are_set_and_every_other_byte_stays() {
    let document =
        "\n{ \"model\" : \"a\" ,\t\"n\": 1.00, \"deep\": {\"model\": \"b\"}, \"\\u0078\":[ ] }  ";
    set(
        document,
        &[],
        expect![[r#"

        { "model" : "a" ,	"n": 1.00, "deep": {"model": "b"}, "\u0078":[ ] }  "#]],
    );
    set(
        document,
        &[("model", "\"new\"")],
        expect![[r#"

        { "model" : "new" ,	"n": 1.00, "deep": {"model": "b"}, "\u0078":[ ] }  "#]],
    );
    set(
        document,
        &[("n", "2"), ("model", "null")],
        expect![[r#"

        { "model" : null ,	"n": 2, "deep": {"model": "b"}, "\u0078":[ ] }  "#]],
    );
    set(
        document,
        &[("x", "{}")],
        expect![[r#"

        { "model" : "a" ,	"n": 1.00, "deep": {"model": "b"}, "\u0078":{} }  "#]],
    );
    set(
        document,
        &[("stream", "true"), ("model", "\"c\""), ("b", "1")],
        expect![[r#"

        {"stream":true,"b":1, "model" : "c" ,	"n": 1.00, "deep": {"model": "b"}, "\u0078":[ ] }  "#]],
    );
}

#[test]
fn a_kept_layout_edits_as_the_members_did() {
    let document = br#"{ "a" : [1, 2], "b\u0062": "x" }"#;
    let layout = members(document).expect("valid").into_layout();
    let again = layout.members(document);
    assert_eq!((again.get("a"), again.get("bb")), (Some("[1, 2]"), Some("\"x\"")));
    assert_eq!(again.with(&[("a", "7".to_owned())]), br#"{ "a" : 7, "b\u0062": "x" }"#);
}

#[test]
fn members_are_added_to_an_empty_object() {
    set("{}", &[("a", "1")], expect![[r#"{"a":1}"#]]);
    set(" { } ", &[("a", "1"), ("b", "2"), ("c", "3")], expect![[r#" {"a":1,"b":2,"c":3 } "#]]);
    set("{}", &[("a", "1"), ("a", "2")], expect![[r#"{"a":2}"#]]);
    set(r#"{"a":0}"#, &[("a", "1"), ("a", "2")], expect![[r#"{"a":2}"#]]);
    set("{}", &[("a\"\\", "1")], expect![[r#"{"a\"\\":1}"#]]);
}

#[test]
fn members_are_read_one_by_one() {
    let members =
        members(br#"{"model":"m","n":3,"stream": true ,"mod\u0065":[1, 2]}"#).expect("valid");
    assert_eq!(members.get("model"), Some("\"m\""));
    assert_eq!(members.get("mode"), Some("[1, 2]"));
    assert_eq!(members.get("other"), None);
    assert_eq!(members.read::<String>("model").as_deref(), Some("m"));
    assert_eq!(members.read::<bool>("stream"), Some(true));
    assert_eq!(members.read::<String>("n"), None, "of another type");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_serde_json_writes_is_read_alike(value in value()) {
        let text = serde_json::to_vec_pretty(&value).expect("writable");
        prop_assert_eq!(parse(&text).expect("valid"), value.clone());
        prop_assert_eq!(members(&text).is_ok(), value.is_object());
    }

    #[test]
    fn a_set_member_changes_no_other(value in value(), new in value()) {
        let mut document = json!({"first": 1});
        document["given"] = value.clone();
        document["last"] = json!([2]);
        let text = serde_json::to_vec_pretty(&document).expect("writable");
        let edited = members(&text).expect("valid").with(&[("given", new.to_string())]);
        let (old, put) = (members(&text).expect("valid"), members(&edited).expect("valid"));
        let at = |members: &Members<'_>| members.get("given").map(str::to_owned).expect("there");
        prop_assert_eq!(serde_json::from_str::<Value>(&at(&put)).expect("valid"), new);
        let (old_given, new_given) = (at(&old), at(&put));
        let text = String::from_utf8(text).expect("UTF-8");
        let start = text.find(&format!("\"given\": {old_given}")).expect("there") + 9;
        let expected =
            format!("{}{new_given}{}", &text[..start], &text[start + old_given.len()..]);
        prop_assert_eq!(String::from_utf8(edited).expect("UTF-8"), expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let parsed = parse(&bytes).is_ok();
        prop_assert!(parsed || members(&bytes).is_err());
    }
}

/// What the quick pass vouches for, the exact reader must accept, and both must find the same members.
fn check_scan(document: &[u8]) -> Result<(), TestCaseError> {
    let Some(scanned) = scan::members(document) else { return Ok(()) };
    let text = String::from_utf8_lossy(document);
    let exact = members_exactly(document);
    let exact = exact.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
    prop_assert_eq!(scanned, exact.layout.0, "{}", text);
    Ok(())
}

/// Pieces from which JSON, nearly JSON and nonsense are put together.
const PIECES: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"b\":",
    "\"a\":",
    "\\",
    "\\\"",
    "\\n",
    "\\u0041",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\u+041",
    "\u{1}",
    "\n",
    " ",
    "true",
    "false",
    "null",
    "nul",
    "0",
    "-",
    "1.5",
    "01",
    "1.",
    "1e5",
    "-0",
    "\u{e9}",
    "\u{1f600}",
    "x",
    "{\"k\":1}",
    "[1,2]",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_quick_pass_accepts_nothing_that_is_refused(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..24),
        inside in any::<bool>(),
    ) {
        let body = pieces.concat();
        let document = if inside { format!("{{\"k\":{body}}}") } else { body };
        check_scan(document.as_bytes())?;
    }

    #[test]
    fn the_quick_pass_is_not_misled_by_a_changed_byte(at in 0..REQUEST.len(), byte in any::<u8>()) {
        let mut document = REQUEST.as_bytes().to_vec();
        document[at] = byte;
        check_scan(&document)?;
    }
}

const REQUEST: &str = r#"{"model":"m","stream":true,"max_tokens":1024,"temperature":0.7,"messages":[{"role":"user","content":[{"type":"text","text":"say \"hi\"\n\u00e9 \ud83d\ude00 é"}]},{"role":"assistant","content":null}],"tools":[{"name":"t","input_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}],"stop":[],"metadata":{}}"#;

#[test]
fn an_ordinary_request_needs_only_the_quick_pass() {
    assert!(scan::members(REQUEST.as_bytes()).is_some());
    let spaced = REQUEST.replace(',', ",\n\t ").replace(':', " : ");
    assert!(scan::members(spaced.as_bytes()).is_some());
}

#[test]
fn deep_nesting_is_left_to_the_exact_reader() {
    for depth in 90..110 {
        let document = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check_scan(document.as_bytes()).unwrap();
    }
}
