//! The reader behind `start`: passes the gateway's output on and adds a `curl` to try.
//!
//! `start` becomes the gateway (exec), so that Ctrl-C and its exit code are the gateway's own. The
//! `curl` is printed by this small process at the other end of the gateway's stdout; it stands in a
//! process group of its own, outlives Ctrl-C, and ends with the stream.

use std::io::{BufRead, Write};

use anyhow::Result;

/// The hidden command's name.
pub(crate) const COMMAND: &str = "announce";

const MARK: &str = "listening on ";

/// Copies stdin to stdout until it ends.
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    pass_on(std::io::stdin().lock(), std::io::stdout().lock())
}

/// Copies `input` line by line and puts the `curl` after the line that names the URL.
pub(crate) fn pass_on(input: impl BufRead, mut output: impl Write) -> Result<()> {
    for line in input.lines() {
        let line = line?;
        writeln!(output, "{line}")?;
        if let Some(url) = listening_url(&line) {
            writeln!(output, "{}", try_it(url))?;
        }
        output.flush()?;
    }
    Ok(())
}

fn listening_url(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(MARK)?;
    rest.split_whitespace().next().filter(|url| url.starts_with("http"))
}

fn try_it(url: &str) -> String {
    format!(
        "\ntry it:\n\n    curl {url}/v1/chat/completions -H 'content-type: application/json' \\\n      \
         -d '{{\"model\":\"offline\",\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}'\n"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_curl_follows_the_listening_line_and_bears_its_port() {
        let mut output = Vec::new();
        let input = b"loading\nlistening on http://127.0.0.1:4242\nbye\n";
        pass_on(input.as_slice(), &mut output).unwrap();
        expect![[r#"
            loading
            listening on http://127.0.0.1:4242

            try it:

                curl http://127.0.0.1:4242/v1/chat/completions -H 'content-type: application/json' \
                  -d '{"model":"offline","messages":[{"role":"user","content":"hello"}]}'

            bye
        "#]]
        .assert_eq(&String::from_utf8(output).unwrap());
    }

    #[test]
    fn other_lines_announce_nothing() {
        assert_eq!(listening_url("listening on a socket"), None);
        assert_eq!(listening_url("hello"), None);
    }
}
