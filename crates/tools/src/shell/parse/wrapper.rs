//! Programs that run other programs: where in their arguments the inner command stands.

use std::ops::Range;

use super::options::first_operand;
use super::term::Term;

/// What a wrapper runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inner {
    /// These of its words, with more that nobody knows behind them when `more`.
    Words {
        /// Indexes of words, the wrapper's name being 0.
        at: Range<usize>,
        /// Whether words are added, as by `xargs`.
        more: bool,
    },
    /// These of its words, joined by spaces and read as a script.
    Script(Range<usize>),
    /// What comes on its standard input, read as a script.
    Input,
    /// Something that is not seen: `env -S`, `xargs` without a command is none of these, `su` without `-c` is.
    Unseen,
}

/// A program that runs others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrapper {
    pub(super) inner: Inner,
    /// Whether it does nothing else.
    pub(super) transparent: bool,
    /// Whether the inner command runs in the same shell, so that its `cd` holds on.
    pub(super) same_shell: bool,
}

impl Wrapper {
    fn around(inner: Inner) -> Self {
        Self { inner, transparent: true, same_shell: false }
    }

    fn opaque(inner: Inner) -> Self {
        Self { transparent: false, ..Self::around(inner) }
    }
}

/// The shells whose scripts are read. Others have other grammars.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "mksh" | "rbash")
}

/// What the command runs besides itself; `name` is its first word without folders. Empty for plain programs.
pub(super) fn wrappers(name: &str, words: &[Term]) -> Vec<Wrapper> {
    let all = 1..words.len();
    let behind = |with_value: &[&'static str], skipped: usize| {
        let from = 1 + first_operand(words.get(1..).unwrap_or_default(), with_value) + skipped;
        Inner::Words { at: from..words.len(), more: false }
    };
    let found = match name {
        _ if is_shell(name) => shell(words),
        "eval" => Wrapper { same_shell: true, ..Wrapper::around(Inner::Script(all)) },
        "trap" if words.len() > 2 => Wrapper::opaque(Inner::Script(1..2)),
        "command" if words.get(1).is_some_and(|term| is_question(&term.text)) => return vec![],
        "command" | "builtin" => Wrapper { same_shell: true, ..Wrapper::around(behind(&[], 0)) },
        "exec" => Wrapper::around(behind(&["-a"], 0)),
        "env" => env(words),
        "time" => Wrapper::around(behind(&["-f", "-o"], 0)),
        "nohup" | "setsid" | "coproc" | "chronic" | "unbuffer" | "caffeinate" => {
            Wrapper::around(behind(&[], 0))
        }
        "nice" => Wrapper::around(behind(&["-n"], 0)),
        "ionice" => Wrapper::around(behind(&["-c", "-n"], 0)),
        "stdbuf" => Wrapper::around(behind(&["-i", "-o", "-e"], 0)),
        "timeout" => Wrapper::around(behind(&["-s", "-k", "--signal", "--kill-after"], 1)),
        "taskset" | "chrt" => Wrapper::around(behind(&[], 1)),
        "sudo" | "doas" => Wrapper::opaque(past_assignments(
            words,
            behind(&["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R"], 0),
        )),
        "strace" | "ltrace" => Wrapper::opaque(behind(&["-o", "-e", "-p", "-s", "-u", "-E"], 0)),
        "chroot" => Wrapper::opaque(behind(&[], 1)),
        "busybox" | "toybox" => Wrapper::around(behind(&[], 0)),
        "flock" => locked(words, behind(&["-w", "-E"], 1)),
        "watch" => Wrapper::around(joined(behind(&["-n", "-d"], 0))),
        "su" | "script" => Wrapper::opaque(after_option(words, "-c").unwrap_or(Inner::Unseen)),
        "xargs" | "parallel" => {
            xargs(behind(&["-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a", "-j", "-S"], 0))
        }
        "find" | "fd" => return searched(name, words),
        _ => return vec![],
    };
    // `nohup` alone, `exec` with redirects only: they run nothing.
    let runs_nothing = match &found.inner {
        Inner::Words { at, more } => at.is_empty() && !more,
        Inner::Script(at) => at.is_empty(),
        Inner::Input | Inner::Unseen => false,
    };
    if runs_nothing { vec![] } else { vec![found] }
}

