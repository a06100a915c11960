//! `[ledger]`.

use std::path::Path;
use std::time::Duration;

use ironbridge_ledger::{Address, Retention};

use super::section::Section;
use super::source::Sources;
use super::value::{self, Wrong};
use crate::environment::{DATABASE_URL, STORAGE_ENABLED};

/// What `[ledger]` or the variable says of where exchanges are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerSource {
    /// `sqlite:PATH`, relative to the data folder, or `postgres://…`. It may hold a password.
    pub(crate) url: LedgerUrl,
    /// `sync = "full"`.
    pub(crate) survives_power_loss: bool,
    /// `journal_max`.
    pub(crate) journal_bytes_max: u64,
    /// `keep`.
    pub(crate) retention: Retention,
    /// `lease`.
    pub(crate) lease: Duration,
    /// Whether the file or the variable asks for it: then it must open.
    pub(crate) asked_for: bool,
}

/// The address of a ledger, which is not shown: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LedgerUrl(pub(crate) String);

impl std::fmt::Debug for LedgerUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LedgerUrl(…)")
    }
}

/// The database where nothing else is said.
const URL: &str = "sqlite:ironbridge.db";

/// The word for nothing.
const OFF: &str = "off";

/// The shortest and the longest time that something may be kept.
const KEPT: (Duration, Duration) =
    (Duration::from_secs(3600), Duration::from_secs(100 * 365 * 86_400));

/// How long bodies are kept where only [`STORAGE_ENABLED`] says that they are.
const BODIES_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// How long a gateway may be silent where the file does not say.
const LEASE: Duration = Duration::from_secs(60);

/// The most that the journal holds where the file does not say, in bytes.
const JOURNAL_BYTES_MAX: u64 = 1 << 30;

/// Where exchanges are kept; `None`: nowhere (`url = "off"`).
pub(super) fn ledger(section: &Section<'_>, sources: &Sources<'_>) -> Option<LedgerSource> {
    let of_file = section.text("url", |text| address(text, true));
    let of_variable = (sources.variable)(DATABASE_URL).filter(|text| !text.trim().is_empty());
    // Read also where there is no ledger, so that mistakes are told.
    let survives_power_loss = section.choice("sync") == Some("full");
    let journal_max = section.size("journal_max").map(|bytes| bytes as u64);
    let exchanges = section.text("keep", time_or_off).flatten();
    let lease = section.duration("lease");
    let url = of_file.or_else(|| Some(of_variable?.trim().to_owned()));
    if url.as_deref() == Some(OFF) {
        return None;
    }
    Some(LedgerSource {
        asked_for: url.is_some() || section.entries().is_some(),
        url: LedgerUrl(url.unwrap_or_else(|| URL.to_owned())),
        survives_power_loss,
        journal_bytes_max: journal_max.unwrap_or(JOURNAL_BYTES_MAX),
        retention: Retention { exchanges },
        lease: lease.unwrap_or(LEASE),
    })
}

/// How long requests and replies are kept; `None`: not at all.
pub(super) fn bodies(section: &Section<'_>, sources: &Sources<'_>) -> Option<Duration> {
    let of_variable = (sources.variable)(STORAGE_ENABLED);
    let enabled = of_variable.is_some_and(|text| matches!(text.trim(), "true" | "1"));
    section.text("bodies", time_or_off).unwrap_or(enabled.then_some(BODIES_KEPT))
}

/// `off`, or a time.
fn time_or_off(text: &str) -> Result<Option<Duration>, Wrong> {
    if text == OFF {
        return Ok(None);
    }
    value::duration(text, KEPT.0, KEPT.1).map(Some)
}

/// Whether exchanges may go unrecorded while the journal cannot take them.
pub(super) fn refuses_unrecorded(section: &Section<'_>) -> bool {
    section.choice("on_full") == Some("refuse")
}

fn address(text: &str, in_file: bool) -> Result<String, Wrong> {
    if text == OFF {
        return Ok(text.to_owned());
    }
    if in_file && holds_password(text) {
        let hint = format!("leave it out here, and give the whole address in {DATABASE_URL}");
        return Err(Wrong::hint("holds a password, and a config file holds no secrets", hint));
    }
    // Only whether it is one; the folder is not known here.
    Address::parse(text, Path::new(""))
        .map_err(|error| Wrong::new(format!("is wrong: {error}")))?;
    Ok(text.to_owned())
}

fn holds_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("password=")
}
