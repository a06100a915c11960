//! The config file: its keys as one table ([`keys`]), and the reader that fills the checked settings of the crates
//! below from it.
//!
//! Layers, each stronger than the one before: built-in defaults, the variables of the earlier proxy
//! ([`crate::environment`]), the file, the flags ([`Overrides`]). Everything that is wrong is reported in one run, with
//! the line; a file with any mistake gives no settings at all.
//!
//! [`load`] is pure but for the questions it asks of its [`Sources`]: the value of a variable, the content of a file that
//! is named in it, a secret of the system's keyring.

mod account;
mod budget_keys;
mod certificates;
mod document;
pub(crate) mod key;
mod keyring;
pub(crate) mod keys;
mod ledger;
mod ledger_keys;
mod limit;
mod load;
mod mistake;
mod price;
mod price_keys;
mod project;
mod provider;
mod provider_keys;
mod route;
pub(crate) mod schema;
mod secret;
mod section;
mod server;
mod source;
mod suggest;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub(crate) use certificates::read_certificate_file;
pub(crate) use keyring::read_keyring;
pub(crate) use ledger::LedgerSource;
pub(crate) use limit::budgets;
pub(crate) use load::{Config, TokenizerSource, load};
pub(crate) use mistake::{ConfigErrors, Mistake};
pub(crate) use secret::read_secret_file;
pub(crate) use source::{Overrides, Sources};
