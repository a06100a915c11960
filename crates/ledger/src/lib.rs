//! The ledger: what happened between clients and providers, kept.
#![forbid(unsafe_code)]
