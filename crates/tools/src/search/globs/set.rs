//! Several globs as one question. A `?` or a class stands for one character.
//!
//! globset asks bytes: its `?` is half an `ä`, its `[à-ü]` a set of bytes, and without regard to case only letters of
//! ASCII are alike. Where none of that is in a glob, bytes and characters give the same answer, and globset answers
//! fastest: `*.rs` is one look into a table. The others are the expression that globset makes of them, with its escaped
//! bytes read as the characters they are.
//!
//! A name that is no UTF-8 is asked as it is shown, with U+FFFD for what is no character.

use std::path::{MAIN_SEPARATOR, Path};

use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};
use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::syntax;

/// What the expressions of one set may take, in bytes: as much as globset gives its own.
const EXPRESSIONS_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Globs of which one must match.
#[derive(Debug)]
pub(super) struct Set {
    bytes: GlobSet,
    characters: Option<Regex>,
}

impl Set {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.characters.is_none()
    }

    pub(super) fn is_match(&self, asked: &Asked<'_>) -> bool {
        self.bytes.is_match_candidate(&asked.candidate)
            || self.characters.as_ref().is_some_and(|expressions| {
                let text = asked.path.to_string_lossy();
                if MAIN_SEPARATOR == '/' {
                    expressions.is_match(text.as_ref())
                } else {
                    expressions.is_match(&text.replace(MAIN_SEPARATOR, "/"))
                }
            })
    }
}

/// A path that sets are asked for.
pub(super) struct Asked<'p> {
    path: &'p Path,
    candidate: Candidate<'p>,
}

impl<'p> Asked<'p> {
    pub(super) fn new(path: &'p Path) -> Self {
        Self { path, candidate: Candidate::new(path) }
    }
}

/// A set to be.
#[derive(Debug)]
pub(super) struct Building {
    bytes: GlobSetBuilder,
    expressions: Vec<String>,
}

impl Building {
    pub(super) fn new() -> Self {
        Self { bytes: GlobSetBuilder::new(), expressions: Vec::new() }
    }

    /// `case_insensitive`: as `glob` was made.
    pub(super) fn add(&mut self, glob: Glob, case_insensitive: bool) {
        if case_insensitive || glob.glob().contains(['?', '[', char::REPLACEMENT_CHARACTER]) {
            self.expressions.push(of_characters(glob.regex(), case_insensitive));
        } else {
            self.bytes.add(glob);
        }
    }

    pub(super) fn build(&self) -> Result<Set, SetError> {
        let bytes = self.bytes.build()?;
        if self.expressions.is_empty() {
            return Ok(Set { bytes, characters: None });
        }
        let syntax = syntax::Config::new().dot_matches_new_line(true);
        let config = Regex::config().nfa_size_limit(Some(EXPRESSIONS_BYTES_MAX));
        let characters =
            Regex::builder().syntax(syntax).configure(config).build_many(&self.expressions)?;
        Ok(Set { bytes, characters: Some(characters) })
    }
}

