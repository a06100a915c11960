//! Which names are ignored: `.gitignore`, `.ignore` and `.git/info/exclude`, each for what lies beneath it.
//!
//! Patterns are matched as git matches them, by bytes: their `?` is half an `ä`, unlike that of a caller's glob.
//!
//! `.ignore` goes before `.gitignore`, that before `exclude`; among files of one kind the nearest decides, in it the
//! last line that matches. At a folder with `.git` the git rules of the folders above end.
//!
//! Both files count from the project's folder down, in a repository or not: an unpacked archive has a `.gitignore` and
//! no `.git`, and nobody wants its `node_modules`. Above the project they count up to the repository that holds it, and
//! not without one; where they would ignore the project itself they are left out. So neither a stray `~/.gitignore` nor
//! a home folder kept in git with `*` ignored can blank a project. The user's global ignore file is not asked: it is
//! found through the environment, which this crate does not read.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::walk::path::after;
use crate::{Folder, Location, Scope};

/// Larger ignore files are read up to here; real ones have some KiB.
const IGNORE_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the rules say of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    Ignored,
    /// By a line with `!`; goes before being hidden.
    Kept,
}

/// Which files with rules a folder has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RuleFiles {
    pub(super) gitignore: bool,
    pub(super) ignore: bool,
    pub(super) git: bool,
}

impl RuleFiles {
    /// Looks at one name of the folder.
    pub(super) fn note(&mut self, name: &[u8]) {
        match name {
            b".gitignore" => self.gitignore = true,
            b".ignore" => self.ignore = true,
            b".git" => self.git = true,
            _ => {}
        }
    }

    fn any(self) -> bool {
        self.gitignore || self.ignore || self.git
    }
}

/// The rules of a folder and of those above it.
#[derive(Debug)]
pub(super) struct Rules {
    parent: Option<Arc<Rules>>,
    /// Bytes of this folder's path, which come before the paths its patterns speak of.
    taken: usize,
    ignore: Gitignore,
    gitignore: Gitignore,
    exclude: Gitignore,
    repository: bool,
}

impl Rules {
    fn none() -> Arc<Self> {
        Arc::new(Self {
            parent: None,
            taken: 0,
            ignore: Gitignore::empty(),
            gitignore: Gitignore::empty(),
            exclude: Gitignore::empty(),
            repository: false,
        })
    }

    /// The rules within a folder whose own path has `taken` bytes. `folder` is where its files are read from.
    pub(super) fn within(
        parent: &Arc<Self>,
        taken: usize,
        files: RuleFiles,
        folder: &Source<'_>,
    ) -> Arc<Self> {
        if !files.any() {
            return Arc::clone(parent);
        }
        let read = |there: bool, name: &str| match there.then(|| folder.read(name)).flatten() {
            Some(text) => patterns(&text),
            None => Gitignore::empty(),
        };
        Arc::new(Self {
            parent: Some(Arc::clone(parent)),
            taken,
            ignore: read(files.ignore, ".ignore"),
            gitignore: read(files.gitignore, ".gitignore"),
            exclude: files
                .git
                .then(|| folder.exclude())
                .flatten()
                .map_or_else(Gitignore::empty, |text| patterns(&text)),
            repository: files.git,
        })
    }

    /// Of `path`, which begins where the paths of all these rules begin.
    pub(super) fn judge(&self, path: &Path, is_folder: bool) -> Verdict {
        let (mut ignore, mut gitignore, mut exclude) =
            (Verdict::Nothing, Verdict::Nothing, Verdict::Nothing);
        let mut above_repository = false;
        let mut next = Some(self);
        while let Some(rules) = next {
            let path = after(path, rules.taken);
            let ask = |verdict: &mut Verdict, patterns: &Gitignore| {
                if *verdict == Verdict::Nothing && !patterns.is_empty() {
                    *verdict = match patterns.matched(path, is_folder) {
                        Match::None => Verdict::Nothing,
                        Match::Ignore(_) => Verdict::Ignored,
                        Match::Whitelist(_) => Verdict::Kept,
                    };
                }
            };
            ask(&mut ignore, &rules.ignore);
            if ignore != Verdict::Nothing {
                return ignore;
            }
            if !above_repository {
                ask(&mut gitignore, &rules.gitignore);
                ask(&mut exclude, &rules.exclude);
            }
            above_repository |= rules.repository;
            next = rules.parent.as_deref();
        }
        if gitignore == Verdict::Nothing { exclude } else { gitignore }
    }
}

