//! The walk under every search: all threads over one tree, rules of ignored files applied on the way.
//!
//! Why not `ignore::WalkParallel`: it drops what is ignored without a word, so counting it would take a second walk of
//! everything; it opens folders by path, so one swapped for a link leads out of the project; and it makes a path and a
//! job of every file. Here a folder is one job, opened beneath the root's handle, and a file costs no allocation. The
//! patterns themselves are still read and matched by `ignore`.

mod entry;
pub(super) mod known;
mod listing;
pub(super) mod path;
mod queue;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub use entry::{Entry, Facts, Kind};

use crate::{Control, Location, Stopped, Workspace};

use queue::{FolderJob, Job, Queue};
use worker::{Base, Worker};

use super::rules::Chain;

/// What a walk enters and shows.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// `.gitignore`, `.ignore` and `.git/info/exclude` count. Default: yes.
    pub respect_ignore: bool,
    /// Names that begin with a dot are not ignored. `.git` always is. Default: yes.
    pub hidden: bool,
    /// Links are followed where they stay inside the scope; those that lead into a circle are cut. Default: no.
    pub follow_links: bool,
    /// How deep; 1 is the root's own entries. Default: no bound.
    pub depth_max: Option<usize>,
    /// Visiting a file is costly (its content is read): the files of a large folder are shared among the threads.
    /// Default: no.
    pub spread_files: bool,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            respect_ignore: true,
            hidden: true,
            follow_links: false,
            depth_max: None,
            spread_files: false,
        }
    }
}

/// Sees the entries of one thread, in no order that can be relied on.
pub trait Visitor: Send {
    /// Called for each entry, ignored ones included, before those beneath it.
    fn visit(&mut self, entry: &Entry<'_>) -> Next;
}

/// What the walk does after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Goes on, into the entry where it is a folder. An ignored folder entered this way is taken as named: what lies
    /// beneath is judged by no rule.
    Continue,
    /// Goes on, not into this folder.
    Skip,
    /// Enters this folder after all others; everything beneath counts as ignored. Of such entries only as many are
    /// visited as `search.ignored_entries` says.
    Defer,
    /// Ends the walk.
    Stop,
}

/// How a walk ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalkEnd {
    /// Why it did not see everything, when the caller's [`Control`] ended it.
    pub stopped: Option<Stopped>,
    /// Folders opened.
    pub folders: u64,
    /// Entries visited.
    pub entries: u64,
    /// Folders that could not be read.
    pub unreadable: Unreadable,
    /// Followed links that led to a folder they lie in.
    pub loops: u64,
    /// Links that were not followed because they lead out of the scope or nowhere.
    pub links_not_followed: u64,
    /// Whether all deferred folders were walked; `false`: the budget ended before.
    pub deferred_whole: bool,
}

/// What could not be read: all counted, the first few named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// How many.
    pub count: u64,
    /// The first few, relative to the walked root, with what the system said.
    pub first: Vec<(PathBuf, String)>,
}

/// Of what could not be read, how many are named.
const UNREADABLE_NAMED_MAX: usize = 5;
/// Threads of one walk; more gain nothing on one disk and one cache of names.
const THREADS_MAX: usize = 12;

impl Unreadable {
    /// Counts `path`, and names it if few were named so far.
    pub fn add(&mut self, path: &Path, error: &std::io::Error) {
        self.count += 1;
        if self.first.len() < UNREADABLE_NAMED_MAX {
            self.first.push((path.to_owned(), error.to_string()));
        }
    }

    /// Takes over what another thread counted.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        let room = UNREADABLE_NAMED_MAX.saturating_sub(self.first.len());
        self.first.extend(other.first.into_iter().take(room));
    }
}

/// What all threads of one walk share.
pub(super) struct Shared<'w> {
    workspace: &'w Workspace,
    root: &'w Location,
    options: &'w WalkOptions,
    control: &'w Control,
    queue: Queue,
    stopped: Mutex<Option<Stopped>>,
    deferred_left: AtomicU64,
    deferred_cut: AtomicBool,
    /// Bytes of a rule path before the path that visitors see.
    lead: usize,
}

/// Walks what lies under `root`, a folder. Gives the visitors back, one for each thread that was needed.
///
/// `visitor` is called on the calling thread. Small trees are walked by the calling thread alone.
///
/// # Errors
///
/// When the root itself cannot be opened as a folder.
pub fn walk<V: Visitor>(
    workspace: &Workspace,
    root: &Location,
    options: &WalkOptions,
    control: &Control,
    mut visitor: impl FnMut() -> V,
) -> std::io::Result<(WalkEnd, Vec<V>)> {
    let handle = Arc::new(root.open_folder()?);
    let chain = Chain::above(workspace.scope(), root, options.respect_ignore);
    let shared = Shared {
        workspace,
        root,
        options,
        control,
        queue: Queue::default(),
        stopped: Mutex::new(None),
        deferred_left: AtomicU64::new(workspace.limits().search.ignored_entries),
        deferred_cut: AtomicBool::new(false),
        lead: chain.lead.as_os_str().len(),
    };
    shared.queue.push(Job::Folder(FolderJob {
        path: chain.lead,
        base: Arc::new(Base { handle, taken: shared.lead }),
        link: None,
        depth: 0,
        rules: chain.rules,
        ignored: false,
        ancestors: None,
    }));
    let threads = threads();
    let mut done = Vec::new();
    std::thread::scope(|scope| {
        let mut first = Worker::new(&shared, visitor());
        // Further threads cost about 30 us each: only once there is work for them.
        let busy = first.run_until(|| threads > 1 && shared.queue.is_crowded());
        let mut helpers = Vec::new();
        if busy {
            for _ in 1..threads {
                let worker = Worker::new(&shared, visitor());
                helpers.push(scope.spawn(move || worker.run()));
            }
        }
        done.push(first.run());
        for helper in helpers {
            match helper.join() {
                Ok(worker) => done.push(worker),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    Ok(shared.end(done))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS_MAX)
}

impl Shared<'_> {
    fn stop(&self, why: Option<Stopped>) {
        if let Some(why) = why {
            self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        }
        self.queue.stop();
    }

    /// Where `full`, which begins at the topmost rules, is.
    fn absolute(&self, full: &Path) -> PathBuf {
        let relative = path::after(full, self.lead);
        let root = self.root.resolved();
        if relative.as_os_str().is_empty() { root.to_owned() } else { root.join(relative) }
    }

    fn end<V>(&self, workers: Vec<(WalkEnd, V)>) -> (WalkEnd, Vec<V>) {
        let mut end = WalkEnd::default();
        let mut visitors = Vec::with_capacity(workers.len());
        for (part, visitor) in workers {
            end.folders += part.folders;
            end.entries += part.entries;
            end.loops += part.loops;
            end.links_not_followed += part.links_not_followed;
            end.unreadable.merge(part.unreadable);
            visitors.push(visitor);
        }
        end.stopped = *self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        end.deferred_whole = end.stopped.is_none() && !self.deferred_cut.load(Ordering::Relaxed);
        (end, visitors)
    }
}
