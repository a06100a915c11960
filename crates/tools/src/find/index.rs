//! The index of a tree: opened at once, filled by a walk behind, asked at any time.

mod delta;
mod keeper;
mod searcher;
mod session;
mod whole;

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::thread::JoinHandle;

use schemars::JsonSchema;
use serde::Serialize;

pub use searcher::Searcher;
pub use session::{Session, Update};

use super::arena::{Arena, IndexedKind};
use super::failure::FindError;
use super::list::Marker;
use super::narrow::Narrowing;
use super::query::Query;
use super::range::ByteRange;
use super::scan;
use crate::watch::Watcher;
use crate::{Cancel, Control, Location, Workspace};

use keeper::{Keeper, Message};

/// What an index holds.
#[derive(Debug, Clone)]
pub struct FindOptions {
    /// Names that begin with a dot, too; `.git` never. Default: yes.
    pub hidden: bool,
    /// What `.gitignore`, `.ignore` and `.git/info/exclude` name is left out. Default: yes.
    pub respect_ignore: bool,
    /// Changes in the tree are followed. Default: yes.
    pub watch: bool,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self { hidden: true, respect_ignore: true, watch: true }
    }
}

/// A path that fits a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// With `/` between its parts.
    pub path: String,
    /// It names a folder.
    pub folder: bool,
    /// How well it fits: 1000 is a match without gaps at the start of a word, up to 1500 the more of the name it is.
    pub score: u32,
    /// The bytes of `path` that matched.
    pub ranges: Vec<ByteRange>,
    /// The path itself, where its bytes are no UTF-8 and `path` is only a picture of it.
    #[serde(skip)]
    #[schemars(skip)]
    pub raw: Option<PathBuf>,
}

/// A path of an index; see [`FileIndex::for_each`].
#[derive(Debug, Clone, Copy)]
pub struct Indexed<'a> {
    /// Relative to the root, its own bytes.
    pub path: &'a Path,
    /// What it stands for.
    pub kind: IndexedKind,
}

/// An index in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Files, folders and links.
    pub entries: usize,
    /// Of all paths together.
    pub path_bytes: usize,
    /// What they take of memory.
    pub memory_bytes: usize,
    /// Folders that could not be read.
    pub unreadable: u64,
    /// The first walk is over.
    pub ready: bool,
    /// Not everything was taken in: there are more than 4 GiB of paths.
    pub full: bool,
    /// Why changes are not followed, or not all of them.
    pub watch_problem: Option<String>,
}

/// All paths of a tree, kept in memory and current. Dropping it ends its threads and waits for them.
pub struct FileIndex {
    inner: Arc<Inner>,
    /// For walks of its own.
    workspace: Workspace,
    root: Location,
    options: FindOptions,
    messages: Sender<Message>,
    keeper: Option<JoinHandle<()>>,
}

pub(super) struct Inner {
    paths: RwLock<Paths>,
    /// Of [`FileIndex::search`]; locked after `paths` where both are.
    narrowing: Mutex<Narrowing>,
    /// The keeper's.
    watcher: Mutex<Weak<Watcher>>,
    progress: Mutex<Progress>,
    /// Told of every change of `progress`, and of every new query of a session.
    changed: Condvar,
    full: AtomicBool,
    cancel: Cancel,
    query_characters_max: u64,
}

/// What is indexed, at one time.
#[derive(Default)]
struct Paths {
    /// Shared with long searches, which go on with what they began with.
    arena: Arc<Arena>,
    /// Counts its changes.
    version: u64,
}

#[derive(Default)]
struct Progress {
    ready: bool,
    closed: bool,
    /// Counts changes of the arena.
    version: u64,
    unreadable: u64,
    watch_problem: Option<String>,
    /// Why the walk could not begin.
    failed: Option<(PathBuf, io::ErrorKind)>,
}

impl FileIndex {
    /// Opens the tree at `root`. Returns at once: the walk runs behind, and what it has found so far can be asked.
    ///
    /// # Errors
    ///
    /// When `root` may not be used or is no folder.
    pub fn open(
        workspace: &Workspace,
        root: impl AsRef<Path>,
        options: FindOptions,
    ) -> Result<Self, FindError> {
        let root = workspace.scope().locate(root)?;
        root.open_folder()
            .map_err(|source| FindError::Root { path: root.named().to_owned(), source })?;
        let inner = Arc::new(Inner {
            paths: RwLock::default(),
            narrowing: Mutex::default(),
            watcher: Mutex::default(),
            progress: Mutex::default(),
            changed: Condvar::new(),
            full: AtomicBool::new(false),
            cancel: Cancel::new(),
            query_characters_max: workspace.limits().find.query_characters,
        });
        let (messages, inbox) = mpsc::channel();
        let own = || {
            Workspace::new(workspace.scope().clone(), workspace.state())
                .with_limits(workspace.limits().clone())
        };
        let (shared, sender) = (Arc::clone(&inner), messages.clone());
        let keeper = Keeper::new(shared, own(), root.clone(), options.clone(), sender);
        let keeper = std::thread::Builder::new()
            .name("find-index".to_owned())
            .spawn(move || keeper.run(&inbox))
            .map_err(|source| FindError::Root { path: root.named().to_owned(), source })?;
        Ok(Self { inner, workspace: own(), root, options, messages, keeper: Some(keeper) })
    }

    /// Whether the first walk is over, so that answers are whole.
    pub fn is_ready(&self) -> bool {
        self.inner.progress().ready
    }

