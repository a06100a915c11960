//! What the gateway hands in at the end of an exchange.

use crate::bodies::Bodies;
use crate::budget::Claim;
use crate::exchange::Exchange;
use crate::link::Digest;
use serde::{Deserialize, Serialize};

/// Everything that is written down about one exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The record.
    pub exchange: Exchange,
    /// By what it is linked to others of its conversation; `None`: it is part of none.
    pub digest: Option<Digest>,
    /// What was said; `None`: it is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bodies: Option<Bodies>,
    /// What it truly took of the budgets that it had reserved from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub booked: Vec<Claim>,
}

impl From<Exchange> for Entry {
    fn from(exchange: Exchange) -> Self {
        Entry { exchange, ..Entry::default() }
    }
}

impl Entry {
    /// As it lies in the journal. JSON, so that an older or newer version reads what both know.
    pub(crate) fn to_payload(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|error| error.to_string())
    }

    /// Reads what [`Self::to_payload`] gave; `None`: it is no entry.
    pub(crate) fn from_payload(payload: &[u8]) -> Option<Self> {
        let entry = serde_json::from_slice::<Entry>(payload).ok()?;
        (!entry.exchange.id.is_empty()).then_some(entry)
    }

    /// As a line of text.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
