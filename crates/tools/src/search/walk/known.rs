//! Visitors shown entries that somebody knows already, instead of those of a walk.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::entry::{Entry, Kind};
use super::worker::{Base, Visited};
use super::{Next, Visitor, WalkEnd, threads};
use crate::{Control, Location, Stopped};

/// Entries one thread takes at a time: some folders, so that each is opened by one thread only, and few enough that the
/// last part is not one thread's alone.
const ENTRIES_PER_PART: usize = 128;
/// With fewer than this one thread is as quick, where visiting costs next to nothing: a second takes 30 us to start.
const PARALLEL_MIN: usize = 4096;

/// The entries of a tree, known without a walk: none is ignored, and nothing is known of what is.
pub(crate) trait Known: Sync {
    /// All numbers lie below.
    fn end(&self) -> usize;

    /// The entry of that number; `None`: there is none.
    fn get(&self, number: usize) -> Option<KnownEntry<'_>>;
}

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownEntry<'a> {
    /// Relative to the searched folder.
    pub(crate) path: &'a Path,
    /// The folder it lies in; empty: the searched folder itself.
    pub(crate) folder: &'a Path,
    pub(crate) name: &'a OsStr,
    pub(crate) kind: Kind,
}

/// What is shown, and how.
pub(in crate::search) struct Showing<'a> {
    pub(in crate::search) known: &'a dyn Known,
    /// What lies deeper is not shown.
    pub(in crate::search) depth_max: Option<usize>,
    /// Visiting is costly.
    pub(in crate::search) spread_files: bool,
    /// Whether what lies in this folder is to be shown, as far as the folder itself decides.
    pub(in crate::search) enters: &'a (dyn Fn(&Path) -> bool + Sync),
}

struct Shared<'s> {
    showing: &'s Showing<'s>,
    base: Arc<Base>,
    control: &'s Control,
    next: AtomicUsize,
    ended: AtomicBool,
    stopped: Mutex<Option<Stopped>>,
}

/// Shows every entry to one of the visitors, in no order that can be relied on. Answers as [`super::walk`]; folders are
/// not read, so nothing is unreadable but what a visitor cannot open.
pub(in crate::search) fn show<V: Visitor>(
    root: &Location,
    showing: &Showing<'_>,
    control: &Control,
    mut visitor: impl FnMut() -> V,
) -> std::io::Result<(WalkEnd, Vec<V>)> {
    let base = Arc::new(Base { handle: Arc::new(root.open_folder()?), taken: 0 });
    let shared = Shared {
        showing,
        base,
        control,
        next: AtomicUsize::new(0),
        ended: AtomicBool::new(false),
        stopped: Mutex::new(None),
    };
    let alone = if showing.spread_files { ENTRIES_PER_PART } else { PARALLEL_MIN };
    let threads = if showing.known.end() <= alone { 1 } else { threads() };
    let mut visitors = Vec::with_capacity(threads);
    let mut entries = 0;
    std::thread::scope(|scope| {
        let mut first = visitor();
        let helpers: Vec<_> = (1..threads)
            .map(|_| {
                let (mut visitor, shared) = (visitor(), &shared);
                scope.spawn(move || (shared.work(&mut visitor), visitor))
            })
            .collect();
        entries += shared.work(&mut first);
        visitors.push(first);
        for helper in helpers {
            match helper.join() {
                Ok((shown, visitor)) => {
                    entries += shown;
                    visitors.push(visitor);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let stopped = *shared.stopped.lock().unwrap_or_else(PoisonError::into_inner);
    let end = WalkEnd { stopped, entries, ..WalkEnd::default() };
    Ok((end, visitors))
}

impl Shared<'_> {
    /// Shows one part after the other; how many entries there were.
    fn work(&self, visitor: &mut impl Visitor) -> u64 {
        let end = self.showing.known.end();
        let mut folder = Visited::unlisted(Path::new(""), &self.base);
        let mut entered = true;
        let mut shown = 0;
        while !self.ended.load(Ordering::Relaxed) {
            let start = self.next.fetch_add(ENTRIES_PER_PART, Ordering::Relaxed);
            if start >= end {
                break;
            }
            if let Err(why) = self.control.check() {
                self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
                break;
            }
            for number in start..(start + ENTRIES_PER_PART).min(end) {
                let Some(entry) = self.showing.known.get(number) else { continue };
                // Neighbours mostly share their folder.
                if entry.folder != folder.path {
                    folder = Visited::unlisted(entry.folder, &self.base);
                    entered = self.enters(entry.folder);
                }
                let deep = self.showing.depth_max.is_some_and(|max| folder.depth >= max);
                if !entered || deep {
                    continue;
                }
                shown += 1;
                if visitor.visit(&entry.of(&folder)) == Next::Stop {
                    self.ended.store(true, Ordering::Relaxed);
                    return shown;
                }
            }
        }
        shown
    }

    /// Whether a walk would come to what lies in `folder`.
    fn enters(&self, folder: &Path) -> bool {
        let above = folder.ancestors().filter(|above| !above.as_os_str().is_empty());
        above.into_iter().all(|above| (self.showing.enters)(above))
    }
}

impl<'a> KnownEntry<'a> {
    fn of(&self, folder: &'a Visited) -> Entry<'a> {
        Entry {
            path: self.path,
            name: self.name,
            kind: self.kind,
            depth: folder.depth + 1,
            ignored: false,
            deferred: false,
            link: false,
            folder,
            target: None,
        }
    }
}
