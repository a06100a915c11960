//! Starts the interpreter.

use std::ffi::{CStr, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::Python;

/// Starts it, once for the process, as if `program` had been called. It is never ended: C extensions do not survive that.
pub(crate) fn start(program: &str) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        name(program);
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        own_libraries::insist();
        // Without handlers for signals: they are the program's own.
        Python::initialize();
        // SAFETY: the function may be called in a child between fork and exec: it sets a flag.
        unsafe { libc::pthread_atfork(None, None, Some(note_fork)) };
    });
}

static FORKED: AtomicBool = AtomicBool::new(false);

unsafe extern "C" fn note_fork() {
    FORKED.store(true, Ordering::Relaxed);
}

/// Whether this process is a forked child of the program's: sockets and requests it has are its parent's.
pub(crate) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// A function of Python's that its stable interface does not have in all versions.
fn look_up(name: &CStr) -> *mut c_void {
    // SAFETY: the name is a C string; null where there is no such symbol.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

/// Says which program it passes for: `sys.executable`, of which the folders of its libraries follow.
fn name(program: &str) {
    type SetProgramName = unsafe extern "C" fn(*const libc::wchar_t);
    // Part of the stable interface up to 3.12, and there up to 3.14.
    let symbol = look_up(c"Py_SetProgramName");
    if symbol.is_null() || program.is_empty() {
        return;
    }
    // SAFETY: Python's function of that name has this type in every version that has it.
    let set = unsafe { std::mem::transmute::<*mut c_void, SetProgramName>(symbol) };
    let wide = program.chars().chain(['\0']).map(|letter| letter as libc::wchar_t);
    // Python 3.10 keeps the pointer.
    let name: &'static mut [libc::wchar_t] = Vec::leak(wide.collect());
    // SAFETY: a string of wide characters that ends with zero and is never freed; Python is not started yet.
    unsafe { set(name.as_ptr()) };
}

/// Has extensions bound to the libraries they were built with, not to the OpenSSL, zlib and libuv that Node and Bun export.
///
/// `sys.setdlopenflags` does so, but has to be called before the first extension is opened, and `.pth` files of
/// site-packages are run, with what they import, before anybody else is asked. An audit hook is: it may be added before
/// Python is started, and hears of each import before it happens.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod own_libraries {
    use std::ffi::{CStr, c_char, c_int, c_void};
    use std::ptr;
    use std::sync::atomic::{AtomicBool, Ordering};

    use pyo3::ffi;

    type Hook = unsafe extern "C" fn(*const c_char, *mut ffi::PyObject, *mut c_void) -> c_int;
    type AddAuditHook = unsafe extern "C" fn(Hook, *mut c_void) -> c_int;

    static DONE: AtomicBool = AtomicBool::new(false);

    pub(super) fn insist() {
        let symbol = super::look_up(c"PySys_AddAuditHook");
        if symbol.is_null() {
            return;
        }
        // SAFETY: Python's function of that name has this type since 3.8.
        let add = unsafe { std::mem::transmute::<*mut c_void, AddAuditHook>(symbol) };
        // SAFETY: it may be called before Python is started, and keeps the function, which is never unloaded.
        unsafe { add(hear, ptr::null_mut()) };
    }

    /// Sets the flags at the first import.
    unsafe extern "C" fn hear(
        event: *const c_char,
        _arguments: *mut ffi::PyObject,
        _data: *mut c_void,
    ) -> c_int {
        if DONE.load(Ordering::Relaxed) {
            return 0;
        }
        // SAFETY: Python gives a C string.
        if unsafe { CStr::from_ptr(event) } != c"import" {
            return 0;
        }
        // SAFETY: imports happen with the lock held. The function is borrowed from `sys`, which keeps it; null while `sys`
        // has none yet. What is made here is given back, and an error is not left behind.
        unsafe {
            let set = ffi::PySys_GetObject(c"setdlopenflags".as_ptr());
            if set.is_null() {
                return 0;
            }
            DONE.store(true, Ordering::Relaxed);
            let flags = ffi::PyLong_FromLong((libc::RTLD_NOW | libc::RTLD_DEEPBIND).into());
            let none = ptr::null_mut::<ffi::PyObject>();
            let given = ffi::PyObject_CallFunctionObjArgs(set, flags, none);
            if given.is_null() {
                ffi::PyErr_Clear();
            }
            ffi::Py_XDECREF(given);
            ffi::Py_XDECREF(flags);
        }
        0
    }
}
