//! The whole output in a file, where memory keeps only its ends.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::limits::ShellLimits;

/// The folder of these files in the state folder of the workspace.
const FOLDER: &str = "outputs";
/// The ending of their names.
const EXTENSION: &str = "txt";
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// A file that takes what is printed once that is too much for memory.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    name: String,
    bytes_max: u64,
    state: State,
    missing: u64,
}

#[derive(Debug)]
enum State {
    NotNeeded,
    /// Locked as long as it is written, so that nobody prunes it.
    Open {
        file: BufWriter<File>,
        path: PathBuf,
        written: u64,
    },
    /// It could not be made, or not be written on.
    Failed {
        path: Option<PathBuf>,
    },
}

impl Spill {
    /// `name` is one no other run has.
    pub(super) fn new(state: &Path, name: &str, limits: &ShellLimits) -> Self {
        Self {
            folder: state.join(FOLDER),
            name: format!("{name}.{EXTENSION}"),
            bytes_max: limits.spill_bytes,
            state: State::NotNeeded,
            missing: 0,
        }
    }

    pub(super) fn needed(&self) -> bool {
        !matches!(self.state, State::NotNeeded)
    }

    /// Makes the file and writes `parts`, all that was printed so far. Older files are pruned first.
    pub(super) fn begin(&mut self, parts: [&[u8]; 2], limits: &ShellLimits) {
        self.state = match create(&self.folder, &self.name, limits) {
            Ok((file, path)) => State::Open { file: BufWriter::new(file), path, written: 0 },
            // A full disk must not lose the command's result: what is missing is said there.
            Err(_) => State::Failed { path: None },
        };
        for part in parts {
            self.push(part);
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let State::Open { file, path, written } = &mut self.state else {
            if self.needed() {
                self.missing += bytes.len() as u64;
            }
            return;
        };
        let room = usize::try_from(self.bytes_max - *written).unwrap_or(usize::MAX);
        let (kept, over) = bytes.split_at(bytes.len().min(room));
        self.missing += over.len() as u64;
        match file.write_all(kept) {
            Ok(()) => *written += kept.len() as u64,
            Err(_) => {
                self.missing += kept.len() as u64;
                self.state = State::Failed { path: Some(std::mem::take(path)) };
            }
        }
    }

    /// The path, and how many bytes at the end are not in it.
    pub(super) fn finish(self) -> (Option<PathBuf>, u64) {
        match self.state {
            State::NotNeeded => (None, 0),
            State::Failed { path } => (path, self.missing),
            State::Open { mut file, path, .. } => {
                let unwritten = file.buffer().len() as u64;
                let lost = if file.flush().is_ok() { 0 } else { unwritten };
                (Some(path), self.missing + lost)
            }
        }
    }
}

fn create(folder: &Path, name: &str, limits: &ShellLimits) -> io::Result<(File, PathBuf)> {
    make_private(folder)?;
    prune(folder, limits);
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    file.lock()?;
    Ok((file, path))
}

/// Makes a folder, and those above it, for the owner alone.
pub(in crate::shell) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Removes the files of ended runs that are too old, or too many: the oldest go first.
fn prune(folder: &Path, limits: &ShellLimits) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            let path = entry.path();
            let ours = path.extension().is_some_and(|extension| extension == EXTENSION);
            ours.then_some((metadata.modified().ok()?, path))
        })
        .collect();
    files.sort_unstable();
    let spare = usize::try_from(limits.spill_files).unwrap_or(usize::MAX).saturating_sub(1);
    let too_many = files.len().saturating_sub(spare);
    let age = Duration::from_secs(limits.spill_days.saturating_mul(SECONDS_PER_DAY));
    let oldest = SystemTime::now().checked_sub(age);
    for (index, (modified, path)) in files.iter().enumerate() {
        if index >= too_many && oldest.is_none_or(|oldest| *modified >= oldest) {
            continue;
        }
        let unused = File::open(path).is_ok_and(|file| file.try_lock().is_ok());
        if unused {
            // Somebody else may have been faster.
            let _ = fs::remove_file(path);
        }
    }
}
