//! Providers of models.
#![forbid(unsafe_code)]

mod secret;
mod settings;

pub use secret::Secret;
pub use settings::{Pool, ProviderKind, ProviderSettings, ProxySettings, Timeouts};
