//! Placeholders a model writes instead of code it means to keep: `// ... existing code ...`.

use super::lines::{is_blank, trimmed};

/// What a comment begins with, in most languages; the longest first.
const OPENERS: &[&str] = &[
    "{/*", "<!--", "/**", "/*", "///", "//", "--", "##", "#", ";;", ";", "%", "*", "(*", "\"\"\"",
    "'", "(",
];
/// What it ends with.
const CLOSERS: &[&str] = &["*/}", "-->", "**/", "*/", "*)", "\"\"\"", ")"];
/// How leaving something out is written.
const ELLIPSES: &[&str] = &["...", "…"];
/// What such a comment says is left out, without the ellipsis, in lower case. A phrase at the start, or the whole.
const PHRASES: &[&str] = &[
    "rest of ",
    "the rest of ",
    "the rest ",
    "rest unchanged",
    "existing ",
    "unchanged ",
    "remaining ",
    "the remaining ",
    "other existing ",
    "same as before",
    "same as above",
    "no changes",
    "no change ",
    "keep the rest",
    "keep existing ",
    "keep the existing ",
    "previous code",
    "original code",
    "code unchanged",
    "code omitted",
    "code remains ",
    "omitted for brevity",
    "truncated for brevity",
];
/// The same as the comment's whole text.
const WORDS: &[&str] =
    &["rest", "the rest", "existing", "unchanged", "remaining", "omitted", "truncated", "snip"];
/// Longer comments say something.
const CHARACTERS_MAX: usize = 120;

/// The first line of `new` that is a placeholder and no line of `old`: its number from 1, and its text.
pub(super) fn placeholder<'n>(old: &str, new: &'n str) -> Option<(usize, &'n str)> {
    // A cheap refusal: few texts have an ellipsis at all.
    if !ELLIPSES.iter().any(|ellipsis| new.contains(ellipsis)) {
        return None;
    }
    let is_new = |line: &str| !old.lines().any(|old| trimmed(old) == line);
    let mut lines = new.lines().enumerate().map(|(index, line)| (index + 1, trimmed(line)));
    lines.find(|(_, line)| is_placeholder(line) && is_new(line))
}

fn is_placeholder(line: &str) -> bool {
    if line.chars().nth(CHARACTERS_MAX).is_some() {
        return false;
    }
    let comment = OPENERS.iter().find_map(|opener| line.strip_prefix(opener));
    let Some(body) = comment.or_else(|| without_ellipsis(line)) else {
        return false;
    };
    let body = trimmed(body);
    let body = CLOSERS.iter().find_map(|closer| body.strip_suffix(closer)).unwrap_or(body);
    let mut words = body;
    loop {
        let inner = words.trim_matches(|c: char| is_blank(c) || matches!(c, '(' | ')' | '[' | ']'));
        match without_ellipsis(inner) {
            Some(inner) => words = inner,
            None => break words = inner,
        }
    }
    let words = words.trim_end_matches(['.', ':', ';', ',']).to_lowercase();
    let spaced = format!("{words} ");
    let had_ellipsis = ELLIPSES.iter().any(|ellipsis| line.contains(ellipsis));
    // `...rest` without a comment is a spread; an ellipsis and several words are code nowhere, and prose rarely.
    (comment.is_some() || words.contains(' '))
        && had_ellipsis
        && (WORDS.contains(&words.as_str())
            || PHRASES.iter().any(|phrase| spaced.starts_with(phrase)))
}

/// Without one ellipsis at the start or the end; `None` when there is none.
fn without_ellipsis(text: &str) -> Option<&str> {
    let text = trimmed(text);
    let start = ELLIPSES.iter().find_map(|ellipsis| text.strip_prefix(ellipsis));
    start.or_else(|| ELLIPSES.iter().find_map(|ellipsis| text.strip_suffix(ellipsis)))
}
