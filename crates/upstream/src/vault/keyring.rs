//! A vault in the keyring of the operating system: Secret Service (GNOME Keyring, KWallet), Keychain, Windows'
//! credentials.

use super::{ENTRIES_MAX, ENTRY_BYTES_MAX, EntryName, FolderVault, Vault, VaultError};
use crate::secret::Secret;
use keyring::{Entry, Error};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long the keyring may take: its owner may have to type a password to open it.
pub const KEYRING_TIMEOUT: Duration = Duration::from_secs(60);

/// The entry that names the others, since not every keyring can list what it holds. No [`EntryName`] begins so.
const INDEX: &str = ".names";

/// Entries in the keyring, under the name of a service; each stands in it with the entry's name as its user.
#[derive(Clone, Debug)]
pub struct KeyringVault {
    service: String,
}

/// The keyring, where there is one; else `folder`, and why: a note for the user. What the other of the two keeps is not
/// looked for.
#[must_use]
pub fn keyring_or_folder(
    service: &str,
    folder: FolderVault,
) -> (Arc<dyn Vault>, Option<VaultError>) {
    match KeyringVault::open(service) {
        Ok(keyring) => (Arc::new(keyring), None),
        Err(absent) => (Arc::new(folder), Some(absent)),
    }
}

impl KeyringVault {
    /// The vault under `service`, once the keyring has answered. It may ask the user to open it, and blocks until he has,
    /// at most [`KEYRING_TIMEOUT`].
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] when there is no keyring: no D-Bus session, nobody who keeps secrets on it, or locked.
    /// It is looked for once in a process.
    pub fn open(service: impl Into<String>) -> Result<Self, VaultError> {
        let vault = KeyringVault { service: service.into() };
        vault.names()?;
        Ok(vault)
    }

    /// The names in the index; those that are in none are not listed, though they can be loaded.
    fn names(&self) -> Result<Vec<EntryName>, VaultError> {
        let index = self.get(INDEX)?;
        let names = index.as_ref().map(Secret::reveal).unwrap_or_default().lines();
        let mut names = names.map(EntryName::new).collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn set_names(&self, names: &[EntryName]) -> Result<(), VaultError> {
        if names.len() > ENTRIES_MAX {
            return Err(VaultError::TooMany { place: self.shown("") });
        }
        let lines: Vec<_> = names.iter().map(EntryName::as_str).collect();
        self.set(INDEX, &Secret::new(lines.join("\n")))
    }

    fn get(&self, user: &str) -> Result<Option<Secret>, VaultError> {
        self.ask("read", user, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, user: &str, content: &Secret) -> Result<(), VaultError> {
        let content = content.clone();
        self.ask("write", user, move |entry| entry.set_password(content.reveal()))
    }

    /// Asks on a thread of its own: a keyring whose owner does not answer must not hold up the caller for ever. That
    /// thread ends with the answer, or with the process.
    fn ask<T: Send + 'static>(
        &self,
        action: &'static str,
        user: &str,
        question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (service, name) = (self.service.clone(), user.to_owned());
        let (tell, told) = mpsc::sync_channel(1);
        let asking = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            let answer = Entry::new(&service, &name).and_then(|entry| question(&entry));
            // Nobody listens any more once it took too long.
            let _ = tell.send(answer);
        });
        let unavailable = |reason: String| VaultError::Unavailable { reason };
        asking.map_err(|error| unavailable(error.to_string()))?;
        match told.recv_timeout(KEYRING_TIMEOUT) {
            Ok(answer) => answer.map_err(|error| self.failure(action, user, &error)),
            Err(RecvTimeoutError::Timeout) => {
                Err(unavailable(format!("no answer within {} s", KEYRING_TIMEOUT.as_secs())))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(unavailable("it stopped without an answer".to_owned()))
            }
        }
    }

    fn failure(&self, action: &'static str, user: &str, error: &Error) -> VaultError {
        let place = self.shown(user);
        match error {
            Error::NoDefaultStore => VaultError::Unavailable { reason: absence() },
            Error::NoStorageAccess(_) => VaultError::Unavailable { reason: error.to_string() },
            Error::BadEncoding(_) => VaultError::NotText { place },
            Error::TooLong(..) => VaultError::TooLong { place },
            other => VaultError::Refused { action, place, reason: other.to_string() },
        }
    }

    fn shown(&self, user: &str) -> String {
        format!("the keyring's entry {}/{user}", self.service)
    }
}

/// Why the process has found no keyring.
fn absence() -> String {
    Entry::store_status().as_ref().err().map_or_else(String::new, ToString::to_string)
}

impl Vault for KeyringVault {
    fn load(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        self.get(name.as_str())
    }

    fn save(&self, name: &EntryName, content: &Secret) -> Result<(), VaultError> {
        if content.reveal().len() > ENTRY_BYTES_MAX {
            return Err(VaultError::TooLong { place: self.place(name) });
        }
        self.set(name.as_str(), content)?;
        let mut names = self.names()?;
        if let Err(at) = names.binary_search(name) {
            names.insert(at, name.clone());
            self.set_names(&names)?;
        }
        Ok(())
    }

    fn remove(&self, name: &EntryName) -> Result<bool, VaultError> {
        let removed =
            self.ask("remove", name.as_str(), |entry| match entry.delete_credential() {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(error),
            })?;
        let mut names = self.names()?;
        if let Ok(at) = names.binary_search(name) {
            names.remove(at);
            self.set_names(&names)?;
        }
        Ok(removed)
    }

    fn list(&self) -> Result<Vec<EntryName>, VaultError> {
        self.names()
    }

    fn place(&self, name: &EntryName) -> String {
        self.shown(name.as_str())
    }
}
