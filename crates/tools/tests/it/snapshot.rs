//! Copies of files before they are touched, by content, to see and undo what was done.

mod limits;
mod names;
mod restore;
mod robust;
mod tool;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ironbridge_tools::files::Changes;
use ironbridge_tools::limits::SnapshotLimits;
use ironbridge_tools::snapshot::{Outcome, SnapshotError, Snapshots};
use ironbridge_tools::{Control, Limits, Scope, Workspace};

/// By path in the project.
type Outcomes = Vec<(String, Outcome)>;

/// A project whose tools keep what they touch.
struct Project {
    folder: tempfile::TempDir,
    path: PathBuf,
    workspace: Workspace,
    store: Arc<Snapshots>,
}

impl Project {
    fn new() -> Self {
        Self::with(SnapshotLimits::default())
    }

    fn with(limits: SnapshotLimits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().canonicalize().expect("it exists").join("project");
        fs::create_dir(&path).expect("created");
        let scope = Scope::within(&path).expect("a folder");
        let workspace = Workspace::new(scope, folder.path().join("state"));
        let workspace = workspace.with_limits(Limits { snapshot: limits, ..Limits::default() });
        let store = Arc::new(Snapshots::of(&workspace).expect("opened"));
        let workspace = workspace.with_before_change(Arc::clone(&store) as Arc<_>);
        Self { folder, path, workspace, store }
    }

    fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// What somebody else writes.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.at(name), content).expect("written");
    }

    /// What a tool writes.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let location = self.workspace.scope().locate(name).expect("inside");
        let control = Control::unbounded();
        let mut changes =
            Changes::begin(&self.workspace, std::slice::from_ref(&location), &control)
                .expect("locked");
        changes.create_bytes(&location, content.as_ref().to_vec(), None, true).expect("planned");
        changes.commit(&control).expect("written");
    }

    /// What a tool deletes.
    fn delete(&self, name: &str) {
        let location = self.workspace.scope().locate(name).expect("inside");
        let control = Control::unbounded();
        let mut changes =
            Changes::begin(&self.workspace, std::slice::from_ref(&location), &control)
                .expect("locked");
        changes.delete_file(&location).expect("planned");
        changes.commit(&control).expect("deleted");
    }

    fn take(&self, paths: &[&str]) -> u64 {
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        self.store.take(&self.workspace, "", time(1), &paths, &Control::unbounded()).expect("taken")
    }

    fn try_restore(
        &self,
        id: u64,
        paths: &[&str],
    ) -> Result<(Option<u64>, Outcomes), SnapshotError> {
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        let control = Control::unbounded();
        let restored = self.store.restore(&self.workspace, id, &paths, time(2), &control)?;
        let name = |path: &Path| {
            path.strip_prefix(&self.path).expect("in the project").to_string_lossy().into_owned()
        };
        let files = restored.files.iter().map(|(path, outcome)| (name(path), *outcome)).collect();
        Ok((restored.before, files))
    }

    /// Goes back, and says what became of which path.
    fn restore(&self, id: u64) -> Outcomes {
        self.try_restore(id, &[]).expect("restored").1
    }

    fn read(&self, name: impl AsRef<Path>) -> Option<Vec<u8>> {
        fs::read(self.at(name)).ok()
    }

    /// The store: each project has its own.
    fn store_folder(&self) -> PathBuf {
        let stores = fs::read_dir(self.folder.path().join("state/snapshots")).expect("a folder");
        let mut stores: Vec<_> = stores.map(|entry| entry.expect("listed").path()).collect();
        assert_eq!(stores.len(), 1, "{stores:?}");
        stores.remove(0)
    }

    /// The copies in the store.
    fn copies(&self) -> Vec<PathBuf> {
        let mut copies = Vec::new();
        let objects = self.store_folder().join("objects");
        for folder in fs::read_dir(objects).into_iter().flatten() {
            let folder = folder.expect("listed").path();
            for copy in fs::read_dir(folder).expect("a folder") {
                copies.push(copy.expect("listed").path());
            }
        }
        copies
    }
}

/// Seconds after 1970.
fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
