//! `apply_patch`: several files at once, all or none.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use crate::shorten::shorten;
use ironbridge_tools::Failure;
use ironbridge_tools::patch::{Input, Status, patch};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a reply shows of the differences, in characters.
const DIFF_CHARS_MAX: usize = 6_000;

pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::blocking("apply_patch", Effect::Writes, apply_patch)]
}

/// Changes several files at once, all or none. The patch stands between *** Begin Patch and *** End Patch; each file has
/// a header, *** Add File: PATH (then lines with + before them), *** Delete File: PATH, or *** Update File: PATH, after
/// which come chunks: @@, then lines that begin with a blank (stay), - (go) or + (come). Paths are from the project's
/// folder.
#[derive(Deserialize, JsonSchema)]
struct ApplyPatch {
    /// The patch.
    patch: String,
}

fn apply_patch(running: &Running, input: &ApplyPatch) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let absolute = |path: &str| place.root().join(path).display().to_string();
    let seen = |path: &&str| Some((path.to_string(), place.seen(&absolute(path))?));
    let expected_hashes: BTreeMap<_, _> = paths(&input.patch).iter().filter_map(seen).collect();
    let wish = Input { patch: input.patch.clone(), expected_hashes };
    let output = patch(&place.workspace, &wish, &running.control)?;
    let mut text = String::new();
    for file in &output.files {
        if let Some(hash) = file.hash {
            place.saw(&absolute(&file.path), hash);
        }
        let done = match (&file.moved_from, file.status) {
            (Some(from), _) => format!("moved {from} to"),
            (None, Status::Added) => "created".to_owned(),
            (None, Status::Deleted) => "deleted".to_owned(),
            (None, Status::Modified | Status::Renamed) => "changed".to_owned(),
        };
        text.push_str(&format!("{done} {}\n{}", file.path, file.diff.text));
    }
    Ok(ToolOutcome::done(shorten(text.trim_end(), DIFF_CHARS_MAX)))
}

/// The paths that a patch names, for those who must know before it is applied.
pub(crate) fn paths(patch: &str) -> Vec<&str> {
    const HEADERS: [&str; 4] =
        ["*** Add File:", "*** Delete File:", "*** Update File:", "*** Move to:"];
    let path = |line: &'_ str| {
        let line = line.trim_start();
        HEADERS.iter().find(|header| line.starts_with(**header)).map(|header| header.len())
    };
    let named = |line| {
        let after = path(line)?;
        str::trim_start(line).get(after..).map(str::trim)
    };
    patch.lines().filter_map(named).collect()
}
