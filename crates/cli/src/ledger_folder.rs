//! The ledger of this data folder, opened for a gateway.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironbridge_ledger::{
    Address, JournalError, JournalSettings, Ledger, LedgerSettings, OpenError,
};

use crate::arguments::Global;
use crate::config::LedgerSource;
use crate::environment::DATABASE_URL;
use crate::error::Error;
use crate::{folders, output};

/// The most gateways that share a data folder; each has a journal of its own.
const JOURNALS_MAX: u32 = 16;

/// Opens the ledger; `None`: there is none. One that nobody asked for and that does not open is told of, and gone
/// without.
///
/// # Errors
/// There is no data folder, it cannot be written to, or the database is not ours to write. A database that is away does
/// not keep a gateway from starting.
pub(crate) fn open(
    source: Option<&LedgerSource>,
    global: &Global,
) -> Result<Option<Arc<Ledger>>, Error> {
    let Some(source) = source else { return Ok(None) };
    match try_open(source, global) {
        Ok(ledger) => Ok(Some(ledger)),
        Err(error) if source.asked_for => Err(error),
        Err(error) => {
            let what = error.render();
            output::message(&format!(
                "warning: exchanges are not kept, but for the last ones, in memory\n{what}"
            ));
            Ok(None)
        }
    }
}

fn try_open(source: &LedgerSource, global: &Global) -> Result<Arc<Ledger>, Error> {
    let folder = folder(global)?;
    let address = address(Some(source), global)?;
    for number in 1..=JOURNALS_MAX {
        match Ledger::open(settings(source, &address, &folder, number)) {
            Ok(ledger) => {
                bring_in_others(source.clone(), address, folder, number);
                return Ok(Arc::new(ledger));
            }
            // Another gateway on the same folder.
            Err(OpenError::Journal(JournalError::InUse { .. })) => {}
            Err(error) => {
                return Err(Error::failure("the ledger cannot be opened").caused_by(&error));
            }
        }
    }
    Err(Error::failure(format!("{JOURNALS_MAX} gateways use {} already", folders::shown(&folder))))
}

/// Brings into the database, beside, what gateways that are gone left in their journals. One that shared the folder with
/// others may never start again.
fn bring_in_others(source: LedgerSource, address: Address, folder: PathBuf, own: u32) {
    let holds_files = |number: &u32| {
        let files =
            std::fs::read_dir(folder.join(journal(*number))).into_iter().flatten().flatten();
        files
            .map(|file| file.path())
            .any(|path| path.extension().is_some_and(|end| end == "journal"))
    };
    let others: Vec<u32> =
        (1..=JOURNALS_MAX).filter(|number| *number != own && holds_files(number)).collect();
    if others.is_empty() {
        return;
    }
    let work = move || {
        for number in others {
            // One in use has a gateway that does it; and where it fails, the next start tries again.
            match Ledger::open(settings(&source, &address, &folder, number)) {
                Ok(ledger) => drop(ledger),
                Err(OpenError::Journal(JournalError::InUse { .. })) => {}
                Err(error) => tracing::warn!(%error, "a journal cannot be brought in"),
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("bring-in".to_owned()).spawn(work) {
        tracing::warn!(%error, "other gateways' journals are brought in at the next start");
    }
}

/// The data folder, made where it is not there.
fn folder(global: &Global) -> Result<PathBuf, Error> {
    let folder = folders::data_of(global).ok_or_else(|| {
        Error::usage("the ledger has no place: there is no data folder")
            .hint("--data-dir DIR, or IRONBRIDGE_HOME, names one")
    })?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        Error::failure(format!("cannot make the folder {}", folders::shown(&folder)))
            .caused_by(&error)
    })?;
    Ok(folder)
}

/// Where the ledger is.
///
/// # Errors
/// There is none, there is no data folder, or the address is none.
pub(crate) fn address(source: Option<&LedgerSource>, global: &Global) -> Result<Address, Error> {
    let Some(source) = source else {
        return Err(
            Error::usage("there is no ledger").hint("`ledger.url` of the config is \"off\"")
        );
    };
    Address::parse(&source.url.0, &folder(global)?).map_err(|error| {
        Error::usage("the ledger cannot be opened")
            .caused_by(&error)
            .hint(format!("its address is `ledger.url` of the config, else {DATABASE_URL}"))
    })
}

/// Where the ledger is, as it may be shown: without a password.
pub(crate) fn shown(source: Option<&LedgerSource>, global: &Global) -> String {
    if source.is_none() {
        return "off".to_owned();
    }
    address(source, global)
        .map_or_else(|_| "not to be had".to_owned(), |address| format!("{address:?}"))
}

/// Whether a gateway of this data folder is running: it holds the lock of its journal.
pub(crate) fn is_in_use(global: &Global) -> bool {
    let Ok(folder) = folder(global) else { return false };
    (1..=JOURNALS_MAX).any(|number| {
        let lock = std::fs::File::open(folder.join(journal(number)).join("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    })
}

fn journal(number: u32) -> String {
    if number == 1 { "journal".to_owned() } else { format!("journal-{number}") }
}

fn settings(
    source: &LedgerSource,
    address: &Address,
    folder: &Path,
    number: u32,
) -> LedgerSettings {
    let journal = JournalSettings {
        folder: folder.join(journal(number)),
        bytes_max: source.journal_bytes_max,
        survives_power_loss: source.survives_power_loss,
    };
    LedgerSettings {
        address: address.clone(),
        journal,
        retention: source.retention,
        lease: source.lease,
    }
}
