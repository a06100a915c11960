//! Escape-normalized: one of the two has backslash escapes where the other has the characters.

use memchr::{memchr, memmem};

use super::mapped::Mapped;
use crate::edit::budget::Exhausted;
use crate::edit::lines::trimmed;
use crate::edit::search::{Search, Spot};

/// `old` unescaped, where it stands so; and whole lines that are it once they are unescaped themselves.
pub(super) fn find(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let needle = unescaped(search.old).text;
    if trimmed(&needle).is_empty() {
        return Ok(Vec::new());
    }
    let mut spots = Vec::new();
    if needle != search.old {
        spots.extend(search.occurrences(&needle).into_iter().map(Spot::Literal));
    }
    if memchr(b'\\', search.text.as_bytes()).is_some() {
        let text = unescaped(search.text);
        for start in memmem::find_iter(text.text.as_bytes(), &needle) {
            let range = text.original(start)..text.original(start + needle.len());
            let (first, count) = search.lines_of(&range);
            if search.lines().window(first, count) == range {
                spots.push(Spot::Literal(range));
            }
        }
    }
    Ok(spots)
}

/// With `\n \t \r \' \" \` \\ \$` and a backslash before a line end resolved; any other backslash stays.
fn unescaped(text: &str) -> Mapped {
    let mut out = Mapped::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        let (before, tail) = rest.split_at(at);
        out.text.push_str(before);
        let character = match tail.as_bytes().get(1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(same @ (b'\'' | b'"' | b'`' | b'\\' | b'$' | b'\n')) => char::from(*same),
            _ => {
                out.text.push('\\');
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
        };
        out.text.push(character);
        rest = tail.get(2..).unwrap_or_default();
        out.jump(text.len() - rest.len());
    }
    out.text.push_str(rest);
    out
}
