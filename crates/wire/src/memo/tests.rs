use super::*;
use crate::part::Part;
use crate::pointer::Pointer;
use expect_test::expect;
use proptest::prelude::*;

fn call(name: &str, arguments: &str) -> Call {
    Call {
        id: "c".to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        kind: CallKind::Function,
    }
}

fn restored(memo: &Memo, call: Call) -> Call {
    let part = Part::new(Body::Call(call), Pointer::root());
    let mut reply =
        Reply { parts: vec![Part::text("t", Pointer::root()), part], ..Reply::default() };
    memo.restore(&mut reply);
    match reply.parts.pop().expect("two parts").body {
        Body::Call(call) => call,
        other => panic!("{other:?}"),
    }
}

/// The kind and the arguments of one call as a stream brings them, in pieces of one character.
fn streamed(memo: &Memo, call: &Call) -> Call {
    let mut restorer = Restorer::new(memo.clone());
    let mut out = Vec::new();
    let opening = Opening::Call { id: call.id.clone(), name: call.name.clone(), kind: call.kind };
    restorer.event(Event::Open { part: 3, opening }, &mut out);
    for c in call.arguments.chars() {
        let delta = Delta::Arguments(c.to_string());
        restorer.event(Event::Delta { part: 3, delta }, &mut out);
    }
    restorer.event(Event::Close { part: 3 }, &mut out);
    let mut found = Call { arguments: String::new(), ..call.clone() };
    for event in out {
        match event {
            Event::Open { part: 3, opening: Opening::Call { id, name, kind } } => {
                (found.id, found.name, found.kind) = (id, name, kind);
            }
            Event::Delta { part: 3, delta: Delta::Arguments(more) } => {
                found.arguments.push_str(&more);
            }
            Event::Close { part: 3 } => {}
            other => panic!("{other:?}"),
        }
    }
    found
}

#[test]
fn a_name_that_fits_stays() {
    let mut memo = Memo::default();
    for name in ["f", "read_file-2", &"x".repeat(64)] {
        assert_eq!(memo.short_name(name), name);
    }
    assert_eq!(memo, Memo::default());
}

#[test]
fn a_name_that_does_not_fit_is_cut_and_marked() {
    let mut memo = Memo::default();
    let long = format!("mcp__{}", "server".repeat(12));
    expect!["mcp__serverserverserverserverserverserverserverserverse_18a80e0c"]
        .assert_eq(&memo.short_name(&long));
    expect!["fs_read_4074bc02"].assert_eq(&memo.short_name("fs.read"));
    expect!["gr__e_d353a267"].assert_eq(&memo.short_name("größe"));
    expect!["_e3b0c442"].assert_eq(&memo.short_name(""));
    assert_ne!(memo.short_name("fs.read"), memo.short_name("fs/read"));
    for name in [long.as_str(), "fs.read", "größe"] {
        let short = memo.short_name(name);
        assert_eq!(restored(&memo, call(&short, "{}")).name, name);
        assert_eq!(streamed(&memo, &call(&short, "{}")).name, name);
    }
}

#[test]
fn a_custom_tool_gets_its_text_back() {
    let mut memo = Memo::default();
    memo.custom_as_function("patch");
    assert!(memo.is_custom("patch") && !memo.is_custom("other"));
    for (arguments, text) in [
        (r#"{"input":"*** Begin\n\"x\""}"#, "*** Begin\n\"x\""),
        (r#"{"input":""}"#, ""),
        // A model that did not keep to the schema.
        (r#"{"input":1}"#, r#"{"input":1}"#),
        (r#"{"text":"x"}"#, r#"{"text":"x"}"#),
        ("[1]", "[1]"),
        ("plain", "plain"),
        ("", ""),
    ] {
        let expected = Call { kind: CallKind::Custom, ..call("patch", text) };
        assert_eq!(restored(&memo, call("patch", arguments)), expected);
        assert_eq!(streamed(&memo, &call("patch", arguments)), expected);
    }
    let other = call("other", r#"{"input":"x"}"#);
    assert_eq!(restored(&memo, other.clone()), other);
    assert_eq!(streamed(&memo, &other), other);
}

#[test]
fn a_custom_tool_with_a_long_name_gets_both_back() {
    let mut memo = Memo::default();
    let long = "x".repeat(80);
    memo.custom_as_function(&long);
    let short = memo.short_name(&long);
    let expected = Call { kind: CallKind::Custom, ..call(&long, "t") };
    assert_eq!(restored(&memo, call(&short, r#"{"input":"t"}"#)), expected);
    assert_eq!(streamed(&memo, &call(&short, r#"{"input":"t"}"#)), expected);
}

#[test]
fn what_is_gathered_is_bounded() {
    let mut memo = Memo::default();
    memo.custom_as_function("patch");
    let mut restorer = Restorer::new(memo);
    let mut out = Vec::new();
    let megabyte = "x".repeat(1024 * 1024);
    for part in 0..2 {
        let opening = Opening::Call {
            id: "c".to_owned(),
            name: "patch".to_owned(),
            kind: CallKind::Function,
        };
        restorer.event(Event::Open { part, opening }, &mut out);
    }
    for n in 0..40 {
        let delta = Delta::Arguments(megabyte.clone());
        restorer.event(Event::Delta { part: n % 2, delta }, &mut out);
    }
    restorer.event(Event::Close { part: 0 }, &mut out);
    assert_eq!(out.len(), 3, "two openings, one failure and nothing after it");
    match &out[2] {
        Event::Failed(error) => {
            expect!["the arguments of custom tools are over 8388608 bytes"]
                .assert_eq(&error.to_string());
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_becomes_one_that_fits_and_comes_back(name in ".{0,100}") {
        let mut memo = Memo::default();
        let short = memo.short_name(&name);
        prop_assert!((1..=TOOL_NAME_CHARS_MAX).contains(&short.len()));
        prop_assert!(short.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        prop_assert_eq!(&memo.short_name(&name), &short, "always the same");
        prop_assert_eq!(restored(&memo, call(&short, "{}")).name, name);
    }
}
