//! One section of the file, read by the rows of the key table.

use std::time::Duration;

use ironbridge_upstream::{Secret, read_price};
use toml_edit::{Item, TableLike, Value};

use super::document::entry_line;
use super::key::{self, Key, KeyDefault, KeyKind};
use super::keys;
use super::mistake::Mistakes;
use super::secret;
use super::source::Sources;
use super::suggest::did_you_mean;
use super::value::{self, Wrong};

/// The most that a million tokens may cost, in microdollars: ten thousand USD.
const PRICE_MAX: u64 = 10_000_000_000;

/// One section as it stands in the file. Each reading gives `None` where the key is absent or wrong; what is wrong is
/// noted, and reading goes on.
pub(super) struct Section<'a> {
    rows: &'static key::Section,
    entries: Option<&'a dyn TableLike>,
    line: Option<usize>,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
}

impl<'a> Section<'a> {
    /// Takes a table of the file and notes its unknown and missing keys. Without a table every key is absent, and none
    /// missing.
    pub(super) fn open(
        rows: &'static key::Section,
        entries: Option<&'a dyn TableLike>,
        line: Option<usize>,
        mistakes: &'a Mistakes<'a>,
        sources: &'a Sources<'a>,
    ) -> Self {
        let section = Section { rows, entries, line, mistakes, sources };
        if let Some(entries) = entries {
            section.check_names(entries);
        }
        section
    }

    /// Takes the section `path` that is an entry `name` of `parent`.
    pub(super) fn open_in(
        path: &str,
        parent: Option<&'a dyn TableLike>,
        name: &str,
        mistakes: &'a Mistakes<'a>,
        sources: &'a Sources<'a>,
    ) -> Self {
        let rows = keys::section(path).expect("every section that is read stands in the table");
        let item = parent.and_then(|parent| parent.get(name));
        let entries = item.and_then(Item::as_table_like);
        let line = item.and_then(|item| mistakes.line(item.span()));
        if item.is_some() && entries.is_none() {
            let message = format!("{name} must be a table");
            mistakes.error(line, message, Some(format!("write [{path}]")));
        }
        Section::open(rows, entries, line, mistakes, sources)
    }

    fn check_names(&self, entries: &dyn TableLike) {
        let inner: Vec<&str> = keys::SECTIONS
            .iter()
            .filter_map(|section| section.path.strip_prefix(self.rows.path)?.strip_prefix('.'))
            .collect();
        for (name, _) in entries.iter() {
            if self.rows.key(name).is_none() && !inner.contains(&name) {
                let known = self.rows.keys.iter().map(|key| key.name).chain(inner.iter().copied());
                let message = format!("unknown key \"{name}\" in {}", self.rows.title());
                self.mistakes.error(self.line_of(name), message, did_you_mean(name, known));
            }
        }
        for key in self.rows.keys {
            if matches!(key.default, KeyDefault::Required) && !entries.contains_key(key.name) {
                let message = format!("{} has no `{}`", self.rows.title(), key.name);
                let hint = format!("{} = {}", key.name, key.example);
                self.mistakes.error(self.line, message, Some(hint));
            }
        }
    }

