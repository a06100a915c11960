//! What holds for any patch.

use ironbridge_tools::Control;
use ironbridge_tools::limits::PatchLimits;
use ironbridge_tools::patch::{Chunk, Line, LineKind, Parser, apply, parse};
use proptest::prelude::*;

/// Lines of which most mean something to the parser.
fn patch_text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "*** Begin Patch",
        "*** End Patch",
        " *** End Patch",
        "*** Add File: a",
        "*** Delete File: b",
        "*** Update File: c",
        " *** Update File: d",
        " *** Delete File: e",
        "*** Move to: f",
        "@@",
        "@@ x",
        "@@ -1,2 +1,2 @@",
        "+a",
        "-é",
        " c",
        "",
        " ",
        "*** End of File",
        "EOF",
        "<<EOF",
        "\\ No newline",
        "?",
    ]);
    let ending = prop::sample::select(vec!["\n", "\r\n"]);
    let body = prop::collection::vec((line, ending), 0..14)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| format!("{line}{end}")).collect());
    (any::<bool>(), body).prop_map(|(wrapped, body): (bool, String)| {
        if wrapped { format!("*** Begin Patch\n{body}*** End Patch") } else { body }
    })
}

/// A text of few different lines, with ends of any kind.
fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", " b", "", "c é", "—"]), 0..20)
        .prop_map(|lines| lines.into_iter().map(str::to_owned).collect())
}

/// What becomes of a line: kept, removed, and whether one is added before it.
fn steps() -> impl Strategy<Value = Vec<(bool, bool)>> {
    prop::collection::vec(any::<(bool, bool)>(), 21)
}

fn line(kind: LineKind, text: &str) -> Line {
    Line { kind, text: text.to_owned() }
}

/// One chunk over the whole file: where lines repeat, only that leaves no choice.
fn whole(lines: &[String], steps: &[(bool, bool)]) -> Chunk {
    let mut chunk = Chunk { line: 1, ..Chunk::default() };
    for (number, (keep, add)) in steps.iter().take(lines.len() + 1).enumerate() {
        if *add {
            chunk.lines.push(line(LineKind::Added, &format!("new {number}")));
        }
        if let Some(old) = lines.get(number) {
            let kind = if *keep { LineKind::Context } else { LineKind::Removed };
            chunk.lines.push(line(kind, old));
        }
    }
    chunk
}

fn reversed(chunk: &Chunk) -> Chunk {
    let swap = |kind| match kind {
        LineKind::Context => LineKind::Context,
        LineKind::Removed => LineKind::Added,
        LineKind::Added => LineKind::Removed,
    };
    let lines = chunk.lines.iter().map(|old| line(swap(old.kind), &old.text)).collect();
    Chunk { lines, ..chunk.clone() }
}

fn applied(text: &str, chunk: Chunk) -> String {
    apply(text, &[chunk], &PatchLimits::default(), &Control::unbounded()).expect("it fits").text
}

proptest! {
    #![proptest_config(crate::properties::config(256))]

    #[test]
    fn hunks_do_not_depend_on_where_the_patch_is_cut(
        text in patch_text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.retain(|cut| text.is_char_boundary(*cut));
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let mut parser = Parser::new();
        let mut hunks = Ok(Vec::new());
        for piece in cuts.windows(2) {
            let pushed = parser.push(&text[piece[0]..piece[1]]);
            hunks = hunks.and_then(|hunks: Vec<_>| Ok([hunks, pushed?].concat()));
        }
        let hunks = hunks.and_then(|hunks| Ok([hunks, parser.finish()?].concat()));
        prop_assert_eq!(hunks, parse(&text));
    }

    #[test]
    fn the_reversed_patch_takes_it_back(
        lines in lines(),
        steps in steps(),
        ending in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        last in any::<bool>(),
    ) {
        let mut text: String = lines.iter().map(|line| format!("{line}{ending}")).collect();
        if !last && lines.last().is_some_and(|line| !line.is_empty()) {
            text.truncate(text.len() - ending.len());
        }
        let chunk = whole(&lines, &steps);
        let new = applied(&text, chunk.clone());
        // Of a text without line ends it is not known which ones it would have.
        let told = |text: &str| lines.is_empty() || text.contains(ending);
        prop_assume!(told(&text) && told(&new) && !new.is_empty());
        prop_assert_eq!(applied(&new, reversed(&chunk)), text);
    }

    #[test]
    fn lines_that_stay_keep_their_bytes(
        lines in prop::collection::vec(("[abc]{0,3}", prop::sample::select(vec!["\n", "\r\n"])), 1..20),
        steps in steps(),
    ) {
        let text: String = lines.iter().map(|(line, end)| format!("{line}{end}")).collect();
        let contents: Vec<String> = lines.iter().map(|(line, _)| line.clone()).collect();
        let new = applied(&text, whole(&contents, &steps));
        let kept: Vec<String> = lines
            .iter()
            .zip(&steps)
            .filter(|(_, (keep, _))| *keep)
            .map(|((line, end), _)| format!("{line}{end}"))
            .collect();
        let found: Vec<&str> =
            new.split_inclusive('\n').filter(|line| !line.starts_with("new ")).collect();
        prop_assert_eq!(kept, found);
    }
}
