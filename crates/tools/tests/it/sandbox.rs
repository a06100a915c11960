//! The sandbox of commands, held against what gets out of others.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use expect_test::{Expect, expect};
use ironbridge_tools::shell::{
    FilesGuard, NetworkGuard, RunShell, RunShellOutput, SandboxInput, run_shell,
};
use ironbridge_tools::{Confinement, Control, Failure, Scope, Workspace};
use tempfile::TempDir;

const WATCHDOG: Duration = Duration::from_secs(60);

struct Cage {
    workspace: Workspace,
    folder: TempDir,
    /// Outside of what may be written.
    outside: TempDir,
}

fn cage() -> Cage {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("kept"), "kept").unwrap();
    fs::create_dir(folder.path().join("work")).unwrap();
    let scope = Scope::within(folder.path()).unwrap();
    let workspace = Workspace::new(scope, folder.path().join("state"));
    Cage { workspace, folder, outside }
}

impl Cage {
    fn try_run(&self, command: &str, sandbox: SandboxInput) -> Result<RunShellOutput, Failure> {
        let mut input = RunShell::new(command);
        input.sandbox = Some(sandbox);
        let outside = self.outside.path().to_str().unwrap().to_owned();
        input.env.insert("OUTSIDE".to_owned(), Some(outside));
        Ok(run_shell(&self.workspace, &input, &Control::within(WATCHDOG))?)
    }

    /// Without the network, writing in `work` alone. `None` (and a message) where the kernel cannot.
    fn run(&self, command: &str) -> Option<RunShellOutput> {
        match self.try_run(command, work()) {
            Ok(output) => Some(output),
            Err(failure) if failure.code == "sandbox_unavailable" => {
                println!("skipped: {failure}");
                None
            }
            Err(failure) => panic!("{failure}"),
        }
    }
}

fn work() -> SandboxInput {
    SandboxInput { writable: Some(vec!["work".into()]), ..SandboxInput::default() }
}

/// Runs `command` in a cage, and says how it ended and whether what lies outside is as it was.
fn check(command: &str, expected: &Expect) {
    let cage = cage();
    let Some(output) = cage.run(command) else { return };
    let kept = fs::read_to_string(cage.outside.path().join("kept")).unwrap_or_default();
    let count = fs::read_dir(cage.outside.path()).unwrap().count();
    assert_eq!((kept.as_str(), count), ("kept", 1), "{command}: it got out");
    let denied = if output.likely_sandboxed { ", denied" } else { "" };
    expected.assert_eq(&format!("{}{denied}: {}", output.status, output.stdout.text.trim_end()));
}

