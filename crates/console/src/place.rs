//! What the console needs of the place where it stands.

use ironbridge_upstream::Secret;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;

/// A gateway with its sessions, or a process of its own. Whoever starts the console implements it.
pub trait Place: Debug + Send + Sync {
    /// Who may come in. Asked at every request, so that a change counts at once.
    fn rules(&self) -> Rules;

    /// The sessions that are held, by what their clients name them.
    fn held(&self) -> BTreeMap<String, Held>;

    /// Pauses or stops a session; `None` lets it go on. Whether that changed anything.
    ///
    /// # Errors
    /// It cannot be done here.
    fn hold(&self, session: &str, held: Option<Held>) -> Result<bool, PlaceError>;
}

/// Who may come in.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The address that is listened on.
    pub local: SocketAddr,
    /// Host names besides loopback and that address.
    pub domains: Vec<String>,
    /// Opens everything.
    pub admin_token: Option<Secret>,
    /// Opens what changes nothing.
    pub read_token: Option<Secret>,
}

/// How a session is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Its requests wait.
    Paused,
    /// Its requests are broken off and refused.
    Stopped,
}

/// Why a session could not be held or let go.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no gateway in this process.
    #[error("sessions can be held only where the gateway itself serves the dashboard")]
    NoGateway,
    /// The gateway would not.
    #[error("{0}")]
    Refused(String),
}
