use tokio::sync::watch;

use crate::received::{Outcome, Received};

/// Everything the upstream has seen.
#[derive(Debug, Default)]
pub struct Log {
    /// Requests, in the order in which they were whole.
    pub requests: Vec<Received>,
    /// Counts of sockets.
    pub connections: Connections,
    /// See [`crate::Upstream::bytes_sent`].
    pub bytes_sent: u64,
}

/// Counts of sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connections {
    /// Accepted so far.
    pub accepted: u64,
    /// Open now.
    pub open: u64,
    /// The most that were open at once.
    pub open_peak: u64,
    /// Closed or reset by the peer while an answer was being sent or waited at a gate.
    pub aborted_by_peer: u64,
}

/// The log, shared by the connections, with everyone who waits for something in it.
#[derive(Debug)]
pub(crate) struct Journal {
    log: watch::Sender<Log>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { log: watch::Sender::new(Log::default()) }
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.borrow())
    }

    pub(crate) async fn wait_until(&self, condition: impl FnMut(&Log) -> bool) {
        // An error means that every sender is gone, and `self` holds one.
        let _ = self.log.subscribe().wait_for(condition).await;
    }

    /// Notes a new socket and returns its number.
    pub(crate) fn accepted(&self) -> u64 {
        let mut number = 0;
        self.log.send_modify(|log| {
            let connections = &mut log.connections;
            number = connections.accepted;
            connections.accepted += 1;
            connections.open += 1;
            connections.open_peak = connections.open_peak.max(connections.open);
        });
        number
    }

    pub(crate) fn closed(&self) {
        self.log.send_modify(|log| log.connections.open -= 1);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.log.send_modify(|log| {
            log.bytes_sent += u64::try_from(bytes).unwrap_or(u64::MAX);
        });
    }

    /// Notes a request, gives it its number and returns it.
    pub(crate) fn received(&self, mut request: Received) -> Received {
        self.log.send_modify(|log| {
            request.order = u64::try_from(log.requests.len()).unwrap_or(u64::MAX);
            log.requests.push(request.clone());
        });
        request
    }

    pub(crate) fn answered(&self, order: u64, outcome: Outcome) {
        self.log.send_modify(|log| {
            let index = usize::try_from(order).unwrap_or(usize::MAX);
            if let Some(request) = log.requests.get_mut(index) {
                request.outcome = outcome;
            }
            log.connections.aborted_by_peer += u64::from(outcome == Outcome::AbortedByPeer);
        });
    }
}
