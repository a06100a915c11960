//! The one table of commands and flags, and clap's command made from it.

mod account;
mod agent;
mod bridge;
mod dashboard;
mod key;
mod ledger;
mod parser;
mod row;
mod session;
mod start;
mod table;
mod tool;
mod top;

pub(crate) use parser::parser;
pub(crate) use row::{Command, Flag, FlagKind};
pub(crate) use start::ACCOUNT_TYPES;
#[cfg(test)]
pub(crate) use table::LOG_LEVELS;
pub(crate) use table::{COMMANDS, GLOBAL_FLAGS};

#[cfg(test)]
mod tests;
