//! Globs that choose paths, as in `.gitignore`: without a slash at any depth, with one from the searched folder; `*`
//! stops at slashes, `**` does not.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

mod set;

use self::set::{Asked, Set};
use super::error::SearchError;
use crate::limits::SearchLimits;

/// Characters that make a glob more than a name.
const META: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Which paths are wanted and which are not.
#[derive(Debug)]
pub(super) struct Globs {
    /// Where the walk began, from the folder the globs speak of.
    lead: PathBuf,
    include: Option<Set>,
    /// Those of `include` whose last part is a plain name.
    exact: Set,
    /// The folders that globs of `include` begin with, as far as they are plain names: `src/a` of `src/a/*/b/*.rs`.
    named_folders: Vec<PathBuf>,
    /// Plain names of folders behind a pattern, which can be anywhere: its `b`.
    folders: Vec<String>,
    exclude: Set,
    exclude_folders: Set,
    /// How deep a path can lie that is wanted; `None`: at any depth.
    depth_max: Option<usize>,
}

impl Globs {
    /// Wanted is what matches one of `include`, or anything where that is empty, and none of `exclude`.
    pub(super) fn new<'g>(
        include: impl IntoIterator<Item = &'g str>,
        exclude: impl IntoIterator<Item = &'g str>,
        case_insensitive: bool,
        limits: &SearchLimits,
    ) -> Result<Self, SearchError> {
        let mut building = Building::new(case_insensitive, limits);
        for glob in include {
            building.include(glob)?;
        }
        for glob in exclude {
            building.exclude(glob)?;
        }
        building.finish()
    }

    /// The same for a walk that begins at `lead` in the folder the globs speak of. Only `exclude` speaks of that
    /// folder.
    pub(super) fn beneath(mut self, lead: PathBuf) -> Self {
        self.lead = lead;
        self
    }

    pub(super) fn depth_max(&self) -> Option<usize> {
        self.depth_max
    }

    /// Whether a file is wanted; `path` is relative to the walked root.
    pub(super) fn wants(&self, path: &Path) -> bool {
        if self.include.is_none() && self.exclude.is_empty() {
            return true;
        }
        let asked = Asked::new(path);
        self.include.as_ref().is_none_or(|include| include.is_match(&asked))
            && !self.matches(&self.exclude, path, &asked)
    }

    /// Whether nothing in a folder is wanted because the folder is excluded.
    pub(super) fn excludes_folder(&self, path: &Path) -> bool {
        if self.exclude.is_empty() && self.exclude_folders.is_empty() {
            return false;
        }
        let asked = Asked::new(path);
        self.matches(&self.exclude, path, &asked)
            || self.matches(&self.exclude_folders, path, &asked)
    }

    /// The folders that globs begin with, whatever else they are: `src/a` of `src/a/*.rs`.
    pub(super) fn named_folders(&self) -> &[PathBuf] {
        &self.named_folders
    }

    /// Whether a glob names files, or folders that can be anywhere: `a.rs`, `**/src/*`.
    pub(super) fn names_anywhere(&self) -> bool {
        !self.exact.is_empty() || !self.folders.is_empty()
    }

    /// Whether the last part of a glob that matches is this very name, so that it is wanted though ignored.
    pub(super) fn names_file(&self, path: &Path) -> bool {
        self.exact.is_match(&Asked::new(path))
    }

    /// Whether a glob names this very folder, so that it is entered though ignored.
    pub(super) fn names_folder(&self, path: &Path) -> bool {
        self.named_folders.iter().any(|named| named.starts_with(path))
            || path.file_name().is_some_and(|name| self.folders.iter().any(|f| name == f.as_str()))
    }

    fn matches(&self, set: &Set, path: &Path, asked: &Asked<'_>) -> bool {
        if set.is_empty() {
            false
        } else if self.lead.as_os_str().is_empty() {
            set.is_match(asked)
        } else {
            set.is_match(&Asked::new(&self.lead.join(path)))
        }
    }
}

