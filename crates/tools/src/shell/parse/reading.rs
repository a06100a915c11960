//! What is gathered while a script and those inside it are read.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::check;
use super::folders::{Flow, Folders, Places};
use super::paths::Paths;
use super::statement::Statements;
use super::term::{Term, Terms};
use super::tree::{Kind, Tree};
use super::types::{
    Danger, Doubt, DoubtKind, ParsedShell, Safety, ShellCommand, Span, SyntaxError,
};
use crate::limits::ShellParseLimits;
use crate::{Control, Scope, Stopped};

/// Where the text of a script stands in the source that was given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// Byte for byte, from here on.
    At(usize),
    /// Somewhere in here, with quotes or escapes between.
    Inside(Span),
}

impl Origin {
    pub(super) fn span(self, range: &Range<usize>) -> Span {
        match self {
            Self::At(from) => Span { start: from + range.start, end: from + range.end },
            Self::Inside(span) => span,
        }
    }
}

/// Where a command's input comes from, as far as shells that read a script from it need to know.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// From outside.
    Outside,
    /// From the command before it in a pipeline; fetched from a network or not.
    Pipe { fetched: bool },
    /// Out of the script: its text, where it stands, and whether it is known whole.
    Text { text: String, span: Span, known: bool },
}

/// What surrounds a script inside another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// The command it was found in.
    pub(super) within: Option<usize>,
    /// How many scripts and wrappers stand around it.
    pub(super) depth: u64,
}

#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) limits: &'a ShellParseLimits,
    pub(super) control: &'a Control,
    pub(super) home: Option<&'a str>,
    pub(super) folders: Folders,
    pub(super) paths: Paths<'a>,
    pub(super) commands: Vec<ShellCommand>,
    /// Functions by name, and whether calling one may change the folder.
    pub(super) functions: Vec<(String, bool)>,
    /// How often the folder was changed so far.
    pub(super) moves: usize,
    /// `cd x` may go elsewhere.
    pub(super) has_cdpath: bool,
    start: Places,
    doubts: Vec<Doubt>,
    uncertain: bool,
    error: Option<usize>,
    lines: Vec<usize>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        scope: &'a Scope,
        limits: &'a ShellParseLimits,
        control: &'a Control,
        start: Option<PathBuf>,
        home: Option<&'a str>,
    ) -> Self {
        let place = if start.is_some() { Places::START } else { Places::ANYWHERE };
        Self {
            limits,
            control,
            home,
            folders: Folders::starting_in(start.unwrap_or_else(|| scope.base().to_path_buf())),
            paths: Paths::within(scope),
            commands: Vec::new(),
            functions: Vec::new(),
            moves: 0,
            has_cdpath: false,
            start: place,
            doubts: Vec::new(),
            uncertain: false,
            error: None,
            lines: Vec::new(),
        }
    }

    /// Reads the whole source.
    pub(super) fn script(&mut self, source: &str) -> Result<(), Stopped> {
        self.has_cdpath = source.contains("CDPATH");
        self.lines = source.match_indices('\n').map(|(at, _)| at).collect();
        let level = Level { within: None, depth: 0 };
        self.read(source, Origin::At(0), level, self.start, Input::Outside)?;
        Ok(())
    }

    /// Reads a script, the whole one or one inside it; gives where it ends up.
    pub(super) fn read(
        &mut self,
        source: &str,
        origin: Origin,
        level: Level,
        places: Places,
        input: Input,
    ) -> Result<Flow, Stopped> {
        self.control.check()?;
        let tree = Tree::parse(source, self.limits.depth, self.control)?;
        if let Some(at) = check::first_fault(source, &tree) {
            let span = origin.span(&(at..at));
            self.error = Some(self.error.map_or(span.start, |known| known.min(span.start)));
            self.doubt(DoubtKind::Syntax, None);
            self.uncertain = true;
        }
        if tree.too_deep {
            self.bound_reached();
        }
        let terms = Terms { source, tree: &tree, home: self.home };
        let mut statements = Statements::new(self, terms, origin, level, input);
        let flow = statements.run(0, places)?;
        let seen = statements.seen;
        let there = |kind| matches!(kind, Kind::Command | Kind::FileRedirect);
        if seen != tree.nodes().filter(|node| there(tree.kind(*node))).count() {
            self.unseen(level.within);
        }
        Ok(flow)
    }

    pub(super) fn doubt(&mut self, kind: DoubtKind, command: Option<usize>) {
        self.add_doubt(Doubt { kind, command, danger: None });
    }

    pub(super) fn endangered(&mut self, danger: Danger, command: Option<usize>) {
        self.add_doubt(Doubt { kind: DoubtKind::Danger, command, danger: Some(danger) });
        if let Some(command) = command.and_then(|command| self.commands.get_mut(command)) {
            command.safety = Safety::Dangerous;
        }
    }

    fn add_doubt(&mut self, doubt: Doubt) {
        // Without a command they come from anywhere; with one they come in a row.
        let recent = self.doubts.iter().rev().take(8);
        if !recent.into_iter().any(|known| *known == doubt) {
            self.doubts.push(doubt);
        }
    }

    /// Something was left out.
    pub(super) fn bound_reached(&mut self) {
        self.doubt(DoubtKind::Bound, None);
        self.uncertain = true;
    }

    /// A script that nobody sees will run.
    pub(super) fn unseen(&mut self, command: Option<usize>) {
        self.doubt(DoubtKind::Dynamic, command);
        self.uncertain = true;
    }

    /// Where `cd` to `term` leads from `places`.
    pub(super) fn enter(&mut self, term: Option<&Term>, places: Places) -> Flow {
        self.moves += 1;
        let target = match term {
            Some(term) => term.known().filter(|target| *target != "-"),
            None => self.home,
        };
        let Some(target) = target else {
            return Flow { success: Places::ANYWHERE, failure: places };
        };
        let mut found = Flow { success: Places::NEVER, failure: Places::NEVER };
        let elsewhere = self.has_cdpath && !target.starts_with(['/', '.']);
        if elsewhere || (places.may_be_anywhere() && !target.starts_with('/')) {
            found.success = Places::ANYWHERE;
        }
        let from: Vec<PathBuf> = if target.starts_with('/') {
            vec![PathBuf::from("/")]
        } else {
            self.folders.known(places).map(Path::to_path_buf).collect()
        };
        for folder in from {
            let resolved = super::paths::resolve(&folder, target);
            let exists = resolved.as_deref().is_some_and(Path::is_dir);
            let place = resolved.map_or(Places::ANYWHERE, |folder| self.folders.place(folder));
            found.success = found.success.or(place);
            if !exists {
                found.failure = places;
            }
        }
        found
    }

    pub(super) fn finish(mut self) -> ParsedShell {
        let danger = |doubt: &Doubt| doubt.kind == DoubtKind::Danger;
        let safety = if self.doubts.iter().any(danger) {
            Safety::Dangerous
        } else if self.doubts.is_empty() {
            Safety::Safe
        } else {
            Safety::Unknown
        };
        self.doubts.sort_by_key(|doubt| doubt.kind);
        let error = self.error.map(|offset| SyntaxError {
            offset,
            line: 1 + self.lines.partition_point(|newline| *newline < offset),
        });
        ParsedShell {
            safety,
            commands: self.commands,
            paths: self.paths.touched,
            doubts: self.doubts,
            uncertain: self.uncertain,
            error,
        }
    }
}
