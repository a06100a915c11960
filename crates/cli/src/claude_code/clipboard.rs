//! Copying a text to the user's clipboard.
//!
//! The desktop's own programs do it where there is a desktop; else the terminal is asked by its sequence OSC 52, which
//! reaches the clipboard of the machine before which the user sits, over ssh too. A library for this would bring X11 and
//! Wayland into a server's binary, and would keep the text only as long as the process lives.

use std::io::{self, IsTerminal};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::environment::{self, DISPLAY, WAYLAND_DISPLAY};
use crate::output;

/// How long a program may take to copy; they answer at once or hang on a desktop that is gone.
const COPY_TIME_MAX: Duration = Duration::from_secs(2);

/// A program that copies its stdin, and the variable without which it has no desktop.
struct Program {
    words: &'static [&'static str],
    needs: Option<&'static str>,
}

#[cfg(target_os = "macos")]
const PROGRAMS: &[Program] = &[Program { words: &["pbcopy"], needs: None }];

#[cfg(windows)]
const PROGRAMS: &[Program] = &[Program { words: &["clip.exe"], needs: None }];

#[cfg(not(any(target_os = "macos", windows)))]
const PROGRAMS: &[Program] = &[
    Program { words: &["wl-copy"], needs: Some(WAYLAND_DISPLAY) },
    Program { words: &["xclip", "-selection", "clipboard"], needs: Some(DISPLAY) },
    Program { words: &["xsel", "--input", "--clipboard"], needs: Some(DISPLAY) },
];

/// Where a text went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// Into the clipboard.
    Clipboard,
    /// To the terminal, which does not say whether it took it.
    Terminal,
}

/// Copies a text; `None`: there is nothing to copy with.
pub(super) async fn copy(text: &str) -> Option<Copied> {
    for program in PROGRAMS {
        let here = program.needs.is_none_or(|name| environment::variable(name).is_some());
        if here
            && matches!(
                tokio::time::timeout(COPY_TIME_MAX, pipe(program, text)).await,
                Ok(Ok(true))
            )
        {
            return Some(Copied::Clipboard);
        }
    }
    io::stderr().is_terminal().then(|| {
        output::message(&format!("\x1b]52;c;{}\x07", STANDARD.encode(text)));
        Copied::Terminal
    })
}

/// Runs a program with the text as its stdin, and says whether it succeeded. Those of X11 leave a process behind that
/// hands the text out; it holds none of our streams.
async fn pipe(program: &Program, text: &str) -> io::Result<bool> {
    let (name, arguments) = program.words.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).await?;
    }
    Ok(child.wait().await?.success())
}
