//! Shell commands: what one would touch, and running it with its output pushed as it comes.

use ironbridge_tools::shell::{self, Chunk, ParseShell, RunShell, Stream};
use ironbridge_tools::{Failure, read_text};

use crate::answer::Answer;
use crate::operation::Call;
use crate::utf16::Utf16;

/// Reads a command; its places in the text are in UTF-16 units.
pub(crate) fn parse(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: ParseShell = read_text("parse-shell", &call.parts.input)?;
    let mut parsed = shell::parse_shell(&call.workspace()?, &input, call.control)?;
    let mut units = Utf16::of(&input.command);
    for command in &mut parsed.commands {
        command.span.start = units.at(command.span.start);
        command.span.end = units.at(command.span.end);
    }
    Answer::json(&parsed)
}

/// Runs a command. Each chunk is an event: its stream as JSON, its text.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: RunShell = read_text("shell", &call.parts.input)?;
    let workspace = call.workspace()?;
    let mut push = |chunk: Chunk<'_>| {
        let Some(events) = call.events else { return };
        let json = Some(stream(chunk.stream).to_owned());
        let text = Some(String::from_utf8_lossy(chunk.bytes).into_owned());
        events.push(Answer { json, text, ..Answer::default() });
    };
    Answer::json(&shell::run_shell_with(&workspace, &input, call.control, &mut push)?)
}

fn stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "\"stdout\"",
        Stream::Stderr => "\"stderr\"",
    }
}
