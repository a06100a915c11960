//! One file per command.

pub(crate) mod acp;
pub(crate) mod auth;
mod banner;
pub(crate) mod check_usage;
pub(crate) mod completions;
pub(crate) mod dashboard;
pub(crate) mod debug;
pub(crate) mod doctor;
pub(crate) mod generate_docs;
pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod mcp;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod start;
pub(crate) mod tokenizer_files;
pub(crate) mod tokens;
pub(crate) mod tool;
pub(crate) mod top;
