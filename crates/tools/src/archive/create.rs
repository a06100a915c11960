//! Making an archive.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::tree::{Facts, Kind, Tree};
use super::write;
use super::{ArchiveError, Format, Progress};
use crate::files::{Temporary, sweep};
use crate::{Control, Location, Workspace};

/// Makes an archive of files and folders: zip, tar, tar.gz or tar.zst.
///
/// Links are kept as links; what they lead to is not read. Devices, FIFOs and sockets are left out and told. The
/// archive is the same for the same files: sorted, without owners. It appears whole or not at all.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateInput {
    /// The archive to make.
    pub path: PathBuf,
    /// The files and folders to put into it.
    pub sources: Vec<PathBuf>,
    /// The folder that names in the archive start from; sources lie in it. Default: where relative paths start.
    #[serde(default)]
    pub root: Option<PathBuf>,
    /// The format. Default: as the name of the archive says.
    #[serde(default)]
    pub format: Option<Format>,
    /// Whether a file of that name may be replaced. Default: false.
    #[serde(default)]
    pub overwrite: bool,
    /// One time for all entries, in seconds since 1970, so that the archive depends on contents alone. Default: the
    /// time of each file.
    #[serde(default)]
    pub modified: Option<i64>,
}

impl CreateInput {
    /// An archive of nothing yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            sources: Vec::new(),
            root: None,
            format: None,
            overwrite: false,
            modified: None,
        }
    }
}

/// The archive that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// Where it is.
    pub path: String,
    /// What it is.
    pub format: Format,
    /// Files, folders and links in it.
    pub entries: u64,
    /// Bytes of the files in it.
    pub content_bytes: u64,
    /// Its own size.
    pub bytes: u64,
    /// What was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// Its name.
    pub path: String,
    /// Why.
    pub reason: &'static str,
}

/// One thing to put into the archive.
pub(super) struct Item {
    /// Below the root.
    pub(super) path: PathBuf,
    pub(super) facts: Facts,
}

/// Makes an archive. A stopped call, and one that fails, leaves none.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn create(
    workspace: &Workspace,
    input: &CreateInput,
    control: &Control,
) -> Result<Created, ArchiveError> {
    create_with(workspace, input, control, &mut |_| {})
}

/// The same; `progress` is told after each entry and each piece of content, on this thread.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn create_with(
    workspace: &Workspace,
    input: &CreateInput,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Created, ArchiveError> {
    if input.sources.is_empty() {
        return Err(ArchiveError::BadInput("an archive has `sources`"));
    }
    let scope = workspace.scope();
    let location = scope.locate(&input.path)?;
    let format = input.format.or_else(|| Format::named(location.named()));
    let format = format.ok_or_else(|| ArchiveError::UnknownFormat { path: input.path.clone() })?;
    let root = scope.locate(input.root.as_deref().unwrap_or(Path::new(".")))?;
    let tree = open_root(&root)?;
    let limits = &workspace.limits().archive;
    // What is read here is no bomb: the ratio does not count.
    let mut budget = Budget::new(limits, control, u64::MAX, progress);
    let mut gathering = Gathering {
        budget: &mut budget,
        items: Vec::new(),
        skipped: Vec::new(),
        archive: location.resolved().strip_prefix(root.resolved()).ok(),
    };
    for source in &input.sources {
        // The last name is not followed: a link is put in as a link.
        let path = below(workspace, source, &root)?;
        gathering.source(&tree, &path)?;
    }
    let (mut items, skipped) = (gathering.items, gathering.skipped);
    items.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    items.dedup_by(|a, b| a.path == b.path);
    for item in &mut items {
        item.facts.modified = input.modified.unwrap_or(item.facts.modified);
    }
    let mut budget = Budget::new(limits, control, u64::MAX, progress);
    let bytes = write_to(&location, input.overwrite, |file| {
        write::write(file, format, &tree, &items, &mut budget)
    })?;
    Ok(Created {
        path: scope.shown(location.named()).to_string_lossy().into_owned(),
        format,
        entries: items.len() as u64,
        content_bytes: budget.so_far().bytes,
        bytes,
        skipped,
    })
}

