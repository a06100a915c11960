//! `ironbridge ledger backup|restore|export|import|grants`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use ironbridge_ledger::{Address, BackupError, Store, StoreError, TransferError};

use crate::arguments::{Global, LedgerCommand};
use crate::config::Overrides;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{ledger_folder, output};

/// Copies, moves or describes the ledger.
pub(crate) fn run(command: &LedgerCommand, global: &Global) -> Result<(), Error> {
    if let LedgerCommand::Grants = command {
        return output::result(ironbridge_ledger::GRANTS);
    }
    let overrides = Overrides { secrets_optional: true, ..Overrides::default() };
    let config = ConfigFile::find(global).load(&overrides)?;
    let address = ledger_folder::address(config.ledger.as_ref(), global)?;
    match command {
        LedgerCommand::Backup(to) => back_up(&address, Path::new(to)),
        LedgerCommand::Restore(from) => {
            if ledger_folder::is_in_use(global) {
                return Err(Error::failure("a gateway has the ledger open").hint("stop it first"));
            }
            restore(&address, Path::new(from))
        }
        LedgerCommand::Export => export(&address),
        LedgerCommand::Import(from) => import(&address, from),
        LedgerCommand::Grants => Ok(()),
    }
}

fn back_up(address: &Address, to: &Path) -> Result<(), Error> {
    address.back_up(to)?;
    output::message(&format!("the ledger as it is now is in {}\n", to.display()));
    Ok(())
}

fn restore(address: &Address, from: &Path) -> Result<(), Error> {
    let before = address.restore(from)?;
    let what = before.map_or_else(String::new, |path| {
        format!("; what was there before is in {}", path.display())
    });
    output::message(&format!("the ledger is that of {}{what}\n", from.display()));
    Ok(())
}

fn export(address: &Address) -> Result<(), Error> {
    let mut store = Store::open_to_read(address)?;
    let count = store.export(&mut io::stdout().lock())?;
    output::message(&format!("{count} exchanges\n"));
    Ok(())
}

fn import(address: &Address, from: &str) -> Result<(), Error> {
    let mut lines: Box<dyn BufRead> = if from == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(from)
            .map_err(|error| Error::failure(format!("cannot read {from}")).caused_by(&error))?;
        Box::new(BufReader::new(file))
    };
    let mut store = Store::open(address, true)?;
    let count = store.import(lines.as_mut())?;
    output::message(&format!("{count} new exchanges\n"));
    Ok(())
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::failure("the ledger cannot be opened").caused_by(&error)
    }
}

impl From<TransferError> for Error {
    fn from(error: TransferError) -> Self {
        Error::failure(
            "the transfer ended early; what was done is done, and a new try does the rest",
        )
        .caused_by(&error)
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Self {
        let hint = match &error {
            BackupError::NoFile => Some("PostgreSQL has pg_dump and pg_restore"),
            BackupError::Exists { .. } => Some("name another file, or move that one away"),
            _ => None,
        };
        hint.into_iter().fold(Error::failure(error.to_string()), Error::hint)
    }
}
