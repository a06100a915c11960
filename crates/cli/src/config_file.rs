//! The config file on disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironbridge_upstream::Vault;

use crate::arguments::Global;
use crate::config::{self, Config, Overrides, Sources};
use crate::error::Error;
use crate::{environment, folders, logins};

/// The file's name in the config folder.
const NAME: &str = "config.toml";

/// The most that a config file may hold, in bytes.
const CONFIG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where the config file is, or would be.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    /// `None`: the user has no home, hence no config folder.
    path: Option<PathBuf>,
    /// Whether `--config` names it; then it must be there.
    named: bool,
    /// Where the logins are that count where it names no provider.
    logins: Option<Arc<dyn Vault>>,
}

impl ConfigFile {
    /// The file of `--config`, else `config.toml` in the config folder.
    pub(crate) fn find(global: &Global) -> Self {
        let path = global.config.clone().or_else(|| Some(folders::config()?.join(NAME)));
        ConfigFile { path, named: global.config.is_some(), logins: logins::vault(global) }
    }

    /// Its path.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Its name for messages.
    pub(crate) fn shown(&self) -> String {
        self.path.as_deref().map_or_else(|| NAME.to_owned(), folders::shown)
    }

    /// Its text; `None` where there is no such file and none was asked for.
    ///
    /// # Errors
    /// It cannot be read, is longer than 4 MiB or is not UTF-8, or `--config` names a file that is not there.
    pub(crate) fn read(&self) -> Result<Option<String>, Error> {
        let Some(path) = &self.path else { return Ok(None) };
        match read(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.named => Ok(None),
            Err(error) => {
                Err(Error::usage(format!("cannot read {}", self.shown())).caused_by(&error))
            }
        }
    }

    /// Reads and checks it; a file that is not there is an empty one.
    ///
    /// # Errors
    /// As [`read`](Self::read), and all mistakes in it.
    pub(crate) fn load(&self, overrides: &Overrides) -> Result<Config, Error> {
        let text = self.read()?.unwrap_or_default();
        self.check(&text, overrides)
    }

    /// Checks its text.
    ///
    /// # Errors
    /// All mistakes in it.
    pub(crate) fn check(&self, text: &str, overrides: &Overrides) -> Result<Config, Error> {
        let folder = self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let sources = Sources {
            variable: &environment::variable,
            secret_file: &config::read_secret_file,
            keyring: &config::read_keyring,
            certificate_file: &config::read_certificate_file,
            // One that cannot be read is somebody's, too: who uses it says what is wrong.
            logged_in: &|entry| {
                let kept = self.logins.as_ref().map(|vault| vault.load(entry));
                !matches!(kept, None | Some(Ok(None)))
            },
            folder,
            overrides,
        };
        Ok(config::load(text, &self.shown(), &sources)?)
    }
}

fn read(path: &Path) -> io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(path)?.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > CONFIG_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than 4 MiB"));
    }
    Ok(text)
}
