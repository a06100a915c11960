//! Secrets: named in the file, kept elsewhere.

use std::io;
use std::path::{Path, PathBuf};

use ironbridge_upstream::Secret;
use toml_edit::{Item, TableLike};

use super::document::entry_line;
use super::mistake::Mistakes;
use super::source::Sources;

/// The most that a secret's file may hold, in bytes. Keys are tens of bytes, tokens of some clouds a few thousand.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// A secret's file as read.
pub(crate) struct SecretFile {
    /// Its content.
    pub(crate) text: String,
    /// Whether other users of the machine may read it.
    pub(crate) open_to_others: bool,
}

/// Reads a secret's file and its permissions.
///
/// # Errors
/// The file cannot be read, is longer than 64 KiB, or is not UTF-8.
pub(crate) fn read_secret_file(path: &Path) -> io::Result<SecretFile> {
    use std::io::Read;
    let file = std::fs::File::open(path)?;
    let open_to_others = open_to_others(&file.metadata()?);
    let mut text = String::new();
    file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than 64 KiB"));
    }
    Ok(SecretFile { text, open_to_others })
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

const FORMS: &str = "write { env = \"NAME\" }, { file = \"PATH\" } or { keyring = \"NAME\" }";

/// Resolves `key = { env = … }`, `key = { file = … }` or `key = { keyring = … }`. `None` with a mistake noted, or, when `needed` is false,
/// `None` for a secret whose form is right but whose value is not there.
pub(super) fn resolve(
    key: &str,
    item: &Item,
    needed: bool,
    sources: &Sources<'_>,
    mistakes: &Mistakes<'_>,
) -> Option<Secret> {
    let line = mistakes.line(item.span());
    let Some(table) = item.as_table_like() else {
        // A string here is most likely the secret itself: it is not repeated.
        let message = format!("{key} must not stand in the file itself");
        mistakes.error(line, message, Some(FORMS.to_owned()));
        return None;
    };
    let (form, value) = the_one_form(key, table, line, mistakes)?;
    match form {
        "env" => match (sources.variable)(value) {
            Some(text) => accept(key, &text, line, mistakes),
            None if needed => {
                let message = format!("{key}: the environment variable {value} is not set");
                mistakes.error(line, message, Some(format!("export {value}=…")));
                None
            }
            None => None,
        },
        "file" => from_file(key, value, line, needed, sources, mistakes),
        _ => from_keyring(key, value, line, needed, sources, mistakes),
    }
}

fn the_one_form<'a>(
    key: &str,
    table: &'a dyn TableLike,
    line: Option<usize>,
    mistakes: &Mistakes<'_>,
) -> Option<(&'a str, &'a str)> {
    let mut found = None;
    for (name, item) in table.iter() {
        let line = entry_line(table, name, mistakes).or(line);
        if !matches!(name, "env" | "file" | "keyring") {
            mistakes.error(line, format!("{key}: unknown key \"{name}\""), Some(FORMS.to_owned()));
            return None;
        }
        let Some(value) = item.as_str().filter(|value| !value.is_empty()) else {
            mistakes.error(line, format!("{key}.{name} must be a string"), None);
            return None;
        };
        if found.replace((name, value)).is_some() {
            let message = format!("{key} names two places");
            mistakes.error(line, message, Some(FORMS.to_owned()));
            return None;
        }
    }
    if found.is_none() {
        mistakes.error(line, format!("{key} names no place"), Some(FORMS.to_owned()));
    }
    found
}

fn from_file(
    key: &str,
    value: &str,
    line: Option<usize>,
    needed: bool,
    sources: &Sources<'_>,
    mistakes: &Mistakes<'_>,
) -> Option<Secret> {
    let path = place(value, sources);
    match (sources.secret_file)(&path) {
        Ok(file) => {
            if file.open_to_others {
                let message = format!("{key}: other users of this machine can read {value}");
                mistakes.warn(line, message, Some(format!("chmod 600 {value}")));
            }
            accept(key, &file.text, line, mistakes)
        }
        Err(error) if needed => {
            mistakes.error(line, format!("{key}: cannot read {value}: {error}"), None);
            None
        }
        Err(_) => None,
    }
}

fn from_keyring(
    key: &str,
    name: &str,
    line: Option<usize>,
    needed: bool,
    sources: &Sources<'_>,
    mistakes: &Mistakes<'_>,
) -> Option<Secret> {
    let reason = match (sources.keyring)(name) {
        Ok(Some(secret)) => return accept(key, secret.reveal(), line, mistakes),
        Ok(None) => "it has no such entry".to_owned(),
        Err(reason) => reason,
    };
    if needed {
        let message = format!("{key}: cannot read {name} from the system's keyring: {reason}");
        mistakes.error(line, message, None);
    }
    None
}

/// A path of the file: `~/` is the home folder, a relative one stands beside the file.
pub(super) fn place(value: &str, sources: &Sources<'_>) -> PathBuf {
    let home = || (sources.variable)("HOME").or_else(|| (sources.variable)("USERPROFILE"));
    match value.strip_prefix("~/").zip(home()) {
        Some((rest, home)) => Path::new(&home).join(rest),
        None => sources.folder.join(value),
    }
}

/// A secret goes into a header: it must be there, and be printable ASCII without spaces.
fn accept(key: &str, text: &str, line: Option<usize>, mistakes: &Mistakes<'_>) -> Option<Secret> {
    let text = text.trim();
    if text.is_empty() {
        mistakes.error(line, format!("{key}: the secret is empty"), None);
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("{key}: the secret has spaces or other bytes no header can carry");
        mistakes.error(line, message, None);
        return None;
    }
    Some(Secret::new(text))
}
