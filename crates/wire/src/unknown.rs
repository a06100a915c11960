//! What an upstream says that no reader knows.
//!
//! Readers of replies take what they know out of a document and leave the rest, since servers add members at will.
//! Towards another dialect that rest is lost, so each dialect has a table of what its readers know ([`Shape`]), and
//! [`Unknown`] holds documents against it.

use crate::changes::Changes;
use crate::pointer::Pointer;
use serde_json::Value;

/// What a reader knows of a value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// It is read whole, travels whole, or means nothing to a client of another dialect.
    Known,
    /// An object, of which these members are known.
    Members(&'static [(&'static str, Shape)]),
    /// An array of such values.
    List(&'static Shape),
    /// An object whose `type` says which members are known. Another `type` is known: such a block travels whole, and
    /// its writer says so where it cannot.
    Kinds(&'static [(&'static str, Shape)]),
    /// As another.
    Of(&'static Shape),
}

/// The most members that are noted for one reply; a server that has more says nothing new with them.
pub(crate) const UNKNOWN_MAX: usize = 100;

/// The places of unknown members in the documents of one reply, each once.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    listens: bool,
    found: Vec<Pointer>,
    /// How many of `found` have been given out.
    listed: usize,
}

impl Unknown {
    /// From now on what is unknown is noted; before, nothing is looked at.
    pub(crate) fn listen(&mut self) {
        self.listens = true;
    }

    /// Notes the members of `document` that `shape` does not have. What says nothing (`null`, `false`, 0, an empty text, list
    /// or object) is passed over: servers fill members in that they do not use.
    pub(crate) fn note(&mut self, document: &Value, shape: &Shape) {
        if self.listens {
            self.compare(document, shape, &Place::Root);
        }
    }

    /// Notes a kind of event that the reader passes over.
    pub(crate) fn note_event(&mut self, kind: &str) {
        if self.listens {
            self.found(&Place::Key(&Place::Root, kind));
        }
    }

    /// Lists what has been found since the last time.
    pub(crate) fn list(&mut self, changes: &mut Changes) {
        for place in self.found.iter().skip(self.listed) {
            changes.dropped(place, "no counterpart in the other dialect");
        }
        self.listed = self.found.len();
    }

    fn compare(&mut self, value: &Value, shape: &Shape, place: &Place<'_>) {
        match (shape, value) {
            (Shape::Of(shape), _) => self.compare(value, shape, place),
            (Shape::Members(known), Value::Object(members)) => {
                for (key, member) in members {
                    let place = Place::Key(place, key);
                    match known.iter().find(|(name, _)| name == key) {
                        Some((_, shape)) => self.compare(member, shape, &place),
                        None if says_nothing(member) => {}
                        None => self.found(&place),
                    }
                }
            }
            (Shape::List(shape), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.compare(item, shape, &Place::Index(place, index));
                }
            }
            (Shape::Kinds(kinds), Value::Object(members)) => {
                let kind = members.get("type").and_then(Value::as_str);
                if let Some((_, shape)) = kinds.iter().find(|(name, _)| Some(*name) == kind) {
                    self.compare(value, shape, place);
                }
            }
            // Of another type than expected: that is the reader's business.
            (Shape::Known | Shape::Members(_) | Shape::List(_) | Shape::Kinds(_), _) => {}
        }
    }

    fn found(&mut self, place: &Place<'_>) {
        if self.found.len() < UNKNOWN_MAX {
            let place = place.pointer();
            if !self.found.contains(&place) {
                self.found.push(place);
            }
        }
    }
}

/// Where the comparison is; written out only for what is found.
enum Place<'p> {
    Root,
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> Pointer {
        match self {
            Place::Root => Pointer::root(),
            Place::Key(parent, key) => parent.pointer().key(key),
            Place::Index(parent, index) => parent.pointer().index(*index),
        }
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(members) => members.values().all(says_nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    static BLOCK: Shape = Shape::Kinds(&[("text", Shape::Members(&[("type", Shape::Known)]))]);
    static DOCUMENT: Shape = Shape::Members(&[
        ("id", Shape::Known),
        ("blocks", Shape::List(&BLOCK)),
        ("nested", Shape::Members(&[("block", Shape::Of(&BLOCK))])),
    ]);

    fn found(documents: &[Value]) -> Vec<String> {
        let mut unknown = Unknown::default();
        unknown.listen();
        let mut changes = Changes::new();
        for document in documents {
            unknown.note(document, &DOCUMENT);
            unknown.list(&mut changes);
        }
        changes.iter().map(|change| change.path.to_string()).collect()
    }

    fn check(document: Value, expected: Expect) {
        expected.assert_eq(&found(&[document]).join(" "));
    }

    #[test]
    fn members_are_found_at_any_depth() {
        check(json!({"id": {"any": 1}}), expect![""]);
        check(json!({"new": 1, "a/b": true}), expect!["/new /a~1b"]);
        check(
            json!({"blocks": [{"type": "text"}, {"type": "text", "new": "x"}]}),
            expect!["/blocks/1/new"],
        );
        check(
            json!({"nested": {"block": {"type": "text", "new": [1]}}}),
            expect!["/nested/block/new"],
        );
    }

    #[test]
    fn a_block_of_another_kind_travels_whole() {
        check(json!({"blocks": [{"type": "search", "new": 1}, {"new": 1}, 7]}), expect![""]);
    }

    #[test]
    fn what_says_nothing_is_passed_over() {
        let empty = json!({"a": null, "b": 0, "c": "", "d": [], "e": {"f": 0.0, "g": [null]}});
        check(empty, expect![""]);
        check(json!({"a": false, "b": true, "c": 0.5}), expect!["/b /c"]);
    }

    #[test]
    fn an_event_of_an_unknown_kind_is_noted_towards_another_dialect_only() {
        use crate::{Dialect, Memo, Step, StreamTranslator};
        for (from, event) in [
            (Dialect::Messages, r#"{"type":"tomorrow","x":1}"#),
            (Dialect::Responses, r#"{"type":"tomorrow","x":1}"#),
        ] {
            for (to, wanted) in [(Dialect::Chat, vec!["/tomorrow"]), (from, vec![])] {
                let mut translator = StreamTranslator::new(from, to, Memo::default());
                translator.push(format!("data: {event}\n\n").as_bytes(), &mut Step::default());
                let found: Vec<&str> =
                    translator.changes().iter().map(|change| change.path.as_str()).collect();
                // The kind is noted, and its other members are not looked at.
                assert_eq!(
                    found.first().copied(),
                    wanted.first().copied(),
                    "{from} to {to}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn each_place_is_listed_once() {
        let chunk = json!({"new": 1});
        assert_eq!(
            found(&[chunk.clone(), json!({"id": 1, "newer": 1}), chunk]),
            ["/new", "/newer"]
        );
    }

    #[test]
    fn no_server_fills_the_list() {
        let document: serde_json::Map<String, Value> =
            (0..10 * UNKNOWN_MAX).map(|number| (number.to_string(), json!(1))).collect();
        assert_eq!(found(&[Value::Object(document)]).len(), UNKNOWN_MAX);
    }

    #[test]
    fn nothing_is_looked_at_before_somebody_listens() {
        let mut unknown = Unknown::default();
        unknown.note(&json!({"new": 1}), &DOCUMENT);
        let mut changes = Changes::new();
        unknown.list(&mut changes);
        assert!(changes.is_empty());
    }
}
