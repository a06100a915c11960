//! Which Python: found by the caller's wish, asked for its library.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ironbridge_tools::Failure;
use serde::Deserialize;

/// How long an interpreter may take to say what it is.
const ASK_TIME: Duration = Duration::from_secs(20);
/// The most that it may say.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// The oldest and the newest minor version of Python 3 that the host library runs in.
const MINOR_VERSIONS: std::ops::RangeInclusive<u32> = 10..=14;

/// Where to look, best first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    /// An interpreter, by its path.
    python: Option<String>,
    /// A virtual environment, by its folder.
    venv: Option<String>,
    /// The value of `VIRTUAL_ENV`.
    virtual_env: Option<String>,
    /// The value of `PATH`.
    path: Option<String>,
}

impl Search {
    /// Whether the caller named one itself.
    pub(crate) fn is_explicit(&self) -> bool {
        self.python.is_some() || self.venv.is_some()
    }

    /// The interpreter, and what tells where it was looked for.
    fn program(&self) -> Result<PathBuf, Failure> {
        let in_folder = |folder: &str| {
            let names = ["bin/python3", "bin/python"].map(|name| Path::new(folder).join(name));
            names.into_iter().find(|name| name.is_file())
        };
        if let Some(python) = &self.python {
            let given = PathBuf::from(python);
            let mend = "give the path of a Python 3.10 or newer as `python`";
            return existing(given.is_file().then_some(given), python, mend);
        }
        if let Some(venv) = &self.venv {
            let mend = "give the folder of a virtual environment as `venv`; `python3 -m venv FOLDER` makes one";
            return existing(in_folder(venv), &format!("{venv}/bin/python3"), mend);
        }
        if let Some(venv) = &self.virtual_env {
            let mend =
                "VIRTUAL_ENV names a folder without an interpreter: leave it, or make it anew";
            return existing(in_folder(venv), &format!("{venv}/bin/python3 (VIRTUAL_ENV)"), mend);
        }
        let path = self.path.as_deref().unwrap_or_default();
        let mut programs = std::env::split_paths(path).map(|folder| folder.join("python3"));
        let mend = "install Python 3.10 or newer, or give the path of one as `python`";
        existing(
            programs.find(|program| program.is_file()),
            &format!("python3 in PATH ({path})"),
            mend,
        )
    }
}

fn existing(found: Option<PathBuf>, looked: &str, mend: &str) -> Result<PathBuf, Failure> {
    found.ok_or_else(|| refused(format!("no Python was found: looked for {looked}; {mend}")))
}

pub(crate) fn refused(message: impl Into<String>) -> Failure {
    Failure::new("load", message)
}

/// What an interpreter says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Interpreter {
    /// `sys.executable`: of a virtual environment its own.
    pub(crate) executable: String,
    version: (u32, u32, u32),
    implementation: String,
    /// Whether it is a build without the global lock.
    free_threaded: bool,
    /// Where its shared library may be, best first; a bare name is looked for by the system.
    libraries: Vec<String>,
    /// The one that was opened.
    #[serde(default)]
    pub(crate) library: String,
}

/// Asks for what the build was told: sysconfig knows the name and the folder of the shared library.
const QUESTION: &str = r#"
import json, os, sys, sysconfig
say = sysconfig.get_config_var
names = [say("INSTSONAME"), say("LDLIBRARY")]
if sys.platform == "darwin":
    names.append("libpython%d.%d.dylib" % sys.version_info[:2])
else:
    names.append("libpython%d.%d.so.1.0" % sys.version_info[:2])
names = [name for name in names if name and not name.endswith(".a")]
folders = [say("LIBDIR"), os.path.join(sys.base_prefix, "lib"), say("LIBPL"), say("PYTHONFRAMEWORKPREFIX")]
paths = [os.path.join(folder, name) for folder in folders if folder for name in names]
print()
print(json.dumps({
    "executable": sys.executable,
    "version": sys.version_info[:3],
    "implementation": sys.implementation.name,
    "free_threaded": bool(say("Py_GIL_DISABLED")),
    "libraries": list(dict.fromkeys(path for path in paths if os.path.exists(path))) + [os.path.basename(names[-1])],
}))
"#;

impl Interpreter {
    /// Finds the interpreter and asks it.
    pub(crate) fn find(search: &Search) -> Result<Self, Failure> {
        let program = search.program()?;
        let shown = program.display();
        let answer = ask(&program).map_err(|why| {
            refused(format!("{shown} does not say what it is: {why}; give another one as `python`"))
        })?;
        let line = answer.trim_end().rsplit('\n').next().unwrap_or_default();
        let found: Self = serde_json::from_str(line).map_err(|_| {
            refused(format!(
                "{shown} is no Python 3: it printed {line:?}; give another one as `python`"
            ))
        })?;
        found.check()?;
        Ok(found)
    }

    fn check(&self) -> Result<(), Failure> {
        let (own, version) = (&self.executable, self.version_text());
        let (oldest, newest) = (MINOR_VERSIONS.start(), MINOR_VERSIONS.end());
        let mend = format!("give a CPython 3.{oldest} to 3.{newest} as `python` or `venv`");
        if self.implementation != "cpython" {
            let kind = &self.implementation;
            return Err(refused(format!(
                "{own} is {kind}, and only CPython can be opened; {mend}"
            )));
        }
        if self.version.0 != 3 || !MINOR_VERSIONS.contains(&self.version.1) {
            return Err(refused(format!("{own} is Python {version}; {mend}")));
        }
        if self.free_threaded {
            return Err(refused(format!("{own} is a build without the global lock; {mend}")));
        }
        Ok(())
    }

    /// As `3.11.7`.
    pub(crate) fn version_text(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// Where its shared library may be.
    pub(crate) fn libraries(&self) -> &[String] {
        &self.libraries
    }
}

/// What it prints, within the time and the bytes there are for it.
fn ask(program: &Path) -> Result<String, String> {
    // Isolated: neither the folder nor the environment of this program change what it says.
    let mut command = Command::new(program);
    command.args(["-I", "-c", QUESTION]).stdin(Stdio::null());
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|error| error.to_string())?;
    let (told, heard) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = String::new();
            let read = stdout.take(ANSWER_BYTES_MAX).read_to_string(&mut text);
            // Nobody listens when it took too long.
            let _ = told.send(read.map(|_| text).map_err(|error| error.to_string()));
        });
    }
    let answer = heard.recv_timeout(ASK_TIME);
    if answer.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match answer {
        Ok(Ok(text)) if status.success() => Ok(text),
        Ok(Ok(_)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(format!("no answer within {} seconds", ASK_TIME.as_secs())),
    }
}
