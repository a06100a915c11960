//! A terminal and the program in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
use rustix::termios::{InputModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use super::{PtyError, PtyOptions, PtySize};
use crate::Workspace;
use crate::process::{Launch, Running, is_missing};

/// What a program finds in `TERM` when the caller does not say.
const TERM: &str = "xterm-256color";
/// Shells that are tried when no program is named, and what makes them login shells.
const DEFAULT_SHELLS: [&str; 2] = ["bash", "sh"];
const LOGIN: &str = "-l";

/// A started program with the other side of its terminal.
pub(super) struct Opened {
    pub(super) master: OwnedFd,
    pub(super) running: Running,
    pub(super) command: String,
    pub(super) args: Vec<String>,
    pub(super) cwd: PathBuf,
}

pub(super) fn open(workspace: &Workspace, options: &PtyOptions) -> Result<Opened, PtyError> {
    validate(options)?;
    let folder = options.cwd.clone().unwrap_or_else(|| ".".into());
    let folder = workspace.scope().locate(folder).map_err(PtyError::Folder)?;
    let no_folder = |source| PtyError::NoFolder { path: folder.named().to_owned(), source };
    folder.open_folder().map_err(no_folder)?;
    let programs: Vec<(String, Vec<String>)> = match &options.command {
        Some(command) => vec![(command.clone(), options.args.clone())],
        None => DEFAULT_SHELLS
            .map(|shell| {
                let args = [&[LOGIN.to_owned()], options.args.as_slice()].concat();
                (shell.to_owned(), args)
            })
            .to_vec(),
    };
    for (program, args) in programs {
        let (master, slave) = pair(options.size)
            .map_err(|source| PtyError::System { doing: "opening a terminal", source })?;
        let starting = |source| PtyError::System { doing: "starting the program", source };
        let launch = Launch {
            program: &program,
            args: &args,
            environment: environment(options),
            folder: folder.resolved(),
            terminal: slave,
        };
        match launch.start() {
            Err(error) if is_missing(program.as_ref(), folder.resolved(), &error) => {}
            Err(source) => return Err(starting(source)),
            Ok(running) => {
                let cwd = folder.resolved().to_owned();
                return Ok(Opened { master, running, command: program, args, cwd });
            }
        }
    }
    let command = options.command.clone().unwrap_or_else(|| DEFAULT_SHELLS.join(" or "));
    Err(PtyError::NoProgram { command })
}

/// Tells the terminal, and so its program by `SIGWINCH`, how large it is.
pub(super) fn resize(master: &OwnedFd, size: PtySize) -> io::Result<()> {
    let PtySize { rows, cols } = size;
    Ok(tcsetwinsize(master, Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 })?)
}

/// Whether it is a size at all.
pub(super) fn validate_size(size: PtySize) -> Result<(), PtyError> {
    if size.rows == 0 || size.cols == 0 {
        return Err(PtyError::Invalid { what: "size: neither rows nor cols may be 0" });
    }
    Ok(())
}

fn validate(options: &PtyOptions) -> Result<(), PtyError> {
    validate_size(options.size)?;
    let given = options.command.iter().chain(&options.args).chain(options.env.values().flatten());
    if given.chain(options.env.keys()).any(|text| text.contains('\0')) {
        return Err(PtyError::Invalid { what: "command, args and env may not have a NUL byte" });
    }
    if options.env.keys().any(|name| name.is_empty() || name.contains('=')) {
        return Err(PtyError::Invalid { what: "env: a name may not be empty or have a `=`" });
    }
    Ok(())
}

/// Our side, which never waits, and the program's.
fn pair(size: PtySize) -> io::Result<(OwnedFd, OwnedFd)> {
    let master = master()?;
    grantpt(&master)?;
    unlockpt(&master)?;
    // Its own open file: the program's side goes on waiting as programs expect.
    fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
    let slave = slave(&master)?;
    resize(&master, size)?;
    let mut modes = tcgetattr(&slave)?;
    // A backspace erases a character, not a byte of one.
    modes.input_modes |= InputModes::IUTF8;
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    Ok((master, slave))
}

#[cfg(target_os = "linux")]
fn master() -> io::Result<OwnedFd> {
    Ok(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?)
}

/// By the master itself: no path is needed, so it works where `/dev/pts` is another container's.
#[cfg(target_os = "linux")]
fn slave(master: &OwnedFd) -> io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    Ok(rustix::pty::ioctl_tiocgptpeer(master, flags)?)
}

/// macOS has no `O_CLOEXEC` for `posix_openpt`: a command started by another thread right between may inherit it.
#[cfg(not(target_os = "linux"))]
fn master() -> io::Result<OwnedFd> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    Ok(master)
}

#[cfg(not(target_os = "linux"))]
fn slave(master: &OwnedFd) -> io::Result<OwnedFd> {
    let name = rustix::pty::ptsname(master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(name.as_c_str(), flags, rustix::fs::Mode::empty())?)
}

/// What the program finds in its environment.
fn environment(options: &PtyOptions) -> Vec<(OsString, OsString)> {
    let inherited = options.inherit_env.then(std::env::vars_os).into_iter().flatten();
    let mut all: BTreeMap<OsString, OsString> = inherited.collect();
    all.insert("TERM".into(), TERM.into());
    // The size of another terminal.
    all.remove(OsStr::new("LINES"));
    all.remove(OsStr::new("COLUMNS"));
    for (name, value) in &options.env {
        match value {
            Some(value) => all.insert(name.into(), value.into()),
            None => all.remove(OsStr::new(name)),
        };
    }
    all.into_iter().collect()
}
