//! All of the index at once: listing, and searching content.
//!
//! The searches are those of [`crate::search`], only that nothing is walked. What an index cannot know (it is not ready,
//! folders are not watched, a glob names what may be ignored) is left to a walk, so that the answer is the same.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, PoisonError};

use super::super::arena::{Arena, IndexedKind, shown};
use super::keeper::Message;
use super::{FileIndex, wait_time};
use crate::search::walk::Kind;
use crate::search::{
    Entries, GrepInput, GrepOutput, Known, KnownEntry, ListInput, ListOutput, Place, RawList,
    SearchError, grep_in, list_in, list_raw_in,
};
use crate::{Control, Stopped};

impl FileIndex {
    /// Lists files as [`crate::search::list`] does, changes up to the call included. `path`, and the paths given, are
    /// from the index's root; `hidden` and `respect_ignore` are those it was opened with; how many files are ignored is not
    /// counted. Changes in `.git` (its `info/exclude`) are seen with the next change of rules elsewhere.
    ///
    /// # Errors
    ///
    /// When a glob or the path is none.
    pub fn list(&self, input: &ListInput, control: &Control) -> Result<ListOutput, SearchError> {
        let input = self.as_opened(input);
        self.with(input.path.as_deref(), control, |place, entries| {
            list_in(&self.workspace, (place, entries), &input, control)
        })
    }

    /// The same into one buffer, as [`crate::search::list_raw`]: paths from the listed folder.
    ///
    /// # Errors
    ///
    /// When a glob or the path is none.
    pub fn list_raw(
        &self,
        input: &ListInput,
        separator: u8,
        control: &Control,
    ) -> Result<RawList, SearchError> {
        let input = self.as_opened(input);
        self.with(input.path.as_deref(), control, |place, entries| {
            list_raw_in(&self.workspace, (place, entries), &input, separator, control)
        })
    }

    /// Searches content as [`crate::search::grep`] does, with the same differences as [`FileIndex::list`].
    ///
    /// # Errors
    ///
    /// When the pattern, a glob, a type or the path is none.
    pub fn grep(&self, input: &GrepInput, control: &Control) -> Result<GrepOutput, SearchError> {
        let input = GrepInput {
            hidden: self.options.hidden,
            respect_ignore: self.options.respect_ignore,
            count_ignored: false,
            ..input.clone()
        };
        self.with(input.path.as_deref(), control, |place, entries| {
            grep_in(&self.workspace, (place, entries), &input, control)
        })
    }

    fn as_opened(&self, input: &ListInput) -> ListInput {
        ListInput {
            hidden: self.options.hidden,
            respect_ignore: self.options.respect_ignore,
            ..input.clone()
        }
    }

    fn with<T>(
        &self,
        path: Option<&Path>,
        control: &Control,
        search: impl FnOnce(&Place, Entries<'_>) -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        let place = Place::beneath(self.workspace.scope(), &self.root, path)?;
        // A stopped wait stops the search as well, which says so in its answer.
        let is_whole = self.catch_up(control).unwrap_or(false);
        let known = is_whole.then(|| Beneath::new(self.inner.snapshot(), place.shown())).flatten();
        match &known {
            Some(known) => search(&place, Entries::Known(known)),
            None => search(&place, Entries::Walked),
        }
    }

    /// Waits until the index holds all that was there when it was asked; `false`: it does not, or does not know.
    fn catch_up(&self, control: &Control) -> Result<bool, Stopped> {
        if self.wait_ready(control).is_err() {
            return Ok(false);
        }
        if self.options.watch {
            let watcher =
                self.inner.watcher.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
            let Some(watcher) = watcher else { return Ok(false) };
            if !watcher.catch_up(control)? || !self.keeper_has_caught_up(control)? {
                return Ok(false);
            }
        }
        let figures = self.inner.progress();
        Ok(figures.watch_problem.is_none() && figures.unreadable == 0 && !self.inner.is_full())
    }

    /// Waits until the keeper has done all it was told so far.
    fn keeper_has_caught_up(&self, control: &Control) -> Result<bool, Stopped> {
        let (told, done) = mpsc::channel();
        let woken = told.clone();
        let _waker = control.cancel_token().on_cancel(move || {
            // It may have been done meanwhile.
            let _: Result<(), _> = woken.send(());
        });
        if self.messages.send(Message::Fence(told)).is_err() {
            return Ok(false);
        }
        match done.recv_timeout(wait_time(control)) {
            Ok(()) => control.check().map(|()| true),
            Err(RecvTimeoutError::Timeout) => Err(Stopped::DeadlinePassed),
            Err(RecvTimeoutError::Disconnected) => Ok(false),
        }
    }
}

/// What an arena holds beneath one folder.
struct Beneath {
    arena: Arc<Arena>,
    /// The folder with a slash, or nothing for the root.
    lead: String,
}

impl Beneath {
    /// `None`: the arena does not hold this folder.
    fn new(arena: Arc<Arena>, folder: &Path) -> Option<Self> {
        let named = folder.to_str()?;
        let is_it = |kind| kind == IndexedKind::Folder;
        if named.is_empty() {
            return Some(Self { arena, lead: String::new() });
        }
        let text = shown(folder);
        arena.items().find(|(_, item)| item.text == text && is_it(item.kind()))?;
        Some(Self { lead: format!("{text}/"), arena })
    }
}

impl Known for Beneath {
    fn end(&self) -> usize {
        self.arena.id_end() as usize
    }

    fn get(&self, number: usize) -> Option<KnownEntry<'_>> {
        let id = u32::try_from(number).ok()?;
        let item = self.arena.item(id)?;
        let kind = match item.kind() {
            IndexedKind::File => Kind::File,
            IndexedKind::Folder => Kind::Folder,
            IndexedKind::Link => Kind::Link,
        };
        if let Some(raw) = self.arena.raw(id) {
            let path = raw.strip_prefix(PathBuf::from(&self.lead)).ok()?;
            let (folder, name) = (path.parent()?, path.file_name()?);
            return Some(KnownEntry { path, folder, name, kind });
        }
        let path = item.text.strip_prefix(self.lead.as_str())?;
        let name_start = item.name_start.checked_sub(self.lead.len())?;
        let folder = path.get(..name_start.saturating_sub(1))?;
        Some(KnownEntry {
            path: Path::new(path),
            folder: Path::new(folder),
            name: OsStr::new(path.get(name_start..)?),
            kind,
        })
    }
}
