//! Taking an archive out.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::place::Place;
use super::stage::{FolderFacts, Stage, Tally};
use super::tree::Tree;
use super::{ArchiveError, Format, Progress, read};
use crate::{Control, Location, Workspace};

/// Takes an archive out into a folder: zip, tar, tar.gz or tar.zst, told by its first bytes, else by its name.
///
/// All of it is taken out or nothing. Names and links that lead out of the folder, entries that come twice, devices,
/// encrypted entries, and more than the limits (`archive.entries`, `archive.file_bytes`, `archive.total_bytes`,
/// `archive.ratio`) are refused. Modes are kept without set-user-id and within the umask, times are kept, links inside
/// of it are kept, owners are not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtractInput {
    /// The archive.
    pub path: PathBuf,
    /// The folder to take it out into; made if it is missing.
    pub to: PathBuf,
    /// What happens with files that are there already. Default: `refuse`.
    #[serde(default)]
    pub existing: Existing,
}

impl ExtractInput {
    /// Takes `path` out into `to`; refuses where files are in the way.
    pub fn new(path: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), to: to.into(), existing: Existing::default() }
    }
}

/// What happens with files that are there already. Folders are shared; a file never takes the place of a folder, nor
/// the other way round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Existing {
    /// Nothing is taken out.
    #[default]
    Refuse,
    /// They stay, and the archive's are left out.
    Keep,
    /// The archive's take their places.
    Replace,
}

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extracted {
    /// The folder.
    pub path: String,
    /// What the archive is.
    pub format: Format,
    /// Files, hard links among them.
    pub files: u64,
    /// Folders that the archive names.
    pub folders: u64,
    /// Symbolic links.
    pub links: u64,
    /// Bytes in files.
    pub bytes: u64,
    /// Files that were there already and stayed; counted above all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
}

/// Takes an archive out. A stopped call, and one that fails, leaves the folder as it was.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn extract(
    workspace: &Workspace,
    input: &ExtractInput,
    control: &Control,
) -> Result<Extracted, ArchiveError> {
    extract_with(workspace, input, control, &mut |_| {})
}

/// The same; `progress` is told after each entry and each piece of content, on this thread.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn extract_with(
    workspace: &Workspace,
    input: &ExtractInput,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Extracted, ArchiveError> {
    control.check()?;
    let location = workspace.scope().locate(&input.path)?;
    let (mut file, bytes) = open(&location)?;
    let format = format(&mut file, &location)?;
    let to = workspace.scope().locate(&input.to)?;
    let limits = &workspace.limits().archive;
    let mut budget = Budget::new(limits, control, bytes, progress);
    let target = Target::open(&to)?;
    let shown = |path: &Path| {
        workspace.scope().shown(&to.named().join(path)).to_string_lossy().into_owned()
    };
    match target.fill(file, format, &mut budget, input.existing, &shown) {
        Ok((tally, kept)) => Ok(Extracted {
            path: shown(Path::new("")),
            format,
            files: tally.files,
            folders: tally.folders,
            links: tally.links,
            bytes: tally.bytes,
            kept: kept.iter().map(|path| shown(path)).collect(),
        }),
        Err(error) => {
            target.forget();
            Err(error)
        }
    }
}

/// Opens a regular file; gives its size, too.
fn open(location: &Location) -> Result<(File, u64), ArchiveError> {
    let failed = |source| ArchiveError::Open { path: location.named().to_owned(), source };
    let file = location.open_file().map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("it is no regular file")));
    }
    Ok((file, metadata.len()))
}

fn format(file: &mut File, location: &Location) -> Result<Format, ArchiveError> {
    let failed = |source| ArchiveError::Open { path: location.named().to_owned(), source };
    let mut head = Vec::new();
    file.take(Format::HEAD_BYTES).read_to_end(&mut head).map_err(failed)?;
    file.rewind().map_err(failed)?;
    Format::of(&head)
        .or_else(|| Format::named(location.named()))
        .ok_or_else(|| ArchiveError::UnknownFormat { path: location.named().to_owned() })
}

/// How the name of the folder begins where all is put first.
const STAGE: &str = ".ironbridge-extract-";
/// In it: what was moved out of the way.
const OLD: &str = "old";

/// The folder an archive is taken out into.
struct Target {
    tree: Tree,
    path: PathBuf,
    /// Folders on the way to it that were missing, the deepest first.
    made: Vec<PathBuf>,
}

impl Target {
    fn open(location: &Location) -> Result<Self, ArchiveError> {
        let path = location.resolved().to_owned();
        let missing = |path: &&Path| std::fs::symlink_metadata(path).is_err();
        let made: Vec<PathBuf> = path.ancestors().take_while(missing).map(Path::to_owned).collect();
        let tree = Self::tree(location)
            .map_err(|source| ArchiveError::Open { path: location.named().to_owned(), source })?;
        Ok(Self { tree, path, made })
    }

