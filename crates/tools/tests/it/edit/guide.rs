//! `docs/guide/edit.md` tells the truth: its examples are run.

use std::path::Path;

use ironbridge_tools::edit::{Replace, Strategy, edit_text};
use ironbridge_tools::limits::EditLimits;

/// The fenced blocks under one heading.
#[derive(Default)]
struct Example {
    heading: String,
    before: String,
    old: String,
    new: String,
    after: Option<String>,
    refused: Option<String>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("### ") {
            examples.push(Example { heading: heading.to_owned(), ..Example::default() });
        }
        let Some(name) = line.strip_prefix("```text ") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        let example = examples.last_mut().expect("a heading above");
        match name {
            "before" => example.before = block + "\n",
            "old" => example.old = block,
            "new" => example.new = block,
            "after" => example.after = Some(block + "\n"),
            "refused" => example.refused = Some(block),
            other => panic!("{}: a block called {other}", example.heading),
        }
    }
    examples.retain(|example| !example.before.is_empty());
    examples
}

#[test]
fn the_examples_of_the_guide_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/edit.md");
    let page = std::fs::read_to_string(path).expect("the guide can be read");
    let mut found = Vec::new();
    for example in examples(&page) {
        let Example { heading, before, old, new, after, refused } = &example;
        let replace_all = heading == "multi-occurrence";
        let replace = Replace { replace_all, ..Replace::new(old, new) };
        match edit_text(before, &replace, &EditLimits::default()) {
            Ok(edited) => {
                assert_eq!(edited.strategy.name(), heading);
                assert_eq!(Some(&edited.content), after.as_ref(), "{heading}");
                found.push(edited.strategy);
            }
            Err(error) => assert_eq!(Some(&error.to_string()), refused.as_ref(), "{heading}"),
        }
    }
    found.sort_unstable();
    let all = [
        Strategy::Simple,
        Strategy::LineTrimmed,
        Strategy::BlockAnchor,
        Strategy::WhitespaceNormalized,
        Strategy::IndentationFlexible,
        Strategy::EscapeNormalized,
        Strategy::TrimmedBoundary,
        Strategy::ContextAware,
        Strategy::MultiOccurrence,
    ];
    assert_eq!(found, all, "an example for each strategy");
}
