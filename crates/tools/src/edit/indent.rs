//! Re-indenting: a block found at another depth than it was remembered at is replaced at the depth it was found at.

use std::borrow::Cow;

use super::lines::{indentation, is_blank};

/// How the indentation of `old` became that of the lines it was found in.
///
/// A shift is *uniform* when one rule explains every line of `old` that is not blank:
///
/// - the file has the same text before each line's indentation ([`Rule::Deeper`]);
/// - `old` has the same text before each line's indentation ([`Rule::Shallower`]);
/// - `old` is indented by spaces alone and the file by tabs alone, or the other way round, and the widths of all lines
///   lie on one line `spaces = width × tabs + rest` ([`Rule::ToTabs`], [`Rule::ToSpaces`]). With a single depth the
///   rest is 0.
///
/// The rule is then applied to every line of `new` that is not blank. It is not when `new` is written at the file's
/// depth already: its shallowest line has the indentation of the shallowest line found, which `old`'s has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shift {
    rule: Rule,
    shallowest_old: String,
    shallowest_found: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Same,
    Deeper(String),
    Shallower(String),
    ToTabs { width: i64, rest: i64 },
    ToSpaces { width: i64, rest: i64 },
}

/// Spaces one tab may stand for.
const TAB_WIDTHS: std::ops::RangeInclusive<i64> = 1..=16;

impl Shift {
    /// Nothing is moved.
    pub(super) fn none() -> Self {
        let none = String::new;
        Self { rule: Rule::Same, shallowest_old: none(), shallowest_found: none() }
    }

    /// The uniform shift from lines of `old` to the lines found, `None` when there is none. Blank lines do not count.
    pub(super) fn between<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let pairs: Vec<(&str, &str)> = pairs
            .filter(|(old, found)| !is_blank_line(old) && !is_blank_line(found))
            .map(|(old, found)| (indentation(old), indentation(found)))
            .collect();
        let Some((old, found)) = pairs.first().copied() else {
            return Some(Self::none());
        };
        let rule = if let Some(added) = found.strip_suffix(old) {
            let deeper = |(old, found): &(&str, &str)| found.strip_prefix(added) == Some(old);
            pairs.iter().all(deeper).then(|| match added {
                "" => Rule::Same,
                _ => Rule::Deeper(added.to_owned()),
            })
        } else if let Some(removed) = old.strip_suffix(found) {
            let shallower = |(old, found): &(&str, &str)| old.strip_prefix(removed) == Some(found);
            pairs.iter().all(shallower).then(|| Rule::Shallower(removed.to_owned()))
        } else {
            None
        };
        let rule = rule.or_else(|| retabbed(&pairs))?;
        let shallowest = |indents: &mut dyn Iterator<Item = &str>| {
            indents.min_by_key(|indent| indent.len()).unwrap_or_default().to_owned()
        };
        Some(Self {
            rule,
            shallowest_old: shallowest(&mut pairs.iter().map(|(old, _)| *old)),
            shallowest_found: shallowest(&mut pairs.iter().map(|(_, found)| *found)),
        })
    }

    /// Whether lines stay where they were.
    pub(super) fn is_same(&self) -> bool {
        self.rule == Rule::Same
    }

    /// Whether `new` is already indented as the lines found.
    pub(super) fn is_done_in(&self, new: &str) -> bool {
        let lines = new.split('\n').filter(|line| !is_blank_line(line));
        let shallowest = lines.map(indentation).min_by_key(|indent| indent.len());
        self.shallowest_old != self.shallowest_found
            && shallowest == Some(self.shallowest_found.as_str())
    }

    /// The lines of `new`, shifted; without the first where `new` starts behind a line's indentation.
    pub(super) fn apply<'n>(&self, new: Cow<'n, str>, with_first: bool) -> Cow<'n, str> {
        if self.is_same() {
            return new;
        }
        let mut out = String::with_capacity(new.len() + new.len() / 4);
        for (index, line) in new.split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
            }
            if is_blank_line(line) || (index == 0 && !with_first) {
                out.push_str(line);
            } else {
                self.rule.push_shifted(line, &mut out);
            }
        }
        Cow::Owned(out)
    }
}

impl Rule {
    fn push_shifted(&self, line: &str, out: &mut String) {
        let depth = |mark: char| {
            let rest = line.trim_start_matches(mark);
            (i64::try_from(line.len() - rest.len()).unwrap_or(0), rest)
        };
        match self {
            Self::Same => out.push_str(line),
            Self::Deeper(added) => {
                out.push_str(added);
                out.push_str(line);
            }
            // A line that is not as deep loses what it has of it.
            Self::Shallower(removed) => {
                let common = removed.bytes().zip(line.bytes());
                let common = common.take_while(|(removed, byte)| removed == byte).count();
                let common = line.floor_char_boundary(common);
                out.push_str(line.get(common..).unwrap_or(line));
            }
            Self::ToTabs { width, rest } => {
                let (spaces, text) = depth(' ');
                if text.starts_with('\t') {
                    return out.push_str(line);
                }
                let spaces = (spaces - rest).max(0);
                push_times('\t', spaces / width, out);
                push_times(' ', spaces % width, out);
                out.push_str(text);
            }
            Self::ToSpaces { width, rest } => {
                let (tabs, text) = depth('\t');
                if tabs == 0 && text.starts_with(' ') {
                    return out.push_str(line);
                }
                push_times(' ', tabs * width + rest, out);
                out.push_str(text);
            }
        }
    }
}

