//! Changes in a tree, told as they happen.

mod faults;
mod rules;
mod tool;
mod tree;

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use ironbridge_tools::watch::{Change, ChangeKind, WatchError, WatchOptions, Watcher};
use ironbridge_tools::{Limits, Scope, Workspace};
use tempfile::TempDir;

/// Only there so that a fault ends.
const WATCHDOG: Duration = Duration::from_secs(120);

/// A folder that is watched.
struct Watched {
    folder: TempDir,
    workspace: Workspace,
    changes: Receiver<Vec<Change>>,
    watcher: Option<Watcher>,
}

/// The name of the file whose creation says that everything before it was told: the kernel keeps the order.
const MARK: &str = "mark";

impl Watched {
    /// With these files before the watcher starts; `/` at the end for a folder.
    fn new(files: &[&str]) -> Self {
        Self::with(files, ".", WatchOptions::default())
    }

    fn with(files: &[&str], root: &str, options: WatchOptions) -> Self {
        Self::try_with(files, root, options, Limits::default()).unwrap()
    }

    fn try_with(
        files: &[&str],
        root: &str,
        options: WatchOptions,
        limits: Limits,
    ) -> Result<Self, WatchError> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            make(folder.path(), file);
        }
        let scope = Scope::within(folder.path()).unwrap();
        let workspace = Workspace::new(scope, folder.path().join("unused")).with_limits(limits);
        let (watcher, changes) = start(&workspace, root, options)?;
        Ok(Self { folder, workspace, changes, watcher: Some(watcher) })
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str) {
        std::fs::write(self.path(name), "text").unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// All that was told since the last time. Makes a mark and waits until it is told.
    fn told(&self) -> Vec<Change> {
        make(self.folder.path(), MARK);
        let told = self.until(|change| change.path == Path::new(MARK));
        std::fs::remove_file(self.path(MARK)).unwrap();
        self.until(|change| change.path == Path::new(MARK) && change.kind == ChangeKind::Delete);
        told.into_iter().filter(|change| change.path != Path::new(MARK)).collect()
    }

    /// All that is told up to the batch with such a change.
    fn until(&self, is_last: impl Fn(&Change) -> bool) -> Vec<Change> {
        let mut told = Vec::new();
        loop {
            let batch = self.changes.recv_timeout(WATCHDOG).expect("it is told");
            let last = batch.iter().any(&is_last);
            told.extend(batch);
            if last {
                return told;
            }
        }
    }

    /// What whoever keeps a list would make of what was told: each path once, with the last that was told of it, in
    /// order of the path. Batches are cut by the clock, so a create may come with its updates or before them.
    fn outcome(&self) -> Vec<String> {
        outcome(&self.told())
    }
}

fn start(
    workspace: &Workspace,
    root: &str,
    options: WatchOptions,
) -> Result<(Watcher, Receiver<Vec<Change>>), WatchError> {
    let (sender, changes) = mpsc::channel();
    let watcher = Watcher::start(workspace, root, options, move |batch| {
        // The test may be over.
        let _: Result<(), _> = sender.send(batch.to_vec());
    })?;
    Ok((watcher, changes))
}

fn outcome(told: &[Change]) -> Vec<String> {
    let mut paths = std::collections::BTreeMap::new();
    for change in told {
        let slash = if change.folder && !change.path.as_os_str().is_empty() { "/" } else { "" };
        let name = format!("{}{slash}", change.path.display());
        let kind = paths.entry(name).or_insert(change.kind);
        // A file that was created is new, whatever was written to it since.
        if (*kind, change.kind) != (ChangeKind::Create, ChangeKind::Update) {
            *kind = change.kind;
        }
    }
    let sign = |kind| match kind {
        ChangeKind::Create => "+",
        ChangeKind::Update => "~",
        ChangeKind::Delete => "-",
        ChangeKind::Rescan => "rescan",
        ChangeKind::Limit => "limit",
        ChangeKind::Ended => "ended",
    };
    let shown = paths.into_iter().map(|(path, kind)| format!("{} {path}", sign(kind)));
    shown.map(|line| line.trim_end().to_owned()).collect()
}

fn make(root: &Path, file: &str) {
    let path = root.join(file);
    if file.ends_with('/') {
        std::fs::create_dir_all(path).unwrap();
    } else {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
}
