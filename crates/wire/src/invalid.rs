//! What is wrong with a document that a client sent.

use crate::error::{ApiError, ErrorKind, THREAD_UNSUPPORTED};
use crate::pointer::Pointer;
use std::fmt;

/// One mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub path: Pointer,
    /// What was expected there and what was found, as a clause.
    pub message: String,
}

/// All the mistakes of a document at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// The mistakes in the order in which they were met.
    pub problems: Vec<Problem>,
}

impl Invalid {
    /// A document with one mistake.
    #[must_use]
    pub fn one(path: Pointer, message: impl Into<String>) -> Self {
        Invalid { problems: vec![Problem { path, message: message.into() }] }
    }

    /// The same as a 400 that lists every mistake and names the first one's place.
    #[must_use]
    pub fn to_api_error(&self) -> ApiError {
        let error = ApiError::new(ErrorKind::InvalidRequest, self.to_string())
            .with_param(self.first_path());
        let thread = self.problems.iter().any(|problem| problem.path.as_str() == "/thread");
        if thread { error.with_code(THREAD_UNSUPPORTED) } else { error }
    }

    /// The place of the first mistake, for `error.param`.
    #[must_use]
    pub fn first_path(&self) -> &str {
        self.problems.first().map_or("", |problem| problem.path.as_str())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            if problem.path.as_str().is_empty() {
                f.write_str(&problem.message)?;
            } else {
                write!(f, "{}: {}", problem.path, problem.message)?;
            }
        }
        Ok(())
    }
}
