//! Secrets of the config in the system's keyring.

use ironbridge_upstream::Secret;

/// The service under which secrets stand in the keyring; the name in the config is the user's.
#[cfg(feature = "keyring")]
pub(crate) const SERVICE: &str = "ironbridge";

/// Reads a secret from the keyring; `None`: it has none of that name. It may ask the user to open the keyring.
///
/// # Errors
/// Why the keyring cannot be asked; always, in a build without the feature `keyring`.
#[cfg(feature = "keyring")]
pub(crate) fn read_keyring(name: &str) -> Result<Option<Secret>, String> {
    use ironbridge_upstream::{EntryName, KeyringVault, Vault};
    let name = EntryName::new(name).map_err(|error| error.to_string())?;
    let vault = KeyringVault::open(SERVICE).map_err(|error| error.to_string())?;
    vault.load(&name).map_err(|error| error.to_string())
}

/// The same in a build that has no keyring.
#[cfg(not(feature = "keyring"))]
pub(crate) fn read_keyring(_: &str) -> Result<Option<Secret>, String> {
    Err("this build has no keyring (cargo's feature `keyring`)".to_owned())
}
