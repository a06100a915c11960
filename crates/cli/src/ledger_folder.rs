//! The ledger of this data folder, opened for a gateway.

use std::path::Path;
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
    let folder = folders::data_of(global).ok_or_else(|| {
        Error::usage("the ledger has no place: there is no data folder")
            .hint("--data-dir DIR, or IRONBRIDGE_HOME, names one")
    })?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        Error::failure(format!("cannot make the folder {}", folders::shown(&folder)))
            .caused_by(&error)
    })?;
    let address = Address::parse(&source.url.0, &folder).map_err(|error| {
        Error::usage("the ledger cannot be opened")
            .caused_by(&error)
            .hint(format!("its address is `ledger.url` of the config, else {DATABASE_URL}"))
    })?;
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

fn settings(
    source: &LedgerSource,
    address: &Address,
    folder: &Path,
    number: u32,
) -> LedgerSettings {
    let name = if number == 1 { "journal".to_owned() } else { format!("journal-{number}") };
    let journal = JournalSettings {
        folder: folder.join(name),
        bytes_max: source.journal_bytes_max,
        survives_power_loss: source.survives_power_loss,
    };
    LedgerSettings { address: address.clone(), journal, retention: source.retention }
}
