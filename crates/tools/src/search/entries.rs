//! Where the entries of a search come from.

use std::path::Path;

use super::globs::Globs;
use super::walk::known::{Known, Showing, show};
use super::walk::{Visitor, WalkEnd, WalkOptions, walk};
use crate::{Control, Location, Workspace};

/// A walk, or a list that somebody keeps.
#[derive(Clone, Copy)]
pub(crate) enum Entries<'a> {
    /// The tree is walked.
    Walked,
    /// These are all that is not ignored. What a search says of ignored files it then says of none.
    Known(&'a dyn Known),
}

impl Entries<'_> {
    /// Shows the entries beneath `root` that `globs` may want to one of the visitors.
    pub(super) fn visit<V: Visitor>(
        &self,
        workspace: &Workspace,
        root: &Location,
        (options, globs): (&WalkOptions, &Globs),
        control: &Control,
        visitor: impl FnMut() -> V,
    ) -> std::io::Result<(WalkEnd, Vec<V>)> {
        match self {
            // An ignored file is found by its name; who knows only the others has to leave that to a walk.
            Self::Known(known) if !options.follow_links && !may_name_ignored(globs, *known) => {
                let showing = Showing {
                    known: *known,
                    depth_max: options.depth_max,
                    spread_files: options.spread_files,
                    enters: &|folder| !globs.excludes_folder(folder),
                };
                show(root, &showing, control, visitor)
            }
            Self::Known(_) | Self::Walked => walk(workspace, root, options, control, visitor),
        }
    }
}

/// Whether a name in the globs could be that of an ignored file or folder.
fn may_name_ignored(globs: &Globs, known: &dyn Known) -> bool {
    let is_known = |folder: &Path| {
        let mut entries = (0..known.end()).filter_map(|number| known.get(number));
        entries.any(|entry| entry.path == folder)
    };
    globs.names_anywhere() || !globs.named_folders().iter().all(|folder| is_known(folder))
}
