//! The relay between clients and providers.
#![forbid(unsafe_code)]

mod settings;

pub use settings::{
    DRAIN_BYTES_MAX, DRAIN_TIME_MAX, Limits, On429, OnDisconnect, RouteSettings, ServerSettings,
    Settings, TargetName,
};
