use tokio::sync::watch;

/// A closed door in an answer that the test opens: silence of a length that no clock decides.
///
/// Clones are handles to the same gate. Once open it stays open.
#[derive(Debug, Clone)]
pub struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    arrivals: u64,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }

    /// Lets everyone through, now and later.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Resolves once `arrivals` answers have come to this gate, whether they wait or have passed.
    pub async fn reached_by(&self, arrivals: u64) {
        self.until(|state| state.arrivals >= arrivals).await;
    }

    /// Resolves once an answer has come to this gate: its bytes up to here are written.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until the gate is open. Cancel safe.
    pub(crate) async fn pass(&self) {
        self.state.send_modify(|state| state.arrivals += 1);
        self.until(|state| state.open).await;
    }

    async fn until(&self, condition: impl FnMut(&State) -> bool) {
        // An error means that every sender is gone, and `self` holds one.
        let _ = self.state.subscribe().wait_for(condition).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
