//! Questions to whoever sits before the program: asked on stderr, answered by a line on stdin.
//!
//! Stdin may as well be a pipe or a file: then its lines are the answers, and its end means that nobody answers.

use std::io::{self, BufRead, IsTerminal, Read};

use tokio::sync::{Mutex, mpsc};

use crate::output;

/// The longest line that is taken as an answer, in bytes. A code that is pasted has a few hundred.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// How many lines may have been typed ahead; then the terminal holds them back.
const ANSWERS_AHEAD_MAX: usize = 16;

/// The one who answers. One question is put at a time; others wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    /// `None` until the first question: a program that asks nothing leaves stdin alone.
    answers: Mutex<Option<mpsc::Receiver<String>>>,
}

impl Terminal {
    /// Whether somebody sits there.
    pub(crate) fn is_there() -> bool {
        io::stdin().is_terminal()
    }

    /// Puts a question and waits for the line that answers it, without its line end; `None`: stdin has ended.
    ///
    /// Cancel safe: the answer to a question that was given up is the next one's, so ask what is decisive with
    /// [`ask_afresh`](Self::ask_afresh).
    pub(crate) async fn ask(&self, question: &str) -> Option<String> {
        let mut answers = self.answers.lock().await;
        output::message(question);
        answers.get_or_insert_with(read_lines).recv().await
    }

    /// As [`ask`](Self::ask), but what was typed before the question was put does not count.
    pub(crate) async fn ask_afresh(&self, question: &str) -> Option<String> {
        let mut answers = self.answers.lock().await;
        let lines = answers.get_or_insert_with(read_lines);
        while lines.try_recv().is_ok() {}
        output::message(question);
        lines.recv().await
    }
}

/// Whether an answer is a yes. Everything else is a no.
pub(crate) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// The lines of stdin, read by a thread of their own: a read of a terminal cannot be given up, and must not keep a
/// question from being given up. The thread ends with stdin or with the process.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(ANSWERS_AHEAD_MAX);
    let read = move || {
        let mut stdin = io::stdin().lock();
        while let Some(line) = read_line(&mut stdin) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    };
    // Without a thread nobody answers, which is what the closed channel says.
    let _ = std::thread::Builder::new().name("stdin".to_owned()).spawn(read);
    receiver
}

/// The next line; `None` at the end, or for a line that is longer than any answer or not text.
fn read_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = input.by_ref().take(ANSWER_BYTES_MAX).read_line(&mut line).ok()?;
    let whole = line.ends_with('\n') || (read as u64) < ANSWER_BYTES_MAX;
    (read > 0 && whole).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_answers_until_the_end() {
        let mut input = &b"y\r\n\n last"[..];
        let lines: Vec<_> = std::iter::from_fn(|| read_line(&mut input)).collect();
        assert_eq!(lines, ["y", "", " last"]);
        let endless = vec![b'x'; ANSWER_BYTES_MAX as usize + 1];
        assert_eq!(read_line(&mut &endless[..]), None);
        assert_eq!(read_line(&mut &b"\xff\n"[..]), None);
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y", "Y", " yes\t"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "n", "yy", "yes please", "1"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
