//! What is known of sessions without reading them: `index.json` beside them.
//!
//! It is nothing but a memory of what was read: a row holds as long as its file has the size and time it had then. One
//! that is missing, damaged or older than the files is made anew from them; of two processes that write it at once, one
//! wins, and the other's sessions are read once more.

use super::Listed;
use super::file::read;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file's name.
const NAME: &str = "index.json";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    /// The file's size and its time in milliseconds since 1970, when it was read.
    bytes: u64,
    modified_ms: u64,
    #[serde(flatten)]
    listed: Listed,
}

/// The index of a folder.
#[derive(Debug)]
pub(super) struct Index {
    folder: PathBuf,
    known: HashMap<String, Row>,
    /// Those that were asked for, and are there.
    seen: HashMap<String, Row>,
    changed: bool,
}

impl Index {
    pub(super) fn load(folder: &Path) -> Self {
        let text = fs::read(folder.join(NAME)).unwrap_or_default();
        let known = serde_json::from_slice(&text).unwrap_or_default();
        Index { folder: folder.to_owned(), known, seen: HashMap::new(), changed: false }
    }

    /// What is known of the session in this file, which is read where it has changed; `None`: it cannot be read.
    pub(super) fn row(&mut self, path: &Path) -> Option<Listed> {
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        let name = path.file_stem()?.to_str()?.to_owned();
        let (bytes, modified_ms) = (metadata.len(), modified_ms(&metadata));
        let holds = |row: &Row| row.bytes == bytes && row.modified_ms == modified_ms;
        let row = match self.known.remove(&name).filter(holds) {
            Some(row) => row,
            None => {
                self.changed = true;
                let transcript = read(&file, path).ok()?.transcript;
                let listed = Listed {
                    id: transcript.id().to_owned(),
                    title: transcript.title(),
                    project: transcript.project().to_owned(),
                    changed_at: transcript.times().1,
                    turns: transcript.turns().count(),
                };
                Row { bytes, modified_ms, listed }
            }
        };
        let listed = row.listed.clone();
        self.seen.insert(name, row);
        Some(listed)
    }

    /// Writes what was learnt. A failure costs nothing but time.
    pub(super) fn save(&self) {
        // What is still among the known was not there any more.
        if !self.changed && self.known.is_empty() {
            return;
        }
        let unfinished = self.folder.join(format!("{NAME}.{}", std::process::id()));
        let written = serde_json::to_vec(&self.seen)
            .map_err(std::io::Error::from)
            .and_then(|text| fs::write(&unfinished, text))
            .and_then(|()| fs::rename(&unfinished, self.folder.join(NAME)));
        if let Err(error) = written {
            tracing::warn!(%error, "the index of the sessions cannot be written");
            let _ = fs::remove_file(&unfinished);
        }
    }
}

fn modified_ms(metadata: &Metadata) -> u64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use ironbridge_session::{Entry, EntryBody, Origin, UserPart};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_session_is_read_again_only_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let project = Path::new("/project");
        let titles = || -> Vec<String> {
            store.list(Some(project)).unwrap().into_iter().map(|listed| listed.title).collect()
        };
        let (mut file, _) = store.create(project).unwrap();
        let parts = vec![UserPart::text("first prompt")];
        let body = EntryBody::User { turn: 1, parts, origin: Origin::User };
        file.append(&Entry { at: 1, body }).unwrap();
        let (id, path) = (file.id().to_owned(), file.path().to_owned());
        drop(file);
        assert_eq!(titles(), ["first prompt"]);
        let index = folder.path().join("index.json");
        let known = fs::read_to_string(&index).unwrap();
        // What the index says is believed as long as the file is the same.
        fs::write(&index, known.replace("first prompt", "as it was")).unwrap();
        assert_eq!(titles(), ["as it was"]);
        store.rename(&id[..8], "named").unwrap();
        assert_eq!(titles(), ["named"]);
        fs::write(&index, "damaged").unwrap();
        assert_eq!(titles(), ["named"]);
        store.remove(&id).unwrap();
        assert!(!path.exists());
        assert_eq!(titles(), Vec::<String>::new());
        assert_eq!(fs::read_to_string(&index).unwrap(), "{}");
    }
}
