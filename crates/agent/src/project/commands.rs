//! Commands of a project: Markdown files whose text is a prompt with places to fill in. `/review src/a.rs` is the text of
//! `commands/review.md` with what stands after the name.
//!
//! In the text, `{{name}}` is a parameter, `{{args}}` and `$ARGUMENTS` all that was given, `$1` a word of it, `{{cwd}}` the
//! folder; `{{# name }}…{{/ name }}` stands only where the parameter was given, `{{^ name }}…{{/ name }}` where not.

use super::front_matter::FrontMatter;
use super::{files, text_of};
use crate::tools::Place;
use std::path::{Path, PathBuf};

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name; that of a file in a folder is `folder:name`.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What it does, for lists.
    pub description: String,
    /// Names of what is filled in, each with what stands there when nothing is given.
    pub parameters: Vec<(String, String)>,
    /// The prompt with its places.
    pub body: String,
}

/// The commands in `folders`; of those with the same name the first.
pub(super) fn read_all(place: &Place, folders: &[PathBuf]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for folder in folders {
        for file in files(folder, |name| name.ends_with(".md")) {
            let Some(command) = read_one(place, folder, &file) else { continue };
            if commands.iter().all(|other| other.name != command.name) {
                commands.push(command);
            }
        }
    }
    commands
}

fn read_one(place: &Place, folder: &Path, file: &Path) -> Option<Command> {
    let parts = file.strip_prefix(folder).ok()?.with_extension("");
    let parts: Option<Vec<&str>> = parts.iter().map(|part| part.to_str()).collect();
    let text = text_of(place, file)?;
    let (head, body) = FrontMatter::split(&text);
    let parameter = |text: String| {
        let (name, default) = text.split_once('=').unwrap_or((&text, ""));
        (name.trim().to_owned(), default.trim().to_owned())
    };
    Some(Command {
        name: parts?.join(":"),
        aliases: head.list("aliases"),
        description: head.text("description").unwrap_or_default(),
        parameters: head.list("parameters").into_iter().map(parameter).collect(),
        body: body.trim().to_owned(),
    })
}

/// The prompt that a line such as `/review src/a.rs` stands for; `None`: it names no command.
pub(crate) fn expanded(commands: &[Command], line: &str, cwd: &Path) -> Option<String> {
    let line = line.trim().strip_prefix('/')?;
    let (name, given) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let is_it = |command: &&Command| {
        command.name == name || command.aliases.iter().any(|alias| alias == name)
    };
    let command = commands.iter().find(is_it)?;
    Some(command.filled(given.trim(), cwd))
}

impl Command {
    fn filled(&self, given: &str, cwd: &Path) -> String {
        let words = words(given);
        let mut values = self.parameters.clone();
        let mut bare = Vec::new();
        for word in &words {
            let named = word.split_once('=').and_then(|(name, value)| {
                values.iter_mut().find(|(parameter, _)| parameter == name).map(|slot| (slot, value))
            });
            match named {
                Some((slot, value)) => value.clone_into(&mut slot.1),
                None => bare.push(word.as_str()),
            }
        }
        let last = values.len().saturating_sub(1);
        for (index, (_, value)) in values.iter_mut().enumerate() {
            let rest = if index == last { bare.get(index..) } else { bare.get(index..=index) };
            if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                *value = rest.join(" ");
            }
        }
        values.push(("args".to_owned(), given.to_owned()));
        values.push(("cwd".to_owned(), cwd.display().to_string()));
        values.push(("command".to_owned(), self.name.clone()));
        let body = self.body.replace("{{ ", "{{").replace(" }}", "}}");
        let asks = |mark: &str| body.contains(mark);
        let has_words = (1..10).any(|word| asks(&format!("${word}")));
        let takes_any =
            has_words || asks("{{args}}") || asks("$ARGUMENTS") || !self.parameters.is_empty();
        let text = fill(&sections(&self.body, &values), &values, given, &words);
        if takes_any || given.is_empty() { text } else { format!("{text}\n\n{given}") }
    }
}

