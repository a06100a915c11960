//! What is wrong in a config file.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// One thing that is wrong, or in a warning: doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The file as the user named it.
    pub(crate) file: String,
    /// The line, from 1; `None` where the mistake has no place in the file.
    pub(crate) line: Option<usize>,
    /// What is wrong. Never the text of a secret.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Mistake {
    /// Where it is: `config.toml line 12`.
    pub(crate) fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{} line {line}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Every mistake of a file, in the order of its lines. At least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigErrors(pub(crate) Vec<Mistake>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { "; " };
            write!(f, "{gap}{}: {}", mistake.place(), mistake.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// The mistakes and warnings found so far in one file. Shared by all sections, hence the cells.
#[derive(Debug)]
pub(super) struct Mistakes<'a> {
    text: &'a str,
    file: &'a str,
    errors: RefCell<Vec<Mistake>>,
    warnings: RefCell<Vec<Mistake>>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn new(text: &'a str, file: &'a str) -> Self {
        Mistakes { text, file, errors: RefCell::default(), warnings: RefCell::default() }
    }

    /// The line (from 1) in which a span begins.
    pub(super) fn line(&self, span: Option<Range<usize>>) -> Option<usize> {
        let before = self.text.as_bytes().get(..span?.start)?;
        Some(1 + before.iter().filter(|&&byte| byte == b'\n').count())
    }

    /// What stands in a span, as it was written.
    pub(super) fn written(&self, span: Option<Range<usize>>) -> Option<&'a str> {
        self.text.get(span?)
    }

    /// Notes an error; the file will not be taken.
    pub(super) fn error(&self, line: Option<usize>, message: String, hint: Option<String>) {
        self.errors.borrow_mut().push(self.mistake(line, message, hint));
    }

    /// Notes something doubtful; the file is taken.
    pub(super) fn warn(&self, line: Option<usize>, message: String, hint: Option<String>) {
        self.warnings.borrow_mut().push(self.mistake(line, message, hint));
    }

    fn mistake(&self, line: Option<usize>, message: String, hint: Option<String>) -> Mistake {
        Mistake { file: self.file.to_owned(), line, message, hint }
    }

    /// The warnings, if there was no error.
    pub(super) fn into_result(self) -> Result<Vec<Mistake>, ConfigErrors> {
        let mut errors = self.errors.into_inner();
        if !errors.is_empty() {
            errors.sort_by_key(|mistake| mistake.line.unwrap_or(usize::MAX));
            return Err(ConfigErrors(errors));
        }
        let mut warnings = self.warnings.into_inner();
        warnings.sort_by_key(|mistake| mistake.line.unwrap_or(usize::MAX));
        Ok(warnings)
    }
}
