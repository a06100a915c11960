//! `tree`: a folder at a glance, as indented text and as entries.

mod shape;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::SearchError;
use super::glob::yes;
use super::globs::Globs;
use super::report::{Coverage, Place, is_false, is_zero, limit};
use super::walk::{WalkOptions, walk};
use crate::{Control, Workspace};

use shape::{Gatherer, Shape};

/// Shows what lies in a folder and, some levels deep, in those within it: folders before files, each by name.
///
/// Ignored files and folders are left out and counted. Of a folder with very many entries the first are shown, and how
/// many more there are; where the whole has more than the limit, upper levels go before lower ones.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TreeInput {
    /// The folder, from the project's. Default: the project's.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Levels. Default: limit `search.tree_depth`.
    #[serde(default)]
    pub depth: Option<u64>,
    /// Globs of files and folders that are left out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Sizes are given. Default: no.
    #[serde(default)]
    pub sizes: bool,
    /// Names that begin with a dot are shown too. Default: yes.
    #[serde(default = "yes")]
    pub hidden: bool,
    /// Rules of ignored files count. Default: yes.
    #[serde(default = "yes")]
    pub respect_ignore: bool,
    /// Links are followed where they stay inside the project. Default: no.
    #[serde(default)]
    pub follow_links: bool,
    /// How many entries are shown. Default: limit `search.tree_entries`.
    #[serde(default)]
    pub limit: Option<u64>,
}

impl Default for TreeInput {
    fn default() -> Self {
        Self {
            path: None,
            depth: None,
            exclude: Vec::new(),
            sizes: false,
            hidden: true,
            respect_ignore: true,
            follow_links: false,
            limit: None,
        }
    }
}

/// A folder at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TreeOutput {
    /// A line for each entry, two spaces for each level; folders end in `/`, links in `@`.
    pub text: String,
    /// The same as data, in the same order.
    pub entries: Vec<TreeEntry>,
    /// Some entries are not shown.
    pub truncated: bool,
    /// Ignored files and folders left out; what lies in such folders is not counted.
    pub ignored: u64,
    /// How much of the tree was seen.
    pub coverage: Coverage,
}

/// A line of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TreeEntry {
    /// From the project's folder, with `/`.
    pub path: String,
    /// Bytes of the name are no UTF-8 and stand replaced in `path`.
    #[serde(skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// What it is.
    pub kind: TreeKind,
    /// Its level: 1 lies in the folder itself.
    pub depth: u64,
    /// Size in bytes; of files, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// What lies in this folder and is not shown.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: u64,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TreeKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A socket, a FIFO, a device.
    Other,
}

/// Shows a folder; see [`TreeInput`]. A stopped call gives what it has found.
///
/// # Errors
///
/// When a glob or the path is none.
pub fn tree(
    workspace: &Workspace,
    input: &TreeInput,
    control: &Control,
) -> Result<TreeOutput, SearchError> {
    let limits = &workspace.limits().search;
    let limit = limit(input.limit, limits.tree_entries, limits.paths_max)?;
    let depth = input.depth.unwrap_or(limits.tree_depth);
    let place = Place::find(workspace.scope(), input.path.as_deref())?;
    let exclude = input.exclude.iter().map(String::as_str);
    let globs = Globs::new([], exclude, false, limits)?;
    let options = WalkOptions {
        respect_ignore: input.respect_ignore,
        hidden: input.hidden,
        follow_links: input.follow_links,
        depth_max: Some(usize::try_from(depth).unwrap_or(usize::MAX)),
        spread_files: false,
    };
    let entries_max = usize::try_from(limits.tree_folder_entries).unwrap_or(usize::MAX);
    let gatherer = || Gatherer::new(&globs, entries_max, input.sizes);
    let (end, gatherers) = walk(workspace, &place.location, &options, control, gatherer)
        .map_err(|error| SearchError::opening(place.named(), error))?;
    let shape = Shape::new(gatherers, limit);
    let (text, entries) = shape.lines(&place);
    Ok(TreeOutput {
        text,
        entries,
        truncated: shape.is_cut(),
        ignored: shape.ignored(),
        coverage: place.coverage(end, false),
    })
}
