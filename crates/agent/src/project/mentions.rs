//! Files that a prompt mentions: `@src/a.rs`, `@src/a.rs:10`, `@src/a.rs:10-20`, `@"a b.txt"`. What they hold goes with the
//! prompt; pictures as pictures.

use crate::secrets::Secrets;
use crate::tools::Place;
use base64::Engine as _;
use ironbridge_session::UserPart;
use ironbridge_tools::Control;
use ironbridge_tools::files::{ReadInput, ReadOutput, TextOutput, read};
use std::num::NonZeroU64;
use std::time::Duration;

/// A file up to so many lines goes along whole (nanocoder).
const WHOLE_LINES_MAX: u64 = 250;
/// Of a longer one, unless lines are named, so many (nanocoder).
const FIRST_LINES: u64 = 40;
/// Mentions of one prompt that are looked at.
const MENTIONS_MAX: usize = 20;
/// How long reading one may take.
const READ_TIME: Duration = Duration::from_secs(2);
/// What a mention may stand after, besides a blank.
const BEFORE: [char; 5] = ['(', '[', '{', '"', '\''];

/// A file, and which of its lines.
#[derive(Debug, PartialEq, Eq)]
struct Mention<'t> {
    path: &'t str,
    lines: Option<(u64, u64)>,
}

/// The parts of a prompt, and after them what their texts mention. What is no file of the project stays as it is written.
/// Blocks.
pub(crate) fn with_mentions(
    place: &Place,
    secrets: &Secrets,
    mut parts: Vec<UserPart>,
) -> Vec<UserPart> {
    let mut told = Vec::new();
    for part in &parts {
        let UserPart::Text { text } = part else { continue };
        for mention in mentions(text).into_iter().take(MENTIONS_MAX) {
            told.extend(tell(place, &mention).filter(|part| !told.contains(part)));
        }
    }
    for part in &mut told {
        if let UserPart::Text { text } = part
            && let Some(masked) = secrets.masked(text)
        {
            *text = masked;
        }
    }
    parts.append(&mut told);
    parts
}

/// The mentions of a text, in order.
fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| !c.is_whitespace() && !BEFORE.contains(&c)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let (path, lines) = match quoted {
            Some((path, after)) => (path, lines(after)),
            None => {
                let word = rest.split(char::is_whitespace).next().unwrap_or_default();
                let word =
                    word.trim_end_matches([',', '.', ';', ':', '!', '?', ')', ']', '}', '"', '\'']);
                match word
                    .rsplit_once(':')
                    .map(|(path, _)| (path, lines(word.get(path.len()..).unwrap_or_default())))
                {
                    Some((path, Some(lines))) => (path, Some(lines)),
                    _ => (word, None),
                }
            }
        };
        if !path.is_empty() {
            found.push(Mention { path, lines });
        }
    }
    found
}

/// `:10` or `:10-20` at the beginning of a text.
fn lines(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|line| *line > 0);
    let range = text.strip_prefix(':')?;
    let range = range.split(|c: char| !c.is_ascii_digit() && c != '-').next()?;
    match range.split_once('-') {
        Some((first, last)) => {
            Some((number(first)?, number(last)?)).filter(|(first, last)| first <= last)
        }
        None => number(range).map(|line| (line, line)),
    }
}

