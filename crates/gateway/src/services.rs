//! What a gateway uses of the process around it, which its settings cannot hold.

use ironbridge_upstream::Logins;

/// Handed in once; a reload of the settings leaves it as it is. The default has no logins: only keys of the settings
/// serve.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Where providers' logins are kept.
    pub logins: Logins,
}
