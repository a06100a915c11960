//! All paths of an index in one piece of memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::letters::{Head, Letters};

/// Texts in the order they came in, one after the other, with what a search asks first beside them. 29 bytes each on
/// top of its own length.
#[derive(Debug, Clone, Default)]
pub(super) struct Arena {
    text: String,
    /// Where each text ends; it begins where the one before it ends.
    ends: Vec<u32>,
    /// Where its last part begins, from the start of `text`.
    names: Vec<u32>,
    letters: Vec<Letters>,
    name_letters: Vec<Letters>,
    heads: Vec<Head>,
    marks: Vec<u8>,
    /// The paths whose text is only a picture, because their bytes are no UTF-8.
    raw: BTreeMap<u32, PathBuf>,
    dead: u32,
    /// A link was taken in, though it may be gone.
    has_links: bool,
}

/// Marks of a text: it names a folder, …
const FOLDER: u8 = 1;
/// … it names a link, …
const LINK: u8 = 2;
/// … it was taken out.
const DEAD: u8 = 4;

/// What a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexedKind {
    /// A file, or an item of a caller's list.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// One text of an [`Arena`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    /// Bytes before its last part.
    pub(super) name_start: usize,
    pub(super) letters: Letters,
    pub(super) name_letters: Letters,
    marks: u8,
}

impl<'a> Item<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.text.get(self.name_start..).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> IndexedKind {
        match self.marks {
            marks if marks & FOLDER != 0 => IndexedKind::Folder,
            marks if marks & LINK != 0 => IndexedKind::Link,
            _ => IndexedKind::File,
        }
    }
}

impl Arena {
    /// Takes in `text`; `None` when there is no more room: 4 GiB of text.
    pub(super) fn push(&mut self, text: &str, kind: IndexedKind) -> Option<u32> {
        let start = self.text.len();
        let end = u32::try_from(start + text.len()).ok()?;
        let id = u32::try_from(self.ends.len()).ok()?;
        let name_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let name_letters = Letters::of(text.get(name_start..).unwrap_or_default());
        let above = Letters::of(text.get(..name_start).unwrap_or_default());
        self.text.push_str(text);
        self.ends.push(end);
        // No more than `end`, which fits.
        self.names.push(u32::try_from(start + name_start).unwrap_or(end));
        self.letters.push(name_letters.and(above));
        self.name_letters.push(name_letters);
        self.heads.push(Head::of(text.get(name_start..).unwrap_or_default()));
        self.has_links |= kind == IndexedKind::Link;
        self.marks.push(match kind {
            IndexedKind::File => 0,
            IndexedKind::Folder => FOLDER,
            IndexedKind::Link => LINK,
        });
        Some(id)
    }

    /// Takes in `path`, with `/` between its parts.
    pub(super) fn push_path(&mut self, path: &Path, kind: IndexedKind) -> Option<u32> {
        match shown(path) {
            Cow::Borrowed(text) => self.push(text, kind),
            Cow::Owned(text) => {
                let id = self.push(&text, kind)?;
                if path.to_str().is_none() {
                    self.raw.insert(id, path.to_owned());
                }
                Some(id)
            }
        }
    }

