//! Where logins are kept: small secret texts, each under a name.
//!
//! Whoever has a login to keep holds a [`Vault`] and does not know whether that is a folder ([`FolderVault`]) or the
//! keyring of the operating system (`KeyringVault`, with the feature `keyring`). The calls are
//! synchronous, because both are: async code whose thread serves requests makes them through `spawn_blocking`.

mod folder;
#[cfg(feature = "keyring")]
mod keyring;
mod name;

pub(crate) use folder::Stamp;
pub use folder::{FILE_ENDING, FolderVault};
#[cfg(feature = "keyring")]
pub use keyring::{KEYRING_TIMEOUT, KeyringVault, keyring_or_folder};
pub use name::EntryName;

use crate::secret::Secret;
use std::fmt;

/// The most bytes of one entry. Tokens have at most a few thousand.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024;

/// The most entries that a vault lists.
pub const ENTRIES_MAX: usize = 1024;

/// Keeps small secret texts by name. Shared by all who have a login to keep.
pub trait Vault: Send + Sync + fmt::Debug {
    /// What is kept under `name`; `None`: nothing.
    ///
    /// # Errors
    /// When something is there and cannot be read, or the vault cannot be asked.
    fn load(&self, name: &EntryName) -> Result<Option<Secret>, VaultError>;

    /// Keeps `content` under `name`, in place of what was there. On return it is kept for good; who reads meanwhile, or
    /// after a crash at any moment, finds the whole old content or the whole new one.
    ///
    /// # Errors
    /// When it is not certain that it is kept; what was there before may be there still, a part of the new never is.
    fn save(&self, name: &EntryName, content: &Secret) -> Result<(), VaultError>;

    /// Forgets what is kept under `name`, and says whether anything was.
    ///
    /// # Errors
    /// When something is there and cannot be removed.
    fn remove(&self, name: &EntryName) -> Result<bool, VaultError>;

    /// The names of all entries, in order.
    ///
    /// # Errors
    /// When the vault cannot be asked, or holds more than [`ENTRIES_MAX`].
    fn list(&self) -> Result<Vec<EntryName>, VaultError>;

    /// Where an entry is kept, for people: the path of its file, or its name in the keyring.
    fn place(&self, name: &EntryName) -> String;
}

/// Why a vault did not do what it was asked. None repeats an entry's content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The name has other characters than names have.
    #[error("`{name}` cannot name a login: letters, digits, `.`, `-`, `_` and `:` can, up to {max} bytes, \
             beginning with a letter or digit and without `..`", max = EntryName::BYTES_MAX)]
    Name {
        /// The name as given.
        name: String,
    },
    /// The operating system refused something.
    #[error("cannot {action} {place}: {reason}")]
    Refused {
        /// What was tried: "read", "write", ….
        action: &'static str,
        /// On what.
        place: String,
        /// What the system says.
        reason: String,
    },
    /// The entry's file is a link to somewhere else, or is no file at all.
    #[error("{place} is not a file in its own folder")]
    NotInFolder {
        /// The path.
        place: String,
    },
    /// The content is longer than [`ENTRY_BYTES_MAX`].
    #[error("{place} is longer than {ENTRY_BYTES_MAX} bytes")]
    TooLong {
        /// Of which entry.
        place: String,
    },
    /// The content is not UTF-8.
    #[error("{place} is not text")]
    NotText {
        /// Of which entry.
        place: String,
    },
    /// There are more entries than are listed.
    #[error("{place} holds more than {ENTRIES_MAX} logins")]
    TooMany {
        /// The folder or keyring.
        place: String,
    },
    /// There is no keyring here, or it is locked and nobody can be asked to open it.
    #[error("the system's keyring is not available: {reason}")]
    Unavailable {
        /// What is missing.
        reason: String,
    },
}

impl VaultError {
    /// How to mend it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            VaultError::Name { .. } => None,
            VaultError::Refused { place, .. } => {
                Some(format!("see that {place} and its folder belong to the user who runs this"))
            }
            VaultError::NotInFolder { place } => {
                Some(format!("put the file itself at {place}, not a link to another folder"))
            }
            VaultError::TooLong { place } | VaultError::NotText { place } => {
                Some(format!("{place} was not written by this program: move it away, log in again"))
            }
            VaultError::TooMany { place } => {
                Some(format!("remove what is not needed from {place}"))
            }
            VaultError::Unavailable { .. } => {
                Some("unlock or install a keyring, or keep the secret in a file".to_owned())
            }
        }
    }
}
