//! What the gateway hands in at the end of an exchange.

use crate::exchange::Exchange;
use serde::{Deserialize, Serialize};

/// Everything that is written down about one exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The record.
    pub exchange: Exchange,
}

impl From<Exchange> for Entry {
    fn from(exchange: Exchange) -> Self {
        Entry { exchange }
    }
}