    /// Takes in all that `other` holds. `false`: there was no room for it, and nothing was taken in.
    pub(super) fn append(&mut self, other: &Self) -> bool {
        let (text, ids) = (self.text.len(), self.ends.len());
        let (Ok(text), Ok(id)) = (u32::try_from(text), u32::try_from(ids)) else { return false };
        let fits = |have: u32, more: usize| {
            u32::try_from(more).is_ok_and(|more| have.checked_add(more).is_some())
        };
        if !fits(text, other.text.len()) || !fits(id, other.ends.len()) {
            return false;
        }
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + text));
        self.names.extend(other.names.iter().map(|name| name + text));
        self.letters.extend_from_slice(&other.letters);
        self.name_letters.extend_from_slice(&other.name_letters);
        self.heads.extend_from_slice(&other.heads);
        self.marks.extend_from_slice(&other.marks);
        self.raw.extend(other.raw.iter().map(|(raw, path)| (raw + id, path.clone())));
        self.dead += other.dead;
        self.has_links |= other.has_links;
        true
    }

    /// Holds nothing, and keeps its memory for more.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.names.clear();
        self.letters.clear();
        self.name_letters.clear();
        self.heads.clear();
        self.marks.clear();
        self.raw.clear();
        self.dead = 0;
        self.has_links = false;
    }

    /// The path itself, where the text of `id` is only a picture of it.
    pub(super) fn raw(&self, id: u32) -> Option<&Path> {
        self.raw.get(&id).map(PathBuf::as_path)
    }

    /// Takes `id` out. Its bytes stay until [`Arena::compact`].
    pub(super) fn remove(&mut self, id: u32) {
        let index = id as usize;
        let Some(marks) = self.marks.get_mut(index) else { return };
        if *marks & DEAD == 0 {
            *marks |= DEAD;
            self.dead += 1;
            // Nothing is found in it any more.
            for letters in [&mut self.letters, &mut self.name_letters] {
                if let Some(letters) = letters.get_mut(index) {
                    *letters = Letters::default();
                }
            }
            if let Some(head) = self.heads.get_mut(index) {
                *head = Head::default();
            }
            self.raw.remove(&id);
        }
    }

    /// Whether so much was taken out that the rest should move together.
    pub(super) fn is_sparse(&self) -> bool {
        const DEAD_MIN: u32 = 1024;
        self.dead >= DEAD_MIN && self.dead as usize > self.ends.len() / 4
    }

    /// The same without what was taken out. Ids change.
    pub(super) fn compact(&self) -> Self {
        let mut compact = Self::default();
        for (id, item) in self.items() {
            let new = compact.push(item.text, item.kind());
            if let (Some(new), Some(raw)) = (new, self.raw(id)) {
                compact.raw.insert(new, raw.to_owned());
            }
        }
        compact.shrink();
        compact
    }

    /// Gives back memory that was reserved for more.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.names.shrink_to_fit();
        self.letters.shrink_to_fit();
        self.name_letters.shrink_to_fit();
        self.heads.shrink_to_fit();
        self.marks.shrink_to_fit();
    }

    /// All ids ever given lie below.
    pub(super) fn id_end(&self) -> u32 {
        // As many as fit, see `push`.
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Whether any may be a link.
    pub(super) fn has_links(&self) -> bool {
        self.has_links
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len() - self.dead as usize
    }

    /// `None`: no such id, or it was taken out.
    pub(super) fn item(&self, id: u32) -> Option<Item<'_>> {
        let index = id as usize;
        let marks = *self.marks.get(index)?;
        if marks & DEAD != 0 {
            return None;
        }
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        Some(Item {
            text: self.text.get(start..*self.ends.get(index)? as usize)?,
            name_start: (*self.names.get(index)? as usize).checked_sub(start)?,
            letters: *self.letters.get(index)?,
            name_letters: *self.name_letters.get(index)?,
            marks,
        })
    }

    /// The letters of all ids, those of what was taken out being none.
    pub(super) fn letters(&self) -> &[Letters] {
        &self.letters
    }

    /// The letters of the names of all ids.
    pub(super) fn name_letters(&self) -> &[Letters] {
        &self.name_letters
    }

    /// How the names of all ids begin.
    pub(super) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// Those that were not taken out.
    pub(super) fn items(&self) -> impl Iterator<Item = (u32, Item<'_>)> {
        (0..self.id_end()).filter_map(|id| Some((id, self.item(id)?)))
    }

    /// Of the texts themselves, without those taken out.
    pub(super) fn text_bytes(&self) -> usize {
        self.items().map(|(_, item)| item.text.len()).sum()
    }

    /// What it takes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.text.capacity()
            + (self.ends.capacity() + self.names.capacity()) * size_of::<u32>()
            + (self.letters.capacity() + self.name_letters.capacity()) * size_of::<Letters>()
            + self.heads.capacity() * size_of::<Head>()
            + self.marks.capacity()
    }
}

/// `path` as text with `/` between its parts; what is no UTF-8 is replaced.
pub(super) fn shown(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    if cfg!(windows) && text.contains('\\') { text.replace('\\', "/").into() } else { text }
}
