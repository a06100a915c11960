//! The store: who may use it when, what is copied, and what goes when it is full.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::SnapshotError;
use super::journal::Journal;
use super::look::{Found, Spot, mode_of};
use super::objects::Objects;
use super::record::{NotKept, Snapshot, StoredPath, Was};
use crate::files::{Before, BeforeChange};
use crate::limits::SnapshotLimits;
use crate::text::ContentHash;
use crate::{Control, Location, Workspace};

/// In the state folder: one folder for each project.
const STATE_FOLDER: &str = "snapshots";
/// In the folder of a project: its list of snapshots.
const JOURNAL: &str = "journal.jsonl";
/// Between two questions for the lock while another process has it; the kernel's own waiting cannot be cut short.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// How long the store is waited for when a file was made, which nothing takes back any more.
const NOTING: Duration = Duration::from_secs(2);

/// The snapshots of a project. Threads and processes may share a folder.
///
/// Given to [`Workspace::with_before_change`], it copies every file that a tool is about to touch, once after each
/// [`Snapshots::take`]; so a snapshot costs what is touched after it, not what there is.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
    limits: SnapshotLimits,
    pub(super) objects: Objects,
    journal: Mutex<Journal>,
    lock: File,
}

/// The store while nobody else uses it.
pub(super) struct Entered<'s> {
    store: &'s Snapshots,
    pub(super) journal: MutexGuard<'s, Journal>,
    /// Copies made since it was entered, with their sizes: what the journal does not name yet must not go.
    pending: HashMap<ContentHash, u64>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // The end of the process gives it back in any case.
        let _ = self.store.lock.unlock();
    }
}

impl Snapshots {
    /// Those of `workspace`, in its state folder, where each project has its own.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn of(workspace: &Workspace) -> Result<Self, SnapshotError> {
        let folder = workspace
            .state_folder(STATE_FOLDER)
            .map(|folder| folder.join(project_name(workspace)))
            .map_err(SnapshotError::io(workspace.state(), "making the folder of snapshots"))?;
        Self::open(folder, workspace.limits().snapshot.clone())
    }

    /// Whether any were ever taken of `workspace`. Makes nothing; one look at the file system.
    pub fn exist(workspace: &Workspace) -> bool {
        let folder = workspace.state().join(STATE_FOLDER).join(project_name(workspace));
        folder.join(JOURNAL).is_file()
    }

    /// Those in `folder`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(folder: impl Into<PathBuf>, limits: SnapshotLimits) -> Result<Self, SnapshotError> {
        let folder = folder.into();
        let opened = make_private(&folder).and_then(|()| {
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(folder.join("lock"))
        });
        let lock = opened.map_err(SnapshotError::io(&folder, "opening"))?;
        let objects = Objects::in_folder(folder.join("objects"));
        let journal = Mutex::new(Journal::at(folder.join(JOURNAL)));
        Ok(Self { folder, limits, objects, journal, lock })
    }

    /// Begins a snapshot: from now on what tools touch is kept for it. The files at `paths` are copied at once, for
    /// what is not touched through tools: commands. Links are kept as links, and the files they lead to with them.
    ///
    /// # Errors
    ///
    /// When a path leads out of the project or is a folder, or the copy fails. Then there is no new snapshot.
    pub fn take(
        &self,
        workspace: &Workspace,
        label: &str,
        time: SystemTime,
        paths: &[String],
        control: &Control,
    ) -> Result<u64, SnapshotError> {
        let mut spots = Vec::new();
        for path in paths {
            let spot = Spot::of(workspace.scope(), Path::new(path))?;
            let is_link =
                fs::symlink_metadata(&spot.path).is_ok_and(|metadata| metadata.is_symlink());
            let behind_link = is_link.then(|| workspace.scope().locate(&spot.path).ok()).flatten();
            if let Some(behind) = behind_link.filter(|behind| behind.resolved().is_file()) {
                spots.push(Spot::of(workspace.scope(), behind.resolved())?);
            }
            spots.push(spot);
        }
        let mut store = self.enter(control)?;
        let mut files = BTreeMap::new();
        for spot in &spots {
            control.check()?;
            files.insert(spot.path.clone(), store.copy(spot, None)?);
        }
        store.begin(label, time, files, None)
    }

    /// All snapshots, the oldest first.
    ///
    /// # Errors
    ///
    /// When the list cannot be read.
    pub fn list(&self, control: &Control) -> Result<Vec<Snapshot>, SnapshotError> {
        Ok(self.enter(control)?.journal.snapshots.clone())
    }

    /// The size of all copies, in bytes.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::list`].
    pub fn bytes(&self, control: &Control) -> Result<u64, SnapshotError> {
        Ok(self.enter(control)?.journal.bytes)
    }

    /// Forgets one snapshot. What earlier ones need of it is theirs from then on.
    ///
    /// # Errors
    ///
    /// When there is none with this id, or the list cannot be written.
    pub fn forget(&self, id: u64, control: &Control) -> Result<(), SnapshotError> {
        let mut store = self.enter(control)?;
        store.since(id)?;
        store.rewrite(|snapshots| {
            let Some(at) = snapshots.iter().position(|snapshot| snapshot.id == id) else { return };
            let gone = snapshots.remove(at);
            let earlier = at.checked_sub(1).and_then(|earlier| snapshots.get_mut(earlier));
            if let Some(earlier) = earlier {
                for (path, was) in gone.files {
                    earlier.files.entry(path).or_insert(was);
                }
            }
        })?;
        store.sweep()
    }

    /// Forgets all snapshots taken before `older_than`; gives how many.
    ///
    /// # Errors
    ///
    /// When the list cannot be written.
    pub fn prune(&self, older_than: SystemTime, control: &Control) -> Result<usize, SnapshotError> {
        let mut store = self.enter(control)?;
        let limit = milliseconds(older_than);
        let old = store.journal.snapshots.iter().take_while(|one| one.time < limit).count();
        if old > 0 {
            store.rewrite(|snapshots| drop(snapshots.drain(..old)))?;
        }
        store.sweep()?;
        Ok(old)
    }

    /// Waits until nobody else uses the store, and reads what they did.
    pub(super) fn enter(&self, control: &Control) -> Result<Entered<'_>, SnapshotError> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pause = FIRST_PAUSE;
        loop {
            control.check()?;
            match self.lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
                Err(TryLockError::Error(error)) => {
                    return Err(SnapshotError::io(&self.folder, "locking")(error));
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let mut entered = Entered { store: self, journal, pending: HashMap::new() };
        entered.journal.refresh()?;
        Ok(entered)
    }
}

