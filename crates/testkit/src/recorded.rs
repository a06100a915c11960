//! Recorded streams of real servers, played as they were sent.

use std::io;
use std::path::{Path, PathBuf};

use crate::answer::Answer;
use crate::dialect::Dialect;
use crate::sse::{Event, Frame};

/// One recorded stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The dialect, from the name of its folder.
    pub dialect: Dialect,
    /// The file.
    pub path: PathBuf,
}

impl Recording {
    /// The file's name without its folder: for messages of failed tests.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The `data:` payloads, in order, without `[DONE]`.
    pub fn payloads(&self) -> io::Result<Vec<String>> {
        let text = std::fs::read_to_string(&self.path)?;
        let payloads = if self.is_raw() {
            let events = crate::sse::decode(text.as_bytes()).events.into_iter();
            events.map(|event| event.data).filter(|data| data != "[DONE]").collect()
        } else {
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        Ok(payloads)
    }

    /// The stream as an answer: `.sse` byte for byte; `.jsonl` with `event:` lines for messages and
    /// responses, and `[DONE]` at the end for chat.
    pub fn answer(&self) -> io::Result<Answer> {
        if self.is_raw() {
            let raw = std::fs::read(&self.path)?;
            return Ok(Answer::frames([Frame::Raw(raw)]));
        }
        let mut events: Vec<Event> = Vec::new();
        for payload in self.payloads()? {
            events.push(match self.dialect {
                Dialect::Chat => Event::unnamed(payload),
                Dialect::Messages | Dialect::Responses => {
                    let json: serde_json::Value = serde_json::from_str(&payload)?;
                    let name = json.get("type").and_then(|name| name.as_str());
                    Event { name: name.map(str::to_owned), data: payload }
                }
            });
        }
        if self.dialect == Dialect::Chat {
            events.push(Event::unnamed("[DONE]"));
        }
        Ok(Answer::events(events))
    }

    fn is_raw(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "sse")
    }
}

/// The folder of recorded streams beside the project, or `None` where it is absent: a test then
/// prints `skipped: …` and returns.
pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded");
    folder.canonicalize().ok()
}

/// All recordings of one dialect in a folder, by name.
pub fn recordings(folder: &Path, dialect: Dialect) -> io::Result<Vec<Recording>> {
    let mut recordings = Vec::new();
    for entry in std::fs::read_dir(folder.join(dialect.name()))? {
        let path = entry?.path();
        let known = path.extension().is_some_and(|kind| kind == "jsonl" || kind == "sse");
        if known {
            recordings.push(Recording { dialect, path });
        }
    }
    recordings.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(recordings)
}