struct Building<'l> {
    limits: &'l SearchLimits,
    case_insensitive: bool,
    given: u64,
    include: set::Building,
    includes: usize,
    exact: set::Building,
    named_folders: Vec<PathBuf>,
    folders: Vec<String>,
    exclude: set::Building,
    exclude_folders: set::Building,
    depths: Option<usize>,
}

impl<'l> Building<'l> {
    fn new(case_insensitive: bool, limits: &'l SearchLimits) -> Self {
        Self {
            limits,
            case_insensitive,
            given: 0,
            include: set::Building::new(),
            includes: 0,
            exact: set::Building::new(),
            named_folders: Vec::new(),
            folders: Vec::new(),
            exclude: set::Building::new(),
            exclude_folders: set::Building::new(),
            depths: Some(0),
        }
    }

    fn include(&mut self, glob: &str) -> Result<(), SearchError> {
        // A folder stands for all that lies in it.
        let whole;
        let text = if let Some(folder) = glob.strip_suffix('/') {
            whole = format!("{folder}/**");
            whole.as_str()
        } else {
            glob
        };
        let anchored = anchored(text);
        let compiled = self.compile(glob, &anchored)?;
        let (folders, name) = anchored.rsplit_once('/').unwrap_or(("", &anchored));
        if plain_name(name).is_some() {
            self.exact.add(compiled.clone(), self.case_insensitive);
        }
        let mut parts = folders.split('/');
        let named: PathBuf = parts.by_ref().map_while(plain_name).collect();
        // What stopped it was a pattern, or the empty name of no folder at all.
        self.folders.extend(parts.filter_map(plain_name));
        if !named.as_os_str().is_empty() {
            self.named_folders.push(named);
        }
        self.depths = match (self.depths, depth(&anchored)) {
            (Some(most), Some(depth)) => Some(most.max(depth)),
            _ => None,
        };
        self.include.add(compiled, self.case_insensitive);
        self.includes += 1;
        Ok(())
    }

    fn exclude(&mut self, glob: &str) -> Result<(), SearchError> {
        let (text, of_folders) = match glob.strip_suffix('/') {
            Some(folder) => (folder, true),
            None => (glob, false),
        };
        let compiled = self.compile(glob, &anchored(text))?;
        let set = if of_folders { &mut self.exclude_folders } else { &mut self.exclude };
        set.add(compiled, self.case_insensitive);
        Ok(())
    }

    fn compile(&mut self, given: &str, glob: &str) -> Result<globset::Glob, SearchError> {
        self.given += 1;
        SearchError::hold("globs", self.given, self.limits.globs, "globs")?;
        SearchError::hold("glob", glob.len() as u64, self.limits.pattern_bytes, "bytes")?;
        if given.is_empty() {
            let reason = "it is empty".to_owned();
            return Err(SearchError::Glob { glob: String::new(), reason });
        }
        GlobBuilder::new(glob)
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .case_insensitive(self.case_insensitive)
            .build()
            .map_err(|error| invalid(given, error.kind()))
    }

    fn finish(self) -> Result<Globs, SearchError> {
        let build = |set: &set::Building| {
            set.build().map_err(|error| SearchError::Globs { reason: error.to_string() })
        };
        let any = self.includes > 0;
        Ok(Globs {
            lead: PathBuf::new(),
            include: if any { Some(build(&self.include)?) } else { None },
            exact: build(&self.exact)?,
            named_folders: self.named_folders,
            folders: self.folders,
            exclude: build(&self.exclude)?,
            exclude_folders: build(&self.exclude_folders)?,
            depth_max: if any { self.depths } else { None },
        })
    }
}

fn invalid(glob: &str, kind: &globset::ErrorKind) -> SearchError {
    let reason = format!("{kind}; a backslash takes the next character literally");
    SearchError::Glob { glob: glob.to_owned(), reason }
}

