//! `ironbridge key new|list|rotate|revoke`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use ironbridge_gateway::{ClientKey, KeyLimits, ModelGlobs, NewKey};
use ironbridge_ledger::{Allowance, Store};
use ironbridge_upstream::Secret;
use serde_json::json;

use crate::arguments::{Global, KeyCommand, KeyNew};
use crate::config::value::{self, Wrong};
use crate::config::{Overrides, budgets};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::key_file::{KeyFile, KeyFileError, SharedKeys, SharedKeysError};
use crate::{date, ledger_folder, output};

/// The longest name of a key, in characters: it stands in every record.
const NAME_CHARS_MAX: usize = 64;

/// How long the old text of a rotated key works, where nothing else is said.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// The longest that it may.
const OVERLAP_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Makes, lists, rotates or revokes client keys.
pub(crate) fn run(command: &KeyCommand, global: &Global) -> Result<(), Error> {
    let keys = shared(global)?;
    match command {
        KeyCommand::New(wanted) => new(&keys, wanted),
        KeyCommand::List { json } => list(&keys, *json),
        KeyCommand::Revoke(which) => revoke(&keys, which),
        KeyCommand::Rotate { key, overlap } => rotate(&keys, key, overlap.as_deref()),
    }
}

/// The keys of the ledger that the config names, and of the data folder.
fn shared(global: &Global) -> Result<SharedKeys, Error> {
    let file = KeyFile::find(global).ok_or_else(|| {
        Error::usage("there is no data folder to keep keys in").hint("name one with --data-dir")
    })?;
    let overrides = Overrides { secrets_optional: true, ..Overrides::default() };
    let config = ConfigFile::find(global).load(&overrides)?;
    let source = config.ledger.as_ref();
    let address = source.map(|source| ledger_folder::address(Some(source), global)).transpose()?;
    Ok(SharedKeys { file, address })
}

/// Makes a key. It alone goes to stdout, for `KEY=$(ironbridge key new)`.
fn new(shared: &SharedKeys, wanted: &KeyNew) -> Result<(), Error> {
    let (key, text) = make(shared, wanted)?;
    output::message(&format!(
        "the key \"{}\" is shown this once; only its hash is kept\n",
        key.name
    ));
    output::result(&format!("{}\n", text.reveal()))
}

/// Makes a key; gives it, and its text.
///
/// # Errors
/// What is wanted is wrong, the name is in use, or the keys cannot be written.
pub(crate) fn make(shared: &SharedKeys, wanted: &KeyNew) -> Result<(ClientKey, Secret), Error> {
    let new = NewKey::generate()
        .map_err(|error| Error::failure("cannot make a key").caused_by(&error))?;
    let key = described(wanted, &new, SystemTime::now())?;
    shared.change(|keys| {
        if keys.iter().any(|other| other.id == key.id) {
            return Err(Error::failure("the new key's id is in use already").hint("try again"));
        }
        if keys.iter().any(|other| other.name == key.name && other.revoked.is_none()) {
            return Err(Error::usage(format!("there is a key named \"{}\" already", key.name))
                .hint("take another --name, or revoke that one first"));
        }
        keys.push(key.clone());
        Ok::<_, Error>(())
    })?;
    Ok((key, new.text))
}

/// The key that the flags ask for.
fn described(wanted: &KeyNew, new: &NewKey, now: SystemTime) -> Result<ClientKey, Error> {
    let budgets = wanted.budget.as_deref().map(|text| flag("budget", text, budgets));
    let name =
        wanted.name.as_deref().map_or(Ok(new.id.clone()), |text| flag("name", text, name))?;
    let expires = wanted.expires.as_deref();
    let expires = expires.map(|text| flag("expires", text, |text| date::moment(text, now)));
    let domain = wanted.domain.as_deref();
    let domain = domain.map(|text| flag("domain", text, value::host));
    let models = wanted.models.as_deref();
    let models = models.map(|text| flag("models", text, models_of));
    let paths = wanted.paths.as_deref().map(|text| flag("paths", text, paths_of));
    let project = wanted.project.as_deref().map(|text| flag("project", text, value::project));
    Ok(ClientKey {
        models: models.transpose()?.unwrap_or_default(),
        limits: KeyLimits { requests_per_minute: wanted.rpm, tokens_per_minute: wanted.tpm },
        budgets: budgets.transpose()?.unwrap_or_default(),
        expires: expires.transpose()?,
        domain: domain.transpose()?,
        paths: paths.transpose()?.unwrap_or_default(),
        project: project.transpose()?,
        created: now,
        ..ClientKey::unlimited(name, new)
    })
}

