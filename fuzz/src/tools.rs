//! What must hold of the tools for any input: nothing panics, bytes that were not meant stay as they are.

/// One fuzz target: its name, which begins with `tool_` and is its folder under `fuzz/corpus`, and its body.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target of the tools.
pub const TARGETS: &[FuzzTarget] = &[
    ("tool_archive", tool_archive),
    ("tool_edit", tool_edit),
    ("tool_patch", tool_patch),
    ("tool_shell", tool_shell),
    ("tool_text", tool_text),
];

/// Flags, a text, `old` and `new`, cut at NULs: what is outside the places stays byte for byte, what is in them is `new`
/// but for white space.
pub fn tool_edit(data: &[u8]) {
    use ironbridge_tools::edit::{Replace, edit_text};

    let Some((flags, data)) = data.split_first() else { return };
    let data = String::from_utf8_lossy(data);
    let mut parts = data.splitn(3, '\0').map(|part| part.replace('\0', ""));
    let [content, old, new] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let replace = Replace {
        old: &old,
        new: &new,
        replace_all: flags & 1 != 0,
        allow_omission: flags & 2 != 0,
    };
    let limits = ironbridge_tools::limits::EditLimits::default();
    let Ok(edited) = edit_text(&content, &replace, &limits) else { return };
    let words = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '\u{feff}', "");
    let at = |byte: u64| usize::try_from(byte).expect("a byte of the text");
    let (mut before, mut after) = (0, 0);
    for one in &edited.replacements {
        assert_eq!(
            content.get(before..at(one.before.start_byte)).expect("ranges are in order"),
            &edited.content[after..at(one.after.start_byte)],
        );
        let put = &edited.content[at(one.after.start_byte)..at(one.after.end_byte)];
        assert_eq!(words(put), words(&new));
        (before, after) = (at(one.before.end_byte), at(one.after.end_byte));
    }
    assert_eq!(content[before..], edited.content[after..]);
    assert!(!edited.replacements.is_empty() && edited.content != content);
}

/// A text and a patch, cut at the first NUL: where the patch is cut makes no difference, and a chunk that only keeps and
/// adds lines takes none away.
pub fn tool_patch(data: &[u8]) {
    use ironbridge_tools::patch::{Action, LineKind, Parser, apply, parse};

    let data = String::from_utf8_lossy(data);
    let (text, patch) = data.split_once('\0').unwrap_or(("", &data));
    let whole = parse(patch);
    let mut parser = Parser::new();
    let mut pieces = Ok(Vec::new());
    for character in patch.chars() {
        let pushed = parser.push(character.encode_utf8(&mut [0; 4]));
        pieces = pieces.and_then(|hunks: Vec<_>| Ok([hunks, pushed?].concat()));
    }
    let pieces = pieces.and_then(|hunks| Ok([hunks, parser.finish()?].concat()));
    assert_eq!(whole, pieces);
    let limits = ironbridge_tools::Limits::default().patch;
    for hunk in whole.into_iter().flatten() {
        let Action::Update { chunks, .. } = hunk.action else { continue };
        let control = ironbridge_tools::Control::unbounded();
        let Ok(applied) = apply(text, &chunks, &limits, &control) else { continue };
        let removes = |line: &ironbridge_tools::patch::Line| line.kind == LineKind::Removed;
        if !chunks.iter().any(|chunk| chunk.lines.iter().any(removes)) {
            assert!(applied.text.len() >= text.len());
        }
        if chunks.is_empty() {
            assert_eq!(applied.text, text);
        }
    }
}

/// A file: what counts as exact is written back as it was, its lines make it up, and a diff against a part of it counts
/// what is gone.
pub fn tool_text(data: &[u8]) {
    use ironbridge_tools::text::{LineEnding, Lines, Text, unified_diff, with_line_ending};

    let Ok(text) = Text::decode(data.to_vec()) else { return };
    let again = text.encode(&text.content);
    assert_eq!(text.exact, again.as_deref() == Ok(data));
    let lines = Lines::of(&text.content);
    assert_eq!(lines.iter().collect::<String>(), text.content);
    for ending in [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr] {
        with_line_ending(&text.content, ending);
    }
    let kept: String = lines.iter().skip(1).collect();
    let limits = ironbridge_tools::Limits::default().diff;
    let diff = unified_diff("file", Some(&text.content), Some(&kept), &limits);
    let kept = Lines::of(&kept).count() as u64;
    assert_eq!(lines.count() as u64 + diff.added, kept + diff.removed);
}

/// A shell command: what is said of it points into it, and what was not read whole is not called safe.
pub fn tool_shell(data: &[u8]) {
    use ironbridge_tools::policy::{Action, Policy};
    use ironbridge_tools::shell::{ParseShell, Safety, parse_shell};
    use ironbridge_tools::{Control, Scope, Workspace};

    let command = String::from_utf8_lossy(data).into_owned();
    let folder = std::env::temp_dir();
    let Ok(scope) = Scope::within(&folder) else { return };
    let workspace = Workspace::new(scope, folder);
    let limits = &workspace.limits().shell_parse;
    let input = ParseShell { command, cwd: None, home: Some("/home/u".to_owned()) };
    let Ok(parsed) = parse_shell(&workspace, &input, &Control::unbounded()) else { return };
    assert!(parsed.commands.len() as u64 <= limits.commands);
    for (index, found) in parsed.commands.iter().enumerate() {
        assert!(input.command.get(found.span.start..found.span.end).is_some());
        assert!(found.within.is_none_or(|outer| outer < index));
    }
    for touched in &parsed.paths {
        assert!(touched.command.is_none_or(|command| command < parsed.commands.len()));
        assert!(touched.resolved.is_some() || touched.outside);
    }
    assert_eq!(parsed.safety == Safety::Safe, parsed.doubts.is_empty());
    assert!(!parsed.uncertain || parsed.safety != Safety::Safe);
    let verdict = Policy::default().judge_shell(&parsed);
    assert!(!parsed.uncertain || verdict.action != Action::Allow);
}

/// Any bytes as an archive: what comes out of it is told once, with ordinary names, within the limits.
pub fn tool_archive(data: &[u8]) {
    use ironbridge_tools::archive::{EntryKind, inspect};
    use ironbridge_tools::limits::ArchiveLimits;

    let limits = ArchiveLimits {
        entries: 100,
        file_bytes: 100_000,
        total_bytes: 1_000_000,
        ratio: 100,
        ratio_from_bytes: 200_000,
        name_bytes: 300,
        depth: 10,
    };
    let control = ironbridge_tools::Control::unbounded();
    let Ok(entries) = inspect(data, &limits, &control) else { return };
    assert!(entries.len() as u64 <= limits.entries);
    assert!(entries.iter().map(|entry| entry.bytes).sum::<u64>() <= limits.total_bytes);
    let mut paths = std::collections::BTreeSet::new();
    for entry in &entries {
        let path = std::path::Path::new(&entry.path);
        assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
        // Bytes that are no UTF-8 are shown alike.
        let exact = !entry.path.contains('\u{fffd}');
        assert!(paths.insert(&entry.path) || entry.kind == EntryKind::Folder || !exact);
    }
}
