//! A text file as it was found.

use std::fs::Metadata;
use std::sync::Arc;

use super::changes::Expected;
use super::error::FilesError;
use super::open::{Place, open_file, read_whole};
use crate::text::{ContentHash, Encoding, LineEndings, Sample, Text};
use crate::{Control, Location, Workspace};

/// A text file, decoded, with all that is needed to write it back as it was.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) place: Place,
    /// Shared with the plans made for it.
    pub(super) text: Arc<Text>,
    pub(super) endings: LineEndings,
    pub(super) hash: ContentHash,
    pub(super) metadata: Metadata,
    pub(super) bytes: u64,
}

impl Document {
    /// Reads the file at `path`. Without a lock: for looking. What is to be changed is loaded by
    /// [`super::Changes::load`].
    ///
    /// # Errors
    ///
    /// When it does not exist, is no regular file, no text, or larger than `edit.file_bytes`.
    pub fn load(workspace: &Workspace, path: &str, control: &Control) -> Result<Self, FilesError> {
        Self::load_place(workspace, Place::new(workspace, path)?, control)
    }

    pub(super) fn load_place(
        workspace: &Workspace,
        place: Place,
        control: &Control,
    ) -> Result<Self, FilesError> {
        let (mut file, metadata) = open_file(workspace, &place)?;
        let limit = ("edit.file_bytes", workspace.limits().edit.file_bytes);
        let bytes = read_whole(&place, (&mut file, &metadata), Vec::new(), limit, control)?;
        let judged = Sample::of(&bytes, true);
        Self::of_bytes(place, bytes, metadata, judged)
    }

    pub(super) fn of_bytes(
        place: Place,
        bytes: Vec<u8>,
        metadata: Metadata,
        judged: Sample,
    ) -> Result<Self, FilesError> {
        let length = bytes.len() as u64;
        let hash = ContentHash::of(&bytes);
        let text = Text::decode_judged(bytes, judged).map_err(|no_text| FilesError::Binary {
            path: place.shown.clone(),
            mime: no_text.mime,
            bytes: length,
        })?;
        let endings = text.endings();
        Ok(Self { place, text: Arc::new(text), endings, hash, metadata, bytes: length })
    }

    /// Where it lies.
    pub fn location(&self) -> &Location {
        &self.place.location
    }

    /// Its path as the caller would write it.
    pub fn shown(&self) -> &str {
        &self.place.shown
    }

    /// Its text, without the byte-order mark.
    pub fn text(&self) -> &str {
        &self.text.content
    }

    /// How its lines end.
    pub fn endings(&self) -> &LineEndings {
        &self.endings
    }

    /// The hash of its bytes.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// How it is written.
    pub fn encoding(&self) -> Encoding {
        self.text.encoding
    }

    /// Whether it begins with a byte-order mark.
    pub fn bom(&self) -> bool {
        self.text.bom
    }

    /// Whether its text stands for each of its bytes; where not, it cannot be changed, only replaced whole.
    pub fn is_exact(&self) -> bool {
        self.text.exact
    }

    /// Its size in bytes.
    pub fn bytes_len(&self) -> u64 {
        self.bytes
    }

    /// That the file still holds just this.
    pub(super) fn expected(&self) -> Expected {
        Expected::Content { hash: self.hash, text: Some(Arc::clone(&self.text)) }
    }

    /// The bytes of the file with `new` for its text.
    pub(super) fn encode(&self, new: &str) -> Result<Vec<u8>, FilesError> {
        let path = || self.place.shown.clone();
        if !self.text.exact {
            let encoding = self.text.encoding.name();
            return Err(FilesError::NotExact { path: path(), encoding });
        }
        self.text.encode(new).map_err(|source| FilesError::Unencodable { path: path(), source })
    }
}
