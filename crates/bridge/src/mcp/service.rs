//! The protocol: what each message means.

use super::bounds::CALLS_AT_ONCE;
use super::call::call_tool;
use super::offer::Offer;
use super::project::Project;
use super::resources;
use super::shape::{Cancelled, Initialize, Page, REVISIONS, Roots};
use crate::rpc::{
    INTERNAL_ERROR, Id, METHOD_NOT_FOUND, Outcome, Params, Peer, Request, RpcError, Service, Work,
    cancelled,
};
use ironbridge_tools::{Control, Workspace};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// What one client talks to.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) offer: Arc<Offer>,
    pub(super) project: Project,
    /// Whoever runs a tool holds one.
    pub(super) places: Arc<Semaphore>,
    /// Whether the client says what its roots are, and they count.
    names_roots: AtomicBool,
}

impl Server {
    pub(super) fn new(offer: Arc<Offer>, project: Project) -> Self {
        let places = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        Server { offer, project, places, names_roots: AtomicBool::new(false) }
    }

    fn initialize(&self, params: &Params) -> Result<String, RpcError> {
        let asked: Initialize = params.read()?;
        if asked.capabilities.roots.is_some() && self.project.takes_roots() {
            self.names_roots.store(true, Ordering::Relaxed);
            self.project.await_roots();
        }
        let spoken = REVISIONS.iter().find(|revision| **revision == asked.protocol_version);
        Ok(json!({
            "protocolVersion": spoken.unwrap_or(&REVISIONS[0]),
            "capabilities": { "tools": {}, "resources": {} },
            "serverInfo": {
                "name": "ironbridge",
                "title": "Ironbridge",
                "version": env!("CARGO_PKG_VERSION"),
            },
            "instructions": self.offer.instructions(),
        })
        .to_string())
    }

    /// Asks for the client's roots. What a client without them answers leaves the project as it was.
    async fn ask_roots(self: Arc<Self>, peer: Peer) {
        let roots = peer.request::<Roots>("roots/list", &json!({})).await;
        let roots = roots.map_or_else(
            |error| {
                tracing::debug!(%error, "the client names no roots");
                Vec::new()
            },
            |answer| answer.roots,
        );
        let work = move || self.project.take_roots(&roots);
        let _ = tokio::task::spawn_blocking(work).await;
    }

    /// Work that blocks, as the answer to a request.
    fn blocking(
        self: &Arc<Self>,
        request: Request,
        work: impl FnOnce(&Workspace, &Params, &Control) -> Result<Value, RpcError> + Send + 'static,
    ) -> Work<Outcome> {
        let server = self.clone();
        Box::pin(async move {
            let place = server.places.clone().acquire_owned().await;
            let workspace = server.project.workspace().await;
            let cancel = request.cancel.clone();
            let control = Control::cancelled_by(cancel.clone());
            let working = tokio::task::spawn_blocking(move || {
                let _place = place;
                work(&workspace, &request.params, &control)
            });
            tokio::select! {
                worked = working => Outcome::Answer(match worked {
                    Ok(worked) => worked.map(|value| value.to_string()),
                    Err(_) => Err(RpcError::new(INTERNAL_ERROR, "this request broke down")),
                }),
                () = cancelled(&cancel) => Outcome::Nothing,
            }
        })
    }
}

impl Service for Server {
    fn request(self: &Arc<Self>, request: Request, peer: &Peer) -> Work<Outcome> {
        let at_once = match request.method.as_str() {
            "tools/call" => return Box::pin(call_tool(self.clone(), request, peer.clone())),
            "resources/list" => {
                return self.blocking(request, |workspace, params, control| {
                    resources::page(workspace, &params.read::<Page>()?, control)
                });
            }
            "resources/read" => {
                return self.blocking(request, |workspace, params, control| {
                    resources::contents(workspace, &params.read()?, control)
                });
            }
            "initialize" => self.initialize(&request.params),
            "ping" => Ok("{}".to_owned()),
            "tools/list" => Ok(self.offer.list()),
            "resources/templates/list" => Ok(resources::templates().to_string()),
            method => Err(RpcError::new(METHOD_NOT_FOUND, format!("there is no method {method}"))),
        };
        Box::pin(async move { Outcome::Answer(at_once) })
    }

    fn notification(self: &Arc<Self>, method: &str, _: &Params, peer: &Peer) -> Option<Work<()>> {
        let is_time =
            matches!(method, "notifications/initialized" | "notifications/roots/list_changed");
        let asks = is_time && self.names_roots.load(Ordering::Relaxed);
        asks.then(|| -> Work<()> { Box::pin(self.clone().ask_roots(peer.clone())) })
    }

    fn cancels(&self, method: &str, params: &Params) -> Option<Id> {
        let is_cancel = method == "notifications/cancelled";
        let cancelled: Cancelled = is_cancel.then(|| params.read().ok()).flatten()?;
        Id::of(&cancelled.request_id)
    }

    fn closing(self: &Arc<Self>) {}

    fn idle(self: &Arc<Self>) -> Work<()> {
        let places = self.places.clone();
        let all = u32::try_from(CALLS_AT_ONCE).unwrap_or(u32::MAX);
        Box::pin(async move { drop(places.acquire_many(all).await) })
    }
}
