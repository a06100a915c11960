//! What a check found, and how to mend it.

use std::fmt;

/// One finding. Printed as `path:line: message` and, below it, how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// From 1; nothing where the whole file is meant.
    pub(crate) line: Option<usize>,
    /// What is wrong, without a full stop.
    pub(crate) message: String,
    /// What to do or type.
    pub(crate) mend: String,
}

impl Finding {
    /// A finding about a whole file.
    pub(crate) fn file(path: &str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into(), mend: mend.into() }
    }

    /// A finding about one line.
    pub(crate) fn line(
        path: &str,
        line: usize,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { line: Some(line), ..Self::file(path, message, mend) }
    }

    /// The first line of the message, without how to mend it.
    pub(crate) fn headline(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}: {}", self.path, self.message),
            None => format!("{}: {}", self.path, self.message),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n    mend: {}", self.headline(), self.mend)
    }
}
