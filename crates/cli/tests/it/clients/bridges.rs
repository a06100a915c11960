//! The official MCP and ACP clients against `ironbridge mcp` and `ironbridge acp`.

use std::process::Command;

use expect_test::{Expect, expect};
use ironbridge_testkit::Folder;

use super::program;
use super::situations::played;
use super::test_bed::node;

/// Runs a script that starts the binary itself, in a project of its own.
fn check(script: Option<Command>, expected: Expect) {
    let Some(mut script) = script else { return };
    let folder = Folder::new().unwrap();
    folder.write("project/sub/in.txt", "in").unwrap();
    folder.write("project/out.txt", "out").unwrap();
    let project = folder.path().join("project").canonicalize().unwrap();
    script.arg(env!("CARGO_BIN_EXE_ironbridge")).arg(project);
    expected.assert_eq(&played(&program::run(script)));
}

#[test]
fn the_mcp_sdk_on_the_tools() {
    check(
        node("mcp_tools.mjs"),
        expect![[r#"
            reads only, unless told otherwise
            each result fits the schema of its tool
            a failure is told to the model
            files are resources
            a long call gives signs of life, and is cancelled
            the client's roots are the project
        "#]],
    );
}

#[test]
fn the_acp_sdk_on_the_agent() {
    check(
        node("acp_agent.mjs"),
        expect![[r#"
            handshake
            a new session has modes, options and, after its answer, commands
            a prompt is answered after all it says
            several prompts in one session, and sessions side by side
            content blocks: a link, an embedded file, a picture
            reading asks nothing
            a change is asked with its difference, allowed, and shown as it was made
            a new file's difference is from nothing
            what is rejected is not done, and the model hears of it
            what is allowed for the session is not asked again
            a command is asked for and shows what it prints
            cancel in flight ends the prompt as cancelled, and the next one works
            cancel at once is a cancel, too
            cancel when nothing runs is no error
            a question that nobody answers ends with the cancel
            a second prompt while one is under way is refused
            wrong parameters, unknown sessions, modes and methods
            the mode can be set, in the old way and the new
            a session is listed, loaded with its past, and resumed without
            a session that is open elsewhere is not opened twice
            undo takes a turn back, in the files too
            an editor that disconnects in a turn leaves no child and a whole session
        "#]],
    );
}
