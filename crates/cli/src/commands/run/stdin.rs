//! What is to be done: the prompt, and what stands on stdin.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::io::AsyncReadExt;

use crate::error::Error;

/// The most that is taken of stdin, in bytes: more than any model's context.
const STDIN_BYTES_MAX: u64 = 8 << 20;

/// How long the first byte is waited for where there is a prompt: many programs start others with a pipe into which
/// nobody ever writes.
const FIRST_BYTE_WAIT: Duration = Duration::from_secs(1);

/// The prompt, with what stands on stdin.
///
/// # Errors
/// There is neither, or stdin holds too much or no text.
pub(super) async fn prompt(prompt: Option<&str>) -> Result<String, Error> {
    let prompt = prompt.filter(|prompt| *prompt != "-" && !prompt.trim().is_empty());
    if io::stdin().is_terminal() {
        return prompt.map(str::to_owned).ok_or_else(nothing);
    }
    let context = read(prompt.is_some()).await?;
    let context = context.trim_end();
    match (prompt, context.is_empty()) {
        (None, true) => Err(nothing()),
        (None, false) => Ok(context.to_owned()),
        (Some(prompt), true) => Ok(prompt.to_owned()),
        (Some(prompt), false) => Ok(format!("{prompt}\n\n<stdin>\n{context}\n</stdin>")),
    }
}

fn nothing() -> Error {
    Error::usage("there is no prompt").hint("ironbridge run \"what is to be done\"")
}

/// All of stdin. Where it may be missing, the first byte is not waited for much longer than a program takes to start.
async fn read(may_miss: bool) -> Result<String, Error> {
    let failed = |error: io::Error| Error::failure("cannot read stdin").caused_by(&error);
    let mut stdin = tokio::io::stdin();
    let mut bytes = vec![0; 1];
    let first = stdin.read(&mut bytes);
    let first = if may_miss {
        match tokio::time::timeout(FIRST_BYTE_WAIT, first).await {
            Ok(first) => first,
            Err(_) => return Ok(String::new()),
        }
    } else {
        first.await
    };
    match first {
        Ok(0) => return Ok(String::new()),
        Ok(_) => {}
        // A stdin that is closed or cannot be read holds nothing.
        Err(_) if may_miss => return Ok(String::new()),
        Err(error) => return Err(failed(error)),
    }
    stdin.take(STDIN_BYTES_MAX).read_to_end(&mut bytes).await.map_err(failed)?;
    if bytes.len() as u64 > STDIN_BYTES_MAX {
        let most = STDIN_BYTES_MAX >> 20;
        return Err(Error::usage(format!("stdin holds more than {most} MiB"))
            .hint("name the file in the prompt; the agent reads what it needs"));
    }
    String::from_utf8(bytes).map_err(|_| Error::usage("what stands on stdin is no text"))
}
