//! Whatever is edited: the bytes outside the places stay, and nothing panics.

use ironbridge_tools::edit::{Edited, Replace, Strategy, edit_text};
use ironbridge_tools::limits::EditLimits;
use proptest::prelude::*;

/// Few characters, so that things meet by chance.
const TEXT: &str = "([ab{}é \t\\\\\"]|\n|\r\n|\r|\u{feff}|foo\\(\\)|  \n){0,40}";

/// What lies between the places is the same before and after, byte for byte.
fn assert_spliced(content: &str, edited: &Edited) {
    let (mut before, mut after) = (0, 0);
    for one in &edited.replacements {
        let at = |byte: u64| usize::try_from(byte).expect("small");
        let kept = content.get(before..at(one.before.start_byte)).expect("a character boundary");
        assert_eq!(edited.content.get(after..at(one.after.start_byte)), Some(kept));
        (before, after) = (at(one.before.end_byte), at(one.after.end_byte));
    }
    assert_eq!(edited.content.get(after..), content.get(before..));
}

proptest! {
    #![proptest_config(crate::properties::config(256))]

    #[test]
    fn edits_splice_bytes_exactly(
        content in TEXT, old in TEXT, new in TEXT, replace_all: bool,
    ) {
        let replace = Replace { replace_all, ..Replace::new(&old, &new) };
        if let Ok(edited) = edit_text(&content, &replace, &EditLimits::default()) {
            assert_spliced(&content, &edited);
        }
    }

    /// A piece of the text itself is found exactly, or refused for standing there twice.
    #[test]
    fn what_is_there_is_found(content in TEXT, from: prop::sample::Index, length in 1..20_usize) {
        prop_assume!(!content.is_empty());
        let start = content.floor_char_boundary(from.index(content.len()));
        let end = content.ceil_char_boundary((start + length).min(content.len()));
        let old = &content[start..end];
        let replace = Replace { replace_all: true, ..Replace::new(old, "new") };
        if old != "\u{feff}" && !old.ends_with('\r') && !old.starts_with('\n') {
            let edited = edit_text(&content, &replace, &EditLimits::default()).expect("it is there");
            prop_assert!(matches!(edited.strategy, Strategy::Simple | Strategy::MultiOccurrence));
            assert_spliced(&content, &edited);
        }
    }

    /// A block whose every line has other white space around it is found by its lines, at its place.
    #[test]
    fn other_indentation_is_found_line_by_line(
        lines in prop::collection::vec("[a-z]{1,6}[0-9]{3}", 2..8), spaces in 1..9_usize,
    ) {
        let indented: String = lines.iter().map(|line| format!("{}{line} \n", " ".repeat(spaces))).collect();
        let content = format!("head\n{indented}tail\n");
        let old = lines.join("\n");
        let edited = edit_text(&content, &Replace::new(&old, "x\n  y"), &EditLimits::default())
            .expect("it is there");
        prop_assert_eq!(edited.strategy, Strategy::LineTrimmed);
        let pad = " ".repeat(spaces);
        prop_assert_eq!(edited.content, format!("head\n{pad}x\n{pad}  y\ntail\n"));
    }
}
