//! The ledger of this data folder, opened for a gateway.

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
    let folder = folder(global)?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        Error::failure(format!("cannot make the folder {}", folders::shown(&folder)))
            .caused_by(&error)
    })?;
    let address = parse(&source.url.0, &folder)?;
    for number in 1..=JOURNALS_MAX {
        match Ledger::open(settings(source, &address, &folder, number)) {
            Ok(ledger) => return Ok(Arc::new(ledger)),
            // Another gateway on the same folder.
            Err(OpenError::Journal(JournalError::InUse { .. })) => {}
            Err(error) => {
                return Err(Error::failure("the ledger cannot be opened").caused_by(&error));
            }
        }
    }
    Err(Error::failure(format!("{JOURNALS_MAX} gateways use {} already", folders::shown(&folder))))
}

/// The address of the ledger that the config names, or of the one in the data folder.
///
/// # Errors
/// There is no data folder, or the address is none.
pub(crate) fn address(source: Option<&LedgerSource>, global: &Global) -> Result<Address, Error> {
    parse(source.map_or(LedgerSource::URL, |source| &source.url.0), &folder(global)?)
}

fn folder(global: &Global) -> Result<PathBuf, Error> {
    folders::data_of(global).ok_or_else(|| {
        Error::usage("the ledger has no place: there is no data folder")
            .hint("--data-dir DIR, or IRONBRIDGE_HOME, names one")
    })
}

fn parse(url: &str, folder: &Path) -> Result<Address, Error> {
    Address::parse(url, folder).map_err(|error| {
        Error::usage("the ledger cannot be opened")
            .caused_by(&error)
            .hint(format!("its address is `ledger.url` of the config, else {DATABASE_URL}"))
    })
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
    LedgerSettings { address: address.clone(), journal, retention: source.retention }
}