/// A line that is no pattern is left out, as git does.
fn patterns(text: &[u8]) -> Gitignore {
    // Paths are given relative to the folder of the file, so the patterns need no root of their own.
    let mut builder = GitignoreBuilder::new("");
    let text = String::from_utf8_lossy(text);
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        let _: Result<_, ignore::Error> = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Where the files with rules of a folder are read from.
pub(super) enum Source<'a> {
    /// Its handle, and its path for a `.git` that is a file and leads elsewhere.
    Handle(&'a Folder, &'a dyn Fn() -> PathBuf),
    /// Its path: folders above the walked one, which may lie outside the scope. They give rules, never content.
    Path(&'a Path),
}

impl Source<'_> {
    /// Links are not followed, as git does since 2.32.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        match self {
            Self::Handle(folder, _) => read_file(folder.open_file(name.as_ref()).ok()?),
            Self::Path(path) => read_path(&path.join(name)),
        }
    }

    /// `info/exclude` of the repository, also of a worktree, whose `.git` is a file.
    fn exclude(&self) -> Option<Vec<u8>> {
        let path = match self {
            Self::Handle(folder, path) => {
                if let Ok(info) = folder.open_beneath(Path::new(".git/info")) {
                    return read_file(info.open_file("exclude".as_ref()).ok()?);
                }
                path()
            }
            Self::Path(path) => (*path).to_owned(),
        };
        read_path(&git_folder(&path)?.join("info/exclude"))
    }
}

/// The folder of git that has the `info` of the repository at `folder`: of a worktree, whose `.git` is a file, the one it
/// shares with others.
pub(crate) fn git_folder(folder: &Path) -> Option<PathBuf> {
    let dot_git = folder.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = read_path(&dot_git)?;
    let own = folder.join(String::from_utf8_lossy(&text).strip_prefix("gitdir:")?.trim());
    match read_path(&own.join("commondir")) {
        Some(text) => Some(own.join(String::from_utf8_lossy(&text).trim())),
        None => Some(own),
    }
}

fn read_path(path: &Path) -> Option<Vec<u8>> {
    // Asked before opening: opening a FIFO would wait for its writer.
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    read_file(File::open(path).ok()?)
}

fn read_file(file: File) -> Option<Vec<u8>> {
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    file.take(IGNORE_FILE_BYTES_MAX).read_to_end(&mut text).ok()?;
    Some(text)
}

fn rule_files(folder: &Path) -> RuleFiles {
    let there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    RuleFiles { gitignore: there(".gitignore"), ignore: there(".ignore"), git: there(".git") }
}

/// The rules of the folders above a walked one.
#[derive(Debug)]
pub(super) struct Chain {
    /// The walked folder's path from the topmost folder whose rules count.
    pub(super) lead: PathBuf,
    /// `None`: it lies in an ignored folder, or rules are not wanted. Then nothing beneath is judged by any.
    pub(super) rules: Option<Arc<Rules>>,
}

