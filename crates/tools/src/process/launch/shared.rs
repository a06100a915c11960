//! Without a copy of this process. A fork copies the tables of all memory, and every page that is written soon after is
//! copied then, by whoever writes it: in a Node program that costs more than a small program runs. Here the child
//! borrows the memory, on a stack of its own, and the calling thread sleeps until the child has become its program
//! (`vfork`, as `posix_spawn` does it; that has no way to name the terminal of a session that all C libraries know).
#![allow(unsafe_code, reason = "nothing safe starts a process without copying this one")]

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::Pid;

use super::Launch;
use crate::process::raw;

/// Where programs are looked for without a `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";
/// What runs a script that does not say what runs it.
const SHELL: &CStr = c"/bin/sh";
/// Of the child until it is its program. It calls a dozen small functions.
const STACK_BYTES: usize = 64 * 1024;
/// The largest number of a signal on Linux, as of the next constant on all its architectures but MIPS.
const SIGNALS: c_int = 64;

/// All that the child needs, made before it is there: it may not allocate.
struct Plan {
    candidates: Vec<CString>,
    /// One place is left free in front: with the shell and the script there it is the command for a script.
    arguments: Vec<*const c_char>,
    environment: Vec<*const c_char>,
    folder: CString,
    terminal: RawFd,
    /// What went wrong, as a number of `errno`.
    error: AtomicI32,
}

pub(super) fn spawn(launch: Launch<'_>) -> io::Result<Pid> {
    let Launch { program, args, environment, folder, terminal } = launch;
    let terminal = above_standard(terminal)?;
    let path = environment.iter().rev().find(|(name, _)| name == "PATH");
    let candidates = candidates(program, path.map_or(OsStr::new(DEFAULT_PATH), |(_, path)| path))?;
    let program = c_string(program)?;
    let args: Vec<CString> = args.iter().map(c_string).collect::<io::Result<_>>()?;
    let variables: Vec<CString> = environment
        .iter()
        .map(|(name, value)| c_string([name.as_bytes(), b"=", value.as_bytes()].concat()))
        .collect::<io::Result<_>>()?;
    let mut arguments = vec![ptr::null(), program.as_ptr()];
    arguments.extend(args.iter().map(|argument| argument.as_ptr()));
    arguments.push(ptr::null());
    let mut environment: Vec<_> = variables.iter().map(|variable| variable.as_ptr()).collect();
    environment.push(ptr::null());
    let folder = c_string(folder.as_os_str().as_bytes())?;
    let (terminal_fd, error) = (terminal.as_raw_fd(), AtomicI32::new(0));
    let mut plan =
        Plan { candidates, arguments, environment, folder, terminal: terminal_fd, error };
    let pid = start(&mut plan)?;
    match plan.error.load(Ordering::SeqCst) {
        0 => Ok(pid),
        number => {
            let _ = raw::reap(pid);
            Err(io::Error::from_raw_os_error(number))
        }
    }
}

/// A descriptor that is none of those it is to become.
fn above_standard(terminal: OwnedFd) -> io::Result<OwnedFd> {
    if terminal.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(terminal);
    }
    Ok(rustix::io::fcntl_dupfd_cloexec(&terminal, libc::STDERR_FILENO + 1)?)
}

/// The files that are tried, in order, as `execvp` does.
fn candidates(program: &str, path: &OsStr) -> io::Result<Vec<CString>> {
    if program.is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    if program.contains('/') {
        return Ok(vec![c_string(program)?]);
    }
    let folders = path.as_bytes().split(|byte| *byte == b':');
    let in_folder = |folder: &[u8]| match folder {
        [] => c_string(program),
        folder => c_string([folder, b"/", program.as_bytes()].concat()),
    };
    folders.map(in_folder).collect()
}

