//! Who we say we are, in one table.
//!
//! A service knows its callers by client ids and editor headers. Each such value is a row of [`ROWS`] with its owner's
//! name. What is another vendor's is off until the user says yes to it once ([`Consents`]) or sets a value himself: we
//! do not pose as another vendor's client, and who lets us borrow an id must know whose it is.

mod consents;
mod rows;

#[cfg(test)]
mod tests;

pub use consents::{CONSENTS, Consents, ConsentsError, consent_text};
pub use rows::{
    ANTHROPIC_CLIENT_ID, COPILOT_CLIENT_ID, COPILOT_SCOPE, IdentityPart, IdentityRow, Owner, ROWS,
    row,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// Who is shown a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// GitHub, and Copilot's API.
    Copilot,
    /// Anthropic.
    Anthropic,
}

/// Why a value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No row has the name.
    #[error("there is no identity value `{name}`; there are: {}", names())]
    Unknown {
        /// The name as given.
        name: String,
    },
    /// The user's value cannot be sent.
    #[error("{name}: the value is empty or has other characters than printable ASCII")]
    NotSendable {
        /// The row's name.
        name: &'static str,
    },
    /// It is another vendor's, and the user has not said yes.
    #[error("{name} belongs to {owner}: it is not used without your yes", name = row.name, owner = owner(row))]
    ConsentNeeded {
        /// The row.
        row: &'static IdentityRow,
    },
    /// Nothing ships, and the user has set nothing.
    #[error("{name} is not set, and none ships: it belongs to {owner}", name = row.name, owner = owner(row))]
    NotSet {
        /// The row.
        row: &'static IdentityRow,
    },
}

impl IdentityError {
    /// How to mend it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            IdentityError::Unknown { .. } | IdentityError::NotSendable { .. } => None,
            IdentityError::ConsentNeeded { row } => Some(format!(
                "run `ironbridge auth`, which asks once, or set your own value: {}",
                setting(row)
            )),
            IdentityError::NotSet { row } => {
                Some(format!("set the id of an application that is yours to use: {}", setting(row)))
            }
        }
    }
}

fn names() -> String {
    ROWS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// How the user sets a value himself: among the provider's settings, where a row's name needs no service before it.
fn setting(row: &IdentityRow) -> String {
    let name = row.name.split_once('.').map_or(row.name, |(_, name)| name);
    format!("`identity = {{ {name} = \"…\" }}` of the provider")
}

fn owner(row: &IdentityRow) -> &'static str {
    match row.owner {
        Owner::Ironbridge => "Ironbridge",
        Owner::Protocol => "nobody",
        Owner::Vendor(vendor) => vendor,
    }
}

/// The values in use: those the user set, those that ship as ours or nobody's, those he has said yes to.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    set: BTreeMap<&'static str, String>,
    consents: Consents,
}

impl Identities {
    /// `set` is what the user set himself: a row's name and a value. It needs no consent.
    ///
    /// # Errors
    /// When a name is no row's, or a value cannot be sent.
    pub fn new(
        set: impl IntoIterator<Item = (String, String)>,
        consents: Consents,
    ) -> Result<Self, IdentityError> {
        let set = set.into_iter().map(|(name, value)| {
            let row = row(&name).ok_or(IdentityError::Unknown { name })?;
            let sendable =
                !value.trim().is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            if sendable {
                Ok((row.name, value))
            } else {
                Err(IdentityError::NotSendable { name: row.name })
            }
        });
        Ok(Identities { set: set.collect::<Result<_, _>>()?, consents })
    }

    /// The value of the row `name`.
    ///
    /// # Errors
    /// When it needs a yes that was not given, or was not set, or there is no such row.
    pub fn value(&self, name: &str) -> Result<&str, IdentityError> {
        let row = row(name).ok_or_else(|| IdentityError::Unknown { name: name.to_owned() })?;
        if let Some(set) = self.set.get(row.name) {
            return Ok(set);
        }
        let value = row.value.ok_or(IdentityError::NotSet { row })?;
        if row.needs_consent() && self.consents.given(row).is_none() {
            return Err(IdentityError::ConsentNeeded { row });
        }
        Ok(value)
    }

    /// The rows of `service` that are off for want of a yes.
    #[must_use]
    pub fn needs_consent(&self, service: Service) -> Vec<&'static IdentityRow> {
        let of_service = ROWS.iter().filter(|row| row.service == service);
        let off = of_service
            .filter(|row| matches!(self.value(row.name), Err(IdentityError::ConsentNeeded { .. })));
        off.collect()
    }

    /// The editor headers for GitHub and Copilot; those that are off are left out. `User-Agent` is not among them: it
    /// is always our own.
    #[must_use]
    pub fn copilot_headers(&self) -> HeaderMap {
        let headers = ROWS.iter().filter(|row| row.service == Service::Copilot).filter_map(|row| {
            let IdentityPart::Header(name) = row.part else { return None };
            let value = HeaderValue::from_str(self.value(row.name).ok()?).ok()?;
            Some((HeaderName::from_static(name), value))
        });
        headers.collect()
    }
}
