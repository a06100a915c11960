//! What the reader of the config may ask for, and what wins over the file.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use ironbridge_upstream::{ProxySettings, Secret};

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
}
