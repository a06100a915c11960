//! `ironbridge ledger backup|restore|export|import|reprice|grants`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::time::SystemTime;

use ironbridge_gateway::{PriceList, Settings, pays_by_token};
use ironbridge_ledger::{
    Address, BackupError, Cost, Exchange, Filter, Repriced, Store, StoreError, TransferError, Unit,
};
use ironbridge_upstream::{ClassCost, Picodollars};

use crate::arguments::{Global, LedgerCommand};
use crate::config::Overrides;
use crate::config::value::Wrong;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{date, ledger_folder, output};

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
        LedgerCommand::Reprice { since, dry } => {
            reprice(&address, &config.settings, since.as_deref(), *dry)
        }
        LedgerCommand::Grants => Ok(()),
    }
}

/// Sets anew what exchanges cost, and says by how much that differs.
fn reprice(
    address: &Address,
    settings: &Settings,
    since: Option<&str>,
    dry: bool,
) -> Result<(), Error> {
    let since = since.map(|text| date::past(text, SystemTime::now()).map_err(wrong_since));
    let since_ms = since.transpose()?.map(|moment| {
        let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    let prices =
        PriceList::new(&settings.prices).map_err(|error| Error::usage(error.to_string()))?;
    let paid: Vec<&str> = settings
        .providers
        .iter()
        .filter(|provider| pays_by_token(provider.kind))
        .map(|provider| provider.name.as_str())
        .collect();
    let filter = Filter { since_ms, ..Filter::default() };
    let mut store = if dry { Store::open_to_read(address)? } else { Store::open(address, true)? };
    let done = store.reprice(&filter, dry, |exchange| price(exchange, &prices, &paid))?;
    let Repriced { looked_at, changed, before_picodollars, after_picodollars } = done;
    let (before, after) =
        (Unit::Money.show(before_picodollars), Unit::Money.show(after_picodollars));
    let verb = if dry { "would have" } else { "have" };
    output::result(&format!(
        "{changed} of {looked_at} exchanges {verb} another price; all of them together: {before}, now {after}\n"
    ))
}

fn wrong_since(wrong: Wrong) -> Error {
    let error = Error::usage(format!("--since {}", wrong.message));
    wrong.hint.into_iter().fold(error, Error::hint)
}

/// What an exchange costs by the prices in force; `None`: nothing to say about it.
fn price(exchange: &Exchange, prices: &PriceList, paid: &[&str]) -> Option<Cost> {
    if !paid.contains(&exchange.provider.as_deref()?) {
        return None;
    }
    let priced = prices.of(exchange.target_model.as_deref()?)?;
    // Without a usage there is nothing to multiply.
    exchange.output_tokens?;
    let classes = priced.prices.classes(exchange.tokens_by_class());
    let Picodollars(picodollars) = classes.iter().map(ClassCost::cost).sum();
    Some(Cost { picodollars, price_version: priced.tag().to_string() })
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
