//! Config files as data: what a text comes to, or all that is wrong with it.

mod mistakes;
mod settings;
mod table;
mod upstreams;

use std::io;
use std::path::Path;

use expect_test::Expect;
use ironbridge_upstream::Secret;

use super::secret::SecretFile;
use super::{Config, Overrides, Sources, load};
use crate::error::Error;

/// The variables of every case.
const VARIABLES: [(&str, &str); 4] =
    [("KEY", "sk-of-the-variable"), ("EMPTY", " "), ("SPACED", "two words"), ("HOME", "/home/me")];

fn secret_file(path: &Path) -> io::Result<SecretFile> {
    let text =
        |text: &str, open_to_others| Ok(SecretFile { text: text.to_owned(), open_to_others });
    match path.to_str().map(|path| path.replace('\\', "/")).as_deref() {
        Some("/etc/ironbridge/key") => text("sk-of-the-file\n", false),
        Some("/home/me/key") => text("sk-of-the-home", true),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    }
}

fn keyring(name: &str) -> Result<Option<Secret>, String> {
    match name {
        "kept" => Ok(Some(Secret::new("sk-of-the-keyring"))),
        "locked" => Err("nobody has opened it".to_owned()),
        _ => Ok(None),
    }
}

fn certificate_file(path: &Path) -> io::Result<Vec<u8>> {
    let authority = include_bytes!("authority.pem");
    match path.to_str().map(|path| path.replace('\\', "/")).as_deref() {
        Some("/etc/ironbridge/company-ca.pem") => Ok(authority.to_vec()),
        Some("/home/me/two.pem") => Ok(authority.repeat(2)),
        Some("/etc/ironbridge/key") => Ok(b"-----BEGIN PRIVATE KEY-----".to_vec()),
        Some("/etc/ironbridge/empty.pem") => Ok(Vec::new()),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    }
}

/// Loads a file with further variables and with flags.
fn load_with(toml: &str, more: &[(&str, &str)], overrides: &Overrides) -> Result<Config, Error> {
    let variable = |name: &str| {
        let mut all = VARIABLES.iter().chain(more);
        all.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let sources = Sources {
        variable: &variable,
        secret_file: &secret_file,
        keyring: &keyring,
        certificate_file: &certificate_file,
        logged_in: &|entry| entry.as_str() == variable("LOGGED_IN").as_deref().unwrap_or_default(),
        folder: Path::new("/etc/ironbridge"),
        overrides,
    };
    Ok(load(toml, "config.toml", &sources)?)
}

fn load_plain(toml: &str) -> Result<Config, Error> {
    load_with(toml, &[], &Overrides::default())
}

/// Holds all that is said about a file that is wrong.
fn check(toml: &str, expected: Expect) {
    let text = match load_plain(toml) {
        Ok(config) => format!("{config:#?}"),
        Err(error) => error.render(),
    };
    expected.assert_eq(&text);
}
