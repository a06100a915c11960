//! Whether folders can be written to, and whether secrets are for their owner alone.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::arguments::Global;
use crate::config::Mistake;
use crate::config_file::ConfigFile;
use crate::key_file::KeyFile;
use crate::{folders, logins};

/// The config file, which has been read without a mistake, and what is doubtful in it.
pub(super) fn config(file: &ConfigFile, there: bool, warnings: &[Mistake]) -> Vec<Finding> {
    let shown = file.shown();
    let mut findings = vec![if there {
        Finding::ok("config", format!("{shown} has no mistakes"))
    } else {
        Finding::ok("config", format!("{shown} is not there, nor needed"))
    }];
    findings.extend(warnings.iter().map(|warning| {
        let what = format!("{}: {}", warning.place(), warning.message);
        Finding::warn("config", what, warning.hint.clone().unwrap_or_default())
    }));
    findings
}

/// The data folder, and what is kept in it.
pub(super) fn check(global: &Global) -> Vec<Finding> {
    let Some(data) = folders::data_of(global) else {
        let hint = "--data-dir or IRONBRIDGE_HOME names one";
        return vec![Finding::fail("files", "there is no home folder, hence no data folder", hint)];
    };
    let mut findings = vec![writable(&data)];
    if let Some(folder) = logins::folder(global).filter(|folder| folder.is_dir()) {
        findings.push(private(&folder));
    }
    if let Some(keys) = KeyFile::find(global).filter(|keys| keys.path().is_file()) {
        findings.push(private(keys.path()));
    }
    findings
}

/// Tries to write to a folder, or to the one in which it would be made.
fn writable(folder: &Path) -> Finding {
    // What is above a relative path of one word is the current folder, which has no name there.
    let named = |folder| if folder == Path::new("") { Path::new(".") } else { folder };
    let there = folder.ancestors().map(named).find(|folder| folder.is_dir()).unwrap_or(folder);
    let trial = there.join(format!(".ironbridge-doctor-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&trial);
    let shown = folders::shown(folder);
    match written.and_then(|_| fs::remove_file(&trial)) {
        Ok(()) => Finding::ok("files", format!("{shown} can be written to")),
        Err(error) => Finding::fail(
            "files",
            format!("{shown} cannot be written to: {error}"),
            "--data-dir or IRONBRIDGE_HOME names another folder",
        ),
    }
}

/// Whether a folder of logins, or a file, is for its owner alone.
fn private(place: &Path) -> Finding {
    let shown = folders::shown(place);
    match open_to_others(place) {
        Ok(open) if open.is_empty() => {
            Finding::ok("files", format!("{shown} is for its owner alone"))
        }
        Ok(open) => {
            let open: Vec<String> = open.iter().map(|path| folders::shown(path)).collect();
            let what = format!("other users of this machine can read {}", open.join(", "));
            Finding::fail("files", what, format!("chmod -R go= {shown}"))
        }
        Err(error) => {
            let hint = "see that it belongs to the user who runs this";
            Finding::fail("files", format!("{shown} cannot be read: {error}"), hint)
        }
    }
}

/// What others have rights on: the place itself, and the files in it. One level: logins have no folders.
#[cfg(unix)]
fn open_to_others(place: &Path) -> io::Result<Vec<PathBuf>> {
    use std::os::unix::fs::PermissionsExt;
    let mut open = Vec::new();
    let files = if place.is_dir() { Some(fs::read_dir(place)?) } else { None };
    let files = files.into_iter().flatten().map(|entry| entry.map(|entry| entry.path()));
    for path in std::iter::once(Ok(place.to_owned())).chain(files) {
        let path = path?;
        if fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
            open.push(path);
        }
    }
    open.sort();
    Ok(open)
}

/// Rights are inherited from the user's own folder.
#[cfg(not(unix))]
fn open_to_others(place: &Path) -> io::Result<Vec<PathBuf>> {
    fs::metadata(place).map(|_| Vec::new())
}
