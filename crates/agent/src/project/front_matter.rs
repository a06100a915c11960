//! The head of a Markdown file: `key: value` lines between two `---`.
//!
//! As much of YAML as such heads use: texts (bare, quoted, folded and literal blocks) and lists (in brackets or with
//! dashes). What is nested deeper is passed over.

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// The head of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FrontMatter {
    values: Vec<(String, Value)>,
}

impl FrontMatter {
    /// The head of a file and what follows it. A file without one has an empty head.
    pub(super) fn split(text: &str) -> (Self, &str) {
        let text = text.trim_start_matches('\u{feff}');
        let Some(rest) = strip_line(text, "---") else { return (FrontMatter::default(), text) };
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            if line.trim_end() == "---" {
                let head = rest.get(..at).unwrap_or_default();
                let body = rest.get(at + line.len()..).unwrap_or_default();
                return (FrontMatter { values: values(head) }, body);
            }
            at += line.len();
        }
        (FrontMatter::default(), text)
    }

    /// The text of that name; the texts of a list, joined by commas.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) => Some(text.clone()),
            Value::List(texts) => Some(texts.join(", ")),
        }
    }

    /// The list of that name; a text is a list of what stands between its commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::List(texts)) => texts.clone(),
            Some(Value::Text(text)) => text
                .split(',')
                .map(|one| one.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect(),
            None => Vec::new(),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// What follows a first line that is `line`.
fn strip_line<'t>(text: &'t str, line: &str) -> Option<&'t str> {
    let (first, rest) = text.split_once('\n')?;
    (first.trim_end() == line).then_some(rest)
}

fn values(head: &str) -> Vec<(String, Value)> {
    let mut values = Vec::new();
    let mut lines = head.lines().peekable();
    while let Some(line) = lines.next() {
        let is_nested = line.starts_with([' ', '\t', '#', '-']);
        let Some((key, value)) = line.split_once(':').filter(|_| !is_nested) else { continue };
        let mut below = Vec::new();
        while let Some(next) = lines.next_if(|next| {
            next.trim().is_empty() || next.starts_with([' ', '\t']) || next.starts_with("- ")
        }) {
            below.push(next.trim());
        }
        values.push((key.trim().to_owned(), value_of(value.trim(), &below)));
    }
    values
}

fn value_of(value: &str, below: &[&str]) -> Value {
    let block = || below.iter().copied().filter(|line| !line.is_empty());
    match value {
        "" if below.iter().any(|line| line.starts_with("- ")) => {
            let items = block().filter_map(|line| line.strip_prefix("- "));
            Value::List(items.map(bare).collect())
        }
        "" | ">" | ">-" | ">+" => Value::Text(block().collect::<Vec<_>>().join(" ")),
        "|" | "|-" | "|+" => Value::Text(below.join("\n").trim().to_owned()),
        _ => match value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(items) => {
                let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::List(items.map(bare).collect())
            }
            None => {
                let lines: Vec<&str> = std::iter::once(value).chain(block()).collect();
                Value::Text(bare(&lines.join(" ")))
            }
        },
    }
}

/// A text without its quotes.
fn bare(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.replace("\\\"", "\"");
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lists_and_blocks_are_read_and_what_is_deeper_is_passed_over() {
        let file = "---\r\nname: \"a: b\"\ndescription: >-\n  Does this\n  and that.\naliases: [x, 'y']\ntags:\n- one\n  - two\n\
                    metadata:\n  author: me\nlong: goes\n  on\n# no\n---\nbody\n---\n";
        let (head, body) = FrontMatter::split(file);
        assert_eq!(body, "body\n---\n");
        assert_eq!(head.text("name").as_deref(), Some("a: b"));
        assert_eq!(head.text("description").as_deref(), Some("Does this and that."));
        assert_eq!(head.list("aliases"), ["x", "y"]);
        assert_eq!(head.list("tags"), ["one", "two"]);
        assert_eq!(head.text("long").as_deref(), Some("goes on"));
        assert_eq!(head.text("author"), None);
        for bare in ["no head\n---\n", "---\nnever closed: x\n", "", "---"] {
            assert_eq!(FrontMatter::split(bare), (FrontMatter::default(), bare));
        }
    }
}
