//! What a gateway uses of the process around it, which its settings cannot hold.

use crate::approve::Approver;
use crate::client_key::{ClientKeys, KeySet};
use crate::live::Observer;
use ironbridge_ledger::Ledger;
use ironbridge_upstream::Logins;
use std::sync::Arc;

/// Handed in once; a reload of the settings leaves it as it is.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where providers' logins are kept.
    pub logins: Logins,
    /// The keys of the gateway's clients.
    pub keys: Arc<dyn ClientKeys>,
    /// Who is asked about each request; `None`: nobody.
    pub approver: Option<Arc<dyn Approver>>,
    /// Where exchanges are kept; `None`: only the last ones, in memory.
    pub ledger: Option<Arc<Ledger>>,
    /// Who is told of exchanges as they go; `None`: nobody.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for Services {
    /// No logins: only keys of the settings serve. No client keys: everyone on this machine is served. And nobody
    /// approves requests, none is kept, and nobody watches.
    fn default() -> Self {
        let keys = Arc::new(KeySet::default());
        Services { logins: Logins::default(), keys, approver: None, ledger: None, observer: None }
    }
}
