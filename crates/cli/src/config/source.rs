//! What the reader of the config may ask for, and what wins over the file.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use ironbridge_upstream::copilot::AccountType;
use ironbridge_upstream::{EntryName, ProxySettings, Secret};

use super::secret::SecretFile;

/// Where the reader finds what does not stand in the file.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The value of an environment variable.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The content of a secret's file.
    pub(crate) secret_file: &'a dyn Fn(&Path) -> io::Result<SecretFile>,
    /// A secret of the system's keyring by its name, or why there is none.
    pub(crate) keyring: &'a dyn Fn(&str) -> Result<Option<Secret>, String>,
    /// The content of a file of certificates.
    pub(crate) certificate_file: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    /// Whether `ironbridge auth` has kept a login under that name.
    pub(crate) logged_in: &'a dyn Fn(&EntryName) -> bool,
    /// The folder against which relative paths in the file are read.
    pub(crate) folder: &'a Path,
    /// What wins over the file.
    pub(crate) overrides: &'a Overrides,
}

/// What the command line says; it wins over the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    /// `--host`.
    pub(crate) host: Option<IpAddr>,
    /// `--port`.
    pub(crate) port: Option<u16>,
    /// `--offline`: the built-in model serves everything; providers and routes of the file are checked and left out.
    pub(crate) offline: bool,
    /// `--no-dashboard`.
    pub(crate) no_dashboard: bool,
    /// `--proxy-env`, with the variables as they stood at the start.
    pub(crate) proxy: Option<ProxySettings>,
    /// `--rate-limit`; zero: none.
    pub(crate) interval: Option<Duration>,
    /// `--wait`.
    pub(crate) wait: bool,
    /// `--account-type`, for every `copilot` provider.
    pub(crate) account_type: Option<AccountType>,
    /// `--github-token`, for the first `copilot` provider; without one it makes one.
    pub(crate) github_token: Option<Secret>,
    /// For commands that send no request to a model: a secret without a value is no mistake.
    pub(crate) secrets_optional: bool,
}

impl Overrides {
    /// Whether every secret must have a value.
    pub(super) fn needs_secrets(&self) -> bool {
        !self.offline && !self.secrets_optional
    }
}
