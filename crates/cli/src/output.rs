//! The two streams: results go to stdout, everything else to stderr.

use std::io::{self, Write};

use crate::config::Mistake;
use crate::error::Error;

/// Writes a result to stdout and flushes it.
pub(crate) fn result(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Error::output(&error))
}

/// Writes a message to stderr. A stderr that is gone is nobody's to complain to.
pub(crate) fn message(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes the warnings of a config file to stderr.
pub(crate) fn warnings(warnings: &[Mistake]) {
    for warning in warnings {
        message(&format!("warning: {}: {}\n", warning.place(), warning.message));
        if let Some(hint) = &warning.hint {
            message(&format!("hint: {hint}\n"));
        }
    }
}

/// A count with thin spaces between groups of three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_are_grouped_by_three() {
        let cases = [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")];
        for (number, text) in cases {
            assert_eq!(count(number).replace('\u{2009}', " "), text);
        }
    }
}
