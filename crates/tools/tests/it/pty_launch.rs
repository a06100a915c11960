//! What a program on a terminal begins with, and which program it is.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::{Expect, expect};
use ironbridge_tools::pty::{PtyOptions, PtyStatus, Taken};
use ironbridge_tools::{Cancel, Coded, Control};

use crate::pty::{desk, program, wait};

/// Runs `name`, with files `(name, content, mode)` in `bin`, which is all of its `PATH` before `/bin` and `/usr/bin`.
fn check(name: &str, files: &[(&str, &str, u32)], expected: &Expect) {
    let desk = desk();
    let bin = desk.folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for (name, content, mode) in files {
        let file = bin.join(name);
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(*mode)).unwrap();
    }
    let path = format!("{}:/bin:/usr/bin", bin.display());
    let env = [("PATH".to_owned(), Some(path))].into();
    let options = PtyOptions { env, ..program(name, &["one", "two words"]) };
    let said = match desk.terminals.open(&desk.workspace, &options, |_| Taken::Now) {
        Err(error) => error.code().to_owned(),
        Ok(pty) => {
            let PtyStatus::Exited { exit_code, .. } = wait(&pty) else { panic!("it runs") };
            format!("{exit_code:?}: {:?}", String::from_utf8_lossy(&pty.peek().bytes))
        }
    };
    expected.assert_eq(&said);
}

#[test]
fn a_program_is_found_as_a_shell_finds_it() {
    let hello = "#!/bin/sh\necho \"$# $2\"";
    let said = expect![[r#"Some(0): "2 two words\r\n""#]];
    check("hello", &[("hello", hello, 0o755)], &said);
    check("bin/hello", &[("hello", hello, 0o755)], &said);
    // Without a word of what runs it, `sh` does.
    let plain = "echo \"$0 $1\" | sed 's,.*/,,'";
    check("plain", &[("plain", plain, 0o755)], &expect![[r#"Some(0): "plain one\r\n""#]]);
    check("hello", &[("hello", hello, 0o644)], &expect!["no_program"]);
    check("bin/hello", &[("hello", hello, 0o644)], &expect!["system"]);
    check("hello", &[("hello", "#!/no/such/interpreter", 0o755)], &expect!["no_program"]);
    check("bin", &[], &expect!["no_program"]);
    check("", &[], &expect!["no_program"]);
}

#[test]
fn signals_are_those_of_a_fresh_process() {
    let desk = desk();
    let options = program("grep", &["-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    let (pty, heard) = desk.open(&options);
    wait(&pty);
    let text = String::from_utf8(heard.bytes()).unwrap();
    for line in text.lines() {
        let (name, mask) = line.split_once(':').unwrap();
        let mask = u64::from_str_radix(mask.trim(), 16).unwrap();
        // SIGPIPE, which this process ignores; others are whatever started the tests ignored.
        let wrong = if name == "SigIgn" { mask & 1 << 12 } else { mask };
        assert_eq!(wrong, 0, "{text}");
    }
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn more_input_than_waits_is_taken_as_the_program_reads() {
    let desk = desk();
    let (pty, heard) =
        desk.open(&program("sh", &["-c", "stty raw -echo; echo ready; head -c 3000000 | wc -c"]));
    heard.text("ready");
    pty.write_all(&vec![b'x'; 3_000_000], &Control::unbounded()).unwrap();
    heard.text("3000000");
}

#[test]
fn a_write_that_waits_ends_with_its_terminal_or_its_caller() {
    let desk = desk();
    let (pty, heard) = desk.open(&program("sh", &["-c", "stty raw -echo; echo ready; sleep 1000"]));
    heard.text("ready");
    let cancel = Cancel::new();
    let writes = [Control::cancelled_by(cancel.clone()), Control::unbounded()].map(|control| {
        let pty = pty.clone();
        std::thread::spawn(move || pty.write_all(&vec![0; 5_000_000], &control).unwrap_err().code())
    });
    let [cancelled, closed] = writes;
    cancel.cancel();
    assert_eq!(cancelled.join().unwrap(), "cancelled");
    pty.begin_close();
    assert_eq!(closed.join().unwrap(), "closed");
    pty.close();
}
