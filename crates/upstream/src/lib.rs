//! Providers of models: how to reach them, with which credential, and what is known of them.
//!
//! A [`Provider`] takes a [`Call`] and gives an [`Answer`] whose body streams:
//!
//! ```
//! use ironbridge_upstream::{Call, Endpoint, Provider, ProviderKind, ProviderSettings, StaticCredentials};
//! use std::sync::Arc;
//! let settings = ProviderSettings::new("offline", ProviderKind::Offline);
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let credentials = StaticCredentials::of(std::slice::from_ref(&settings))?;
//! let provider = Provider::new(settings, Arc::new(credentials))?;
//! let answer = provider.send(Call::new(Endpoint::Models, "", Default::default())).await?;
//! assert!(answer.status.is_success());
//! let body = answer.body.collect(1 << 20).await?;
//! assert!(body.starts_with(b"{\"object\":\"list\""));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # What it settles
//!
//! - **Where a request goes** is the operator's word alone: base URL, path, key. Of a client's headers only those of a
//!   table go on ([`forwarded_request_headers`]), and back only those of another; a key that a server repeats is masked
//!   in headers and body ([`Scrubber`]). Redirects are not followed. Proxies are used only where the settings name them.
//! - **How long it may take**: time-outs for the connection, the head and each silence; the fourth, until the first
//!   content, only the relay can see ([`first_content_timeout`]).
//! - **When it is sent again**: [`verdict`], a pure function; never once a byte of an answer was handed out.
//! - **What is known** of models and kinds: the [`Catalogue`], the only such table.
//! - **Who we say we are**: client ids and editor headers are rows of one table, each with its owner ([`identity`]).
//! - **Logins**: kept in a [`Vault`]; Anthropic's by OAuth are renewed in time, by one refresh for all ([`anthropic`]);
//!   Copilot's short-lived token is kept at hand, and no request with a valid one ever waits ([`copilot`]).
//! - **Pages of the web** for a model: nothing private is reached, whatever the address says ([`fetch`]).
//! - **Cancelling**: dropping a future or a body stops the provider.
//!
//! The built-in model is a provider as any other (DESIGN §6.1), so nobody else knows that it is special.
//!
//! # What it does not do
//!
//! It knows nothing of our own clients, of axum or SQL. It does not choose among targets: that is the gateway's relay,
//! by [`Verdict`] and [`SendError::try_other`]. It reads no environment, and no file but the logins in folders that the
//! caller names ([`Vault`]).
//!
//! TLS is rustls with ring, trusting `webpki-roots`, which are compiled in: what is trusted is the same on every
//! machine and in an empty container, and starts no file search; a company's own authority is added by the settings
//! ([`Authorities`]).
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")
)]

mod answer;
pub mod anthropic;
mod api_client;
mod authorities;
mod body;
mod call;
mod catalogue;
mod client;
mod clock;
mod connect;
pub mod copilot;
mod credential;
mod deadline;
mod extra_headers;
pub mod fetch;
mod gunzip;
mod headers;
pub mod identity;
mod learned;
mod logins;
mod model_cache;
mod model_names;
mod models;
mod offline;
mod percent;
pub mod private_file;
mod provider;
mod random;
mod remote;
mod scrub;
mod secret;
mod send_error;
mod settings;
mod vault;
mod verdict;
mod vision;

pub use answer::{Answer, Timings};
pub use api_client::{API_ANSWER_BYTES_MAX, API_CALL_TIMEOUT, ApiAnswer, ApiCallError, ApiClient};
pub use authorities::{Authorities, AuthoritiesError};
pub use body::{AnswerBody, BodyError};
pub use call::{Call, ClientCredential, Endpoint, Initiator};
pub use catalogue::{
    AuthHeader, Catalogue, ClassCost, KindFacts, ModelFacts, NoPriceTag, PRICES_VERSION,
    Picodollars, PriceTag, Prices, Tokenizer, read_price,
};
pub use clock::{Clock, Moment, SystemClock};
pub use credential::{
    BoxFuture, Credential, CredentialError, CredentialId, CredentialOwner, CredentialQuery,
    CredentialStore, StaticCredentials,
};
pub use deadline::Deadline;
pub use extra_headers::{EXTRA_HEADERS_MAX, ExtraHeaderError, ExtraHeaders};
pub use gunzip::DECODED_BYTES_MAX;
pub use headers::{allowed_answer_headers, forwarded_request_headers, withheld_betas};
pub use logins::{CopilotLogin, Logins, ProviderCredentials, login_entry};
pub use model_cache::MODELS_RETRY;
pub use models::ModelList;
pub use offline::CREATED as OFFLINE_CREATED;
pub use provider::{MODELS_TIMEOUT, Provider, ProviderError, Spoken};
pub use random::{NoRandomness, random_bytes};
pub use scrub::{BODY_SECRET_BYTES_MIN, MASK, Scrubber, scrubbed};
pub use secret::Secret;
pub use send_error::{
    CREDENTIALS_EXHAUSTED, FORBIDDEN, Failure, QUOTA_EXHAUSTED, SendError, Step,
    credentials_exhausted, first_content_timeout, seconds_up,
};
pub use settings::{Pool, ProviderKind, ProviderSettings, ProxySettings, Timeouts};
pub use vault::{
    ENTRIES_MAX, ENTRY_BYTES_MAX, EntryName, FILE_ENDING, FolderVault, Vault, VaultError,
};
#[cfg(feature = "keyring")]
pub use vault::{KEYRING_TIMEOUT, KeyringVault, keyring_or_folder};
pub use verdict::{
    BACKOFF_FIRST, BACKOFF_MAX, COOLDOWN_DEFAULT, COOLDOWN_MAX, RETRY_AFTER_WAITED_MAX, Verdict,
    backoff, retry_after, verdict,
};

/// An error with all its causes, outermost first, each said once.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
