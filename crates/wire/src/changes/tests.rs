use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(paths: &[&[&str]], expected: Expect) {
    let mut changes = Changes::new();
    for path in paths {
        let at = path.iter().fold(Pointer::root(), |at, key| at.key(key));
        changes.dropped(&at, "a test");
    }
    expected.assert_eq(&changes.header());
}

#[test]
fn the_header_counts_and_lists() {
    check(&[], expect!["0; "]);
    check(&[&["top_k"]], expect!["1; /top_k"]);
    check(&[&["messages", "0", "content"], &["top_k"]], expect!["2; /messages/0/content,/top_k"]);
    check(&[&[]], expect!["1; "]);
}

#[test]
fn the_header_is_ascii_and_cannot_be_split() {
    check(
        &[&["a,b;c"], &["é\r\nx-evil: 1"], &["a/b~"]],
        expect!["3; /a?b?c,/????x-evil: 1,/a~1b~0"],
    );
}

#[test]
fn a_long_list_is_cut() {
    let long = "x".repeat(600);
    let changes = |keys: &[&str]| {
        let mut changes = Changes::new();
        keys.iter().for_each(|key| changes.dropped(&Pointer::root().key(key), "a test"));
        changes.header()
    };
    assert_eq!(changes(&["a", &long, &long]), format!("3; /a,/{long},..."));
    assert_eq!(changes(&["a", &"x".repeat(2000)]), "2; /a,...");
    assert_eq!(changes(&[&"x".repeat(2000), "a"]), "2; ...");
}

#[test]
fn changes_keep_their_order_and_kind() {
    let mut changes = Changes::new();
    assert!(changes.is_empty());
    changes.dropped(&Pointer::root().key("a"), "gone");
    let mut later = Changes::new();
    later.changed(&Pointer::root().key("b"), String::from("other"));
    changes.extend(later);
    assert_eq!(changes.len(), 2);
    let listed: Vec<String> = (&changes)
        .into_iter()
        .map(|change| format!("{} {} {}", change.path, change.carried.name(), change.why))
        .collect();
    assert_eq!(listed, ["/a dropped gone", "/b changed other"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_header_is_bounded(keys in prop::collection::vec(".{0,400}", 0..12)) {
        let mut changes = Changes::new();
        keys.iter().for_each(|key| changes.changed(&Pointer::root().key(key), "a test"));
        let header = changes.header();
        prop_assert!(header.len() <= HEADER_BYTES_MAX);
        prop_assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let count = format!("{}; ", keys.len());
        prop_assert!(header.starts_with(&count));
    }
}