/// Reads the value of a flag.
fn flag<T>(
    name: &str,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<T, Error> {
    read(text).map_err(|wrong| {
        let error = Error::usage(format!("--{name} {}", wrong.message));
        wrong.hint.into_iter().fold(error, Error::hint)
    })
}

fn name(text: &str) -> Result<String, Wrong> {
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(Wrong::new(format!("is longer than {NAME_CHARS_MAX} characters")));
    }
    value::name(text)
}

fn models_of(text: &str) -> Result<ModelGlobs, Wrong> {
    let patterns = text.split(',').map(|pattern| value::glob(pattern.trim()));
    let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
    ModelGlobs::new(patterns).map_err(|error| Wrong::new(format!("is refused: {error}")))
}

/// Paths as a key holds them: `/messages`, of `/v1/messages` as well.
fn paths_of(text: &str) -> Result<Vec<String>, Wrong> {
    let path = |text: &str| {
        let path = text.trim().trim_end_matches('/');
        let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
        if path.len() < 2 || !path.starts_with('/') || !path.bytes().all(fine) {
            let hint = "for example /messages,/models";
            return Err(Wrong::hint(format!("is no path: \"{text}\""), hint));
        }
        Ok(path.to_owned())
    };
    text.split(',').map(path).collect()
}

/// Gives a key a new text. It alone goes to stdout.
fn rotate(shared: &SharedKeys, which: &str, overlap: Option<&str>) -> Result<(), Error> {
    let overlap = overlap.map_or(Ok(OVERLAP), |text| {
        flag("overlap", text, |text| value::duration(text, Duration::ZERO, OVERLAP_MAX))
    })?;
    let until = SystemTime::now() + overlap;
    let (name, new) = shared.change(|keys| {
        let found = find(keys, which, "rotate")?;
        let key = &mut keys[found];
        if key.revoked.is_some() {
            return Err(Error::usage(format!("the key \"{}\" is revoked", key.name))
                .hint("`ironbridge key new` makes another"));
        }
        let new = NewKey::generate_for(key.id.clone())
            .map_err(|error| Error::failure("cannot make a key").caused_by(&error))?;
        key.rotate(new.hash, until);
        Ok((key.name.clone(), new))
    })?;
    let old = match overlap {
        Duration::ZERO => "the old text is refused".to_owned(),
        overlap => format!("the old text works for {} more", value::show_duration(overlap)),
    };
    output::message(&format!("the key \"{name}\" has a new text, shown this once; {old}\n"));
    output::result(&format!("{}\n", new.text.reveal()))
}

fn list(shared: &SharedKeys, as_json: bool) -> Result<(), Error> {
    let keys = shared.read()?;
    let used = last_used(shared, &keys);
    let now = SystemTime::now();
    if as_json {
        let keys: Vec<_> = keys.iter().map(|key| document(key, used.get(&key.id), now)).collect();
        return output::result(&format!("{:#}\n", json!({ "keys": keys })));
    }
    if keys.is_empty() {
        output::message("there are no keys; `ironbridge key new` makes one\n");
        return Ok(());
    }
    output::result(&table(&keys, &used, now))
}

/// When each key was last used, as far as the ledger can tell.
fn last_used(shared: &SharedKeys, keys: &[ClientKey]) -> BTreeMap<String, SystemTime> {
    let store = shared.address.as_ref().and_then(|address| Store::open_to_read(address).ok());
    let Some(mut store) = store else { return BTreeMap::new() };
    let used = |key: &ClientKey| {
        let began_ms = store.key_last_used_ms(&key.id).ok()??;
        Some((key.id.clone(), SystemTime::UNIX_EPOCH + Duration::from_millis(began_ms)))
    };
    keys.iter().filter_map(used).collect()
}

pub(crate) fn state(key: &ClientKey, now: SystemTime) -> String {
    key.ended(now).map_or_else(|| "active".to_owned(), |ended| ended.to_string())
}

