//! One command with its words: recorded, its paths looked up, what it runs in turn read as well.

use std::ops::Range;

use super::folders::{Flow, Places};
use super::reading::{Input, Level, Origin};
use super::statement::Statements;
use super::term::Term;
use super::touch::touched;
use super::types::{Assignment, Danger, DoubtKind, PathUse, Redirect, Safety, ShellCommand};
use super::wrapper::{Inner, Wrapper, assigned, is_shell, wrappers};
use super::{arity, safe};
use crate::Stopped;

/// Words that are no program's name unless they are quoted.
const KEYWORDS: &[&str] = &[
    "!", "(", ")", "[[", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for",
    "function", "if", "in", "select", "then", "until", "while",
];

/// A command before it is recorded.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) words: Vec<Term>,
    pub(super) assignments: Vec<(String, Term)>,
    /// Operators and targets of redirects.
    pub(super) files: Vec<(String, Term)>,
    pub(super) input: Input,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where its substitutions are looked for.
    pub(super) node: Option<usize>,
    /// The redirected statement whose redirects it has.
    pub(super) redirects_of: Option<usize>,
}

impl Call {
    pub(super) fn at(range: Range<usize>, input: Input) -> Self {
        Self {
            words: Vec::new(),
            assignments: Vec::new(),
            files: Vec::new(),
            input,
            start: range.start,
            end: range.end,
            node: None,
            redirects_of: None,
        }
    }

    /// What a redirect does to its target.
    pub(super) fn usage(operator: &str) -> PathUse {
        match operator {
            "<" | "<&" => PathUse::Read,
            _ => PathUse::Write,
        }
    }

    pub(super) fn redirects(&self) -> Vec<Redirect> {
        let redirect = |(operator, target): &(String, Term)| Redirect {
            operator: operator.clone(),
            target: target.word(),
        };
        self.files.iter().map(redirect).collect()
    }

    /// The program without its folders; empty when it is not known.
    fn program(&self) -> &str {
        let first = self.words.first().and_then(Term::known).unwrap_or_default();
        first.rsplit('/').next().unwrap_or_default()
    }
}