/// With the place it is sought at written out: anywhere, or from the top.
fn anchored(glob: &str) -> String {
    match glob.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if glob.contains('/') => glob.strip_prefix("./").unwrap_or(glob).to_owned(),
        None => format!("**/{glob}"),
    }
}

/// The one name that a part of a glob matches, if it is no pattern.
fn plain_name(part: &str) -> Option<String> {
    let mut name = String::new();
    let mut characters = part.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => name.push(characters.next()?),
            meta if META.contains(&meta) => return None,
            plain => name.push(plain),
        }
    }
    (!name.is_empty()).then_some(name)
}

/// Whether a glob is more than a path.
pub(super) fn is_pattern(glob: &str) -> bool {
    glob.contains(META)
}

/// The glob that matches `path` and nothing else.
pub(super) fn escape(path: &str) -> String {
    let mut glob = String::with_capacity(path.len() + 2);
    for character in path.chars() {
        if META.contains(&character) || matches!(character, ']' | '}') {
            glob.push('\\');
        }
        glob.push(character);
    }
    glob
}

/// How deep a match can lie. Braces may hold slashes.
fn depth(glob: &str) -> Option<usize> {
    if glob.contains("**") || glob.contains('{') { None } else { Some(glob.split('/').count()) }
}

/// Splits a glob with slashes into the folder it can only match in and the rest: `src/a/*.rs` → `src/a`, `/*.rs`. So
/// only that folder is walked.
pub(super) fn split_prefix(glob: &str) -> (&str, &str) {
    let mut end = 0;
    for (index, _) in glob.match_indices('/') {
        let part = glob.get(end..index).unwrap_or_default();
        if part.contains(META) {
            break;
        }
        end = index + 1;
    }
    let (folder, _) = glob.split_at_checked(end).unwrap_or(("", glob));
    // The slash stays with the rest: it says that it is sought from there.
    let rest = if end == 0 { glob } else { glob.get(end - 1..).unwrap_or(glob) };
    (if folder == "/" { folder } else { folder.trim_end_matches('/') }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_split_before_its_first_pattern() {
        let cases = [
            ("*.rs", ("", "*.rs")),
            ("src/*.rs", ("src", "/*.rs")),
            ("src/a/b.rs", ("src/a", "/b.rs")),
            ("src/**/b.rs", ("src", "/**/b.rs")),
            ("./src/x", ("./src", "/x")),
            ("../x/*", ("../x", "/*")),
            ("/x", ("/", "/x")),
            ("/src/*", ("/src", "/*")),
            ("**/x", ("", "**/x")),
            ("{a,b}/x", ("", "{a,b}/x")),
            ("a/", ("a", "/")),
            ("é/*/", ("é", "/*/")),
            ("", ("", "")),
        ];
        for (glob, expected) in cases {
            assert_eq!(split_prefix(glob), expected, "{glob}");
        }
    }

    #[test]
    fn globs_choose_by_name_or_by_place() {
        let wants = |include: &[&str], exclude: &[&str], path: &str| {
            let (include, exclude) = (include.iter().copied(), exclude.iter().copied());
            let globs = Globs::new(include, exclude, false, &SearchLimits::default());
            globs.expect("they are globs").wants(Path::new(path))
        };
        assert!(wants(&["*.ts"], &[], "a/b/c.ts"));
        assert!(!wants(&["*.ts"], &[], "a/foots"));
        assert!(!wants(&["a/*.ts"], &[], "a/b/c.ts"));
        assert!(wants(&["a/**/*.ts"], &[], "a/c.ts"));
        assert!(wants(&["a/"], &[], "a/b/c"));
        assert!(!wants(&["/c.ts"], &[], "a/c.ts"));
        assert!(wants(&["*.{ts,tsx}"], &["*.d.ts"], "a/c.ts"));
        assert!(!wants(&["*.{ts,tsx}"], &["*.d.ts"], "a/c.d.ts"));
        assert!(wants(&["\\[x\\].js"], &[], "[x].js"));
        assert!(wants(&[], &["b"], "a"));
    }
}