    /// The table itself, for the sections in it.
    pub(super) fn entries(&self) -> Option<&'a dyn TableLike> {
        self.entries
    }

    /// The line of the section's heading.
    pub(super) fn line(&self) -> Option<usize> {
        self.line
    }

    /// The line of a key; of the heading where the key is absent.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        self.entries.and_then(|entries| entry_line(entries, name, self.mistakes)).or(self.line)
    }

    fn key(&self, name: &str) -> &'static Key {
        self.rows.key(name).expect("every key that is read stands in the table")
    }

    fn item(&self, name: &str) -> Option<&'a Item> {
        self.entries?.get(name)
    }

    /// Notes that a value is wrong.
    pub(super) fn wrong(&self, line: Option<usize>, name: &str, wrong: Wrong) {
        let message = format!("{}.{name} {}", self.rows.path, wrong.message);
        self.mistakes.error(line, message, wrong.hint);
    }

    fn read<T>(
        &self,
        name: &str,
        convert: impl FnOnce(&Key, &Value) -> Option<Result<T, Wrong>>,
    ) -> Option<T> {
        let key = self.key(name);
        let item = self.item(name)?;
        let result = item.as_value().and_then(|value| convert(key, value)).unwrap_or_else(|| {
            let wanted = key.kind.wanted();
            Err(Wrong::new(format!("must be {wanted}, not {}", type_in_words(item))))
        });
        result.map_err(|wrong| self.wrong(self.line_of(name), name, wrong)).ok()
    }

    /// Reads a text that `convert` checks.
    pub(super) fn text<T>(
        &self,
        name: &str,
        convert: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.read(name, |_, value| value.as_str().map(convert))
    }

    /// Reads `true` or `false`.
    pub(super) fn switch(&self, name: &str) -> Option<bool> {
        self.read(name, |_, value| value.as_bool().map(Ok))
    }

    /// Reads a duration in the range of its row.
    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        self.read(name, |key, value| {
            let KeyKind::Duration { min, max } = key.kind else { return None };
            if let Some(number) = value.as_integer() {
                let hint = format!("\"{number}s\" are seconds, \"{number}ms\" milliseconds");
                return Some(Err(Wrong::hint("needs a unit", hint)));
            }
            value.as_str().map(|text| value::duration(text, min, max))
        })
    }

    /// Reads a size in bytes in the range of its row.
    pub(super) fn size(&self, name: &str) -> Option<usize> {
        let bytes = self.read(name, |key, value| {
            let KeyKind::Size { min, max } = key.kind else { return None };
            if let Some(number) = value.as_integer() {
                return Some(Err(Wrong::hint("needs a unit", format!("\"{number}B\" are bytes"))));
            }
            value.as_str().map(|text| value::size(text, min, max))
        })?;
        usize::try_from(bytes).ok()
    }

    /// Reads a number in the range of its row.
    pub(super) fn count<T: TryFrom<u64>>(&self, name: &str) -> Option<T> {
        let number = self.read(name, |key, value| {
            let KeyKind::Count { min, max } = key.kind else { return None };
            let number = value.as_integer()?;
            let fits = u64::try_from(number).ok().filter(|number| (min..=max).contains(number));
            let wrong = || Wrong::new(format!("must be from {min} to {max}, not {number}"));
            Some(fits.ok_or_else(wrong))
        })?;
        T::try_from(number).ok()
    }

    /// Reads USD of a million tokens, as written: a fraction of the machine's own would not be exact.
    pub(super) fn price(&self, name: &str) -> Option<u64> {
        self.read(name, |_, value| {
            if !matches!(value, Value::Integer(_) | Value::Float(_)) {
                return None;
            }
            let text = self.mistakes.written(value.span())?.trim();
            let hint = "for example 3 or 0.075";
            let wrong =
                || Wrong::hint(format!("is no price with up to six decimals: {text}"), hint);
            Some(read_price(text).filter(|price| *price <= PRICE_MAX).ok_or_else(wrong))
        })
    }

    /// Reads one of the words of its row.
    pub(super) fn choice(&self, name: &str) -> Option<&'static str> {
        self.read(name, |key, value| {
            let KeyKind::Choice(choices) = key.kind else { return None };
            Some(choose(value.as_str()?, choices))
        })
    }

    /// Reads a list; each text with its line.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<(&'a str, Option<usize>)>> {
        let key = self.key(name);
        let item = self.item(name)?;
        let texts = item.as_array().and_then(|array| {
            let text = |value: &'a Value| Some((value.as_str()?, self.mistakes.line(value.span())));
            array.iter().map(text).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            let found =
                if item.is_array() { "a list of other things" } else { type_in_words(item) };
            let wanted = key.kind.wanted();
            let hint = item.as_str().map(|text| format!("{name} = [\"{text}\"]"));
            let message = format!("must be {wanted}, not {found}");
            self.wrong(self.line_of(name), name, Wrong { message, hint });
        }
        texts
    }

    /// Reads a table of texts; each with its name and line.
    pub(super) fn named_texts(&self, name: &str) -> Option<Vec<(&'a str, &'a str, Option<usize>)>> {
        let item = self.item(name)?;
        let Some(table) = item.as_table_like() else {
            let wanted = self.key(name).kind.wanted();
            let wrong = Wrong::new(format!("must be {wanted}, not {}", type_in_words(item)));
            self.wrong(self.line_of(name), name, wrong);
            return None;
        };
        let text = |(entry, item): (&'a str, &'a Item)| {
            let line = entry_line(table, entry, self.mistakes).or(self.line_of(name));
            let text = item.as_str();
            if text.is_none() {
                let wrong = Wrong::new(format!("must be a string, not {}", type_in_words(item)));
                self.wrong(line, &format!("{name}.{entry}"), wrong);
            }
            Some((entry, text?, line))
        };
        Some(table.iter().filter_map(text).collect())
    }

    /// Reads a list of the words of its row.
    pub(super) fn choices(&self, name: &str) -> Option<Vec<&'static str>> {
        let KeyKind::Choices(choices) = self.key(name).kind else { return None };
        let texts = self.texts(name)?;
        let chosen = texts.into_iter().filter_map(|(word, line)| {
            choose(word, choices).map_err(|wrong| self.wrong(line, name, wrong)).ok()
        });
        Some(chosen.collect())
    }

    /// Resolves a secret; one that is not `needed` may have no value.
    pub(super) fn secret(&self, name: &str, needed: bool) -> Option<Secret> {
        let path = format!("{}.{name}", self.rows.path);
        let item = self.item(name)?;
        secret::resolve(&path, item, needed, self.sources, self.mistakes)
    }

    /// Whether the key stands in the file, right or wrong.
    pub(super) fn has(&self, name: &str) -> bool {
        self.item(name).is_some()
    }
}

fn choose(word: &str, choices: &'static [&'static str]) -> Result<&'static str, Wrong> {
    choices.iter().find(|choice| **choice == word).copied().ok_or_else(|| {
        let quoted: Vec<String> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
        Wrong {
            message: format!("must be one of {}, not \"{word}\"", quoted.join(", ")),
            hint: did_you_mean(word, choices.iter().copied()),
        }
    })
}

fn type_in_words(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a string",
        "integer" => "a number",
        "float" => "a fraction",
        "boolean" => "true or false",
        "array" => "a list",
        "datetime" => "a date",
        _ => "a table",
    }
}