/// Why globs are too much together.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetError {
    #[error("{}", .0.kind())]
    Bytes(#[from] globset::Error),
    #[error("together they need more than {} MiB", EXPRESSIONS_BYTES_MAX / (1024 * 1024))]
    Characters(#[from] Box<BuildError>),
}

impl From<BuildError> for SetError {
    fn from(error: BuildError) -> Self {
        Self::Characters(Box::new(error))
    }
}

/// The same expression over characters: `\xc3\xa4` is `ä`. And no class holds a slash, as none of git's does.
fn of_characters(of_bytes: &str, case_insensitive: bool) -> String {
    let mut expression = String::with_capacity(of_bytes.len());
    if case_insensitive {
        expression.push_str("(?i)");
    }
    let anchored = of_bytes.find('^').and_then(|start| of_bytes.get(start..)).unwrap_or(of_bytes);
    let mut rest = anchored.chars();
    let mut character = Vec::with_capacity(4);
    while let Some(next) = rest.next() {
        match next {
            '\\' if rest.as_str().starts_with('x') => {
                let byte = rest.as_str().get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                character.extend(byte);
                rest = rest.as_str().get(3..).unwrap_or_default().chars();
                if let Ok(whole) = str::from_utf8(&character) {
                    expression.push_str(whole);
                    character.clear();
                }
            }
            '\\' => expression.extend(std::iter::once(next).chain(rest.next())),
            '[' => expression.push_str("[["),
            ']' => expression.push_str("]&&[^/]]"),
            plain => expression.push(plain),
        }
    }
    expression
}

#[cfg(test)]
mod tests {
    use globset::GlobBuilder;
    use proptest::prelude::*;

    use super::*;

    fn set(globs: &[&str], case_insensitive: bool) -> Set {
        let mut building = Building::new();
        for glob in globs {
            let glob = GlobBuilder::new(glob)
                .literal_separator(true)
                .backslash_escape(true)
                .empty_alternates(true)
                .case_insensitive(case_insensitive)
                .build();
            building.add(glob.expect("it is a glob"), case_insensitive);
        }
        building.build().expect("few globs fit")
    }

    fn is_match(set: &Set, path: impl AsRef<Path>) -> bool {
        set.is_match(&Asked::new(path.as_ref()))
    }

    #[test]
    fn a_character_is_whole() {
        let cases = [
            ("?.ts", "ä.ts", true),
            ("??.ts", "ä.ts", false),
            ("[äö]", "ö", true),
            ("[äö]", "ü", false),
            ("[à-ü]x", "éx", true),
            ("[!a]", "😀", true),
            ("[!ä]", "ä", false),
            ("a[!x]b", "a/b", false),
            ("a[+-9]b", "a/b", false),
            ("a[/]b", "a/b", false),
            ("\\?\\[ä", "?[ä", true),
            ("[]&^-]", "&", true),
            ("[a&&b~~c]", "~", true),
            ("{ä,?/[ö]}.rs", "é/ö.rs", true),
            ("?\\\\x41", "a\\x41", true),
            ("?*", "a\nb", true),
            ("**/[z]/**", "a/b/z/ä/c", true),
            ("?", "\u{fffd}", true),
        ];
        for (glob, path, expected) in cases {
            assert_eq!(is_match(&set(&[glob], false), path), expected, "{glob} {path}");
        }
    }

    #[test]
    fn letters_of_any_alphabet_have_case() {
        for (glob, path) in [("ÄPFEL.*", "äpfel.rs"), ("[Α-Ω].x", "λ.x"), ("**/SS", "a/ss")] {
            assert!(is_match(&set(&[glob], true), path), "{glob} {path}");
            assert!(!is_match(&set(&[glob], false), path), "{glob} {path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_utf_8_is_asked_as_it_is_shown() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        let cases: [(&str, &[u8], bool); 6] = [
            ("caf?.txt", b"caf\xe9.txt", true),
            ("caf[!a].txt", b"caf\xe9.txt", true),
            ("caf*.txt", b"caf\xe9.txt", true),
            ("caf\u{fffd}.txt", b"caf\xe9.txt", true),
            ("*/?.rs", b"\xff\xff/a.rs", true),
            ("caf??.txt", b"caf\xe9.txt", false),
        ];
        for (glob, path, expected) in cases {
            let path = OsStr::from_bytes(path);
            assert_eq!(is_match(&set(&[glob], false), path), expected, "{glob} {path:?}");
        }
    }

    #[test]
    fn globs_that_are_too_much_say_so() {
        let mut building = Building::new();
        for _ in 0..1000 {
            building.add(Glob::new(&"?".repeat(1000)).expect("it is a glob"), false);
        }
        let error = building.build().expect_err("a million characters");
        assert_eq!(error.to_string(), "together they need more than 10 MiB");
    }

    /// What a glob is, part by part and character by character.
    fn model(glob: &[char], path: &[char], in_name: bool) -> bool {
        match glob {
            [] => path.is_empty(),
            ['*', '*', '/', rest @ ..] if !in_name => {
                let starts =
                    path.iter().enumerate().filter(|(_, at)| **at == '/').map(|(at, _)| at + 1);
                std::iter::once(0).chain(starts).any(|at| model(rest, &path[at..], false))
            }
            ['/', '*', '*'] => path.len() > 1 && path[0] == '/',
            ['*', rest @ ..] => {
                let name = path.iter().position(|c| *c == '/').unwrap_or(path.len());
                (0..=name).any(|taken| model(rest, &path[taken..], true))
            }
            [one, rest @ ..] => {
                let Some((first, after)) = path.split_first() else { return false };
                match one {
                    '?' => *first != '/' && model(rest, after, true),
                    '[' => {
                        let end = rest.iter().position(|c| *c == ']').expect("it is closed");
                        let (negated, members) = match &rest[..end] {
                            ['!', members @ ..] => (true, members),
                            members => (false, members),
                        };
                        let among = match members {
                            [low, '-', high] => low <= first && first <= high,
                            members => members.contains(first),
                        };
                        *first != '/' && among != negated && model(&rest[end + 1..], after, true)
                    }
                    '/' => *first == '/' && model(rest, after, false),
                    plain => plain == first && model(rest, after, true),
                }
            }
        }
    }

    proptest! {
        #![proptest_config(crate::property_config())]
        #[test]
        fn it_is_what_the_plain_model_says(
            parts in prop::collection::vec("(([aäß😀.*?]|\\[!?[aäß😀]{1,2}\\]|\\[[a-ä]-[ß-😀]\\]){1,4})|\\*\\*", 1..4),
            paths in prop::collection::vec("[aäß😀.\n]{1,3}(/[aäß😀.\n]{1,3}){0,2}", 1..8),
        ) {
            // `**` beside other characters is a `*` to git and an error or more to others; it is no part of the model.
            prop_assume!(parts.iter().all(|part| part == "**" || !part.contains("**")));
            let glob = parts.join("/");
            prop_assume!(glob != "**");
            let set = set(&[&glob], false);
            let letters: Vec<char> = glob.chars().collect();
            for path in &paths {
                let expected = model(&letters, &path.chars().collect::<Vec<_>>(), false);
                prop_assert_eq!(is_match(&set, path), expected, "{} {:?}", glob, path);
            }
        }
    }
}
