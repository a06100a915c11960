//! `ironbridge key new|list|revoke`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::SystemTime;

use ironbridge_gateway::{ClientKey, KeyLimits, ModelGlobs, NewKey};
use ironbridge_ledger::Allowance;
use ironbridge_upstream::Secret;
use serde_json::json;

use crate::arguments::{Global, KeyCommand, KeyNew};
use crate::config::budgets;
use crate::config::value::{self, Wrong};
use crate::error::Error;
use crate::key_file::{KeyFile, KeyFileError};
use crate::{date, output};

/// The longest name of a key, in characters: it stands in every record.
const NAME_CHARS_MAX: usize = 64;

/// Makes, lists or revokes client keys.
pub(crate) fn run(command: &KeyCommand, global: &Global) -> Result<(), Error> {
    let file = KeyFile::find(global).ok_or_else(|| {
        Error::usage("there is no data folder to keep keys in").hint("name one with --data-dir")
    })?;
    match command {
        KeyCommand::New(wanted) => new(&file, wanted),
        KeyCommand::List { json } => list(&file, *json),
        KeyCommand::Revoke(which) => revoke(&file, which),
    }
}

/// Makes a key. It alone goes to stdout, for `KEY=$(ironbridge key new)`.
fn new(file: &KeyFile, wanted: &KeyNew) -> Result<(), Error> {
    let (key, text) = make(file, wanted)?;
    output::message(&format!(
        "the key \"{}\" is shown this once; only its hash is kept\n",
        key.name
    ));
    output::result(&format!("{}\n", text.reveal()))
}

/// Makes a key; gives it, and its text.
///
/// # Errors
/// What is wanted is wrong, the name is in use, or the file cannot be written.
pub(crate) fn make(file: &KeyFile, wanted: &KeyNew) -> Result<(ClientKey, Secret), Error> {
    let new = NewKey::generate()
        .map_err(|error| Error::failure("cannot make a key").caused_by(&error))?;
    let key = described(wanted, &new, SystemTime::now())?;
    file.change(|keys| {
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
    Ok(ClientKey {
        models: models.transpose()?.unwrap_or_default(),
        limits: KeyLimits { requests_per_minute: wanted.rpm, tokens_per_minute: wanted.tpm },
        budgets: budgets.transpose()?.unwrap_or_default(),
        expires: expires.transpose()?,
        domain: domain.transpose()?,
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

fn list(file: &KeyFile, as_json: bool) -> Result<(), Error> {
    let keys = file.read()?;
    let now = SystemTime::now();
    if as_json {
        let keys: Vec<_> = keys.iter().map(|key| document(key, now)).collect();
        return output::result(&format!("{:#}\n", json!({ "keys": keys })));
    }
    if keys.is_empty() {
        output::message("there are no keys; `ironbridge key new` makes one\n");
        return Ok(());
    }
    output::result(&table(&keys, now))
}

pub(crate) fn state(key: &ClientKey, now: SystemTime) -> String {
    key.ended(now).map_or_else(|| "active".to_owned(), |ended| ended.to_string())
}

fn document(key: &ClientKey, now: SystemTime) -> serde_json::Value {
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
        "created": seconds(key.created),
        "expires": key.expires.map(seconds),
        "revoked": key.revoked.map(seconds),
    })
}

const HEADINGS: [&str; 10] =
    ["ID", "NAME", "STATE", "MODELS", "RPM", "TPM", "BUDGET", "DOMAIN", "CREATED", "EXPIRES"];

fn table(keys: &[ClientKey], now: SystemTime) -> String {
    let none = || "-".to_owned();
    let row = |key: &ClientKey| {
        let models = key.models.patterns();
        [
            key.id.clone(),
            key.name.clone(),
            state(key, now),
            if models.is_empty() { "*".to_owned() } else { models.join(",") },
            key.limits.requests_per_minute.map_or_else(none, |limit| limit.to_string()),
            key.limits.tokens_per_minute.map_or_else(none, |limit| limit.to_string()),
            if key.budgets.is_empty() { none() } else { amounts(&key.budgets) },
            key.domain.clone().unwrap_or_else(none),
            date::shown(key.created),
            key.expires.map_or_else(none, date::shown),
        ]
    };
    let rows: Vec<[String; 10]> =
        std::iter::once(HEADINGS.map(str::to_owned)).chain(keys.iter().map(row)).collect();
    let mut widths = [0; 10];
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

fn revoke(file: &KeyFile, which: &str) -> Result<(), Error> {
    let key = end(file, which)?;
    output::result(&format!("the key \"{}\" is revoked\n", key.name))
}

/// Revokes the key of that id, or the one of that name which is not revoked yet.
///
/// # Errors
/// There is none, or the file cannot be written.
pub(crate) fn end(file: &KeyFile, which: &str) -> Result<ClientKey, Error> {
    file.change(|keys| {
        let by_id = keys.iter().position(|key| key.id == which);
        let by_name = || keys.iter().position(|key| key.name == which && key.revoked.is_none());
        let Some(found) = by_id.or_else(by_name) else { return Err(no_such_key(keys, which)) };
        let key = &mut keys[found];
        key.revoked.get_or_insert_with(SystemTime::now);
        Ok(key.clone())
    })
}

fn no_such_key(keys: &[ClientKey], which: &str) -> Error {
    let names: BTreeSet<&str> =
        keys.iter().filter(|key| key.revoked.is_none()).map(|key| key.name.as_str()).collect();
    let error = Error::usage(format!("there is no key \"{which}\" to revoke"));
    if names.is_empty() {
        return error.hint("no key is in force");
    }
    error.hint(format!("by name: {}", names.into_iter().collect::<Vec<_>>().join(", ")))
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