/// `command -v NAME` only asks.
fn is_question(text: &str) -> bool {
    text.starts_with('-') && text.contains(['v', 'V'])
}

/// `sh -c SCRIPT`, `sh -s`, `sh FILE`, `sh` alone.
fn shell(words: &[Term]) -> Wrapper {
    let mut at = 1;
    let mut script_follows = false;
    while let Some(term) = words.get(at) {
        let text = term.text.as_str();
        let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            if text.starts_with('+') {
                at += 1;
                continue;
            }
            break;
        };
        if letters == "-" {
            at += 1;
            break;
        }
        let long = letters.starts_with('-');
        script_follows |= !long && letters.contains('c');
        // `-o pipefail`, `--rcfile FILE`.
        let has_value =
            (!long && letters.ends_with(['o', 'O'])) || matches!(letters, "-rcfile" | "-init-file");
        at += if has_value { 2 } else { 1 };
        if !long && letters.contains('s') && !script_follows {
            return Wrapper::around(Inner::Input);
        }
    }
    match (script_follows, words.get(at)) {
        (true, Some(_)) => Wrapper::around(Inner::Script(at..at + 1)),
        (true, None) => Wrapper::opaque(Inner::Unseen),
        (false, Some(_)) => Wrapper::opaque(Inner::Unseen),
        (false, None)
            if words.iter().any(|term| matches!(term.text.as_str(), "--version" | "--help")) =>
        {
            Wrapper::opaque(Inner::Words { at: 0..0, more: false })
        }
        (false, None) => Wrapper::around(Inner::Input),
    }
}

fn env(words: &[Term]) -> Wrapper {
    let splits = |term: &&Term| {
        term.text.starts_with("--s") || (term.text.starts_with("-") && term.text.contains('S'))
    };
    let from =
        1 + first_operand(words.get(1..).unwrap_or_default(), &["-u", "-C", "--unset", "--chdir"]);
    if words.get(1..from).unwrap_or_default().iter().any(|term| splits(&term)) {
        return Wrapper::opaque(Inner::Unseen);
    }
    let inner = Inner::Words { at: from..words.len(), more: false };
    Wrapper::around(past_assignments(words, inner))
}

/// `NAME=value` before the command itself.
fn past_assignments(words: &[Term], inner: Inner) -> Inner {
    let Inner::Words { mut at, more } = inner else { return inner };
    while words.get(at.start).is_some_and(|term| assigned(&term.text).is_some()) {
        at.start += 1;
    }
    Inner::Words { at, more }
}

/// The name in `NAME=value`.
pub(super) fn assigned(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('=')?;
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on = letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (begins && goes_on).then_some(name)
}

fn after_option(words: &[Term], option: &str) -> Option<Inner> {
    let at = words.iter().position(|term| term.text == option)? + 1;
    (at < words.len()).then_some(Inner::Script(at..at + 1))
}

fn locked(words: &[Term], command: Inner) -> Wrapper {
    Wrapper::opaque(after_option(words, "-c").unwrap_or(command))
}

fn joined(command: Inner) -> Inner {
    match command {
        Inner::Words { at, .. } => Inner::Script(at),
        other => other,
    }
}

fn xargs(command: Inner) -> Wrapper {
    match command {
        // Without a command it prints.
        Inner::Words { at, .. } if !at.is_empty() => {
            Wrapper::around(Inner::Words { at, more: true })
        }
        other => Wrapper::around(other),
    }
}

/// `find -exec … ;`, as often as it stands there, and `fd -x …`.
fn searched(name: &str, words: &[Term]) -> Vec<Wrapper> {
    let mut found = Vec::new();
    let mut at = 1;
    while let Some(term) = words.get(at) {
        at += 1;
        let begins = match name {
            "find" => matches!(term.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir"),
            _ => matches!(term.text.as_str(), "-x" | "-X" | "--exec" | "--exec-batch"),
        };
        if !begins {
            continue;
        }
        let rest = words.get(at..).unwrap_or_default();
        let ends = |term: &Term| term.text == ";" || (name == "find" && term.text == "+");
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        if length > 0 {
            found.push(Wrapper::opaque(Inner::Words { at: at..at + length, more: false }));
        }
        at += length;
    }
    found
}
