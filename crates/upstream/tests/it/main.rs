//! Providers against real sockets.
#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers as well")]
#![allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]

mod answers;
mod anthropic;
mod api_client;
mod cancel;
mod connections;
mod consents;
mod copilot;
mod fetch;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring;
mod learning;
mod logins;
mod proxies;
mod setup;
mod timeouts;
mod tls;
#[cfg(unix)]
mod vault;
