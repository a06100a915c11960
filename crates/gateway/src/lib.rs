//! The relay between clients and providers.
//!
//! A client asks in its dialect; the gateway finds a provider, translates where it must, streams the reply through and
//! writes down what happened. A request visits seven rooms, each a module, once each and in this order:
//!
//! | room | module | what happens |
//! |---|---|---|
//! | accept | `accept` | head, bounded body, strict JSON, model |
//! | route | `route` | aliases and globs → ordered targets |
//! | admit | `admit`, `rates`, `budget`, `place`, `pace`, `approve` | rates, budgets, a place or a turn in the bounded fair queue, a start, a yes |
//! | adapt | `adapt` | the client's own bytes, or a translation with its list of changes |
//! | relay | `relay`, `attempt`, `passage`, `parked`, `cooling` | attempt, fail over before the first content, stream through |
//! | settle | `settle` | usage, cause, the place given back; exactly once however it ends |
//! | record | `record`, `entry`, `conversation` | journal, statistics, metrics, before the client sees the end |
//!
//! ```no_run
//! use ironbridge_gateway::{Gateway, ServerSettings, Services, Settings};
//! use ironbridge_upstream::ProviderSettings;
//!
//! # async fn serve(offline: ProviderSettings) -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Settings { server: ServerSettings::default(), providers: vec![offline], routes: Vec::new(), tokenizers: Vec::new(), rate_limits: Vec::new(), prices: Vec::new(), projects: Vec::new() };
//! let gateway = Gateway::bind(settings, Services::default()).await?;
//! println!("listening on http://{}", gateway.local_addr());
//! gateway.run().await;
//! # Ok(())
//! # }
//! ```
//!
//! Why a passage and not a task with a channel: the client's connection pulls each chunk through, so a slow client slows
//! its upstream and nothing piles up in between; and a client that leaves drops the passage, and with it the upstream's
//! connection.
//!
//! It knows no terminal, no files and no environment; whoever starts it hands in checked [`Settings`].
#![forbid(unsafe_code)]

mod accept;
mod access;
mod adapt;
mod admit;
mod api;
mod approve;
mod attempt;
mod billing_line;
mod budget;
mod class;
mod client_key;
mod connection;
mod conversation;
mod cooling;
mod cors;
mod count;
mod credential;
mod door;
mod embeddings;
mod entry;
mod estimate;
mod exchange;
mod failure;
mod guard;
mod held;
mod identity;
mod initiator;
mod labels;
mod learn;
mod limit_headers;
mod limits_api;
mod live;
mod mask;
mod media;
mod metrics;
mod models;
mod outputs;
mod pace;
mod parked;
mod passage;
mod place;
mod prices;
mod project;
mod rates;
mod record;
mod relay;
mod respond;
mod route;
mod server;
mod services;
mod settings;
mod settle;
mod shared;
mod statistics;
mod surface;
mod tasks;
mod trace;

pub use approve::{ApprovalRequest, Approver};
pub use client_key::{
    ClientKey, ClientKeys, Ended, FormerSecret, KeyLimits, KeySet, ModelGlobs, ModelGlobsError,
    NewKey, SecretHash,
};
pub use held::{HELD_MAX, Hold, HoldError, PAUSE_WAIT_MAX};
pub use live::{Observer, Phase};
pub use mask::mask;
pub use prices::{PriceList, Priced, pays_by_token};
pub use project::PROJECT_CHARS_MAX;
pub use server::{BindError, Gateway, Handle, SettingsError};
pub use services::Services;
pub use settings::{
    BudgetReserve, BudgetsAway, DRAIN_BYTES_MAX, DRAIN_TIME_MAX, Limits, On429, OnDisconnect,
    PriceSettings, ProjectSettings, RateLimitSettings, RouteSettings, ServerSettings, Settings,
    TargetName, TokenizerSettings,
};
