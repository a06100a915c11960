//! Wildcards: `*` and `?`, nothing else.

use std::fmt;

use memchr::memmem;

/// A pattern, read once: `*` stands for any text, newlines included, `?` for one character, all else for itself, and
/// the whole text must match. ` *` at the end also stands for nothing: `ls *` matches `ls` and `ls -la`, and not
/// `lsof`.
///
/// Matching goes through the text once per part between two `*`, always forward: no pattern makes it explode.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    whole: Parts,
    /// Without the ` *` at the end.
    short: Option<Parts>,
}

/// What stands between the `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    first: Part,
    /// `None`: there is no `*`, and `first` is everything.
    rest: Option<(Vec<Part>, Part)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    text: String,
    /// Whether it has a `?`.
    open: bool,
}

impl Pattern {
    /// Reads `source`; every text is a pattern.
    pub fn new(source: impl Into<String>) -> Self {
        let source = source.into();
        let short = source.strip_suffix(" *").map(Parts::new);
        Self { whole: Parts::new(&source), short, source }
    }

    /// Whether all of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        self.whole.matches(text) || self.short.as_ref().is_some_and(|short| short.matches(text))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl Parts {
    fn new(pattern: &str) -> Self {
        let mut parts = pattern.split('*').map(Part::new);
        let first = parts.next().unwrap_or_else(|| Part::new(""));
        let mut rest: Vec<Part> = parts.collect();
        let last = rest.pop();
        // `**` is `*`.
        rest.retain(|part| !part.text.is_empty());
        Self { first, rest: last.map(|last| (rest, last)) }
    }

    fn matches(&self, text: &str) -> bool {
        let Some(length) = self.first.length_at_start(text) else { return false };
        let mut text = text.get(length..).unwrap_or_default();
        let Some((middle, last)) = &self.rest else { return text.is_empty() };
        // The first place a part fits leaves the most for those behind it.
        for part in middle {
            let Some(end) = part.end_in(text) else { return false };
            text = text.get(end..).unwrap_or_default();
        }
        last.fits_at_end(text)
    }
}

impl Part {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), open: text.contains('?') }
    }

    /// How long its match at the start of `text` is.
    fn length_at_start(&self, text: &str) -> Option<usize> {
        if !self.open {
            return text.starts_with(&self.text).then_some(self.text.len());
        }
        let mut rest = text.chars();
        for wanted in self.text.chars() {
            let found = rest.next()?;
            if wanted != '?' && wanted != found {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }

    /// Where its first match in `text` ends.
    fn end_in(&self, text: &str) -> Option<usize> {
        if !self.open {
            let at = memmem::find(text.as_bytes(), self.text.as_bytes())?;
            return Some(at + self.text.len());
        }
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        for at in starts {
            if let Some(length) = self.length_at_start(text.get(at..).unwrap_or_default()) {
                return Some(at + length);
            }
        }
        None
    }

    fn fits_at_end(&self, text: &str) -> bool {
        if !self.open {
            return text.ends_with(&self.text);
        }
        let mut rest = text.chars().rev();
        self.text.chars().rev().all(|wanted| match rest.next() {
            Some(found) => wanted == '?' || wanted == found,
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_whole_texts() {
        let cases = [
            ("ls *", "ls"),
            ("ls *", "ls -la"),
            ("ls *", "lsof"),
            ("ls *", "ls "),
            ("ls*", "lsof"),
            ("*", ""),
            ("*", "a\nb"),
            ("* *", "a"),
            (" *", ""),
            ("rm *", "rm a\nrm b"),
            ("a?c", "abc"),
            ("a?c", "a\nc"),
            ("a?c", "aéc"),
            ("a?c", "ac"),
            ("a.c", "abc"),
            ("a[b]c", "abc"),
            ("a*b*c", "aXbYc"),
            ("a*b*c", "aXcYb"),
            ("ab*ba", "aba"),
            ("*?", ""),
            ("?*", "x"),
            ("", ""),
            ("", "x"),
            ("git * --force *", "git push --force"),
            ("*.env", "a/.env"),
            ("A", "a"),
        ];
        let shown: String = cases
            .iter()
            .map(|(pattern, text)| {
                format!("{pattern:?} {text:?} {}\n", Pattern::new(*pattern).matches(text))
            })
            .collect();
        expect![[r#"
            "ls *" "ls" true
            "ls *" "ls -la" true
            "ls *" "lsof" false
            "ls *" "ls " true
            "ls*" "lsof" true
            "*" "" true
            "*" "a\nb" true
            "* *" "a" true
            " *" "" true
            "rm *" "rm a\nrm b" true
            "a?c" "abc" true
            "a?c" "a\nc" true
            "a?c" "aéc" true
            "a?c" "ac" false
            "a.c" "abc" false
            "a[b]c" "abc" false
            "a*b*c" "aXbYc" true
            "a*b*c" "aXcYb" false
            "ab*ba" "aba" false
            "*?" "" false
            "?*" "x" true
            "" "" true
            "" "x" false
            "git * --force *" "git push --force" true
            "*.env" "a/.env" true
            "A" "a" false
        "#]]
        .assert_eq(&shown);
    }

    /// What took others hours takes one pass per part.
    #[test]
    fn no_pattern_explodes() {
        let pattern = Pattern::new("*a".repeat(1000) + "b");
        assert!(!pattern.matches(&"a".repeat(100_000)));
        let open = Pattern::new("*a?".repeat(100) + "b");
        assert!(!open.matches(&"a".repeat(10_000)));
    }

    /// The definition: a regular expression, whole text, `.` for newlines, too.
    fn oracle(pattern: &str, text: &str) -> bool {
        fn all(pattern: &str) -> String {
            pattern
                .chars()
                .map(|letter| match letter {
                    '*' => ".*".to_owned(),
                    '?' => ".".to_owned(),
                    other => format!(r"\x{{{:x}}}", u32::from(other)),
                })
                .collect()
        }
        let expression = match pattern.strip_suffix(" *") {
            Some(short) => format!(r"(?s)\A(?:{}(?: .*)?)\z", all(short)),
            None => format!(r"(?s)\A(?:{})\z", all(pattern)),
        };
        let matcher = grep_regex::RegexMatcherBuilder::new().build(&expression).expect("one");
        grep_matcher::Matcher::is_match(&matcher, text.as_bytes()).expect("it cannot fail")
    }

    proptest! {
        #![proptest_config(crate::property_config())]
        #[test]
        fn it_is_what_the_regular_expression_says(
            pattern in "[ab é*?\n]{0,8}( \\*)?",
            text in "[ab é\n]{0,10}",
        ) {
            prop_assert_eq!(Pattern::new(pattern.as_str()).matches(&text), oracle(&pattern, &text));
        }
    }
}
