//! The console beside the gateway. Neither knows the other; here each gets what it needs of the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironbridge_console::{Console, Held, Hub, Ledger, Phase, Place, PlaceError, Rules};
use ironbridge_gateway::{Gateway, Handle, Hold, Observer, ServerSettings};
use ironbridge_ledger::Exchange;

use crate::console_setup::OfGateway;

/// Tells the console's hub of the gateway's exchanges.
#[derive(Debug)]
pub(crate) struct ToHub(pub(crate) Arc<Hub>);

impl Observer for ToHub {
    fn observe(&self, phase: ironbridge_gateway::Phase, exchange: &Exchange) {
        use ironbridge_gateway::Phase as Seen;
        let phase = match phase {
            Seen::Waiting => Phase::Waiting,
            Seen::Thinking => Phase::Thinking,
            Seen::Streaming => Phase::Streaming,
            Seen::Ended => Phase::Ended,
        };
        self.0.see(phase, exchange);
    }
}

/// Puts a console on a gateway.
pub(crate) fn put_on(
    gateway: Gateway,
    hub: Arc<Hub>,
    ledger: Option<&Arc<ironbridge_ledger::Ledger>>,
    setup: OfGateway,
) -> Gateway {
    let place = Arc::new(InGateway { handle: gateway.handle(), local: gateway.local_addr() });
    let ledger = ledger
        .cloned()
        .map_or_else(Ledger::none, |ledger| Ledger::read_by(Arc::new(move || ledger.reader())));
    gateway.with_console(Console { place, hub, ledger, setup: Some(Arc::new(setup)) }.router())
}

/// A console on the gateway of this process.
struct InGateway {
    handle: Handle,
    local: std::net::SocketAddr,
}

impl std::fmt::Debug for InGateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("InGateway").field("local", &self.local).finish_non_exhaustive()
    }
}

impl Place for InGateway {
    fn rules(&self) -> Rules {
        rules(&self.handle.server_settings(), self.local)
    }

    fn held(&self) -> BTreeMap<String, Held> {
        let held = |hold: &Hold| match hold {
            Hold::Pause => Held::Paused,
            Hold::Stop => Held::Stopped,
        };
        self.handle.held_sessions().iter().map(|(id, hold)| (id.clone(), held(hold))).collect()
    }

    fn hold(&self, session: &str, held: Option<Held>) -> Result<bool, PlaceError> {
        let hold = held.map(|held| match held {
            Held::Paused => Hold::Pause,
            Held::Stopped => Hold::Stop,
        });
        let held = self.handle.hold_session(session, hold);
        held.map_err(|error| PlaceError::Refused(error.to_string()))
    }
}

/// A console in a process of its own, which has no sessions.
#[derive(Debug)]
pub(crate) struct Alone(pub(crate) Rules);

impl Place for Alone {
    fn rules(&self) -> Rules {
        self.0.clone()
    }

    fn held(&self) -> BTreeMap<String, Held> {
        BTreeMap::new()
    }

    fn hold(&self, _: &str, _: Option<Held>) -> Result<bool, PlaceError> {
        Err(PlaceError::NoGateway)
    }
}

/// Who may come in, by the config's `[server]`.
pub(crate) fn rules(server: &ServerSettings, local: std::net::SocketAddr) -> Rules {
    Rules {
        local,
        domains: server.domains.clone(),
        admin_token: server.admin_token.clone(),
        read_token: server.read_token.clone(),
    }
}
