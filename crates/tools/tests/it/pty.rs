//! Terminals: what goes in and out, what is kept, and that nothing is left of them.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use ironbridge_tools::pty::{
    Pty, PtyError, PtyEvent, PtyOptions, PtyOutput, PtySize, PtyStatus, Taken, Terminals,
};
use ironbridge_tools::{Cancel, Coded, Control, Failure, Limits, Scope, Workspace};

/// Longer than anything here takes: what reaches it hangs.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(60);

const AGAIN: Duration = Duration::from_millis(20);

/// Terminals with what they say, and a folder for their programs.
pub(crate) struct Desk {
    pub(crate) terminals: Terminals,
    pub(crate) workspace: Workspace,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) events: Arc<Mutex<Vec<PtyEvent>>>,
}

pub(crate) fn desk() -> Desk {
    desk_with(&Limits::default())
}

pub(crate) fn desk_with(limits: &Limits) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::new(Scope::within(folder.path()).unwrap(), folder.path());
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let terminals = Terminals::new(limits, move |event| heard.lock().unwrap().push(event)).unwrap();
    Desk { terminals, workspace, folder, events }
}

/// What was printed so far.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<(Mutex<Vec<Vec<u8>>>, Condvar)>);

impl Heard {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.0.lock().unwrap().concat()
    }

    /// Waits until what was printed is as wanted.
    pub(crate) fn until(&self, wanted: impl Fn(&[u8]) -> bool) {
        let until = Instant::now() + WATCHDOG;
        let mut chunks = self.0.0.lock().unwrap();
        while !wanted(&chunks.concat()) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{}", String::from_utf8_lossy(&chunks.concat()));
            // What is wanted may be no output: asked again soon.
            chunks = self.0.1.wait_timeout(chunks, left.min(AGAIN)).unwrap().0;
        }
    }

    pub(crate) fn text(&self, wanted: &str) {
        self.until(|bytes| String::from_utf8_lossy(bytes).contains(wanted));
    }
}

pub(crate) fn program(command: &str, args: &[&str]) -> PtyOptions {
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    PtyOptions { command: Some(command.to_owned()), args, ..PtyOptions::default() }
}

fn script(script: &str) -> PtyOptions {
    program("sh", &["-c", script])
}

impl Desk {
    pub(crate) fn open(&self, options: &PtyOptions) -> (Pty, Heard) {
        let heard = Heard::default();
        let ear = heard.clone();
        let on_output = move |output: PtyOutput<'_>| {
            ear.0.0.lock().unwrap().push(output.bytes.to_vec());
            ear.0.1.notify_all();
            Taken::Now
        };
        (self.terminals.open(&self.workspace, options, on_output).unwrap(), heard)
    }
}

pub(crate) fn wait(pty: &Pty) -> PtyStatus {
    pty.wait(&Control::within(WATCHDOG)).unwrap()
}

fn exited(code: i32) -> PtyStatus {
    PtyStatus::Exited { exit_code: Some(code), signal: None }
}

fn check(options: &PtyOptions, expected: &Expect) {
    let desk = desk();
    let (pty, heard) = desk.open(options);
    let end = match wait(&pty) {
        PtyStatus::Exited { exit_code: Some(code), .. } => format!("exit {code}"),
        PtyStatus::Exited { signal, .. } => signal.unwrap_or_default(),
        PtyStatus::Running => "runs".to_owned(),
    };
    expected.assert_eq(&format!("{end}: {:?}", String::from_utf8_lossy(&heard.bytes())));
}

