//! Replacing text that a model remembers not quite exactly: nine strategies behind guards.
//!
//! Beside `str::replacen`, which finds only what is there exactly.

use divan::Bencher;
use ironbridge_tools::edit::{Replace, edit_text};
use ironbridge_tools::limits::EditLimits;

const LINES: [usize; 5] = [10, 100, 1_000, 5_000, 10_000];
/// Lines of the block that is not there.
const BLOCK: usize = 40;

/// A program of distinct lines, each between `indent` and `end`.
fn program(lines: impl Iterator<Item = usize>, indent: &str, end: &str) -> String {
    lines.fold(String::new(), |text, line| match line % 4 {
        0 => text + &format!("{indent}fn step_{line}(state: &mut State) {{{end}\n"),
        1 => text + &format!("{indent}    let value = state.load({line});{end}\n"),
        2 => text + &format!("{indent}    state.store({line}, value + {line});{end}\n"),
        _ => text + &format!("{indent}}}{end}\n"),
    })
}

fn check(content: &str, old: &str, is_there: bool) {
    let edited = edit_text(content, &Replace::new(old, "new\n"), &EditLimits::default());
    assert_eq!(edited.is_ok(), is_there, "{edited:?}");
}

fn bench(bencher: Bencher<'_, '_>, content: &str, old: &str, is_there: bool) {
    check(content, old, is_there);
    let limits = EditLimits::default();
    let replace = Replace::new(old, "new\n");
    bencher.bench(|| edit_text(divan::black_box(content), &replace, &limits));
}

#[divan::bench(args = LINES)]
fn exact_floor_replacen(bencher: Bencher<'_, '_>, lines: usize) {
    let content = program(0..lines, "", "");
    let old = program(lines - 4..lines, "", "");
    bencher.bench(|| divan::black_box(&content).replacen(&old, "new\n", 1));
}

#[divan::bench(args = LINES)]
fn exact(bencher: Bencher<'_, '_>, lines: usize) {
    let (content, old) = (program(0..lines, "", ""), program(lines - 4..lines, "", ""));
    bench(bencher, &content, &old, true);
}

/// All of the text, each line with other white space at its ends.
#[divan::bench(args = LINES)]
fn whitespace_around_each_line(bencher: Bencher<'_, '_>, lines: usize) {
    bench(bencher, &program(0..lines, "\t", " "), &program(0..lines, "  ", ""), true);
}

/// All of the text, each line with other white space between its words.
#[divan::bench(args = LINES)]
fn whitespace_within_each_line(bencher: Bencher<'_, '_>, lines: usize) {
    let content = program(0..lines, "", "");
    bench(bencher, &content, &content.replace(' ', "   "), true);
}

/// A block of which no line is there.
#[divan::bench(args = LINES)]
fn miss(bencher: Bencher<'_, '_>, lines: usize) {
    let old = program(0..BLOCK, "", "").replace("state", "store").replace('}', "},");
    bench(bencher, &program(0..lines, "", ""), &old, false);
}

/// A block whose first and last line are everywhere.
#[divan::bench(args = LINES)]
fn miss_with_common_anchors(bencher: Bencher<'_, '_>, lines: usize) {
    let old = format!("}}\n{}}}\n", program(0..BLOCK, "", "").replace("state", "other thing"));
    bench(bencher, &program(0..lines, "", ""), &old, false);
}
