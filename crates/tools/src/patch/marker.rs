//! The marker lines of the format. Blanks around a marker and after its colon never matter.

pub(super) const BEGIN: &str = "*** Begin Patch";
pub(super) const END: &str = "*** End Patch";
pub(super) const END_OF_FILE: &str = "*** End of File";

/// A line that begins with `***` and means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker<'l> {
    Begin,
    End,
    EndOfFile,
    Environment(&'l str),
    Add(&'l str),
    Delete(&'l str),
    Update(&'l str),
    MoveTo(&'l str),
}

impl<'l> Marker<'l> {
    pub(super) fn of(line: &'l str) -> Option<Self> {
        let line = line.trim();
        match line {
            BEGIN => return Some(Self::Begin),
            END => return Some(Self::End),
            END_OF_FILE => return Some(Self::EndOfFile),
            _ => {}
        }
        // Only the first colon is ours: a path may hold more of them.
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name {
            "*** Add File" => Some(Self::Add(value)),
            "*** Delete File" => Some(Self::Delete(value)),
            "*** Update File" => Some(Self::Update(value)),
            "*** Move to" => Some(Self::MoveTo(value)),
            "*** Environment ID" => Some(Self::Environment(value)),
            _ => None,
        }
    }
}

/// What a chunk header says: `@@`, `@@ a line to go past`, or the `@@ -1,2 +3,4 @@ …` of unified diffs, whose numbers
/// models invent and whose section is not always a whole line: both are passed over.
pub(super) fn chunk_header(line: &str) -> Option<Option<&str>> {
    let rest = line.trim().strip_prefix("@@")?;
    if rest.is_empty() || is_unified_range(rest) {
        return Some(None);
    }
    // `@@@` is no header. The blanks of the context itself stay: they are told apart only in the first pass.
    rest.strip_prefix([' ', '\t']).map(Some)
}

fn is_unified_range(rest: &str) -> bool {
    let Some((range, _)) = rest.trim_start().split_once("@@") else { return false };
    let parts: Vec<&str> = range.split_whitespace().collect();
    let numbers = |part: &&str, sign: char| {
        part.strip_prefix(sign).is_some_and(|numbers| {
            numbers.starts_with(|c: char| c.is_ascii_digit())
                && numbers.chars().all(|c| c.is_ascii_digit() || c == ',')
        })
    };
    matches!(parts.as_slice(), [old, new] if numbers(old, '-') && numbers(new, '+'))
}