impl Chain {
    /// For a walk of `root`.
    pub(super) fn above(scope: &Scope, root: &Location, respect_ignore: bool) -> Self {
        let root = root.resolved();
        let nothing = || Self { lead: PathBuf::new(), rules: None };
        if !respect_ignore {
            return nothing();
        }
        let project = project(scope, root);
        let top = project.ancestors().find(|above| above.join(".git").exists()).unwrap_or(project);
        let Ok(lead) = root.strip_prefix(top) else { return nothing() };
        let mut rules = Rules::none();
        let mut folder = top.to_owned();
        let mut relative = PathBuf::new();
        for part in lead {
            let taken = relative.as_os_str().len();
            let source = Source::Path(&folder);
            rules = Rules::within(&rules, taken, rule_files(&folder), &source);
            relative.push(part);
            folder.push(part);
            if part == ".git" {
                return Self { lead: lead.to_owned(), rules: None };
            }
            if rules.judge(&relative, true) == Verdict::Ignored {
                if !project.starts_with(&folder) {
                    return Self { lead: lead.to_owned(), rules: None };
                }
                rules = Rules::none();
            }
        }
        Self { lead: lead.to_owned(), rules: Some(rules) }
    }
}

/// The folder above which only a repository's rules count.
fn project<'a>(scope: &'a Scope, root: &'a Path) -> &'a Path {
    let mut candidates: Vec<&Path> =
        scope.roots().unwrap_or_default().iter().map(PathBuf::as_path).collect();
    candidates.push(scope.base());
    candidates.into_iter().filter(|folder| root.starts_with(folder)).min().unwrap_or(root)
}

/// The judgement of a walk for single paths, as a watcher tells them. Rules are read when first needed and kept.
#[derive(Debug)]
pub struct Ignores {
    root: PathBuf,
    chain: Chain,
    hidden: bool,
    folders: HashMap<PathBuf, Arc<Rules>>,
}

impl Ignores {
    /// For paths beneath `root`. `hidden`: as in [`super::walk::WalkOptions`].
    pub fn new(scope: &Scope, root: &Location, hidden: bool) -> Self {
        let chain = Chain::above(scope, root, true);
        Self { root: root.resolved().to_owned(), chain, hidden, folders: HashMap::new() }
    }

    /// Whether a walk would leave out `relative`, itself or a folder above it.
    pub fn is_ignored(&mut self, relative: &Path, is_folder: bool) -> bool {
        let mut above = PathBuf::new();
        let mut rules = self.chain.rules.clone();
        let mut parts = relative.iter().peekable();
        while let Some(part) = parts.next() {
            if part == ".git" {
                return true;
            }
            rules = rules.map(|rules| self.within(&rules, &above));
            above.push(part);
            let is_folder = is_folder || parts.peek().is_some();
            let verdict = rules.as_ref().map_or(Verdict::Nothing, |rules| {
                rules.judge(&self.chain.lead.join(&above), is_folder)
            });
            let hidden = !self.hidden && part.as_encoded_bytes().starts_with(b".");
            if verdict == Verdict::Ignored || (hidden && verdict == Verdict::Nothing) {
                return true;
            }
        }
        false
    }

    /// Reads the rules in `folder` and beneath anew; for when it is new, or gone.
    pub fn forget_beneath(&mut self, folder: &Path) {
        self.folders.retain(|path, _| !path.starts_with(folder));
    }

    /// Reads rules anew from now on; for when a file with rules has changed.
    pub fn forget(&mut self) {
        self.folders.clear();
    }

    fn within(&mut self, parent: &Arc<Rules>, relative: &Path) -> Arc<Rules> {
        if let Some(rules) = self.folders.get(relative) {
            return Arc::clone(rules);
        }
        let folder = self.root.join(relative);
        let taken = join_lengths(&self.chain.lead, relative);
        let rules = Rules::within(parent, taken, rule_files(&folder), &Source::Path(&folder));
        self.folders.insert(relative.to_owned(), Arc::clone(&rules));
        rules
    }
}

fn join_lengths(lead: &Path, relative: &Path) -> usize {
    if relative.as_os_str().is_empty() {
        lead.as_os_str().len()
    } else {
        lead.join(relative).as_os_str().len()
    }
}
