//! Linux: inotify itself, a watch for each folder.
//!
//! Not through `notify`: its recursive watch enters ignored folders (a `node_modules` is 50,000 watches of the user's
//! 65,536), its one-folder watch waits for its own thread at every call (5,000 of them in
//! 170 to 380 ms, here in 60 to 140, on a busy machine), it tells neither lost events nor a folder
//! moved away apart, and a new folder is listed before it is watched, so what is made in between is missed.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::change::{Change, ChangeKind};
use super::hearing::Heard;

/// Room for what the kernel gives at once; an event has 16 bytes and its name, so this is about 2,000 of them.
const BUFFER_BYTES: usize = 64 * 1024;
/// Events taken in before those that wait are told, however fast more come.
const TURN_EVENTS: usize = 8 * 1024;
/// Where the system says how many folders a user may watch.
const SYSTEM_LIMIT: &str = "/proc/sys/fs/inotify/max_user_watches";

/// An inotify instance with the folders it watches.
pub(super) struct Source {
    handle: OwnedFd,
    wake: OwnedFd,
    closed: AtomicBool,
    root: PathBuf,
    folders_max: u64,
    folders: Mutex<HashMap<i32, PathBuf>>,
}

/// No further folder can be watched.
pub(super) struct LimitReached {
    pub(super) watched: u64,
    /// `None`: it was the limit of this program.
    pub(super) system_limit: Option<u64>,
}

impl Source {
    /// Every folder must be covered on its own.
    pub(super) const NEEDS_COVER: bool = true;
    /// The kernel queues a change before the call that made it returns.
    pub(super) const TELLS_AT_ONCE: bool = true;

    pub(super) fn open(root: &Path, folders_max: u64) -> io::Result<Self> {
        Ok(Self {
            handle: inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?,
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            closed: AtomicBool::new(false),
            root: root.to_owned(),
            folders_max,
            folders: Mutex::default(),
        })
    }

    /// Watches `folder`, relative to the root, if it is one.
    pub(super) fn cover(&self, folder: &Path) -> io::Result<Option<LimitReached>> {
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::ATTRIB
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::EXCL_UNLINK
            | WatchFlags::ONLYDIR
            // A link swapped in meanwhile: the kernel would follow it out of the project.
            | WatchFlags::DONT_FOLLOW;
        let path =
            if folder.as_os_str().is_empty() { self.root.clone() } else { self.root.join(folder) };
        // Held over the call: what is heard of the new watch at once must find its name.
        let mut folders = self.lock();
        let watched = folders.len() as u64;
        match inotify::add_watch(&self.handle, &path, flags) {
            // Only the kernel knows whether it is a further one, and it says so by a number that is new.
            Ok(watch) if watched >= self.folders_max && !folders.contains_key(&watch) => {
                let _: rustix::io::Result<()> = inotify::remove_watch(&self.handle, watch);
                Ok(Some(LimitReached { watched, system_limit: None }))
            }
            Ok(watch) => {
                folders.insert(watch, folder.to_owned());
                Ok(None)
            }
            Err(Errno::NOSPC) => {
                let text = std::fs::read_to_string(SYSTEM_LIMIT).unwrap_or_default();
                let system_limit = Some(text.trim().parse().unwrap_or(watched));
                Ok(Some(LimitReached { watched, system_limit }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Watches `folder` and what lies beneath no longer.
    pub(super) fn uncover(&self, folder: &Path) {
        self.drop_where(|path| path.starts_with(folder));
    }

    /// Watches no folders but these and the root.
    pub(super) fn retain<'p>(&self, kept: impl Iterator<Item = &'p Path>) {
        let kept: HashSet<&Path> = kept.collect();
        self.drop_where(|path| !path.as_os_str().is_empty() && !kept.contains(path));
    }

    fn drop_where(&self, gone: impl Fn(&Path) -> bool) {
        self.lock().retain(|watch, path| {
            let gone = gone(path);
            if gone {
                // A deleted folder's watch is gone already.
                let _: rustix::io::Result<()> = inotify::remove_watch(&self.handle, *watch);
            }
            !gone
        });
    }

    pub(super) fn folders(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Lets the thread look whether there is something to tell.
    pub(super) fn wake(&self) {
        // Full only when it was woken already.
        let _: rustix::io::Result<usize> = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    pub(super) fn ear(&self) -> Ear<'_> {
        Ear { source: self, buffer: vec![MaybeUninit::uninit(); BUFFER_BYTES] }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i32, PathBuf>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reading side; one for each source.
pub(super) struct Ear<'s> {
    source: &'s Source,
    buffer: Vec<MaybeUninit<u8>>,
}

impl Ear<'_> {
    /// Waits for events, `pause` at most; `false`: the source was closed.
    pub(super) fn wait(&mut self, pause: Option<Duration>) -> bool {
        let timeout = pause.map(|pause| Timespec {
            tv_sec: pause.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: pause.subsec_nanos().into(),
        });
        let mut waited = [
            PollFd::new(&self.source.handle, PollFlags::IN),
            PollFd::new(&self.source.wake, PollFlags::IN),
        ];
        // Interrupted or not: what there is to hear is asked next.
        let _: rustix::io::Result<usize> = poll(&mut waited, timeout.as_ref());
        if waited.iter().any(|handle| !handle.revents().is_empty()) {
            let mut count = [0; 8];
            let _: rustix::io::Result<usize> = rustix::io::read(&self.source.wake, &mut count);
        }
        !self.source.closed.load(Ordering::SeqCst)
    }

    /// Gives what there is to hear; `false`: there may be more.
    pub(super) fn hear(&mut self, take: &mut dyn FnMut(Heard)) -> bool {
        let mut reader = Reader::new(&self.source.handle, &mut self.buffer);
        for _ in 0..TURN_EVENTS {
            let heard = match reader.next() {
                Ok(event) => self.source.heard(&event),
                // Nothing more, for now.
                Err(_) => return true,
            };
            if let Some(heard) = heard {
                take(heard);
            }
        }
        false
    }
}

impl Source {
    fn heard(&self, event: &inotify::Event<'_>) -> Option<Heard> {
        let what = event.events();
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            return Some(Heard::Lost);
        }
        let mut folders = self.lock();
        if what.contains(ReadFlags::IGNORED) {
            folders.remove(&event.wd());
            return None;
        }
        let folder = folders.get(&event.wd())?;
        let gone = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT;
        if what.intersects(gone) {
            // Of other folders the one above tells the same.
            return folder.as_os_str().is_empty().then_some(Heard::RootGone);
        }
        let path = folder.join(OsStr::from_bytes(event.file_name()?.to_bytes()));
        let is_folder = what.contains(ReadFlags::ISDIR);
        let kind = if what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) {
            ChangeKind::Create
        } else if what.intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM) {
            ChangeKind::Delete
        } else if is_folder {
            // Its mode or times: nothing that anybody would read anew.
            return None;
        } else {
            ChangeKind::Update
        };
        Some(Heard::Change(Change::new(kind, path, is_folder)))
    }
}