impl Statements<'_, '_, '_> {
    /// Records `call`, begun in `places`, and reads what it runs.
    pub(super) fn call(&mut self, call: &Call, places: Places) -> Result<Flow, Stopped> {
        if self.reading.commands.len() as u64 >= self.reading.limits.commands {
            self.reading.bound_reached();
            return Ok(Flow::stays(places));
        }
        self.reading.control.check()?;
        let index = self.reading.commands.len();
        let inner = wrappers(call.program(), &call.words);
        let recorded = self.recorded(call, &inner);
        self.reading.commands.push(recorded);
        self.judge(call, &inner, index);
        if self.has_keyword(call) {
            self.reading.unseen(Some(index));
        }
        self.touch_redirects(call, index, places);
        self.touch_words(call, &inner, index, places);
        self.inner_substitutions(call, index, places)?;
        let mut flow = self.after(call, places);
        for wrapper in inner {
            let inside = self.inside(call, &wrapper, index, places)?;
            if wrapper.same_shell {
                flow = inside;
            }
        }
        Ok(flow)
    }

    /// A keyword where a program should be: the grammar took for a command what a shell reads otherwise, as in
    /// `coproc { …; }`.
    fn has_keyword(&self, call: &Call) -> bool {
        let is_keyword = |word: &Term| KEYWORDS.contains(&self.terms.slice(word.range.clone()));
        let before_statement = matches!(call.program(), "time" | "coproc");
        let places = if before_statement { call.words.len() } else { 1 };
        call.words.iter().take(places).any(is_keyword)
    }

    fn recorded(&self, call: &Call, inner: &[Wrapper]) -> ShellCommand {
        let words: Vec<_> = call.words.iter().map(Term::word).collect();
        let known = |at: usize| call.words.get(at).and_then(Term::known);
        let name = known(0).unwrap_or_default();
        let length = if name.is_empty() { 0 } else { arity::arity(name, known(1)) };
        // A word that only the shell knows ends what a rule can name.
        let prefix: Vec<&str> = (0..length).map_while(known).collect();
        let assignment =
            |(name, value): &(String, Term)| Assignment { name: name.clone(), value: value.word() };
        ShellCommand {
            text: self.terms.slice(call.start..call.end).to_owned(),
            span: self.origin.span(&(call.start..call.end)),
            name: name.to_owned(),
            prefix: prefix.join(" "),
            words,
            assignments: call.assignments.iter().map(assignment).collect(),
            redirects: call.redirects(),
            within: self.level.within,
            transparent: !inner.is_empty() && inner.iter().all(|wrapper| wrapper.transparent),
            safety: Safety::Unknown,
        }
    }

    fn judge(&mut self, call: &Call, inner: &[Wrapper], index: usize) {
        let mut safe = true;
        let mut doubt = |kind, found: bool| {
            if found {
                self.reading.doubt(kind, Some(index));
                safe = false;
            }
        };
        let dynamic = call.words.iter().any(|word| word.dynamic);
        doubt(DoubtKind::Dynamic, dynamic);
        doubt(DoubtKind::Assignment, !call.assignments.is_empty());
        let transparent = !inner.is_empty() && inner.iter().all(|wrapper| wrapper.transparent);
        let plain = call.words.is_empty() || transparent || safe::is_safe(&call.words);
        doubt(DoubtKind::Command, !dynamic && !plain);
        let harmless = |(_, target): &(String, Term)| {
            target.known().is_some_and(super::paths::is_harmless_device)
        };
        if safe
            && call.files.iter().all(harmless)
            && let Some(command) = self.reading.commands.get_mut(index)
        {
            command.safety = Safety::Safe;
        }
        let arguments = call.words.get(1..).unwrap_or_default();
        if let Some(danger) = safe::danger(call.program(), arguments) {
            self.reading.endangered(danger, Some(index));
        }
        if runs_fetched(call) {
            self.reading.endangered(Danger::FetchedCode, Some(index));
        }
    }

    fn touch_words(&mut self, call: &Call, inner: &[Wrapper], index: usize, places: Places) {
        // What `xargs` adds is read by most; only what changes unnamed files is said.
        let added = |term: &Term| term.dynamic && term.text.is_empty() && term.written.is_empty();
        // What stands in the inner command is its own; `find` keeps its own apart.
        let own = match inner {
            [Wrapper { inner: Inner::Words { at, .. } | Inner::Script(at), .. }]
                if call.program() != "find" =>
            {
                at.start.max(1)
            }
            _ => call.words.len(),
        };
        let arguments = call.words.get(1..own).unwrap_or_default();
        let reading = &mut *self.reading;
        touched(call.program(), arguments, |term, usage| {
            let only_read = matches!(usage, PathUse::Read | PathUse::Mention | PathUse::Enter);
            // `{}` stands for what `find` and `xargs` found.
            if (only_read && added(term)) || term.text == "{}" {
                return;
            }
            if usage == PathUse::Enter && term.text == "-" {
                let unknown = Term { path_prefix: None, ..term.clone() };
                return reading.paths.touch(&unknown, usage, Some(index), &reading.folders, places);
            }
            reading.paths.touch(term, usage, Some(index), &reading.folders, places);
        });
        // A program named by its path is read, too.
        let program = call.words.first().filter(|word| word.text.contains('/'));
        if let Some(program) = program.filter(|word| !is_system_program(&word.text)) {
            reading.paths.touch(program, PathUse::Read, Some(index), &reading.folders, places);
        }
    }

    /// Where the shell is after it.
    fn after(&mut self, call: &Call, places: Places) -> Flow {
        let name = call.words.first().and_then(Term::known).unwrap_or_default();
        let anywhere = Flow::stays(Places::ANYWHERE);
        match name {
            "cd" | "pushd" => {
                let options = |term: &&Term| {
                    matches!(term.text.as_str(), "-L" | "-P" | "-e" | "-@" | "--" | "-LP" | "-PL")
                };
                let target = call.words.iter().skip(1).find(|term| !options(term));
                self.reading.enter(target, places)
            }
            "popd" | "source" | "." => {
                self.reading.moves += 1;
                anywhere
            }
            "exit" | "return" | "logout" => Flow::stays(Places::NEVER),
            "exec" if call.words.len() > 1 => Flow::stays(Places::NEVER),
            // A word nobody knows may be `cd`.
            "" if !call.words.is_empty() => {
                self.reading.moves += 1;
                anywhere
            }
            _ => {
                let defined = self.reading.functions.iter().rev().find(|(known, _)| known == name);
                if matches!(defined, Some((_, true))) { anywhere } else { Flow::stays(places) }
            }
        }
    }

    /// Reads what a wrapper runs.
    fn inside(
        &mut self,
        call: &Call,
        wrapper: &Wrapper,
        index: usize,
        places: Places,
    ) -> Result<Flow, Stopped> {
        let level = Level { within: Some(index), depth: self.level.depth + 1 };
        if level.depth > self.reading.limits.nesting {
            self.reading.bound_reached();
            return Ok(Flow::stays(Places::ANYWHERE));
        }
        let places = if leaves_folder(call) { Places::ANYWHERE } else { places };
        match &wrapper.inner {
            Inner::Words { at, more } => {
                let inner = self.inner_call(call, at.clone(), *more);
                let outer = std::mem::replace(&mut self.level, level);
                let flow = self.call(&inner, places);
                self.level = outer;
                flow
            }
            Inner::Script(at) => {
                let words = call.words.get(at.clone()).unwrap_or_default();
                self.inner_script(words, level, places)
            }
            Inner::Input => match call.input.clone() {
                Input::Text { text, span, known } => {
                    if !known {
                        self.reading.unseen(Some(index));
                    }
                    self.reading.read(&text, Origin::Inside(span), level, places, Input::Outside)
                }
                Input::Outside | Input::Pipe { .. } => {
                    self.reading.unseen(Some(index));
                    Ok(Flow::stays(places))
                }
            },
            Inner::Unseen => {
                self.reading.doubt(DoubtKind::Command, Some(index));
                Ok(Flow::stays(places))
            }
        }
    }

    /// The words `at` as a call of their own.
    fn inner_call(&self, call: &Call, at: Range<usize>, more: bool) -> Call {
        let mut words = call.words.get(at.clone()).unwrap_or_default().to_vec();
        let start = words.first().map_or(call.start, |word| word.range.start);
        let end = words.last().map_or(call.end, |word| word.range.end);
        if more {
            words.push(Term::unknown(end..end));
        }
        let before = call.words.get(1..at.start).unwrap_or_default().iter();
        let assignment = |term: &Term| {
            let name = assigned(&term.text)?;
            Some((name.to_owned(), term.from(name.len() + 1)))
        };
        let assignments = before.filter_map(assignment).collect();
        Call { words, assignments, ..Call::at(start..end, call.input.clone()) }
    }

    fn inner_script(
        &mut self,
        words: &[Term],
        level: Level,
        places: Places,
    ) -> Result<Flow, Stopped> {
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            return Ok(Flow::stays(places));
        };
        if words.iter().any(|word| word.dynamic) {
            // Read as far as it is written; the shell around it may put anything in.
            self.reading.unseen(level.within);
        }
        let texts: Vec<&str> = words
            .iter()
            .map(|word| if word.dynamic { unwrapped(&word.written) } else { &word.text })
            .collect();
        let script = texts.join(" ");
        let whole = first.range.start..last.range.end;
        let origin = self.origin_of(&script, whole, words.len());
        self.reading.read(&script, origin, level, places, Input::Outside)
    }

    /// Where a script out of a word stands: byte for byte behind its quote, or somewhere in the word.
    fn origin_of(&self, script: &str, word: Range<usize>, words: usize) -> Origin {
        let span = self.origin.span(&word);
        let Origin::At(offset) = self.origin else { return Origin::Inside(span) };
        let inner = word.start + 1..word.end.saturating_sub(1);
        if words == 1 && self.terms.slice(inner.clone()) == script {
            Origin::At(offset + inner.start)
        } else if self.terms.slice(word.clone()) == script {
            Origin::At(offset + word.start)
        } else {
            Origin::Inside(span)
        }
    }
}

