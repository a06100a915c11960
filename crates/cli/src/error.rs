//! What a user sees of a failure: `error: …`, its causes, a `hint: …`, and the exit code.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use crate::config::{ConfigErrors, Mistake};

/// Why a command ended without success.
#[derive(Debug)]
pub(crate) struct Error {
    kind: Kind,
    problems: Vec<Problem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The command could not be done: exit code 1.
    Failure,
    /// It was asked wrongly, by flags or by the config: exit code 2.
    Usage,
    /// The command could not be done, and its output says so already: exit code 1.
    Told,
    /// The command ended otherwise than by success, and its output says so already: this exit code.
    Ended(u8),
    /// Whoever read our output has gone: nothing is wrong, exit code 0.
    OutputClosed,
}

#[derive(Debug)]
struct Problem {
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Error {
    /// The command could not be done.
    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Error::one(Kind::Failure, message.into())
    }

    /// The command could not be done; the result on stdout says why.
    pub(crate) fn told() -> Self {
        Error { kind: Kind::Told, problems: Vec::new() }
    }

    /// The command ended with this exit code; what it printed says why.
    pub(crate) fn ended(code: u8) -> Self {
        Error { kind: Kind::Ended(code), problems: Vec::new() }
    }

    /// The command was asked wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Error::one(Kind::Usage, message.into())
    }

    fn one(kind: Kind, message: String) -> Self {
        Error { kind, problems: vec![Problem { message, causes: Vec::new(), hints: Vec::new() }] }
    }

    /// The same with the chain of causes below it.
    pub(crate) fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            let chain = std::iter::successors(Some(cause), |cause| cause.source());
            problem.causes.extend(chain.map(ToString::to_string));
        }
        self
    }

    /// The same with advice on what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.hints.push(hint.into());
        }
        self
    }

    /// Both, in this order; of the kind of the first.
    pub(crate) fn and(mut self, other: Error) -> Self {
        self.problems.extend(other.problems);
        self
    }

    /// Writing to stdout failed. A reader that has gone (`ironbridge tokens … | head -1`) is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        let mut failure = Error::failure("cannot write the output").caused_by(error);
        if error.kind() == io::ErrorKind::BrokenPipe {
            failure.kind = Kind::OutputClosed;
        }
        failure
    }

    /// 0, 1 or 2, and those of `run`, as DESIGN §6.1 lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::OutputClosed => ExitCode::SUCCESS,
            Kind::Failure | Kind::Told => ExitCode::from(1),
            Kind::Usage => ExitCode::from(2),
            Kind::Ended(code) => ExitCode::from(code),
        }
    }

    /// Whether something was asked wrongly.
    pub(crate) fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }

    /// All of it in one line, for whoever is no terminal.
    pub(crate) fn in_words(&self) -> String {
        let words = |problem: &Problem| {
            let parts = [problem.message.as_str()].into_iter();
            let parts = parts.chain(problem.causes.iter().map(String::as_str));
            parts.chain(problem.hints.iter().map(String::as_str)).collect::<Vec<_>>().join("; ")
        };
        self.problems.iter().map(words).collect::<Vec<_>>().join("; ")
    }

    /// The lines for stderr; empty when there is nothing to say.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        if self.kind == Kind::OutputClosed {
            return text;
        }
        for problem in &self.problems {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "error: {}", problem.message);
            for cause in &problem.causes {
                let _ = writeln!(text, "  caused by: {cause}");
            }
            for hint in &problem.hints {
                let _ = writeln!(text, "hint: {hint}");
            }
        }
        text
    }
}

impl From<ConfigErrors> for Error {
    fn from(errors: ConfigErrors) -> Self {
        let problem = |mistake: Mistake| Problem {
            message: format!("cannot read {}: {}", mistake.place(), mistake.message),
            causes: Vec::new(),
            hints: mistake.hint.into_iter().collect(),
        };
        Error { kind: Kind::Usage, problems: errors.0.into_iter().map(problem).collect() }
    }
}

impl From<clap::Error> for Error {
    /// clap's message in our form: its tips become hints, its usage line stays.
    fn from(error: clap::Error) -> Self {
        let rendered = error.render().to_string();
        let mut message = Vec::new();
        let mut hints = Vec::new();
        for line in rendered.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(tip) = line.strip_prefix("tip: ") {
                hints.push(tip.to_owned());
            } else if let Some(usage) = line.strip_prefix("Usage: ") {
                hints.push(format!("usage: {usage}"));
            } else if !line.starts_with("For more information") {
                message.push(line.strip_prefix("error: ").unwrap_or(line).to_owned());
            }
        }
        let mut error = Error::usage(message.join(" "));
        for hint in hints {
            error = error.hint(hint);
        }
        error
    }
}