/// The text without the sections that are not to be shown.
fn sections(text: &str, values: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in values {
        for (sign, shown) in [('#', !value.is_empty()), ('^', value.is_empty())] {
            let end = [format!("{{{{/ {name} }}}}"), format!("{{{{/{name}}}}}")];
            for begin in [format!("{{{{{sign} {name} }}}}"), format!("{{{{{sign}{name}}}}}")] {
                while let Some((before, rest)) = text.split_once(&begin) {
                    let Some((inner, after)) = end
                        .iter()
                        .filter_map(|end| rest.split_once(end.as_str()))
                        .min_by_key(|(inner, _)| inner.len())
                    else {
                        break;
                    };
                    let inner = if shown { inner } else { "" };
                    text = format!("{before}{inner}{after}");
                }
            }
        }
    }
    text
}

/// The text with its places filled, in one pass: what is filled in is never looked at again.
fn fill(text: &str, values: &[(String, String)], given: &str, words: &[String]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '$']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let (value, length) =
            place_at(from, values, given, words).unwrap_or((from.get(..1).unwrap_or_default(), 1));
        filled.push_str(value);
        rest = from.get(length..).unwrap_or_default();
    }
    filled.push_str(rest);
    filled
}

/// What a place at the beginning of `text` stands for, and its length in bytes.
fn place_at<'v>(
    text: &str,
    values: &'v [(String, String)],
    given: &'v str,
    words: &'v [String],
) -> Option<(&'v str, usize)> {
    const ALL: &str = "$ARGUMENTS";
    if text.starts_with(ALL) {
        return Some((given, ALL.len()));
    }
    if let Some(digit) = text.strip_prefix('$').and_then(|rest| rest.chars().next()?.to_digit(10)) {
        let index = usize::try_from(digit).ok()?.checked_sub(1)?;
        return Some((words.get(index).map_or("", String::as_str), 2));
    }
    let (name, _) = text.strip_prefix("{{")?.split_once("}}")?;
    let (_, value) = values.iter().find(|(known, _)| known == name.trim())?;
    Some((value, name.len() + 4))
}

/// The words of a line; what stands in quotes is one.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_word) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') => (quote, is_word) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if is_word || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            (None, c) => word.push(c),
        }
    }
    if is_word || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_by_name_by_position_and_in_one_pass() {
        let command = |parameters: &[&str], body: &str| Command {
            name: "c".to_owned(),
            aliases: vec!["cc".to_owned()],
            description: String::new(),
            parameters: parameters
                .iter()
                .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
                .map(|(name, default)| (name.to_owned(), default.to_owned()))
                .collect(),
            body: body.to_owned(),
        };
        let cases: [(&[&str], &str, &str, &str); 9] = [
            (&[], "say $ARGUMENTS", "/c a b", "say a b"),
            (&[], "say {{ args }} in {{cwd}} ({{command}})", "/cc x", "say x in /p (c)"),
            (&[], "first $2 then $1, $3.", "/c 'a b' c", "first c then a b, ."),
            (&["file", "how=well"], "{{file}} {{how}}", "/c f", "f well"),
            (&["file", "how=well"], "{{file}} {{how}}", "/c how=badly f", "f badly"),
            (&["file", "rest"], "{{file}}: {{rest}}", "/c f g h", "f: g h"),
            (&["p"], "a{{# p }} with {{p}}{{/ p }}{{^p}} without{{/p}}", "/c", "a without"),
            (
                &["p"],
                "a{{# p }} with {{p}}{{/ p }}{{^p}} without{{/p}}",
                "/c {{cwd}}",
                "a with {{cwd}}",
            ),
            (&[], "do it {{x}} $HOME", "/c now", "do it {{x}} $HOME\n\nnow"),
        ];
        for (parameters, body, line, expected) in cases {
            let commands = [command(parameters, body)];
            let given = expanded(&commands, line, Path::new("/p"));
            assert_eq!(given.as_deref(), Some(expected), "{line}");
        }
        assert_eq!(expanded(&[command(&[], "x")], "/c/d is a path", Path::new("/")), None);
    }
}