/// Whether what it runs is in another folder: `env -C`, `sudo -i`, `find -execdir`, `chroot`.
fn leaves_folder(call: &Call) -> bool {
    let has = |options: &[&str]| {
        call.words.iter().any(|word| {
            let text = word.text.as_str();
            options.iter().any(|option| text.starts_with(option))
        })
    };
    match call.program() {
        "env" => has(&["-C", "--chdir"]),
        "sudo" | "doas" => has(&["-i", "-D", "--chdir", "--login"]),
        "su" => has(&["-l", "--login"]) || call.words.iter().any(|word| word.text == "-"),
        "find" => has(&["-execdir", "-okdir"]),
        "chroot" => true,
        _ => false,
    }
}

/// Without the double quotes around it.
fn unwrapped(written: &str) -> &str {
    let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(written)
}

/// Folders whose programs are the system's own.
fn is_system_program(path: &str) -> bool {
    let folders = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/"];
    folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|name| !name.contains('/')))
}

/// Whether the command runs what comes from a network: `curl … | sh`, `sh -c "$(curl …)"`, `bash <(curl …)`.
fn runs_fetched(call: &Call) -> bool {
    let name = call.program();
    let interprets = is_shell(name)
        || matches!(
            name,
            "eval" | "source" | "." | "python" | "python3" | "perl" | "ruby" | "node"
        );
    if !interprets {
        return false;
    }
    let fetches = |word: &Term| {
        word.dynamic
            && ["$(", "<(", "`"].iter().any(|opens| word.written.contains(opens))
            && ["curl ", "wget "].iter().any(|program| word.written.contains(program))
    };
    let reads_input = call.words.iter().skip(1).all(|word| word.text.starts_with('-'));
    let piped = matches!(call.input, Input::Pipe { fetched: true });
    call.words.iter().any(fetches) || (piped && reads_input)
}