#[test]
fn it_reads_everywhere_and_writes_where_it_may() {
    check("head -c4 $OUTSIDE/kept && ls / >/dev/null && echo ' read'", &expect!["0: kept read"]);
    check(
        "echo a > work/file && mkdir work/d && mv work/file work/d/ && cat work/d/file && rm -r work/d",
        &expect!["0: a"],
    );
    check("echo a >/dev/null; echo b >/dev/full || echo full", &expect!["0: full"]);
    check(
        "echo a > $TMPDIR/x && cat $TMPDIR/x && mktemp >/dev/null && echo made",
        &expect![[r#"
            0: a
            made"#]],
    );
    check("echo a > $OUTSIDE/new", &expect!["1, denied: "]);
    check("echo a >> $OUTSIDE/kept", &expect!["1, denied: "]);
    check("truncate -s0 $OUTSIDE/kept", &expect!["1, denied: "]);
    check("rm $OUTSIDE/kept", &expect!["1, denied: "]);
    check("mv $OUTSIDE/kept work/", &expect!["1, denied: "]);
    check("ln $OUTSIDE/kept work/hard", &expect!["1: "]);
    check("mkdir $OUTSIDE/d; ln -s a $OUTSIDE/l; mkfifo $OUTSIDE/f", &expect!["1, denied: "]);
    check("echo a > not-work", &expect!["1, denied: "]);
}

#[test]
fn links_and_tricks_do_not_lead_out() {
    check("ln -s $OUTSIDE work/link && echo a > work/link/new", &expect!["1, denied: "]);
    check("rm -rf work && ln -s $OUTSIDE work; echo a > work/new", &expect!["0: "]);
    check(
        "mkdir work/a; ln -s $OUTSIDE work/b; mv -T work/b work/a/b && echo x > work/a/b/kept",
        &expect!["1, denied: "],
    );
    check("cd work && echo a > ../../$(basename $OUTSIDE)/new", &expect!["1, denied: "]);
    check("sh -c 'sh -c \"echo a > $OUTSIDE/new\"'", &expect!["2, denied: "]);
    check("setsid -w sh -c 'echo a > $OUTSIDE/new'", &expect!["2, denied: "]);
    check("mknod work/disk b 7 0 || mknod work/char c 1 3", &expect!["1, denied: "]);
    check("mount -t tmpfs none work 2>/dev/null || echo refused", &expect!["0: refused"]);
    check("kill -0 $PPID", &expect!["1, denied: "]);
}

/// Runs a Python program in a cage.
fn check_python(program: &str, expected: &Expect) {
    let cage = cage();
    fs::write(cage.folder.path().join("program.py"), program).unwrap();
    let Some(output) = cage.run("python3 program.py") else { return };
    if output.status == 127 {
        return println!("skipped: no python3");
    }
    let last = output.output.text.trim_end().lines().last().unwrap_or_default().to_owned();
    expected.assert_eq(&last);
}

#[test]
fn no_socket_leads_out() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_nonblocking(true).unwrap();
    let port = tcp.local_addr().unwrap().port();
    check(&format!("echo a > /dev/tcp/127.0.0.1/{port}"), &expect!["1, denied: "]);
    let udp_port = udp.local_addr().unwrap().port();
    check(&format!("echo a > /dev/udp/127.0.0.1/{udp_port}"), &expect!["1, denied: "]);
    check_python(
        &format!("import socket\nsocket.create_connection(('127.0.0.1', {port}))"),
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
    check_python(
        "import socket\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
    check_python(
        "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
    check_python(
        "import socket\nsocket.socketpair(socket.AF_INET)",
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
    assert!(tcp.accept().is_err() && udp.recv(&mut [0; 8]).is_err(), "something came through");
}

#[test]
fn unix_sockets_work_within_and_lead_nowhere() {
    let cage = cage();
    let path = cage.outside.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let connect = format!("import socket\nsocket.socket(socket.AF_UNIX).connect({path:?})");
    check_python(&connect, &expect!["PermissionError: [Errno 1] Operation not permitted"]);
    assert!(listener.accept().is_err(), "something came through");
    check_python(
        "import socket\na, b = socket.socketpair()\na.send(b'x')\na.sendall(b'y')\nprint(b.recv(2))",
        &expect!["b'xy'"],
    );
    check_python(
        "import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
    // Linux makes a socket of datagrams of it, which could send to any path.
    for make in ["socket", "socketpair"] {
        check_python(
            &format!("import socket\nsocket.{make}(socket.AF_UNIX, socket.SOCK_RAW)"),
            &expect!["PermissionError: [Errno 1] Operation not permitted"],
        );
    }
    check_python(
        "import socket\nsocket.socket(socket.AF_UNIX).bind('work/s')",
        &expect!["PermissionError: [Errno 1] Operation not permitted"],
    );
}

#[test]
fn looking_into_others_and_ring_buffers_are_refused() {
    let call = |number: i64, arguments: &str| {
        format!(
            "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n\
             libc.syscall({number}{arguments})\nprint(os.strerror(ctypes.get_errno()))"
        )
    };
    check_python(
        &call(libc_numbers::PTRACE, ", 16, os.getppid(), 0, 0"),
        &expect!["Operation not permitted"],
    );
    check_python(
        &call(libc_numbers::PROCESS_VM_READV, ", os.getppid(), 0, 0, 0, 0, 0"),
        &expect!["Operation not permitted"],
    );
    check_python(
        &call(libc_numbers::IO_URING_SETUP, ", 1, 0"),
        &expect!["Operation not permitted"],
    );
    check("head -c1 /proc/$PPID/environ", &expect!["1, denied: "]);
    check("grep CapEff /proc/self/status | grep -c 'f\\{4\\}'", &expect!["1: 0"]);
}

/// Of the generic table and x86-64, which agree only in the newer calls.
mod libc_numbers {
    pub(super) const PTRACE: i64 = if cfg!(target_arch = "x86_64") { 101 } else { 117 };
    pub(super) const PROCESS_VM_READV: i64 = if cfg!(target_arch = "x86_64") { 310 } else { 270 };
    pub(super) const IO_URING_SETUP: i64 = 425;
}

#[test]
fn with_the_network_only_files_are_guarded() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let cage = cage();
    let command =
        format!("echo a > /dev/tcp/127.0.0.1/{port} && echo connected; echo b > $OUTSIDE/b");
    let sandbox = SandboxInput { network: true, ..work() };
    let Ok(output) = cage.try_run(&command, sandbox) else {
        return println!("skipped: no sandbox");
    };
    assert_eq!((output.stdout.text.as_str(), output.exit_code), ("connected\n", Some(1)));
    assert_eq!(output.sandbox.unwrap().network, NetworkGuard::Open);
    assert!(tcp.accept().is_ok());
}

#[test]
fn the_report_says_what_held() {
    let cage = cage();
    let sandbox = SandboxInput {
        writable: Some(vec!["work".into(), "missing".into()]),
        ..SandboxInput::default()
    };
    let Ok(output) = cage.try_run("echo $TMPDIR", sandbox) else {
        return println!("skipped: no sandbox");
    };
    let report = output.sandbox.unwrap();
    assert_ne!(report.files, FilesGuard::None);
    assert_eq!(report.network, NetworkGuard::Blocked);
    assert_eq!(report.writable, [cage.folder.path().canonicalize().unwrap().join("work")]);
    assert_eq!(report.notes, ["missing: not there, so not writable"]);
    let temporary = output.stdout.text.trim_end();
    assert!(!temporary.is_empty() && !Path::new(temporary).exists(), "{temporary}");
}

#[test]
fn the_project_is_writable_when_no_folder_is_named_and_nothing_outside_can_be() {
    let cage = cage();
    let Ok(output) = cage.try_run("echo a > file && cat file", SandboxInput::default()) else {
        return println!("skipped: no sandbox");
    };
    assert_eq!(output.stdout.text, "a\n");
    let writable = Some(vec![cage.outside.path().to_owned()]);
    let failure =
        cage.try_run("true", SandboxInput { writable, ..SandboxInput::default() }).unwrap_err();
    assert_eq!(failure.code, "outside");
}

/// Where the workspace insists, no input gets out: neither one that asks for nothing, nor one that asks for more.
#[test]
fn an_input_cannot_open_what_the_workspace_closes() {
    let mut cage = cage();
    if cage.run("true").is_none() {
        return;
    }
    let scope = Scope::within(cage.folder.path()).unwrap();
    cage.workspace = Workspace::new(scope, cage.folder.path().join("state"))
        .with_confinement(Confinement::Always);
    let outside = cage.outside.path().join("kept");
    let mut input = RunShell::new(format!("echo more >> {}; echo in > file", outside.display()));
    let more = SandboxInput { network: true, best_effort: true, writable: None };
    for sandbox in [None, Some(more)] {
        input.sandbox = sandbox;
        let output = run_shell(&cage.workspace, &input, &Control::within(WATCHDOG)).unwrap();
        let report = output.sandbox.expect("it was in a sandbox");
        assert_eq!(report.network, NetworkGuard::Blocked);
        assert_eq!(fs::read_to_string(&outside).unwrap(), "kept");
        assert_eq!(fs::read_to_string(cage.folder.path().join("file")).unwrap(), "in\n");
    }
}

#[test]
fn this_process_stays_free() {
    let cage = cage();
    if cage.run("true").is_none() {
        return;
    }
    fs::write(cage.outside.path().join("new"), "").unwrap();
    TcpListener::bind("127.0.0.1:0").unwrap();
    std::thread::spawn(|| TcpListener::bind("127.0.0.1:0").unwrap()).join().unwrap();
}