fn open_root(root: &Location) -> Result<Tree, ArchiveError> {
    let failed = |source| ArchiveError::Open { path: root.named().to_owned(), source };
    Tree::of(&root.open_folder().map_err(failed)?).map_err(failed)
}

/// `source` relative to the root.
fn below(workspace: &Workspace, source: &Path, root: &Location) -> Result<PathBuf, ArchiveError> {
    let scope = workspace.scope();
    let resolved = match (source.parent(), source.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            scope.locate(parent)?.resolved().join(name)
        }
        _ => scope.locate(source)?.resolved().to_owned(),
    };
    match resolved.strip_prefix(root.resolved()) {
        Ok(path) => Ok(path.to_owned()),
        Err(_) => Err(ArchiveError::OutsideRoot { path: resolved, root: root.named().to_owned() }),
    }
}

struct Gathering<'g, 'a> {
    budget: &'g mut Budget<'a>,
    items: Vec<Item>,
    skipped: Vec<Skipped>,
    /// The archive itself, if it lies below the root.
    archive: Option<&'g Path>,
}

impl Gathering<'_, '_> {
    fn source(&mut self, root: &Tree, path: &Path) -> Result<(), ArchiveError> {
        let failed = |source| ArchiveError::Open { path: path.to_owned(), source };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return self.folder(root, Path::new(""));
        };
        let folder = root.below(parent, false).map_err(failed)?;
        if folder.facts(name).map_err(failed)?.is_none() {
            return Err(failed(io::ErrorKind::NotFound.into()));
        }
        self.name(&folder, parent, name)
    }

    fn folder(&mut self, folder: &Tree, path: &Path) -> Result<(), ArchiveError> {
        let failed = |error| ArchiveError::writing("cannot read", path.to_string_lossy(), error);
        for name in folder.names().map_err(failed)? {
            self.name(folder, path, &name)?;
        }
        Ok(())
    }

    fn name(&mut self, folder: &Tree, parent: &Path, name: &OsStr) -> Result<(), ArchiveError> {
        let path = parent.join(name);
        let failed = |error| ArchiveError::writing("cannot read", path.to_string_lossy(), error);
        // Gone since it was listed, or the archive itself.
        let Some(facts) = folder.facts(name).map_err(failed)? else { return Ok(()) };
        if self.archive == Some(&*path) {
            return Ok(());
        }
        if facts.kind == Kind::Other {
            let reason = "it is a device, a FIFO or a socket";
            self.skipped.push(Skipped { path: path.to_string_lossy().into_owned(), reason });
            return Ok(());
        }
        self.budget.entry(if facts.kind == Kind::File { facts.size } else { 0 })?;
        if path.components().count() as u64 > self.budget.limits().depth {
            let name = path.to_string_lossy().into_owned();
            return Err(ArchiveError::UnsafeName { name, why: "it is too deep" });
        }
        self.items.push(Item { path: path.clone(), facts });
        if facts.kind == Kind::Folder {
            self.folder(&folder.open_folder(name).map_err(failed)?, &path)?;
        }
        Ok(())
    }
}

/// Writes beside the place and renames; gives the size. Nothing is left behind on an error.
fn write_to(
    location: &Location,
    overwrite: bool,
    write: impl FnOnce(File) -> Result<File, ArchiveError>,
) -> Result<u64, ArchiveError> {
    let path = || location.named().to_string_lossy().into_owned();
    let failed = |error| ArchiveError::writing("cannot write", path(), error);
    let (folder, name) = location.folder(true).map_err(failed)?;
    let there = std::fs::symlink_metadata(location.resolved());
    if there.is_ok_and(|there| !overwrite || !there.is_file()) {
        return Err(ArchiveError::Exists { paths: vec![path()] });
    }
    sweep(&folder, location);
    let temporary = Temporary::write(&folder, b"", false).map_err(failed)?;
    let file = write(temporary.file().try_clone().map_err(failed)?)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let renamed = if overwrite { temporary.replace(name) } else { temporary.take_new(name) };
    match renamed {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(ArchiveError::Exists { paths: vec![path()] })
        }
        other => other.map_err(failed).map(|()| bytes),
    }
}