#[test]
fn it_is_a_terminal_and_its_end_is_told_as_it_was() {
    check(&script("echo hello; exit 7"), &expect![[r#"exit 7: "hello\r\n""#]]);
    check(&script("kill -KILL $$"), &expect![[r#"SIGKILL: """#]]);
    check(
        &script("test -t 0 && test -t 1 && test -t 2 && echo yes"),
        &expect![[r#"exit 0: "yes\r\n""#]],
    );
    check(
        &script("echo from the terminal >/dev/tty"),
        &expect![[r#"exit 0: "from the terminal\r\n""#]],
    );
    check(
        &script("echo $TERM $LINES $COLUMNS; stty size"),
        &expect![[r#"exit 0: "xterm-256color\r\n24 80\r\n""#]],
    );
    let size = PtySize { rows: 7, cols: 300 };
    check(
        &PtyOptions { size, ..script("stty size; stty -a | grep -o ' iutf8'") },
        &expect![[r#"exit 0: "7 300\r\n iutf8\r\n""#]],
    );
    let mut named = script("echo $TERM $A ${PAGER-none}");
    named.env = [("TERM", Some("dumb")), ("A", Some("é")), ("PAGER", None)]
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        .into();
    check(&named, &expect![[r#"exit 0: "dumb é none\r\n""#]]);
    check(&program("true", &[]), &expect![[r#"exit 0: """#]]);
    check(&script("ls /proc/self/fd | tr '\\n' ' '"), &expect![[r#"exit 0: "0 1 2 3 ""#]]);
}

#[test]
fn what_is_wrong_has_a_code() {
    let check = |options: &PtyOptions, expected: &Expect| {
        let desk = desk();
        let error = desk.terminals.open(&desk.workspace, options, |_| Taken::Now).unwrap_err();
        let failure = Failure::from(error);
        let folder = desk.folder.path().canonicalize().unwrap();
        let message = failure.message.replace(folder.to_str().unwrap(), "PROJECT");
        let message = message.replace(folder.parent().unwrap().to_str().unwrap(), "PARENT");
        expected.assert_eq(&format!("{}: {message}", failure.code));
        assert_eq!((desk.terminals.list().len(), desk.events.lock().unwrap().len()), (0, 0));
    };
    check(
        &program("no-such-program", &[]),
        &expect!["no_program: no-such-program: no such program in the PATH of the terminal"],
    );
    check(
        &program("a\0b", &[]),
        &expect!["invalid_argument: command, args and env may not have a NUL byte"],
    );
    check(
        &PtyOptions { cwd: Some("..".into()), ..script("") },
        &expect!["outside: the folder of the terminal: PARENT: lies outside PROJECT"],
    );
    check(
        &PtyOptions { cwd: Some("missing".into()), ..script("") },
        &expect![
            "no_folder: PROJECT/missing: cannot be the folder of a terminal; give one that exists: No such file or directory (os error 2)"
        ],
    );
    let size = PtySize { rows: 0, cols: 80 };
    check(
        &PtyOptions { size, ..script("") },
        &expect!["invalid_argument: size: neither rows nor cols may be 0"],
    );
}

#[test]
fn what_is_written_is_typed() {
    let desk = desk();
    let (pty, heard) = desk.open(&script("read line; echo \"got $line\"; cat"));
    pty.write("größe\n".as_bytes()).unwrap();
    heard.text("got größe");
    pty.write(b"\x04").unwrap();
    assert_eq!(wait(&pty), exited(0));
    assert_eq!(pty.write(b"late").unwrap_err().code(), "closed");
    assert_eq!(pty.resize(PtySize::default()).unwrap_err().code(), "closed");
    assert_eq!(pty.signal("SIGTERM").unwrap_err().code(), "closed");
}

#[test]
fn more_than_the_terminal_takes_waits_and_arrives() {
    let desk = desk();
    let (pty, heard) = desk.open(&script("stty raw -echo; echo ready; head -c 500000 | sha256sum"));
    heard.text("ready");
    let line = b"0123456789abcdef".repeat(500_000 / 16);
    pty.write(&line).unwrap();
    assert_eq!(wait(&pty), exited(0));
    heard.text(sha256(&line).as_str());
}

/// By the same program, fed through a file.
fn sha256(bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let output = Command::new("sha256sum").arg(file.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn input_nobody_reads_is_bounded() {
    let desk = desk();
    let (pty, heard) = desk.open(&script("stty raw -echo; echo ready; sleep 1000"));
    heard.text("ready");
    let most = usize::try_from(Limits::default().pty.input_bytes).unwrap();
    pty.write(&vec![b'x'; most]).unwrap();
    let Err(PtyError::InputFull { waiting, limit, .. }) = pty.write(&vec![b'y'; most]) else {
        panic!("it was taken");
    };
    assert!(waiting > 0 && waiting <= limit);
}

#[test]
fn every_byte_of_fifty_megabytes_arrives() {
    let desk = desk();
    let counted = Arc::new(Mutex::new((0u64, 0u64)));
    let counter = Arc::clone(&counted);
    let command = script("stty -opost; head -c 50000000 /dev/zero | tr '\\0' 'x'; printf end");
    let count = move |output: PtyOutput<'_>| {
        let mut counted = counter.lock().unwrap();
        assert_eq!(output.offset, counted.0);
        counted.0 += output.bytes.len() as u64;
        counted.1 += output.bytes.iter().filter(|byte| **byte == b'x').count() as u64;
        Taken::Now
    };
    let pty = desk.terminals.open(&desk.workspace, &command, count).unwrap();
    assert_eq!(wait(&pty), exited(0));
    assert_eq!(*counted.lock().unwrap(), (50_000_003, 50_000_000));
    let buffer = pty.buffer();
    assert_eq!((buffer.bytes, buffer.limit, buffer.end), (2 << 20, 2 << 20, 50_000_003));
    assert_eq!((buffer.part_bytes, buffer.parts), (64 << 10, 32));
    assert!(pty.peek().bytes.ends_with(b"xend"));
    assert_eq!(pty.read(10).missed, 50_000_003 - (2 << 20));
}

#[test]
fn characters_of_each_length_are_whole_and_bytes_are_what_they_are() {
    let parts = "for part in a '\\303' '\\251' '\\342' '\\202' '\\254' '\\360' '\\237' '\\246' '\\200' '\\377'; \
                 do printf $part; sleep 0.03; done";
    let desk = desk();
    let (pty, heard) = desk.open(&script(parts));
    wait(&pty);
    let chunks = heard.0.0.lock().unwrap().clone();
    let expected: Vec<Vec<u8>> =
        vec!["a".into(), "é".into(), "€".into(), "🦀".into(), b"\xFF".to_vec()];
    assert_eq!(chunks, expected);
    let (pty, heard) = desk.open(&PtyOptions { text: false, ..script(parts) });
    wait(&pty);
    assert_eq!(heard.bytes(), expected.concat());
    assert!(heard.0.0.lock().unwrap().len() > expected.len());
}

#[test]
fn the_ring_is_read_kept_and_emptied() {
    let desk = desk();
    let (pty, heard) = desk.open(&script("stty -opost -echo; printf 'abc€'; read x; printf defg"));
    heard.text("abc€");
    let read = |max| String::from_utf8(pty.read(max).bytes).unwrap();
    assert_eq!(
        (read(2), read(3), read(100), read(100)),
        ("ab".into(), "c".into(), "€".into(), String::new())
    );
    assert_eq!(pty.peek().bytes, "abc€".as_bytes());
    let from = pty.peek_from(2, 1);
    assert_eq!((from.offset, from.bytes.as_slice()), (2, b"c".as_slice()));
    assert_eq!(pty.drain().bytes, "abc€".as_bytes());
    assert_eq!((pty.buffer().bytes, pty.buffer().start, pty.buffer().end), (0, 6, 6));
    pty.write(b"\n").unwrap();
    wait(&pty);
    let late = pty.peek_from(0, 100);
    assert_eq!((late.offset, late.missed, late.bytes.as_slice()), (6, 6, b"defg".as_slice()));
    pty.clear();
    assert_eq!((pty.peek().bytes.len(), pty.read(9).bytes.len()), (0, 0));
}

#[test]
fn a_consumer_that_lags_stops_the_program_and_gets_every_byte() {
    let mut limits = Limits::default();
    limits.pty.window_bytes = 10_000;
    let desk = desk_with(&limits);
    let (sender, receiver) = std::sync::mpsc::channel();
    let command = script("stty -opost; head -c 3000000 /dev/zero | tr '\\0' 'x'");
    let send = move |output: PtyOutput<'_>| {
        sender.send(output.bytes.len() as u64).unwrap();
        Taken::Later
    };
    let pty = desk.terminals.open(&desk.workspace, &command, send).unwrap();
    let (mut all, mut untaken) = (0, 0);
    while all < 3_000_000 {
        // Taken late, so that the window is full each time.
        while untaken < 10_000 && all < 3_000_000 {
            let count = receiver.recv_timeout(WATCHDOG).unwrap();
            untaken += count;
            all += count;
        }
        assert!(untaken < 10_000 + (64 << 10), "{untaken} bytes were given");
        assert!(all == 3_000_000 || pty.info().status == PtyStatus::Running);
        pty.taken(std::mem::take(&mut untaken));
    }
    assert_eq!(wait(&pty), exited(0));
    assert_eq!(all, 3_000_000);
}

#[test]
fn events_are_told_in_order() {
    let desk = desk();
    let (pty, heard) = desk.open(&script("echo up; read x; exit 3"));
    heard.text("up");
    pty.set_title("mine");
    pty.resize(PtySize { rows: 5, cols: 6 }).unwrap();
    assert_eq!(desk.terminals.list(), [pty.info()]);
    assert_eq!(desk.terminals.get(pty.id()).unwrap().info().title, "mine");
    pty.write(b"\n").unwrap();
    assert_eq!(wait(&pty), exited(3));
    assert_eq!(desk.terminals.list().len(), 1);
    assert_eq!(pty.close(), exited(3));
    assert!(desk.terminals.list().is_empty() && desk.terminals.get(pty.id()).is_none());
    let events = desk.events.lock().unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| match event {
            PtyEvent::Created { info } => format!("created {} {:?}", info.title, info.status),
            PtyEvent::Updated { info } => format!("updated {} {}", info.title, info.size.cols),
            PtyEvent::Exited { info } => format!("exited {:?}", info.status),
            PtyEvent::Deleted { id } => format!("deleted {id}"),
        })
        .collect();
    expect![[r#"
        created sh Running
        updated mine 80
        updated mine 6
        exited Exited { exit_code: Some(3), signal: None }
        deleted 1"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn a_new_size_reaches_the_program() {
    let desk = desk();
    let command = "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done";
    let (pty, heard) = desk.open(&script(command));
    heard.text("ready");
    pty.resize(PtySize { rows: 11, cols: 222 }).unwrap();
    heard.text("11 222");
    assert_eq!(pty.resize(PtySize { rows: 1, cols: 0 }).unwrap_err().code(), "invalid_argument");
}

#[test]
fn signals_arrive_and_unknown_ones_are_refused() {
    let desk = desk();
    let (pty, heard) =
        desk.open(&script("trap 'echo usr' USR1; echo ready; while :; do sleep 0.01; done"));
    heard.text("ready");
    assert_eq!(pty.signal("SIGNO").unwrap_err().code(), "invalid_argument");
    // Sent to all of the tree: of `sleep`, too, it would be the end, and the shell prints before its next.
    pty.signal("SIGUSR1").unwrap();
    heard.text("usr");
    pty.signal("SIGKILL").unwrap();
    let killed = PtyStatus::Exited { exit_code: None, signal: Some("SIGKILL".to_owned()) };
    assert_eq!(wait(&pty), killed);
}

fn gone(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.starts_with(" Z"))
}

/// Programs that do not end when they are hung up on; each prints the numbers of its processes.
const STUBBORN: [&str; 3] = [
    "echo \"<$$>\"; sleep 1000",
    "trap '' HUP TERM INT; echo \"<$$>\"; while :; do sleep 1000; done",
    "setsid sh -c 'trap \"\" HUP; echo \"<$$>\"; while :; do sleep 1000; done' & sleep 1000",
];

#[test]
fn nothing_outlives_a_terminal_however_it_goes() {
    let mut limits = Limits::default();
    limits.pty.grace_milliseconds = 100;
    for stubborn in STUBBORN {
        for way in ["close", "drop", "terminals"] {
            let desk = desk_with(&limits);
            let (pty, heard) = desk.open(&script(stubborn));
            heard.text(">");
            let text = String::from_utf8(heard.bytes()).unwrap();
            let pid = text.split(['<', '>']).nth(1).unwrap().to_owned();
            match way {
                "close" => drop(pty.close()),
                "drop" => {
                    let (watched, _) = desk.open(&script("sleep 1000"));
                    drop(pty);
                    while desk.terminals.list().len() > 1 {
                        std::thread::yield_now();
                    }
                    drop(watched);
                }
                _ => drop(desk.terminals),
            }
            assert!(gone(&pid), "{stubborn}: {way}");
        }
    }
}

#[test]
fn idle_ones_are_closed_on_request() {
    let desk = desk();
    let (idle, _) = desk.open(&script("sleep 1000"));
    let (ended, _) = desk.open(&script("true"));
    wait(&ended);
    assert!(desk.terminals.cleanup_idle(WATCHDOG).is_empty());
    assert_eq!(desk.terminals.cleanup_idle(Duration::ZERO), [idle.id(), ended.id()]);
    idle.close();
    ended.close();
    assert!(desk.terminals.list().is_empty());
}

#[test]
fn waiting_can_be_stopped() {
    let desk = desk();
    let (pty, _) = desk.open(&script("sleep 1000"));
    assert_eq!(pty.wait(&Control::within(Duration::ZERO)).unwrap_err().code(), "deadline");
    let cancel = Cancel::new();
    let control = Control::cancelled_by(cancel.clone());
    let waiting = pty.clone();
    let waiter = std::thread::spawn(move || waiting.wait(&control).unwrap_err().code());
    cancel.cancel();
    assert_eq!(waiter.join().unwrap(), "cancelled");
}

#[test]
fn a_callback_may_close_its_own_terminal() {
    let desk = desk();
    let slot: Arc<Mutex<Option<Pty>>> = Arc::default();
    let own = Arc::clone(&slot);
    let close = move |_: PtyOutput<'_>| {
        if let Some(pty) = own.lock().unwrap().take() {
            pty.close();
        }
        Taken::Now
    };
    let command = script("while :; do echo again; sleep 0.01; done");
    let pty = desk.terminals.open(&desk.workspace, &command, close).unwrap();
    *slot.lock().unwrap() = Some(pty.clone());
    wait(&pty);
}

/// A mistake of the caller's: nobody waits for ever, and no program stays.
#[test]
fn a_callback_that_panics_closes_all_terminals() {
    let desk = desk();
    let (other, _) = desk.open(&script("sleep 1000"));
    let panics = |_: PtyOutput<'_>| -> Taken { panic!("as asked") };
    let pty = desk.terminals.open(&desk.workspace, &script("echo a; sleep 1000"), panics).unwrap();
    for pty in [pty, other] {
        wait(&pty);
        let pid = pty.info().pid.to_string();
        assert_eq!(pty.close(), PtyStatus::Exited { exit_code: None, signal: None });
        assert!(gone(&pid));
    }
    assert!(desk.terminals.list().is_empty());
    let late = desk.terminals.open(&desk.workspace, &script("true"), |_| Taken::Now);
    assert_eq!(late.unwrap_err().code(), "system");
}

#[test]
fn there_may_be_only_so_many() {
    let mut limits = Limits::default();
    limits.pty.terminals = 1;
    let desk = desk_with(&limits);
    let (pty, _) = desk.open(&script("sleep 1000"));
    let open = || desk.terminals.open(&desk.workspace, &script(""), |_| Taken::Now);
    assert_eq!(open().unwrap_err().code(), "too_many_terminals");
    pty.close();
    open().unwrap();
}

/// Set for the process of its own.
const ALONE: &str = "IRONBRIDGE_TEST_ALONE";

/// In a process of its own: descriptors and children can be counted to the last one there.
#[test]
fn two_thousand_rounds_leave_no_descriptor_and_no_child() {
    if !Path::new("/proc/self/fd").is_dir() {
        return println!("skipped: no /proc");
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let name = "pty::two_thousand_rounds_alone";
    let output = alone.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{errors}");
}

#[test]
fn two_thousand_rounds_alone() {
    if std::env::var_os(ALONE).is_none() {
        return println!("skipped: run by the test above, in a process of its own");
    }
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    {
        let desk = desk();
        for round in 0..2000 {
            let (pty, _) = desk.open(&program("true", &[]));
            // By turns: ended and closed, closed while it runs, dropped.
            match round % 3 {
                0 => drop((wait(&pty), pty.close())),
                1 => drop(pty.close()),
                _ => drop(pty),
            }
            while desk.terminals.list().len() > 32 {
                std::thread::yield_now();
            }
        }
    }
    assert_eq!(descriptors(), before);
    for thread in fs::read_dir("/proc/self/task").unwrap() {
        let children = fs::read_to_string(thread.unwrap().path().join("children"));
        assert_eq!(children.unwrap_or_default(), "");
    }
}
