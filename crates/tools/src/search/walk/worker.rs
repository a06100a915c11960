//! One thread of a walk.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use super::entry::{Entry, Kind};
use super::listing::Listing;
use super::path::{PathBuffer, after};
use super::queue::{FolderJob, Job, PartJob, Queue};
use super::{Next, Shared, Visitor, WalkEnd};
use crate::search::rules::{Rules, Source, Verdict};
use crate::{Folder, Location};

/// Entries between two questions whether to stop.
const ENTRIES_PER_CHECK: u64 = 512;
/// Entries of a large folder that one thread takes at a time, where visiting is costly.
const ENTRIES_PER_PART: usize = 32;

/// An open folder that others are opened beneath: the root, or what a followed link leads to.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) handle: Arc<Folder>,
    /// Bytes of its own path.
    pub(super) taken: usize,
}

/// A folder whose entries are visited.
#[derive(Debug)]
pub(super) struct Visited {
    /// Opened when first asked for, where nobody had to list it.
    handle: OnceLock<Arc<Folder>>,
    pub(super) path: PathBuf,
    base: Arc<Base>,
    pub(super) depth: usize,
    rules: Option<Arc<Rules>>,
    ignored: bool,
    ancestors: Option<Arc<Ancestor>>,
}

impl Visited {
    /// One that nobody has listed: what is in it is known otherwise. `path` lies beneath `base`.
    pub(super) fn unlisted(path: &Path, base: &Arc<Base>) -> Self {
        Self {
            handle: OnceLock::new(),
            path: path.to_owned(),
            base: Arc::clone(base),
            depth: path.iter().count(),
            rules: None,
            ignored: false,
            ancestors: None,
        }
    }

    /// The folder itself.
    pub(super) fn handle(&self) -> std::io::Result<&Folder> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let handle = open_beneath(&self.path, &self.base)?;
        Ok(self.handle.get_or_init(|| handle))
    }
}

/// A folder on the way down, to know it again when a link leads back to it.
#[derive(Debug)]
pub(super) struct Ancestor {
    identity: Identity,
    above: Option<Arc<Ancestor>>,
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

pub(super) struct Worker<'s, V> {
    shared: &'s Shared<'s>,
    visitor: V,
    end: WalkEnd,
    path: PathBuffer,
    listing: Listing,
    buffer: Vec<u8>,
    found: Vec<Job>,
}

/// Tells the queue that a job is done, also when the visitor panics; the others must not wait for it then.
struct Busy<'q>(&'q Queue);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
        self.0.done();
    }
}