fn push_times(mark: char, times: i64, out: &mut String) {
    out.extend(std::iter::repeat_n(mark, usize::try_from(times).unwrap_or(0)));
}

fn is_blank_line(line: &str) -> bool {
    line.chars().all(is_blank)
}

/// From spaces to tabs or back, when all lines agree on a width.
fn retabbed(pairs: &[(&str, &str)]) -> Option<Rule> {
    let made_of = |indent: &str, mark: u8| indent.bytes().all(|byte| byte == mark);
    let all = |old_mark: u8, found_mark: u8| {
        pairs.iter().all(|(old, found)| made_of(old, old_mark) && made_of(found, found_mark))
    };
    let lengths = |(old, found): &(&str, &str)| {
        Some((i64::try_from(old.len()).ok()?, i64::try_from(found.len()).ok()?))
    };
    let lengths: Vec<(i64, i64)> = pairs.iter().map(lengths).collect::<Option<_>>()?;
    if all(b' ', b'\t') {
        let (width, rest) = tab_width(&lengths.iter().map(|(spaces, tabs)| (*tabs, *spaces)))?;
        Some(Rule::ToTabs { width, rest })
    } else if all(b'\t', b' ') {
        let (width, rest) = tab_width(&lengths.iter().copied())?;
        Some(Rule::ToSpaces { width, rest })
    } else {
        None
    }
}

/// `(width, rest)` so that `spaces = width × tabs + rest` for every `(tabs, spaces)`.
fn tab_width(depths: &(impl Iterator<Item = (i64, i64)> + Clone)) -> Option<(i64, i64)> {
    let (tabs, spaces) = depths.clone().next()?;
    let (width, rest) = match depths.clone().find(|(other, _)| *other != tabs) {
        Some((other_tabs, other_spaces)) => {
            let (rise, run) = (other_spaces - spaces, other_tabs - tabs);
            if rise % run != 0 {
                return None;
            }
            (rise / run, spaces - tabs * (rise / run))
        }
        None if tabs > 0 && spaces % tabs == 0 => (spaces / tabs, 0),
        None => return None,
    };
    let agree = depths.clone().all(|(tabs, spaces)| spaces == width * tabs + rest);
    (TAB_WIDTHS.contains(&width) && agree).then_some((width, rest))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// `old` and `found` line by line, `|` between lines, `→` for a tab; what becomes of `new`.
    #[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
    fn check(old: &str, found: &str, new: &str, expected: Expect) {
        let text = |shown: &str| shown.replace('|', "\n").replace('→', "\t");
        let (old, found, new) = (text(old), text(found), text(new));
        let shown = match Shift::between(old.split('\n').zip(found.split('\n'))) {
            None => "not uniform".to_owned(),
            Some(shift) if shift.is_done_in(&new) => "done already".to_owned(),
            Some(shift) => shift.apply(Cow::Borrowed(&new), true).into_owned(),
        };
        expected.assert_eq(&shown.replace('\n', "|").replace('\t', "→"));
    }

    #[test]
    fn shifts() {
        check("a|  b", "a|  b", "x|    y", expect!["x|    y"]);
        check("a|  b", "  a|    b", "x||  y", expect!["  x||    y"]);
        check("    a|      b", "  a|    b", "    x|   y| z", expect!["  x| y|z"]);
        check("a|b", "→a|→b", "x|→y", expect!["→x|→→y"]);
        check("  a|  b", "    a|   b", "x", expect!["not uniform"]);
        check("a", "    a", "    x|      y", expect!["done already"]);
        check("    a", "→a", "    x|        y|          z", expect!["→x|→→y|→→  z"]);
        check("a|  b|    c", "→a|→→b|→→→c", "a|  x", expect!["→a|→→x"]);
        check("  a|    b", "→→a|→→→b", "  x|      y", expect!["→→x|→→→→y"]);
        check("→a|→→b", "  a|    b", "→x|→→→y|z", expect!["  x|      y|z"]);
        check("→a", "    a", "→→x", expect!["        x"]);
        check("→a", "    a", "      x", expect!["      x"]);
        check("   a|     b", "→a|→→→b", "   x", expect!["→x"]);
        check("   a|     b", "→a|→→→→b", "   x", expect!["not uniform"]);
        check("||", "||", "x", expect!["x"]);
        check("\u{a0}a", "\u{a0}\u{a0}a", "\u{a0}b", expect!["\u{a0}\u{a0}b"]);
    }
}
