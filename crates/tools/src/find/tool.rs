//! The tool `find`: an index for one question.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure::FindError;
use super::index::{FileIndex, FindOptions, Found};
use crate::{Control, Stopped, Workspace};

/// Finds files and folders by a part of their path, typos forgiven, best first.
///
/// All words of the query must fit, each anywhere in the path, with gaps; a match in the name counts more than one in
/// the folders, and one with gaps less. Capital letters in a word make its case count. Typos are forgiven only where
/// nothing fits well without: one from 4 characters on, two from 8. What `.gitignore`, `.ignore` and
/// `.git/info/exclude` name is not found, hidden files are. At the deadline it answers with what was seen until then.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindInput {
    /// The folder to look in. Default: the project.
    #[serde(default)]
    pub path: Option<String>,
    /// What to look for. Empty: the first files that come.
    pub query: String,
    /// How many paths to give. Default: 20.
    #[serde(default)]
    pub limit: Option<u64>,
}

/// What fits best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindOutput {
    /// Best first; paths as other tools take them. `ranges` are bytes of `path`.
    pub matches: Vec<Found>,
    /// Files and folders that were looked at.
    pub entries: u64,
    /// All of the tree was seen; `false`: the deadline came before.
    pub complete: bool,
}

/// Runs the tool. For more than one question [`FileIndex`] is the thing to keep.
///
/// # Errors
///
/// As [`FileIndex::open`] and [`FileIndex::search`].
pub fn find(
    workspace: &Workspace,
    input: &FindInput,
    control: &Control,
) -> Result<FindOutput, FindError> {
    let root = Path::new(input.path.as_deref().unwrap_or("."));
    let limit = input.limit.unwrap_or(workspace.limits().find.results);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let index =
        FileIndex::open(workspace, root, FindOptions { watch: false, ..Default::default() })?;
    let complete = match index.wait_ready(control) {
        Ok(()) => true,
        Err(FindError::Stopped(Stopped::DeadlinePassed)) => false,
        Err(error) => return Err(error),
    };
    // The time may be up; one search more takes milliseconds and is what was asked for.
    let control = Control::cancelled_by(control.cancel_token().clone());
    let mut matches = index.search(&input.query, limit, &control)?;
    let named = workspace.scope().locate(root)?;
    let lead = super::arena::shown(workspace.scope().shown(named.named())).into_owned();
    if lead != "." {
        for found in &mut matches {
            found.move_below(&lead);
        }
    }
    Ok(FindOutput { matches, entries: index.figures().entries as u64, complete })
}

impl Found {
    fn move_below(&mut self, lead: &str) {
        let lead = if lead.ends_with('/') { lead.to_owned() } else { format!("{lead}/") };
        let more = u32::try_from(lead.len()).unwrap_or(u32::MAX);
        for range in &mut self.ranges {
            range.start = range.start.saturating_add(more);
            range.end = range.end.saturating_add(more);
        }
        self.raw = self.raw.take().map(|raw| Path::new(&lead).join(raw));
        self.path.insert_str(0, &lead);
    }
}