impl<'s, V: Visitor> Worker<'s, V> {
    pub(super) fn new(shared: &'s Shared<'s>, visitor: V) -> Self {
        Self {
            shared,
            visitor,
            end: WalkEnd::default(),
            path: PathBuffer::default(),
            listing: Listing::default(),
            buffer: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Works until nothing is left or `enough` says so; whether it was that.
    pub(super) fn run_until(&mut self, enough: impl Fn() -> bool) -> bool {
        let queue = &self.shared.queue;
        while !enough() {
            let Some(job) = queue.take() else { return false };
            let _busy = Busy(queue);
            self.work(job);
        }
        true
    }

    pub(super) fn run(mut self) -> (WalkEnd, V) {
        self.run_until(|| false);
        (self.end, self.visitor)
    }

    fn work(&mut self, job: Job) {
        if let Err(why) = self.shared.control.check() {
            return self.shared.stop(Some(why));
        }
        match job {
            Job::Folder(job) => self.folder(job),
            Job::Part(part) => self.entries(&part.folder, &part.listing, part.range),
        }
        self.shared.queue.push_all(&mut self.found);
    }

    fn is_stopped(&self) -> bool {
        match self.shared.control.check() {
            Ok(()) => self.shared.queue.is_stopped(),
            Err(why) => {
                self.shared.stop(Some(why));
                true
            }
        }
    }

    fn folder(&mut self, job: FolderJob) {
        if job.ignored && self.shared.deferred_left.load(Ordering::Relaxed) == 0 {
            self.shared.deferred_cut.store(true, Ordering::Relaxed);
            return;
        }
        let (base, handle) = match open(&job) {
            Ok(opened) => opened,
            Err(error) => return self.unreadable(&job.path, &error),
        };
        let ancestors = match self.ancestors(&job, &handle) {
            Ok(ancestors) => ancestors,
            Err(Loop) => {
                self.end.loops += 1;
                return;
            }
        };
        self.end.folders += 1;
        let mut listing = std::mem::take(&mut self.listing);
        let shared = self.shared;
        let absolute = || shared.absolute(&job.path);
        if let Err(error) = listing.read(&handle, &absolute, &mut self.buffer) {
            self.unreadable(&job.path, &error);
        }
        let rules = job.rules.as_ref().map(|above| {
            let source = Source::Handle(&handle, &absolute);
            Rules::within(above, job.path.as_os_str().len(), listing.rule_files(), &source)
        });
        let range = 0..self.allowed(&job, listing.len());
        let FolderJob { path, depth, ignored, .. } = job;
        let handle = OnceLock::from(handle);
        let folder = Visited { handle, path, base, depth, rules, ignored, ancestors };
        if self.shared.options.spread_files && range.len() > ENTRIES_PER_PART {
            self.spread(folder, listing, range.end);
        } else {
            self.entries(&folder, &listing, range);
            self.listing = listing;
        }
    }

    /// How many of the entries of a folder are visited: of an ignored one only what the budget has left.
    fn allowed(&self, job: &FolderJob, entries: usize) -> usize {
        if !job.ignored {
            return entries;
        }
        let wanted = entries as u64;
        let take = |left: u64| Some(left.saturating_sub(wanted));
        let left = &self.shared.deferred_left;
        let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(0);
        if before < wanted {
            self.shared.deferred_cut.store(true, Ordering::Relaxed);
        }
        usize::try_from(before).unwrap_or(usize::MAX).min(entries)
    }

    fn spread(&mut self, folder: Visited, listing: Listing, entries: usize) {
        let (folder, listing) = (Arc::new(folder), Arc::new(listing));
        let mut start = 0;
        while start < entries {
            let end = (start + ENTRIES_PER_PART).min(entries);
            let (folder, listing) = (Arc::clone(&folder), Arc::clone(&listing));
            self.found.push(Job::Part(PartJob { folder, listing, range: start..end }));
            start = end;
        }
    }

    fn entries(&mut self, folder: &Visited, listing: &Listing, range: Range<usize>) {
        let mut path = std::mem::take(&mut self.path);
        path.enter(&folder.path);
        for index in range {
            self.end.entries += 1;
            if self.end.entries.is_multiple_of(ENTRIES_PER_CHECK) && self.is_stopped() {
                break;
            }
            let Some((name, kind)) = listing.get(index) else { break };
            if self.entry(folder, path.of(name), name, kind) == Next::Stop {
                self.shared.stop(None);
                break;
            }
        }
        self.path = path;
    }

    fn entry(&mut self, folder: &Visited, full: &Path, name: &OsStr, kind: Kind) -> Next {
        let follow = kind == Kind::Link && self.shared.options.follow_links;
        let target = if follow { self.target(full) } else { None };
        let kind = target.as_ref().map_or(kind, |(_, kind)| *kind);
        let target = target.as_ref().map(|(target, _)| target);
        let entry = Entry {
            path: after(full, self.shared.lead),
            name,
            kind,
            depth: folder.depth + 1,
            ignored: self.is_ignored(folder, full, name, kind),
            deferred: folder.ignored,
            link: target.is_some(),
            folder,
            target,
        };
        let next = self.visitor.visit(&entry);
        let deep = self.shared.options.depth_max.is_some_and(|max| folder.depth + 1 >= max);
        if kind != Kind::Folder || next == Next::Skip || deep {
            return next;
        }
        let ignored = folder.ignored || next == Next::Defer;
        let job = Job::Folder(FolderJob {
            path: full.to_owned(),
            base: Arc::clone(&folder.base),
            link: target.cloned().map(Box::new),
            depth: folder.depth + 1,
            rules: if entry.ignored { None } else { folder.rules.clone() },
            ignored,
            ancestors: folder.ancestors.clone(),
        });
        match next {
            Next::Continue => self.found.push(job),
            Next::Defer => self.shared.queue.defer(job),
            Next::Skip | Next::Stop => {}
        }
        next
    }

    fn is_ignored(&self, folder: &Visited, full: &Path, name: &OsStr, kind: Kind) -> bool {
        if folder.ignored || name == ".git" {
            return true;
        }
        let verdict = match &folder.rules {
            Some(rules) => rules.judge(full, kind == Kind::Folder),
            None => Verdict::Nothing,
        };
        match verdict {
            Verdict::Ignored => true,
            Verdict::Kept => false,
            Verdict::Nothing => {
                !self.shared.options.hidden && name.as_encoded_bytes().starts_with(b".")
            }
        }
    }

    /// Where a link leads, if that may be visited.
    fn target(&mut self, full: &Path) -> Option<(Location, Kind)> {
        let found = self.shared.workspace.scope().locate(self.shared.absolute(full)).ok();
        let found = found.and_then(|target| {
            let kind = Kind::of(std::fs::metadata(target.resolved()).ok()?.file_type());
            Some((target, kind))
        });
        if found.is_none() {
            self.end.links_not_followed += 1;
        }
        found
    }

    fn ancestors(&self, job: &FolderJob, handle: &Folder) -> Result<Option<Arc<Ancestor>>, Loop> {
        if !self.shared.options.follow_links {
            return Ok(None);
        }
        let Some(identity) = self.identity(&job.path, handle) else { return Ok(None) };
        let mut next = job.ancestors.as_ref();
        while let Some(ancestor) = next {
            if ancestor.identity == identity {
                return Err(Loop);
            }
            next = ancestor.above.as_ref();
        }
        Ok(Some(Arc::new(Ancestor { identity, above: job.ancestors.clone() })))
    }

    #[cfg(unix)]
    #[allow(clippy::useless_conversion, reason = "the width of these fields differs by system")]
    fn identity(&self, _full: &Path, handle: &Folder) -> Option<Identity> {
        let facts = rustix::fs::fstat(handle).ok()?;
        Some((u64::try_from(facts.st_dev).ok()?, u64::try_from(facts.st_ino).ok()?))
    }

    #[cfg(not(unix))]
    fn identity(&self, full: &Path, _handle: &Folder) -> Option<Identity> {
        std::fs::canonicalize(self.shared.absolute(full)).ok()
    }

    fn unreadable(&mut self, full: &Path, error: &std::io::Error) {
        self.end.unreadable.add(after(full, self.shared.lead), error);
    }
}

/// Opened only now, not when it was found: there may be more folders waiting than a process may hold open.
fn open(job: &FolderJob) -> std::io::Result<(Arc<Base>, Arc<Folder>)> {
    if let Some(target) = &job.link {
        let handle = Arc::new(target.open_folder()?);
        let base = Base { handle: Arc::clone(&handle), taken: job.path.as_os_str().len() };
        return Ok((Arc::new(base), handle));
    }
    Ok((Arc::clone(&job.base), open_beneath(&job.path, &job.base)?))
}

fn open_beneath(path: &Path, base: &Base) -> std::io::Result<Arc<Folder>> {
    let beneath = after(path, base.taken);
    if beneath.as_os_str().is_empty() {
        return Ok(Arc::clone(&base.handle));
    }
    Ok(Arc::new(base.handle.open_beneath(beneath)?))
}

/// A link led to a folder it lies in.
struct Loop;
