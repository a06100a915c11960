//! What a gateway uses of the process around it, which its settings cannot hold.

use crate::approve::Approver;
use ironbridge_upstream::Logins;
use std::sync::Arc;

/// Handed in once; a reload of the settings leaves it as it is. The default has no logins: only keys of the settings
/// serve; and nobody approves requests.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Where providers' logins are kept.
    pub logins: Logins,
    /// Who is asked about each request; `None`: nobody.
    pub approver: Option<Arc<dyn Approver>>,
}
