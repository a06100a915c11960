//! Opens libpython and, on top of it, the host library: once for a process, for good.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ironbridge_asgi::{HostTable, Slice, TABLE_SYMBOL};
use ironbridge_tools::Failure;
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};

use super::interpreter::{Interpreter, Search, refused};

/// What the process has opened.
struct Opened {
    search: Search,
    interpreter: Interpreter,
    table: &'static HostTable,
}

static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

/// The symbols of libpython have to be there for whatever is opened later: C extensions are not linked to it.
///
/// And its own needs (zlib, OpenSSL by way of extensions) must not be met by what Node and Bun export: glibc binds them to
/// the library's own first when asked. musl cannot, and macOS binds by library anyway.
const PYTHON_FLAGS: i32 = if cfg!(all(target_os = "linux", target_env = "gnu")) {
    /// `RTLD_DEEPBIND` of glibc.
    const DEEPBIND: i32 = 8;
    RTLD_NOW | RTLD_GLOBAL | DEEPBIND
} else {
    RTLD_NOW | RTLD_GLOBAL
};

/// Opens Python, or says which one is open if it is the one that is asked for.
pub(crate) fn open(search: &Search, host: &Path) -> Result<Interpreter, Failure> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(opened) = &*opened {
        if *search == opened.search || !search.is_explicit() {
            return Ok(opened.interpreter.clone());
        }
        let asked = Interpreter::find(search)?;
        if asked.executable == opened.interpreter.executable {
            return Ok(opened.interpreter.clone());
        }
        let (open, asked) = (&opened.interpreter.executable, asked.executable);
        return Err(refused(format!(
            "this process runs {open} already and can have no second Python; \
             load all applications with the same `python` or `venv`, or {asked} in another process"
        )));
    }
    let mut interpreter = Interpreter::find(search)?;
    interpreter.library = open_python(&interpreter)?;
    let table = open_host(host)?;
    // SAFETY: the table is checked.
    if !unsafe { (table.start)(Slice::from(interpreter.executable.as_bytes())) } {
        let program = &interpreter.executable;
        return Err(refused(format!("{program}: the interpreter's path has to be UTF-8")));
    }
    *opened = Some(Opened { search: search.clone(), interpreter: interpreter.clone(), table });
    Ok(interpreter)
}

/// The functions of the host, once Python is open.
pub(crate) fn table() -> Option<&'static HostTable> {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.as_ref().map(|opened| opened.table)
}

/// Opens the shared library of an interpreter; gives which of the candidates it was.
fn open_python(interpreter: &Interpreter) -> Result<String, Failure> {
    let mut failures = Vec::new();
    for library in interpreter.libraries() {
        // SAFETY: initialisers of libpython do nothing but prepare memory; it is kept for the life of the process.
        match unsafe { Library::open(Some(library), PYTHON_FLAGS) } {
            Ok(opened) => {
                std::mem::forget(opened);
                return Ok(library.clone());
            }
            Err(error) => failures.push(format!("{library}: {}", cause(&error))),
        }
    }
    let (own, version) = (&interpreter.executable, interpreter.version_text());
    let minor: Vec<&str> = version.split('.').take(2).collect();
    Err(refused(format!(
        "{own} (Python {version}) has no shared library that can be opened: looked for {}; \
         install it (Debian: libpython{}), or use a Python built with --enable-shared",
        failures.join(", "),
        minor.join("."),
    )))
}

fn open_host(host: &Path) -> Result<&'static HostTable, Failure> {
    let shown = host.display();
    // SAFETY: it is our own library, whose initialisers are Rust's; kept for the life of the process.
    let library = unsafe { Library::open(Some(host), RTLD_NOW | RTLD_LOCAL) };
    let library = library.map_err(|error| {
        refused(format!(
            "the host library cannot be opened: {shown}: {}; install ironbridge again",
            cause(&error)
        ))
    })?;
    type Table = unsafe extern "C" fn() -> *const HostTable;
    // SAFETY: in our host library this name is a function of that type.
    let symbol = unsafe { library.get::<Table>(TABLE_SYMBOL.to_bytes_with_nul()) };
    let symbol = symbol.map_err(|error| refused(format!("{shown}: {}", cause(&error))))?;
    // SAFETY: it takes nothing and gives a table that lives as long as the library, which is never closed. Whatever build
    // it is of, the table begins with the four words that `check` reads.
    let table = unsafe { &*symbol() };
    std::mem::forget(library);
    table.check().map_err(|mismatch| refused(format!("{shown}: {mismatch}")))?;
    Ok(table)
}

/// What the system says: the error's own text only says that something could not be opened.
fn cause(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