fn c_string(bytes: impl AsRef<[u8]>) -> io::Result<CString> {
    CString::new(bytes.as_ref()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// The child's process number, once it is its program or has ended with an error in the plan.
fn start(plan: &mut Plan) -> io::Result<Pid> {
    let mut stack = vec![0_u128; STACK_BYTES / size_of::<u128>()];
    // SAFETY: all bytes zero is a valid set of signals; both are live and writable. All signals are held back while the
    // child is not its program: a handler of this process must not run in it.
    let mut before = unsafe { std::mem::zeroed::<libc::sigset_t>() };
    unsafe {
        let mut all = std::mem::zeroed::<libc::sigset_t>();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, &raw mut before);
    }
    // SAFETY: the stack grows down from its end, which is aligned to 16 bytes, and is not touched by this thread; with
    // CLONE_VFORK this thread goes on only when the child uses neither stack nor plan any more. The child runs in a
    // copy of the table of descriptors and of signal handlers, and only makes system calls.
    let (number, error) = unsafe {
        let top = stack.as_mut_ptr_range().end.cast::<c_void>();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let number = libc::clone(become_program, top, flags, ptr::from_mut(plan).cast());
        (number, io::Error::last_os_error())
    };
    // SAFETY: `before` is what was there.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    Pid::from_raw(number).filter(|_| number > 0).ok_or(error)
}

/// Runs in the child: no allocation, no lock, no return to Rust's or C's own ends.
extern "C" fn become_program(plan: *mut c_void) -> c_int {
    // SAFETY: `start` gives a live plan that nobody else touches until this process has become another or has ended.
    let plan = unsafe { &mut *plan.cast::<Plan>() };
    let error = match prepare(plan) {
        Ok(()) => execute(plan),
        Err(number) => number,
    };
    plan.error.store(error, Ordering::SeqCst);
    // SAFETY: ends this process and nothing else: no handler of the process whose memory this is.
    unsafe { libc::_exit(127) }
}

/// A session with its terminal, the folder, and the signals as programs expect them. An error is a number of `errno`.
fn prepare(plan: &Plan) -> Result<(), c_int> {
    let done = |result: c_int| if result < 0 { Err(last_error()) } else { Ok(()) };
    let terminal = plan.terminal;
    // SAFETY: bare system calls on numbers and on strings and structures that live.
    unsafe {
        done(libc::setsid())?;
        done(libc::ioctl(terminal, libc::TIOCSCTTY, 0))?;
        for standard in libc::STDIN_FILENO..=libc::STDERR_FILENO {
            done(libc::dup2(terminal, standard))?;
        }
        done(libc::chdir(plan.folder.as_ptr()))?;
        let mut action = std::mem::zeroed::<libc::sigaction>();
        for signal in 1..=SIGNALS {
            // The C library keeps two for itself, and says no.
            if libc::sigaction(signal, ptr::null(), &raw mut action) != 0 {
                continue;
            }
            // What is ignored stays so, as after any exec; but for this one, which Node ignores and programs live by.
            let ignored = action.sa_sigaction == libc::SIG_IGN && signal != libc::SIGPIPE;
            if action.sa_sigaction != libc::SIG_DFL && !ignored {
                action = std::mem::zeroed();
                action.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
        }
    }
    raw::close_others_on_exec();
    // SAFETY: as above. Last: from here on signals end this process.
    unsafe {
        let mut none = std::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&raw mut none);
        // The thread's own number is set by a lock-free call; the memory is the parent's, whose thread sleeps.
        done(libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()))
    }
}

/// Tries the candidates. Returns only on failure, with the number that tells most.
fn execute(plan: &mut Plan) -> c_int {
    let mut forbidden = false;
    for candidate in &plan.candidates {
        let environment = plan.environment.as_ptr();
        let Some((free, arguments)) = plan.arguments.split_first_mut() else { break };
        // SAFETY: all three are strings, or lists of them that end with null, which outlive the call.
        unsafe { libc::execve(candidate.as_ptr(), arguments.as_ptr(), environment) };
        match last_error() {
            libc::EACCES => forbidden = true,
            libc::ENOEXEC => {
                *free = SHELL.as_ptr();
                if let Some(first) = arguments.first_mut() {
                    *first = candidate.as_ptr();
                }
                // SAFETY: as above.
                unsafe { libc::execve(SHELL.as_ptr(), plan.arguments.as_ptr(), environment) };
                return last_error();
            }
            libc::ENOENT | libc::ENOTDIR | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT => {}
            number => return number,
        }
    }
    if forbidden { libc::EACCES } else { libc::ENOENT }
}

fn last_error() -> c_int {
    // Of this process: its memory is the parent's, whose thread does not look at it meanwhile.
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}
