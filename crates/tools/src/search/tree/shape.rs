//! The entries of a tree, gathered by folder, and which of them are shown.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{TreeEntry, TreeKind};
use crate::search::globs::Globs;
use crate::search::report::{Place, Shown};
use crate::search::walk::{Entry, Kind, Next, Visitor};

/// Folders first, then by the bytes of the name.
type Rank = (bool, OsString);

/// The first entries of a folder.
#[derive(Debug, Default)]
struct Folder {
    entries: BTreeMap<Rank, Item>,
    /// Those beyond.
    more: u64,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    kind: TreeKind,
    bytes: Option<u64>,
}

/// One thread's entries.
pub(super) struct Gatherer<'a> {
    globs: &'a Globs,
    entries_max: usize,
    sizes: bool,
    folders: HashMap<PathBuf, Folder>,
    ignored: u64,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(globs: &'a Globs, entries_max: usize, sizes: bool) -> Self {
        Self { globs, entries_max, sizes, folders: HashMap::new(), ignored: 0 }
    }

    fn add(&mut self, entry: &Entry<'_>) -> Next {
        let parent = entry.path.parent().unwrap_or(Path::new(""));
        if !self.folders.contains_key(parent) {
            self.folders.insert(parent.to_owned(), Folder::default());
        }
        let Some(folder) = self.folders.get_mut(parent) else { return Next::Skip };
        let rank = (entry.kind != Kind::Folder, entry.name.to_owned());
        let is_full = folder.entries.len() >= self.entries_max;
        if is_full && folder.entries.last_key_value().is_none_or(|(last, _)| rank > *last) {
            folder.more += 1;
            // What is not shown itself shows nothing beneath it.
            return Next::Skip;
        }
        let bytes = (self.sizes && entry.kind == Kind::File)
            .then(|| entry.facts().ok().map(|facts| facts.bytes))
            .flatten();
        folder.entries.insert(rank, Item { kind: kind(entry), bytes });
        if is_full {
            folder.entries.pop_last();
            folder.more += 1;
        }
        Next::Continue
    }
}

fn kind(entry: &Entry<'_>) -> TreeKind {
    match entry.kind {
        Kind::Folder => TreeKind::Folder,
        Kind::File => TreeKind::File,
        Kind::Link => TreeKind::Link,
        Kind::Other => TreeKind::Other,
    }
}

impl Visitor for Gatherer<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        if entry.ignored {
            // What git keeps for itself is nobody's file.
            self.ignored += u64::from(entry.name != ".git");
            return Next::Skip;
        }
        let excluded = match entry.kind {
            Kind::Folder => self.globs.excludes_folder(entry.path),
            _ => !self.globs.wants(entry.path),
        };
        if excluded { Next::Skip } else { self.add(entry) }
    }
}

/// A tree with the entries that are shown marked.
#[derive(Debug)]
pub(super) struct Shape {
    folders: HashMap<PathBuf, Folder>,
    /// How many of a folder's entries are shown.
    shown: HashMap<PathBuf, usize>,
    ignored: u64,
}

impl Shape {
    /// Level by level, until `limit` entries are shown.
    pub(super) fn new(gatherers: Vec<Gatherer<'_>>, limit: u64) -> Self {
        let mut folders = HashMap::new();
        let mut ignored = 0;
        for gatherer in gatherers {
            // All entries of a folder are seen by one thread.
            folders.extend(gatherer.folders);
            ignored += gatherer.ignored;
        }
        let mut shape = Self { folders, shown: HashMap::new(), ignored };
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut level = VecDeque::from([PathBuf::new()]);
        while let Some(path) = level.pop_front() {
            let Some(folder) = shape.folders.get(&path) else { continue };
            let shown = folder.entries.len().min(left);
            left -= shown;
            let within = folder.entries.iter().take(shown);
            let within = within.filter(|(_, item)| item.kind == TreeKind::Folder);
            level.extend(within.map(|((_, name), _)| path.join(name)));
            shape.shown.insert(path, shown);
        }
        shape
    }

    pub(super) fn ignored(&self) -> u64 {
        self.ignored
    }

    pub(super) fn is_cut(&self) -> bool {
        self.shown.keys().any(|path| self.more(path) > 0)
    }

    /// What a folder has beyond what is shown of it.
    fn more(&self, path: &Path) -> u64 {
        let Some(folder) = self.folders.get(path) else { return 0 };
        let shown = self.shown.get(path).copied().unwrap_or(0);
        folder.more + (folder.entries.len() - shown) as u64
    }

    /// The text and the entries.
    pub(super) fn lines(&self, place: &Place) -> (String, Vec<TreeEntry>) {
        let mut text = format!("{}/\n", one_line(&place.show(Path::new("")).text));
        let mut entries = Vec::new();
        // Not by recursion: a tree can be as deep as it likes.
        let mut open = vec![Line::Rest(PathBuf::new(), 1), Line::Entries(PathBuf::new(), 1)];
        while let Some(line) = open.pop() {
            match line {
                Line::Entries(path, depth) => self.entries_of(&path, depth, &mut open),
                Line::Entry(path, item, depth) => {
                    let entry = self.entry(place, &path, item, depth);
                    push_line(&mut text, depth, &one_line(&name(&path, item)), entry.bytes);
                    entries.push(entry);
                }
                Line::Rest(path, depth) => match self.more(&path) {
                    0 => {}
                    more => push_line(&mut text, depth, &format!("… {more} more"), None),
                },
            }
        }
        (text, entries)
    }

    /// The last first, as they are taken from the end.
    fn entries_of(&self, path: &Path, depth: usize, open: &mut Vec<Line>) {
        let Some(folder) = self.folders.get(path) else { return };
        let shown = self.shown.get(path).copied().unwrap_or(0);
        let first = open.len();
        for ((_, name), item) in folder.entries.iter().take(shown) {
            let path = path.join(name);
            if item.kind == TreeKind::Folder {
                open.push(Line::Entry(path.clone(), *item, depth));
                open.push(Line::Entries(path.clone(), depth + 1));
                open.push(Line::Rest(path, depth + 1));
            } else {
                open.push(Line::Entry(path, *item, depth));
            }
        }
        if let Some(new) = open.get_mut(first..) {
            new.reverse();
        }
    }

    fn entry(&self, place: &Place, path: &Path, item: Item, depth: usize) -> TreeEntry {
        let Shown { text, lossy } = place.show(path);
        let more = if item.kind == TreeKind::Folder { self.more(path) } else { 0 };
        TreeEntry {
            path: text,
            lossy,
            kind: item.kind,
            depth: depth as u64,
            bytes: item.bytes,
            more,
        }
    }
}

/// What is still to be written, the last first.
enum Line {
    Entries(PathBuf, usize),
    Entry(PathBuf, Item, usize),
    Rest(PathBuf, usize),
}

fn name(path: &Path, item: Item) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match item.kind {
        TreeKind::Folder => format!("{name}/"),
        TreeKind::Link => format!("{name}@"),
        TreeKind::File | TreeKind::Other => name.into_owned(),
    }
}

/// A name may hold line breaks; a line of a tree may not.
fn one_line(name: &str) -> String {
    if !name.contains(char::is_control) {
        return name.to_owned();
    }
    let mut line = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

fn push_line(text: &mut String, depth: usize, name: &str, bytes: Option<u64>) {
    let size = bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(text, "{:indent$}{name}{size}", "", indent = depth * 2);
}
