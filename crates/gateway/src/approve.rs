//! A person who says yes or no to each request (`--manual`): part of room three.

use crate::exchange::Exchange;
use crate::initiator;
use ironbridge_upstream::{BoxFuture, Endpoint, Initiator};
use ironbridge_wire::{ApiError, ErrorKind};
use std::fmt;
use std::time::Duration;

/// How long a request waits to be approved.
const APPROVAL_WAIT_MAX: Duration = Duration::from_secs(600);

/// Decides on each request that would make a model work, once every limit has let it pass.
pub trait Approver: fmt::Debug + Send + Sync {
    /// Whether the request may go on. Several may be asked about at once.
    ///
    /// The future is dropped when the answer no longer matters: the client has left, the gateway stops, or nobody
    /// answered for ten minutes.
    fn approve<'a>(&'a self, request: &'a ApprovalRequest<'a>) -> BoxFuture<'a, bool>;
}

/// What an [`Approver`] is told of a request.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalRequest<'a> {
    /// Our id of it, `x-request-id` of its reply.
    pub id: &'a str,
    /// `chat`, `responses`, `messages` or `embeddings`.
    pub endpoint: &'static str,
    /// The model that the client named.
    pub model: &'a str,
    /// The Host that the client named; may be empty.
    pub domain: &'a str,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// The size of its body, in bytes.
    pub body_bytes: usize,
    /// Who brought it about, as Copilot counts it; `None`: it asks for no reply.
    pub initiator: Option<Initiator>,
}

/// Asks about `exchange`.
pub(crate) async fn ask(approver: &dyn Approver, exchange: &Exchange) -> Result<(), ApiError> {
    let asks_for_a_reply = exchange.endpoint == Endpoint::of(exchange.dialect);
    let request = ApprovalRequest {
        id: &exchange.id,
        endpoint: exchange.endpoint.name(),
        model: &exchange.model,
        domain: &exchange.domain,
        stream: exchange.stream,
        body_bytes: exchange.body.len(),
        initiator: asks_for_a_reply
            .then(|| initiator::decide(&exchange.members(), exchange.dialect).0),
    };
    let refused = |message| Err(ApiError::new(ErrorKind::Permission, message));
    match tokio::time::timeout(APPROVAL_WAIT_MAX, approver.approve(&request)).await {
        Ok(true) => Ok(()),
        Ok(false) => refused("Request rejected".to_owned()),
        Err(_) => refused(format!(
            "Request rejected: nobody approved it within {} s",
            APPROVAL_WAIT_MAX.as_secs()
        )),
    }
}
