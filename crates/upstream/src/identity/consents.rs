//! What the user has said yes to.

use super::rows::{IdentityRow, Owner, row};
use super::{IdentityPart, setting};
use crate::secret::Secret;
use crate::vault::{EntryName, Vault, VaultError};
use ironbridge_wire::date::date_of;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The vault's entry that consents are kept in.
pub const CONSENTS: EntryName = EntryName::from_static("consents");

/// The rows that the user has said yes to, each with the date (RFC 3339, UTC).
///
/// They are kept as one JSON object, `{"copilot.client_id": "2026-11-21T06:00:00Z"}`. Names that this version does not
/// know are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consents(BTreeMap<String, String>);

/// Why consents cannot be had or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentsError {
    /// The vault says no.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is kept is not an object of dates.
    #[error(
        "{place} does not hold consents: {reason}; remove it and say yes again (`ironbridge auth`)"
    )]
    Corrupt {
        /// Where it is kept.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl Consents {
    /// Those kept in `vault`; none where nothing is kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn load(vault: &dyn Vault) -> Result<Self, ConsentsError> {
        let Some(text) = vault.load(&CONSENTS)? else { return Ok(Consents::default()) };
        let corrupt = |reason| ConsentsError::Corrupt { place: vault.place(&CONSENTS), reason };
        let kept: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(text.reveal()).map_err(|error| corrupt(error.to_string()))?;
        let dated = kept.into_iter().map(|(name, date)| match date {
            serde_json::Value::String(date) => Ok((name, date)),
            _ => Err(corrupt(format!("{name} has no date"))),
        });
        Ok(Consents(dated.collect::<Result<_, _>>()?))
    }

    /// Keeps them in `vault`, in place of what is there.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn save(&self, vault: &dyn Vault) -> Result<(), VaultError> {
        let kept = serde_json::json!(self.0);
        vault.save(&CONSENTS, &Secret::new(format!("{kept:#}\n")))
    }

    /// Notes the user's yes to a row, given `now`. A row that needs none is not noted.
    pub fn give(&mut self, row: &IdentityRow, now: SystemTime) {
        if row.needs_consent() {
            let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            self.0.insert(row.name.to_owned(), date_of(seconds));
        }
    }

    /// Takes a yes back, and says whether there was one.
    pub fn withdraw(&mut self, row: &IdentityRow) -> bool {
        self.0.remove(row.name).is_some()
    }

    /// When the user said yes to a row; `None`: never.
    #[must_use]
    pub fn given(&self, row: &IdentityRow) -> Option<&str> {
        self.0.get(row.name).map(String::as_str)
    }

    /// All that this version knows of, in the table's order of names, with their dates.
    pub fn iter(&self) -> impl Iterator<Item = (&'static IdentityRow, &str)> {
        self.0.iter().filter_map(|(name, date)| Some((row(name)?, date.as_str())))
    }
}

/// What the user must know before he says yes: for each row what would be sent, and whose it is. Ends with a line end.
#[must_use]
pub fn consent_text(rows: &[&IdentityRow]) -> String {
    let mut text = String::from("This needs what belongs to another vendor:\n");
    for row in rows {
        let what = match row.part {
            IdentityPart::ClientId => "the client id",
            IdentityPart::Scope => "the scope",
            IdentityPart::Header(name) => name,
        };
        let owner = match row.owner {
            Owner::Vendor(vendor) => vendor,
            Owner::Ironbridge | Owner::Protocol => "nobody else",
        };
        let (value, purpose) = (row.value.unwrap_or("(not set)"), row.purpose);
        let _ = writeln!(text, "  {what} {value}\n    belongs to: {owner}\n    is for: {purpose}");
        let _ = writeln!(text, "    your own instead: {}", setting(row));
    }
    text.push_str(
        "The vendor's terms may forbid other programs to use it, and the vendor may close an account that does.\n\
         Ironbridge names itself in User-Agent and sends nothing of this unless you say yes.\n",
    );
    text
}