fn tell(place: &Place, mention: &Mention<'_>) -> Option<UserPart> {
    let (first, wanted) = match mention.lines {
        Some((first, last)) => (NonZeroU64::new(first), last - first + 1),
        None => (None, WHOLE_LINES_MAX),
    };
    let ask = |limit| {
        let path = place.path(mention.path);
        let wish = ReadInput { path, offset: first, limit: NonZeroU64::new(limit) };
        read(&place.workspace, &wish, &Control::within(READ_TIME)).ok()
    };
    let text = match ask(wanted)? {
        ReadOutput::Media(media) if media.mime.starts_with("image/") => {
            let data = base64::engine::general_purpose::STANDARD.encode(&media.data);
            return Some(UserPart::Image { mime: media.mime, data });
        }
        ReadOutput::Media(_) => return None,
        ReadOutput::Folder(folder) => {
            let names = folder.entries.join("\n");
            let more = if folder.next_offset.is_some() { "\n…" } else { "" };
            let path = mention.path;
            return Some(UserPart::text(format!(
                "<folder path=\"{path}\">\n{names}{more}\n</folder>"
            )));
        }
        ReadOutput::Text(text) if text.truncated && mention.lines.is_none() => {
            match ask(FIRST_LINES)? {
                ReadOutput::Text(text) => text,
                ReadOutput::Media(_) | ReadOutput::Folder(_) => return None,
            }
        }
        ReadOutput::Text(text) => text,
    };
    // Who was shown all of a file knows it, and may change it.
    if let Some(hash) = text.hash.filter(|_| mention.lines.is_none() && !text.truncated) {
        place.saw(mention.path, hash);
    }
    Some(UserPart::text(shown(mention, &text)))
}

fn shown(mention: &Mention<'_>, text: &TextOutput) -> String {
    let path = mention.path;
    let lines =
        mention.lines.map(|(first, last)| format!(" lines=\"{first}-{last}\"")).unwrap_or_default();
    let content = text.text.strip_suffix('\n').unwrap_or(&text.text);
    let more = match (mention.lines, text.next_offset) {
        (None, Some(next)) => {
            format!("\n[the file is longer; read_file with start_line {next} gives more]")
        }
        _ => String::new(),
    };
    format!("<file path=\"{path}\"{lines}>\n{content}{more}\n</file>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_paths_with_lines_and_an_address_of_a_person_is_none() {
        let found = |text| {
            let one = |mention: Mention<'_>| format!("{} {:?}", mention.path, mention.lines);
            mentions(text).into_iter().map(one).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            found("look at @a.rs, (@b/c.rs:10-20) and @d:7."),
            "a.rs None; b/c.rs Some((10, 20)); d Some((7, 7))"
        );
        assert_eq!(
            found("@\"a b.txt\":3 mail me@example.org @ @x:0 @x:9-2"),
            "a b.txt Some((3, 3)); x:0 None; x:9-2 None"
        );
    }

    #[test]
    fn what_is_mentioned_goes_along_and_what_is_not_there_stays_a_word() {
        let (project, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = Place::new(project.path(), state.path(), None).unwrap();
        let long: String = (1..=300).map(|line| format!("line {line}\n")).collect();
        std::fs::write(project.path().join("long.txt"), &long).unwrap();
        std::fs::write(project.path().join("short.txt"), "one\ntwo\nthree\n").unwrap();
        let png = base64::engine::general_purpose::STANDARD.decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        );
        std::fs::write(project.path().join("dot.png"), png.unwrap()).unwrap();
        let told = |text: &str| {
            with_mentions(&place, &Secrets::default(), vec![UserPart::text(text)]).split_off(1)
        };
        assert_eq!(told("@nothing @../etc/passwd hello@short.txt"), []);
        assert_eq!(
            told("@short.txt"),
            [UserPart::text("<file path=\"short.txt\">\none\ntwo\nthree\n</file>")]
        );
        let range = UserPart::text("<file path=\"short.txt\" lines=\"2-3\">\ntwo\nthree\n</file>");
        assert_eq!(told("@short.txt:2-3 and again @short.txt:2-3"), [range]);
        let [UserPart::Text { text }] = &told("@long.txt")[..] else { panic!("one text") };
        assert_eq!(text.lines().count(), 43, "{text}");
        assert!(
            text.ends_with(
                "[the file is longer; read_file with start_line 41 gives more]\n</file>"
            ),
            "{text}"
        );
        let [UserPart::Image { mime, .. }] = &told("@dot.png")[..] else { panic!("one picture") };
        assert_eq!(mime, "image/png");
        assert!(place.seen("short.txt").is_some());
        assert!(place.seen("long.txt").is_none());
    }
}
