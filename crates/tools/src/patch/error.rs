//! Why a patch was not applied.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::apply::Refusal;
use super::parse::SyntaxError;
use crate::files::FilesError;
use crate::{Coded, Stopped};

/// Why a patch was not applied. No file has been changed, unless the code is `half_done`.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// It is not a patch.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It has no hunk.
    #[error(
        "the patch changes nothing: no file stands between `*** Begin Patch` and `*** End Patch`"
    )]
    Empty,
    /// It is larger than the limit.
    #[error("the patch has {bytes} bytes, the limit is {limit} (patch.patch_bytes); split it")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A hash was given for a file that the patch does not touch.
    #[error(
        "{path}: a hash is expected of it, but the patch does not touch it; is the path the same in both?"
    )]
    UnusedHash {
        /// As the caller wrote it.
        path: String,
    },
    /// Hunks that do not fit their files: every one of them.
    #[error("nothing was changed; {}", messages(.0))]
    Hunks(Vec<HunkFailure>),
    /// The files could not be changed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The call was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A hunk that does not fit its file.
#[derive(Debug)]
pub struct HunkFailure {
    /// The path, as the patch writes it.
    pub path: String,
    /// The line of the hunk's header in the patch, from 1.
    pub line: usize,
    /// Why.
    pub cause: HunkCause,
}

/// Why a hunk does not fit.
#[derive(Debug, thiserror::Error)]
pub enum HunkCause {
    /// The file cannot be read or changed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Its lines are not there.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl HunkFailure {
    fn code(&self) -> &'static str {
        match &self.cause {
            HunkCause::Files(error) => error.code(),
            HunkCause::Refusal(Refusal::Missed(_)) => "no_match",
            HunkCause::Refusal(Refusal::Stopped(stopped)) => stopped.code(),
            HunkCause::Refusal(Refusal::TooMuchWork { .. }) => "too_much_work",
        }
    }

    fn to_json(&self) -> Value {
        let mut facts = match &self.cause {
            HunkCause::Files(error) => error.details(),
            HunkCause::Refusal(_) => Map::new(),
        };
        facts.insert("path".to_owned(), json!(self.path));
        facts.insert("line".to_owned(), json!(self.line));
        facts.insert("code".to_owned(), json!(self.code()));
        facts.insert("message".to_owned(), json!(self.message()));
        if let HunkCause::Refusal(Refusal::Missed(misses)) = &self.cause {
            facts.insert("chunks".to_owned(), json!(misses));
        }
        Value::Object(facts)
    }

    fn message(&self) -> String {
        match &self.cause {
            HunkCause::Files(error) => chain(error),
            HunkCause::Refusal(refusal) => format!("{}: {refusal}", self.path),
        }
    }
}

/// An error and what it comes from, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

/// How many hunks are described in the message; the details have all.
const DESCRIBED_HUNKS: usize = 5;

fn messages(failures: &[HunkFailure]) -> String {
    let described: Vec<String> =
        failures.iter().take(DESCRIBED_HUNKS).map(HunkFailure::message).collect();
    let rest = failures.len().saturating_sub(DESCRIBED_HUNKS);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    described.join("; ") + &more
}

static CODES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let own = [
        ("syntax", "not a patch: `line` of the patch, what was `expected` there"),
        ("empty_patch", "a patch without hunks"),
        ("no_match", "lines that are not in their file; `hunks` has each with the nearest place"),
        ("too_much_work", "finding the lines takes more than `patch.comparisons`"),
        ("unused_hash", "a hash was given for a file that the patch does not touch"),
    ];
    own.iter().chain(FilesError::CODES).copied().collect()
});

impl Coded for PatchError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::Empty => "empty_patch",
            Self::TooLarge { .. } => "too_large",
            Self::UnusedHash { .. } => "unused_hash",
            Self::Hunks(failures) => failures.first().map_or("no_match", HunkFailure::code),
            Self::Files(error) => error.code(),
            Self::Stopped(stopped) => stopped.code(),
        }
    }

    fn details(&self) -> Map<String, Value> {
        let facts = match self {
            Self::Syntax(error) => json!({ "line": error.line, "expected": error.expected }),
            Self::TooLarge { bytes, limit } => {
                json!({ "limit": "patch.patch_bytes", "bytes": bytes, "max": limit })
            }
            Self::Hunks(failures) => {
                let hunks: Vec<Value> = failures.iter().map(HunkFailure::to_json).collect();
                json!({ "hunks": hunks })
            }
            Self::Files(error) => return error.details(),
            _ => return Map::new(),
        };
        if let Value::Object(facts) = facts { facts } else { Map::new() }
    }
}
