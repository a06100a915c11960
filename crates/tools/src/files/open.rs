//! Opening files without ever waiting for one.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use similar::get_close_matches;

use super::error::{FilesError, from_io, kind_in_words};
use super::listing::{self, Entries};
use crate::{Control, Location, Workspace};

/// Names proposed for a file that is not there.
const NEAREST_MAX: usize = 3;
/// How alike a name must be to be proposed; 1 is the same.
const NEAREST_RATIO: f32 = 0.6;
/// Names of a folder that are compared.
const NAMES_COMPARED: usize = 10_000;
/// What of a file says what it is.
pub(super) const SAMPLE_BYTES: u64 = 64 * 1024;
/// Between two questions whether the call is to stop.
const CHUNK_BYTES: usize = 1024 * 1024;

/// A path of the caller, found to be allowed, with how to name it in messages.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) shown: String,
}

impl Place {
    pub(super) fn new(workspace: &Workspace, path: &str) -> Result<Self, FilesError> {
        Ok(Self::of(workspace, workspace.scope().locate(path)?))
    }

    pub(super) fn of(workspace: &Workspace, location: Location) -> Self {
        let shown = workspace.scope().shown(location.named());
        let shown = shown.to_string_lossy().into_owned();
        Self { location, shown }
    }
}

/// Something that exists and can be read.
pub(super) enum Opened {
    File(File, Metadata),
    Folder,
}

/// Opens what `place` names. What is neither file nor folder is not opened at all: opening alone can wait, or rewind a
/// tape.
pub(super) fn open(workspace: &Workspace, place: &Place) -> Result<Opened, FilesError> {
    let failed = |error: io::Error| missing(workspace, place, "opening", error);
    let metadata = std::fs::symlink_metadata(place.location.resolved()).map_err(failed)?;
    regular_or_folder(place, &metadata)?;
    if metadata.is_dir() {
        return Ok(Opened::Folder);
    }
    let file = place.location.open_file().map_err(failed)?;
    // Asked again of what was opened: the name may lead to something else by now.
    let metadata = file.metadata().map_err(failed)?;
    regular_or_folder(place, &metadata)?;
    if metadata.is_dir() { Ok(Opened::Folder) } else { Ok(Opened::File(file, metadata)) }
}

/// As [`open`], for tools that need a file.
pub(super) fn open_file(
    workspace: &Workspace,
    place: &Place,
) -> Result<(File, Metadata), FilesError> {
    match open(workspace, place)? {
        Opened::File(file, metadata) => Ok((file, metadata)),
        Opened::Folder => Err(FilesError::IsFolder { path: place.shown.clone() }),
    }
}

/// A limit with its name in [`crate::Limits`].
pub(super) type NamedLimit = (&'static str, u64);

/// All bytes of `file`, of which there may be `limit`. `bytes` are those that were read from it already.
pub(super) fn read_whole(
    place: &Place,
    (file, metadata): (&mut File, &Metadata),
    mut bytes: Vec<u8>,
    (name, limit): NamedLimit,
    control: &Control,
) -> Result<Vec<u8>, FilesError> {
    let path = || place.shown.clone();
    let too_large = |bytes| FilesError::TooLarge { path: path(), bytes, limit, name };
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    // One more than is expected: then a single call sees the end.
    let rest = usize::try_from(metadata.len()).unwrap_or(0).saturating_sub(bytes.len());
    bytes.reserve(rest + 1);
    loop {
        control.check()?;
        let chunk = file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut bytes);
        let read = chunk.map_err(|error| from_io(&place.shown, "reading", error))?;
        // It may have grown meanwhile.
        if bytes.len() as u64 > limit {
            return Err(too_large(bytes.len() as u64));
        }
        if read < CHUNK_BYTES {
            return Ok(bytes);
        }
    }
}

pub(super) fn regular_or_folder(place: &Place, metadata: &Metadata) -> Result<(), FilesError> {
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    let kind = kind_in_words(metadata.file_type());
    Err(FilesError::NotAFile { path: place.shown.clone(), kind })
}

/// The error of a place that could not be opened, with the nearest names when nothing is there.
fn missing(
    workspace: &Workspace,
    place: &Place,
    action: &'static str,
    error: io::Error,
) -> FilesError {
    match from_io(&place.shown, action, error) {
        FilesError::NotFound { path, .. } => {
            let nearest = nearest(workspace, place).unwrap_or_default();
            FilesError::NotFound { path, nearest }
        }
        other => other,
    }
}

/// Paths like that of `place` which exist: names of the deepest folder that exists, like the one that is missing there.
fn nearest(workspace: &Workspace, place: &Place) -> Option<Vec<String>> {
    let resolved = place.location.resolved();
    let folder = resolved.ancestors().skip(1).find(|ancestor| ancestor.is_dir())?;
    let mut rest = resolved.strip_prefix(folder).ok()?.components();
    let wanted = rest.next()?.as_os_str().to_string_lossy().into_owned();
    let rest = rest.as_path();
    let location = workspace.scope().locate(folder).ok()?;
    let Entries { names, .. } = listing::entries(&location, NAMES_COMPARED).ok()?;
    let names: Vec<&str> = names.iter().map(|name| name.trim_end_matches('/')).collect();
    let paths = similar_names(&wanted, &names).into_iter().map(|name| {
        let path = folder.join(name);
        let whole = path.join(rest);
        let exists = !rest.as_os_str().is_empty() && whole.exists();
        let path: &Path = if exists { &whole } else { &path };
        workspace.scope().shown(path).to_string_lossy().into_owned()
    });
    Some(paths.collect())
}

/// Those that differ in case alone, then those that hold the name or are held by it, then those spelt alike.
fn similar_names<'n>(wanted: &str, names: &[&'n str]) -> Vec<&'n str> {
    let lower = wanted.to_lowercase();
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut found: Vec<&str> = Vec::new();
    let mut add = |name: &'n str| {
        if !found.contains(&name) {
            found.push(name);
        }
    };
    let lowered: Vec<(String, &'n str)> =
        names.iter().map(|name| (name.to_lowercase(), *name)).collect();
    lowered.iter().filter(|(name, _)| *name == lower).for_each(|(_, name)| add(name));
    let keys: Vec<&str> = lowered.iter().map(|(key, _)| key.as_str()).collect();
    for key in get_close_matches(lower.as_str(), &keys, NEAREST_MAX, NEAREST_RATIO) {
        lowered.iter().filter(|(name, _)| name == key).for_each(|(_, name)| add(name));
    }
    let holds = |name: &str| {
        let (one, other) = (stem(name), stem(&lower));
        !one.is_empty() && !other.is_empty() && (one.contains(&other) || other.contains(&one))
    };
    lowered.iter().filter(|(name, _)| holds(name)).for_each(|(_, name)| add(name));
    found.truncate(NEAREST_MAX);
    found
}