    /// Waits until the first walk is over.
    ///
    /// # Errors
    ///
    /// When `control` stopped it, or the walk could not begin.
    pub fn wait_ready(&self, control: &Control) -> Result<(), FindError> {
        let inner = Arc::downgrade(&self.inner);
        let _waker = control.cancel_token().on_cancel(move || {
            if let Some(inner) = inner.upgrade() {
                inner.tell();
            }
        });
        let mut progress = self.inner.progress();
        loop {
            if let Some((path, kind)) = progress.failed.clone() {
                return Err(FindError::Root { path, source: kind.into() });
            }
            if progress.ready {
                return Ok(());
            }
            control.check()?;
            let waited = self.inner.changed.wait_timeout(progress, wait_time(control));
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The best `limit` paths for `query`, best first, of what is in the index by now. For an empty query the first
    /// `limit`. What one caller types narrows down what the next one has to look at only if they type the same: who
    /// types takes a [`Searcher`] or a [`Session`] of his own.
    ///
    /// # Errors
    ///
    /// When the query is too long, or `control` stopped it.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        control: &Control,
    ) -> Result<Vec<Found>, FindError> {
        self.inner.search(query, limit, &self.inner.narrowing, control)
    }

    /// Asks for one caller, who types: each query looks only at what the one before left over, whatever others ask.
    pub fn searcher(&self) -> Searcher {
        Searcher::new(Arc::clone(&self.inner))
    }

    /// Asks in the background, as somebody types: `callback` gets the best `limit` at least once for each query that
    /// was not overtaken by the next, again while the walk finds better ones, and whenever the tree changes them.
    ///
    /// It is called on a thread of the session; the next answer waits for it.
    pub fn session(&self, limit: usize, callback: impl FnMut(Update) + Send + 'static) -> Session {
        Session::start(Arc::clone(&self.inner), limit, Box::new(callback))
    }

    /// Gives every path once, in no order that can be relied on, until `each` breaks. What changes meanwhile is not
    /// seen.
    pub fn for_each(&self, mut each: impl FnMut(Indexed<'_>) -> ControlFlow<()>) {
        let arena = self.inner.snapshot();
        for (id, item) in arena.items() {
            let path = arena.raw(id).unwrap_or(Path::new(item.text));
            if each(Indexed { path, kind: item.kind() }).is_break() {
                return;
            }
        }
    }

    /// How large it is, and how complete.
    pub fn figures(&self) -> Figures {
        let (entries, path_bytes, memory_bytes) = {
            let arena = self.inner.snapshot();
            (arena.len(), arena.text_bytes(), arena.memory_bytes())
        };
        let progress = self.inner.progress();
        Figures {
            entries,
            path_bytes,
            memory_bytes,
            unreadable: progress.unreadable,
            ready: progress.ready,
            full: self.inner.is_full(),
            watch_problem: progress.watch_problem.clone(),
        }
    }

    /// Ends its threads and waits for them, as dropping it does. Sessions give no more answers.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for FileIndex {
    fn drop(&mut self) {
        self.inner.cancel.cancel();
        self.inner.progress().closed = true;
        self.inner.tell();
        // It has ended already when nobody listens.
        let _: Result<(), _> = self.messages.send(Message::Close);
        if let Some(keeper) = self.keeper.take()
            && keeper.thread().id() != std::thread::current().id()
        {
            // A panic there was printed there.
            let _: std::thread::Result<()> = keeper.join();
        }
    }
}

impl std::fmt::Debug for FileIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileIndex").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

impl Inner {
    fn search(
        &self,
        query: &str,
        limit: usize,
        narrowing: &Mutex<Narrowing>,
        control: &Control,
    ) -> Result<Vec<Found>, FindError> {
        let characters = query.chars().count() as u64;
        if characters > self.query_characters_max {
            let characters_max = self.query_characters_max;
            return Err(FindError::QueryTooLong { characters, characters_max });
        }
        let query = Query::parse(query);
        let paths = self.paths();
        let arena: &Arena = &paths.arena;
        if let Ok(mut narrowing) = narrowing.try_lock() {
            narrowing.belong_to(paths.version);
        }
        let found = scan::search(arena, &query, limit, narrowing, control)?;
        let mut marker = Marker::new(arena, &query);
        let found = found.iter().map(|ranked| Found {
            path: ranked.text.to_owned(),
            folder: arena.item(ranked.id).is_some_and(|item| item.kind() == IndexedKind::Folder),
            score: ranked.score,
            ranges: marker.ranges(ranked),
            raw: arena.raw(ranked.id).map(Path::to_owned),
        });
        Ok(found.collect())
    }

    fn paths(&self) -> RwLockReadGuard<'_, Paths> {
        self.paths.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is indexed now, for who looks at it longer than a change shall wait. While it is held, a change copies all.
    fn snapshot(&self) -> Arc<Arena> {
        Arc::clone(&self.paths().arena)
    }

    /// Changes the arena, and says so.
    fn change(&self, change: impl FnOnce(&mut Arena)) {
        {
            let mut paths = self.paths.write().unwrap_or_else(PoisonError::into_inner);
            change(Arc::make_mut(&mut paths.arena));
            paths.version += 1;
        }
        self.progress().version += 1;
        self.changed.notify_all();
    }

    fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all that wait. Under the lock: who has looked and not yet begun to wait would miss it.
    fn tell(&self) {
        let _progress = self.progress();
        self.changed.notify_all();
    }
}

/// How long to wait at once; without a deadline nearly for ever.
fn wait_time(control: &Control) -> std::time::Duration {
    control.remaining().unwrap_or(std::time::Duration::from_secs(3600))
}