impl Entered<'_> {
    /// What was at each path when snapshot `id` was taken.
    pub(super) fn since(&self, id: u64) -> Result<BTreeMap<PathBuf, Was>, SnapshotError> {
        self.journal.since(id).ok_or_else(|| SnapshotError::Unknown {
            id,
            ids: self.journal.snapshots.iter().rev().map(|snapshot| snapshot.id).collect(),
        })
    }

    /// Begins a snapshot. Older ones go where there are too many, but none from `keep` on.
    pub(super) fn begin(
        &mut self,
        label: &str,
        time: SystemTime,
        files: BTreeMap<PathBuf, Was>,
        keep: Option<u64>,
    ) -> Result<u64, SnapshotError> {
        let characters = usize::try_from(self.limits().label_characters).unwrap_or(usize::MAX);
        let label = label.chars().take(characters).collect();
        let id = self.journal.begin(label, milliseconds(time), files).map_err(self.failed())?;
        let limit = usize::try_from(self.limits().snapshots).unwrap_or(usize::MAX).max(1);
        while self.journal.snapshots.len() > limit && self.drop_oldest(keep)? {}
        Ok(id)
    }

    /// What is at `spot`, copied. Snapshots from `keep` on are not given up for its sake.
    pub(super) fn copy(&mut self, spot: &Spot, keep: Option<u64>) -> Result<Was, SnapshotError> {
        let looked = spot.look().map_err(SnapshotError::io(&spot.path, "looking at it"))?;
        let metadata = match looked.or_refuse(&spot.path)? {
            Found::Nothing { folders } => return Ok(Was::Absent { by_us: false, folders }),
            Found::Link { target } => return Ok(Was::Link { target: StoredPath::of(&target) }),
            Found::File { metadata } => metadata,
            Found::Folder | Found::Special => return Ok(Was::Absent { by_us: false, folders: 0 }),
        };
        let limit = self.limits().file_bytes;
        let content = if metadata.len() > limit {
            None
        } else {
            spot.read(metadata.len(), limit).map_err(SnapshotError::io(&spot.path, "reading"))?
        };
        match content {
            Some(content) => self.keep(&content, None, &metadata, keep),
            None => Ok(Was::NotKept { bytes: metadata.len(), reason: NotKept::TooLarge }),
        }
    }

    /// Copies `content`, if there is or can be room for it. `hash`: its own, where somebody knows it.
    fn keep(
        &mut self,
        content: &[u8],
        hash: Option<ContentHash>,
        metadata: &Metadata,
        keep: Option<u64>,
    ) -> Result<Was, SnapshotError> {
        let (bytes, mode) = (content.len() as u64, mode_of(metadata));
        if bytes > self.limits().file_bytes {
            return Ok(Was::NotKept { bytes, reason: NotKept::TooLarge });
        }
        let hash = hash.unwrap_or_else(|| ContentHash::of(content));
        self.store.objects.put(content, &hash).map_err(self.failed())?;
        let known = self.pending.insert(hash, bytes).is_some();
        while !known && self.bytes() > self.limits().store_bytes {
            if !self.drop_oldest(keep)? {
                self.pending.remove(&hash);
                if !self.journal.has_copy(&hash) {
                    self.store.objects.remove(&hash);
                }
                return Ok(Was::NotKept { bytes, reason: NotKept::StoreFull });
            }
        }
        Ok(Was::File { hash, bytes, mode })
    }

    /// The size of all copies, those of this call included.
    fn bytes(&self) -> u64 {
        let new = self.pending.iter().filter(|(hash, _)| !self.journal.has_copy(hash));
        new.fold(self.journal.bytes, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// Adds what is about to be changed to the newest snapshot, unless that has it.
    fn touch(&mut self, before: &Before<'_>) -> Result<(), SnapshotError> {
        if self.journal.snapshots.is_empty() {
            self.begin("", SystemTime::now(), BTreeMap::new(), None)?;
        }
        let path = before.location.resolved();
        let newest = self.journal.snapshots.last();
        let known = newest.and_then(|newest| newest.files.get(path));
        let was = match (before.content, before.metadata) {
            (..) if known.is_some() => return Ok(()),
            // Ours it is only once it is there: should the plan fail, somebody else may make it.
            (_, None) => {
                let missing = |folder: &&Path| fs::symlink_metadata(folder).is_err();
                let folders = path.ancestors().skip(1).take_while(missing).count();
                Was::Absent { by_us: false, folders }
            }
            (Some(content), Some(metadata)) => {
                let keep = newest.map(|newest| newest.id);
                self.keep(content, before.hash, metadata, keep)?
            }
            (None, Some(metadata)) => {
                Was::NotKept { bytes: metadata.len(), reason: NotKept::TooLarge }
            }
        };
        while self.journal.files >= self.limits().files && self.drop_oldest(None)? {}
        self.journal.add(path, was).map_err(self.failed())
    }

    /// Notes that what was not there when the newest snapshot was taken is of our making now.
    fn created(&mut self, path: &Path) -> Result<(), SnapshotError> {
        let known = self.journal.snapshots.last().and_then(|newest| newest.files.get(path));
        match known {
            Some(&Was::Absent { by_us: false, folders }) => {
                let was = Was::Absent { by_us: true, folders };
                self.journal.add(path, was).map_err(self.failed())
            }
            _ => Ok(()),
        }
    }

    /// Forgets the oldest snapshot, not the newest and none from `keep` on; `false`: there is none to forget.
    fn drop_oldest(&mut self, keep: Option<u64>) -> Result<bool, SnapshotError> {
        let oldest = match self.journal.snapshots.as_slice() {
            [oldest, _, ..] => oldest.id,
            _ => return Ok(false),
        };
        if keep.is_some_and(|keep| oldest >= keep) {
            return Ok(false);
        }
        self.rewrite(|snapshots| drop(snapshots.remove(0)))?;
        Ok(true)
    }

    fn rewrite(&mut self, change: impl FnOnce(&mut Vec<Snapshot>)) -> Result<(), SnapshotError> {
        let unused = self.journal.rewrite(change).map_err(self.failed())?;
        for hash in unused.iter().filter(|hash| !self.pending.contains_key(*hash)) {
            self.store.objects.remove(hash);
        }
        Ok(())
    }

    fn sweep(&self) -> Result<(), SnapshotError> {
        let kept: HashSet<_> = self.journal.copies().collect();
        self.store.objects.sweep(&kept).map_err(self.failed())
    }

    fn limits(&self) -> &SnapshotLimits {
        &self.store.limits
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> SnapshotError + use<'_> {
        SnapshotError::io(&self.store.folder, "writing")
    }
}

impl BeforeChange for Snapshots {
    fn before_change(
        &self,
        before: &Before<'_>,
        control: &Control,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.enter(control)?.touch(before)?;
        Ok(())
    }

    fn after_creation(&self, location: &Location) {
        // What is not noted is not removed by going back: nothing is lost.
        let noted = self.enter(&Control::within(NOTING));
        let _ = noted.and_then(|mut store| store.created(location.resolved()));
    }
}

pub(super) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The folder of a project, whose path may be longer than a name can be.
fn project_name(workspace: &Workspace) -> String {
    let project = ContentHash::of(workspace.scope().base().as_os_str().as_encoded_bytes());
    project.to_string().replace(':', "-")
}

/// Makes a folder that its owner alone can read: the copies may hold secrets.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
