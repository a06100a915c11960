//! The keys of all gateways on one ledger: kept there, and copied into the file of each data folder.
//!
//! A gateway reads its own file only, so it starts, and knows its clients, while the ledger's database is away. Every
//! change goes into the ledger first.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use ironbridge_gateway::ClientKey;
use ironbridge_ledger::{Address, KeyDocuments, Store, StoreError};

use super::{KeyFile, KeyFileError, LiveKeys, document};

/// How often a gateway asks whether the keys have changed elsewhere.
const ASK_INTERVAL: Duration = Duration::from_secs(1);

/// The keys, in the ledger and in the file.
#[derive(Clone, Debug)]
pub(crate) struct SharedKeys {
    pub(crate) file: KeyFile,
    /// `None`: there is no ledger, and the file is all there is.
    pub(crate) address: Option<Address>,
}

/// Why the keys of a ledger cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SharedKeysError {
    /// The file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The ledger's database.
    #[error("the client keys of the ledger cannot be had")]
    Ledger(#[from] StoreError),
    /// A document of the ledger is none of ours.
    #[error("a client key of the ledger is none: {why}")]
    Document {
        /// What is wrong with it.
        why: String,
    },
}

impl SharedKeys {
    /// All keys, in the order in which they were made.
    ///
    /// # Errors
    /// Neither ledger nor file may fail.
    pub(crate) fn read(&self) -> Result<Vec<ClientKey>, SharedKeysError> {
        self.change(|keys| Ok::<_, SharedKeysError>(keys.clone()))
    }

    /// Changes the keys everywhere, and gives what `change` gives. Where that fails nothing is written.
    ///
    /// # Errors
    /// As `change`; or neither ledger nor file may fail.
    pub(crate) fn change<T, E: From<SharedKeysError>>(
        &self,
        change: impl FnOnce(&mut Vec<ClientKey>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.address {
            None => self.file.change(|keys| change(keys).map_err(Change::By)).map_err(Change::into),
            Some(address) => {
                let mut store = Store::open(address, false).map_err(SharedKeysError::from)?;
                self.change_in(&mut store, change)
            }
        }
    }

    /// The same over an open ledger.
    pub(crate) fn change_in<T, E: From<SharedKeysError>>(
        &self,
        store: &mut Store,
        change: impl FnOnce(&mut Vec<ClientKey>) -> Result<T, E>,
    ) -> Result<T, E> {
        let in_file = self.file.read().map_err(SharedKeysError::from)?;
        let changed = store.change_keys(|documents| {
            let mut keys = merged(documents, &in_file)?;
            let given = change(&mut keys)?;
            for key in &keys {
                documents.insert(key.id.clone(), document::write_one(key));
            }
            Ok::<_, E>((given, keys))
        });
        let (given, keys) = changed.map_err(SharedKeysError::from)??;
        if keys != in_file {
            let copied = self.file.change(|copy| {
                *copy = keys;
                Ok::<_, KeyFileError>(())
            });
            copied.map_err(SharedKeysError::from)?;
        }
        Ok(given)
    }

    /// Brings ledger and file to the same, where the ledger's revision is another than `known`; gives the revision.
    ///
    /// # Errors
    /// Neither ledger nor file may fail.
    pub(crate) fn follow(
        &self,
        store: &mut Store,
        known: Option<u64>,
    ) -> Result<u64, SharedKeysError> {
        let revision = store.keys_revision()?;
        if known != Some(revision) {
            self.change_in(store, |_| Ok::<_, SharedKeysError>(()))?;
        }
        Ok(store.keys_revision()?)
    }
}

/// A thread that follows the keys of a ledger for a gateway. It ends with this value.
///
/// A thread, and no task: a connection to PostgreSQL may be neither used nor closed among tasks.
#[derive(Debug)]
pub(crate) struct Follower {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Follows the keys as other gateways and commands change them.
    ///
    /// # Errors
    /// The thread does not start.
    pub(crate) fn start(
        shared: SharedKeys,
        address: Address,
        keys: Arc<LiveKeys>,
    ) -> std::io::Result<Self> {
        let (end, ended) = std::sync::mpsc::channel();
        let work = move || {
            let (mut store, mut known) = (None, None);
            while matches!(ended.recv_timeout(ASK_INTERVAL), Err(RecvTimeoutError::Timeout)) {
                let opened = match store.take() {
                    Some(store) => Ok(store),
                    None => Store::open(&address, false).map_err(SharedKeysError::from),
                };
                let followed = opened.and_then(|mut open| {
                    known = Some(shared.follow(&mut open, known)?);
                    Ok(open)
                });
                match followed {
                    Ok(open) => {
                        keys.set_unsure(false);
                        store = Some(open);
                    }
                    // The ledger's writer tells of a database that is away.
                    Err(SharedKeysError::Ledger(error)) if error.is_transient() => {}
                    Err(error) => {
                        tracing::error!(%error, "the client keys of the ledger cannot be followed");
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("keys".to_owned()).spawn(work)?;
        Ok(Follower { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A panic was told when it happened.
            let _ = thread.join();
        }
    }
}

/// The keys of ledger and file, those of the file first: those that only it has were made before there was a ledger. Of
/// one that both have the ledger's counts; but what is revoked in either is revoked.
fn merged(
    documents: &KeyDocuments,
    in_file: &[ClientKey],
) -> Result<Vec<ClientKey>, SharedKeysError> {
    let mut keys = in_file.to_vec();
    let mut others = Vec::new();
    for text in documents.values() {
        let key = document::read_one(text).map_err(|why| SharedKeysError::Document { why })?;
        match keys.iter_mut().find(|copy| copy.id == key.id) {
            Some(copy) => {
                let revoked = key.revoked.or(copy.revoked);
                *copy = ClientKey { revoked, ..key };
            }
            None => others.push(key),
        }
    }
    others.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    keys.extend(others);
    Ok(keys)
}

/// An error of a change of the file: the file's, or the change's own.
enum Change<E> {
    File(KeyFileError),
    By(E),
}

impl<E> From<KeyFileError> for Change<E> {
    fn from(error: KeyFileError) -> Self {
        Change::File(error)
    }
}

impl<E: From<SharedKeysError>> Change<E> {
    fn into(self) -> E {
        match self {
            Change::File(error) => SharedKeysError::File(error).into(),
            Change::By(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use ironbridge_gateway::NewKey;

    use super::*;

    fn key(name: &str, created: u64) -> ClientKey {
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(created);
        ClientKey { created: made, ..ClientKey::unlimited(name, &NewKey::generate().unwrap()) }
    }

    #[test]
    fn what_is_in_either_is_in_both_and_what_is_revoked_in_either_is_revoked() {
        let (old, both, new) = (key("old", 1), key("both", 2), key("new", 3));
        let revoked = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(9));
        let renamed = ClientKey { name: "renamed".to_owned(), ..both.clone() };
        let documents: KeyDocuments = [&renamed, &new]
            .map(|key| (key.id.clone(), document::write_one(key)))
            .into_iter()
            .collect();
        let in_file = [ClientKey { revoked, ..both }, old.clone()];
        let keys = merged(&documents, &in_file).unwrap();
        assert_eq!(keys, [ClientKey { revoked, ..renamed }, old, new]);
    }
}
