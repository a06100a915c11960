//! Thinking on its way through a chat client and back.

use super::read;
use crate::changes::Changes;
use crate::part::{Body, Part};
use crate::pointer::Pointer;
use crate::reply::Reply;
use crate::seal::Seal;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

type Block = (String, Option<Seal>);

fn message_of(blocks: &[Block]) -> Value {
    let part = |(text, seal): &Block| {
        Part::new(Body::Thinking { text: text.clone(), seal: seal.clone() }, Pointer::root())
    };
    let mut parts: Vec<Part> = blocks.iter().map(part).collect();
    parts.push(Part::text("answer", Pointer::root()));
    let reply = Reply { parts, ..Reply::default() };
    super::chat::write_reply(reply, &mut Changes::new())["choices"][0]["message"].clone()
}

fn returned(message: &Value) -> (Vec<Block>, String) {
    let (prompt, changes) =
        read(json!({"model": "m", "messages": [message]})).expect("it is right");
    let parts = prompt.turns.into_iter().flat_map(|turn| turn.parts);
    let block = |part: Part| match part.body {
        Body::Thinking { text, seal } => Some((text, seal)),
        _ => None,
    };
    (parts.filter_map(block).collect(), super::listed(&changes))
}

fn check(blocks: &[Block], expected: &Expect) {
    let message = message_of(blocks);
    let shown =
        json!({"text": message["reasoning_content"], "opaque": message["reasoning_opaque"]});
    expected.assert_eq(&format!("{shown:#}"));
    assert_eq!(returned(&message), (blocks.to_vec(), String::new()));
}

fn signed(text: &str, signature: &str) -> Block {
    (text.to_owned(), Some(Seal::Signature(signature.to_owned())))
}

fn redacted(data: &str) -> Block {
    (String::new(), Some(Seal::Redacted(data.to_owned())))
}

#[test]
fn one_block() {
    check(
        &[("plain".to_owned(), None)],
        &expect![[r#"
        {
          "text": "plain",
          "opaque": null
        }"#]],
    );
    check(
        &[signed("why", "s")],
        &expect![[r#"
        {
          "text": "why",
          "opaque": "ironbridge:signature:s"
        }"#]],
    );
    check(
        &[redacted("d")],
        &expect![[r#"
        {
          "text": null,
          "opaque": "ironbridge:redacted:d"
        }"#]],
    );
    check(
        &[("own".to_owned(), Some(Seal::Opaque("o".to_owned())))],
        &expect![[r#"
        {
          "text": "own",
          "opaque": "o"
        }"#]],
    );
}

#[test]
fn several_blocks() {
    check(
        &[signed("first", "s1"), redacted("d"), signed("second", "s2")],
        &expect![[r#"
        {
          "text": "first\n\nsecond",
          "opaque": "ironbridge:list:[[5,\"ironbridge:signature:s1\"],[0,\"ironbridge:redacted:d\"],[6,\"ironbridge:signature:s2\"]]"
        }"#]],
    );
    let encrypted = Seal::Encrypted { id: "rs_1".to_owned(), content: "e".to_owned() };
    check(
        &[redacted("d"), ("höchst".to_owned(), Some(encrypted)), ("open".to_owned(), None)],
        &expect![[r#"
            {
              "text": "höchst\n\nopen",
              "opaque": "ironbridge:list:[[0,\"ironbridge:redacted:d\"],[7,\"ironbridge:encrypted:rs_1:e\"],[4,null]]"
            }"#]],
    );
}

#[test]
fn a_client_that_changed_the_text() {
    let mut message = message_of(&[signed("first", "s1"), signed("second", "s2")]);
    for text in ["first", "first\n\nsecond!", "firs", "another text"] {
        message["reasoning_content"] = text.into();
        let lost = "dropped /messages/0/reasoning_opaque: no counterpart in the other dialect\n";
        assert_eq!(returned(&message), (vec![(text.to_owned(), None)], lost.to_owned()), "{text}");
    }
}

fn any_seal() -> impl Strategy<Value = Option<Seal>> {
    proptest::option::of(prop_oneof![
        "[a-zA-Z0-9+/=]{1,12}".prop_map(Seal::Signature),
        "[a-zA-Z0-9+/=]{1,12}".prop_map(Seal::Redacted),
        ("[a-z_0-9]{0,8}", "[a-zA-Z0-9+/=]{0,12}")
            .prop_map(|(id, content)| Seal::Encrypted { id, content }),
        "[a-zA-Z0-9+/=]{1,12}".prop_map(Seal::Opaque),
    ])
}

proptest! {
    #[test]
    fn sealed_blocks_come_back(texts in proptest::collection::vec(("[a-zé\\n ]{0,8}", any_seal()), 1..6)) {
        let message = message_of(&texts);
        let (blocks, _) = returned(&message);
        if texts.iter().any(|(_, seal)| seal.is_some()) {
            prop_assert_eq!(blocks, texts);
        } else {
            let whole: Vec<&str> =
                texts.iter().map(|(text, _)| text.as_str()).filter(|text| !text.is_empty()).collect();
            let found: Vec<String> = blocks.into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(found.concat(), whole.join("\n\n"));
        }
    }
}
