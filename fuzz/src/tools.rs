//! What must hold of the tools for any input: nothing panics, bytes that were not meant stay as they are.

/// One fuzz target: its name, which begins with `tool_` and is its folder under `fuzz/corpus`, and its body.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target of the tools.
pub const TARGETS: &[FuzzTarget] = &[("tool_patch", tool_patch)];

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