    fn tree(location: &Location) -> io::Result<Tree> {
        match location.open_folder() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (parent, name) = location.folder(true)?;
                let parent = Tree::of(&parent)?;
                parent.make_folder(name, 0o777)?;
                parent.open_folder(name)
            }
            other => Tree::of(&other?),
        }
    }

    /// Removes the folders that were made for it, as far as they are empty.
    fn forget(&self) {
        for path in &self.made {
            if std::fs::remove_dir(path).is_err() {
                return;
            }
        }
    }

    fn fill(
        &self,
        file: File,
        format: Format,
        budget: &mut Budget<'_>,
        existing: Existing,
        shown: &dyn Fn(&Path) -> String,
    ) -> Result<(Tally, Vec<PathBuf>), ArchiveError> {
        let failed =
            |error| ArchiveError::writing("cannot write into", shown(Path::new("")), error);
        self.sweep();
        let (name, stage) = self.make_stage().map_err(failed)?;
        let filled = self.fill_by((&name, &stage), file, format, budget, existing, shown);
        // What could not be put back lies in there.
        if matches!(filled, Err(ArchiveError::HalfDone { .. })) {
            return filled;
        }
        let removed = self.tree.remove_all(&name);
        let filled = filled?;
        removed.map_err(failed)?;
        Ok(filled)
    }

    fn fill_by(
        &self,
        (stage, folder): (&OsStr, &Tree),
        file: File,
        format: Format,
        budget: &mut Budget<'_>,
        existing: Existing,
        shown: &dyn Fn(&Path) -> String,
    ) -> Result<(Tally, Vec<PathBuf>), ArchiveError> {
        let failed =
            |error| ArchiveError::writing("cannot write into", shown(Path::new("")), error);
        let part = |name: &str| -> io::Result<Tree> {
            folder.make_folder(OsStr::new(name), 0o777)?;
            folder.open_folder(OsStr::new(name))
        };
        let (fresh, old) = (part("new").map_err(failed)?, part(OLD).map_err(failed)?);
        let mut staged = Stage::new(&fresh);
        read::read(file, format, budget, &mut staged)?;
        let (tally, folders) = staged.finish()?;

        let mut place = Place::new(&fresh, &self.tree, &old, existing);
        place.look().map_err(failed)?;
        if !place.blocked.is_empty() {
            let paths = place.blocked.iter().map(|path| shown(path)).collect();
            return Err(ArchiveError::Exists { paths });
        }
        // The last moment: what follows is a few renames.
        budget.check()?;
        let done = place.go().and_then(|()| self.set_folders(&folders, &place));
        let Err(error) = done else { return Ok((tally, place.kept)) };
        match place.undo() {
            None => Err(failed(error)),
            Some((paths, source)) => Err(ArchiveError::HalfDone {
                paths: paths.iter().map(|path| shown(path)).collect(),
                kept: self.path.join(stage).join(OLD),
                source,
            }),
        }
    }

    /// Modes and times of folders, the deepest first; those that were there before stay as they were.
    fn set_folders(&self, folders: &FolderFacts, place: &Place<'_>) -> io::Result<()> {
        for (path, (mode, modified)) in folders.iter().rev() {
            if place.shared.contains(path) {
                continue;
            }
            let folder = self.tree.below(path, false)?;
            if let Some(time) = modified {
                folder.set_modified(OsStr::new("."), *time)?;
            }
            if let Some(mode) = mode {
                // Within what the umask left.
                folder.set_mode(folder.mode()? & (mode | 0o077))?;
            }
        }
        Ok(())
    }

    /// A folder in the target, so that renaming out of it stays on one file system. Only its owner may look into it,
    /// and it is locked for as long as this process works in it.
    fn make_stage(&self) -> io::Result<(OsString, Tree)> {
        for number in 0.. {
            let name = OsString::from(format!("{STAGE}{}-{number}", std::process::id()));
            match self.tree.make_folder(&name, 0o700) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            }
            // Who sweeps may have come between, and taken it for left over.
            let folder = match self.tree.open_folder(&name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            if folder.lock() && self.tree.facts(&name)?.is_some() {
                return Ok((name, folder));
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Removes what processes that died left here, as far as it can be. Where one died among the moves, what it had
    /// taken out of its place may be nowhere else: that stays.
    fn sweep(&self) {
        for name in self.tree.names().unwrap_or_default() {
            if !name.as_encoded_bytes().starts_with(STAGE.as_bytes()) {
                continue;
            }
            let Ok(folder) = self.tree.open_folder(&name) else { continue };
            let moved = folder.open_folder(OsStr::new(OLD)).and_then(|old| old.names());
            let nothing_moved = match moved {
                Ok(names) => names.is_empty(),
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
            if nothing_moved && folder.is_left_over() {
                // Nothing depends on it.
                let _ = self.tree.remove_all(&name);
            }
        }
    }
}