fn document(key: &ClientKey, used: Option<&SystemTime>, now: SystemTime) -> serde_json::Value {
    let seconds =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    json!({
        "id": key.id,
        "name": key.name,
        "state": state(key, now),
        "models": key.models.patterns(),
        "requests_per_minute": key.limits.requests_per_minute,
        "tokens_per_minute": key.limits.tokens_per_minute,
        "budgets": key.budgets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "domain": key.domain,
        "paths": key.paths,
        "project": key.project,
        "last_used": used.copied().map(seconds),
        "former_until": key.former.map(|former| seconds(former.until)),
        "created": seconds(key.created),
        "expires": key.expires.map(seconds),
        "revoked": key.revoked.map(seconds),
    })
}

const HEADINGS: [&str; 13] = [
    "ID",
    "NAME",
    "STATE",
    "PROJECT",
    "MODELS",
    "PATHS",
    "RPM",
    "TPM",
    "BUDGET",
    "DOMAIN",
    "CREATED",
    "EXPIRES",
    "LAST USED",
];

fn table(keys: &[ClientKey], used: &BTreeMap<String, SystemTime>, now: SystemTime) -> String {
    let none = || "-".to_owned();
    let row = |key: &ClientKey| {
        let models = key.models.patterns();
        [
            key.id.clone(),
            key.name.clone(),
            state(key, now),
            key.project.clone().unwrap_or_else(none),
            if models.is_empty() { "*".to_owned() } else { models.join(",") },
            if key.paths.is_empty() { "*".to_owned() } else { key.paths.join(",") },
            key.limits.requests_per_minute.map_or_else(none, |limit| limit.to_string()),
            key.limits.tokens_per_minute.map_or_else(none, |limit| limit.to_string()),
            if key.budgets.is_empty() { none() } else { amounts(&key.budgets) },
            key.domain.clone().unwrap_or_else(none),
            date::shown(key.created),
            key.expires.map_or_else(none, date::shown),
            used.get(&key.id).copied().map_or_else(none, date::shown),
        ]
    };
    let rows: Vec<[String; 13]> =
        std::iter::once(HEADINGS.map(str::to_owned)).chain(keys.iter().map(row)).collect();
    let mut widths = [0; 13];
    for (column, width) in widths.iter_mut().enumerate() {
        *width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a String cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn amounts(budgets: &[Allowance]) -> String {
    budgets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn revoke(shared: &SharedKeys, which: &str) -> Result<(), Error> {
    let key = end(shared, which)?;
    output::result(&format!("the key \"{}\" is revoked\n", key.name))
}

/// Revokes the key of that id, or the one of that name which is not revoked yet.
///
/// # Errors
/// There is none, or the keys cannot be written.
pub(crate) fn end(shared: &SharedKeys, which: &str) -> Result<ClientKey, Error> {
    shared.change(|keys| {
        let found = find(keys, which, "revoke")?;
        let key = &mut keys[found];
        key.revoked.get_or_insert_with(SystemTime::now);
        Ok(key.clone())
    })
}

/// The place of the key of that id, or of the one of that name which is not revoked yet.
fn find(keys: &[ClientKey], which: &str, what_for: &str) -> Result<usize, Error> {
    let by_id = keys.iter().position(|key| key.id == which);
    let by_name = || keys.iter().position(|key| key.name == which && key.revoked.is_none());
    by_id.or_else(by_name).ok_or_else(|| no_such_key(keys, which, what_for))
}

fn no_such_key(keys: &[ClientKey], which: &str, what_for: &str) -> Error {
    let names: BTreeSet<&str> =
        keys.iter().filter(|key| key.revoked.is_none()).map(|key| key.name.as_str()).collect();
    let error = Error::usage(format!("there is no key \"{which}\" to {what_for}"));
    if names.is_empty() {
        return error.hint("no key is in force");
    }
    error.hint(format!("by name: {}", names.into_iter().collect::<Vec<_>>().join(", ")))
}

impl From<SharedKeysError> for Error {
    fn from(error: SharedKeysError) -> Self {
        match error {
            SharedKeysError::File(error) => error.into(),
            error => {
                let cause = std::error::Error::source(&error);
                let failure = Error::failure(error.to_string());
                cause.into_iter().fold(failure, Error::caused_by)
            }
        }
    }
}

impl From<KeyFileError> for Error {
    fn from(error: KeyFileError) -> Self {
        let mut failure = Error::failure(error.to_string());
        if let Some(cause) = std::error::Error::source(&error) {
            failure = failure.caused_by(cause);
        }
        error.hint().into_iter().fold(failure, Error::hint)
    }
}
