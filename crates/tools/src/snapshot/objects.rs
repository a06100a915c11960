//! Copies of files, named by their content: what is the same is stored once.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::text::ContentHash;

/// The folder of the copies.
#[derive(Debug)]
pub(super) struct Objects {
    folder: PathBuf,
}

/// The ending of what is still being written.
const UNFINISHED: &str = "unfinished";
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Objects {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the copy named `hash` lies: `a/bcdef…`, so that no folder grows too large. Sixteen folders are enough for
    /// 100,000 copies, and a first snapshot of many files does not make a folder for each.
    pub(super) fn path(&self, hash: &ContentHash) -> PathBuf {
        let name = hash.to_string();
        let digits = name.rsplit(':').next().unwrap_or_default();
        let (folder, file) = digits.split_at_checked(1).unwrap_or(("", digits));
        self.folder.join(folder).join(file)
    }

    /// Stores `content`, whose hash is `hash`. It is there whole or not at all, whenever this process ends.
    pub(super) fn put(&self, content: &[u8], hash: &ContentHash) -> io::Result<()> {
        let path = self.path(hash);
        // A damaged copy mostly has another size, and is then written anew.
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == content.len() as u64) {
            return Ok(());
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let unfinished =
            path.with_extension(format!("{}-{number}.{UNFINISHED}", std::process::id()));
        let written = create_new(&unfinished).and_then(|mut file| file.write_all(content));
        let stored = written.and_then(|()| fs::rename(&unfinished, &path));
        if stored.is_err() {
            // What is left of it is in nobody's way, should this fail as well.
            let _ = fs::remove_file(&unfinished);
        }
        stored
    }

    pub(super) fn open(&self, hash: &ContentHash) -> io::Result<File> {
        File::open(self.path(hash))
    }

    /// Reads a copy of `bytes` bytes; `None`: it is damaged.
    pub(super) fn read(&self, hash: &ContentHash, bytes: u64) -> io::Result<Option<Vec<u8>>> {
        let mut content = Vec::new();
        match self.open(hash) {
            Ok(file) => file.take(bytes.saturating_add(1)).read_to_end(&mut content)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok((ContentHash::of(&content) == *hash).then_some(content))
    }

    pub(super) fn remove(&self, hash: &ContentHash) {
        // One that stays is removed by the next sweep.
        let _ = fs::remove_file(self.path(hash));
    }

    /// Removes what nobody refers to, also what was left unfinished by a process that ended.
    pub(super) fn sweep(&self, kept: &HashSet<ContentHash>) -> io::Result<()> {
        let kept: HashSet<PathBuf> = kept.iter().map(|hash| self.path(hash)).collect();
        for folder in entries(&self.folder)? {
            for path in entries(&folder)? {
                if !kept.contains(&path) {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }
}

/// A new file; its folder is made when it turns out to be missing, which it is sixteen times in the life of a store.
fn create_new(path: &Path) -> io::Result<File> {
    match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            File::create_new(path)
        }
        other => other,
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
