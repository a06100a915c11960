//! One call of a tool, from its place in the queue to its result.

use super::bounds::{CALL_TIME, PROGRESS_BYTES_MAX, PROGRESS_INTERVAL};
use super::offer::{Offer, empty_input};
use super::result::{done, failed};
use super::service::Server;
use super::shape::CallTool;
use crate::rpc::{INTERNAL_ERROR, Outcome, Peer, Request, RpcError, cancelled};
use ironbridge_tools::shell::{Chunk, RunShell, run_shell_with};
use ironbridge_tools::{Control, Failure, Workspace, read_text};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, interval_at};

/// The tool that prints while it runs.
const SHELL: &str = "shell";

/// What a command printed last.
type Printed = Arc<Mutex<String>>;

/// A call that may begin.
struct Call {
    offer: Arc<Offer>,
    tool: usize,
    arguments: String,
    workspace: Arc<Workspace>,
    control: Control,
    printed: Printed,
    /// Kept until the tool itself has ended, also where nobody waits for it any more.
    _place: OwnedSemaphorePermit,
}

/// Runs a tool. A call that is cancelled is not answered; what it leaves behind is the tool's to say.
pub(super) async fn call_tool(server: Arc<Server>, request: Request, peer: Peer) -> Outcome {
    tokio::select! {
        outcome = run(&server, &request, &peer) => Outcome::Answer(outcome),
        () = cancelled(&request.cancel) => Outcome::Nothing,
    }
}

async fn run(server: &Server, request: &Request, peer: &Peer) -> Result<String, RpcError> {
    let asked: CallTool = request.params.read()?;
    let tool = server.offer.find(&asked.name)?;
    let place = server.places.clone().acquire_owned().await;
    let place = place.map_err(|_| RpcError::new(INTERNAL_ERROR, "the server is ending"))?;
    let printed = Printed::default();
    let call = Call {
        offer: server.offer.clone(),
        tool,
        arguments: asked.arguments.map_or_else(empty_input, |arguments| arguments.get().to_owned()),
        workspace: server.project.workspace().await,
        control: Control::cancelled_by(request.cancel.clone()).and_within(CALL_TIME),
        printed: printed.clone(),
        _place: place,
    };
    let running = tokio::task::spawn_blocking(move || call.run());
    let ran = match asked.meta.progress_token {
        None => running.await,
        Some(token) => {
            tokio::select! {
                ran = running => ran,
                never = tell_progress(peer, &token, &printed) => match never {},
            }
        }
    };
    match ran {
        Ok(Ok(json)) => Ok(done(&json)),
        Ok(Err(failure)) => Ok(failed(&failure)),
        Err(error) => {
            tracing::error!(%error, tool = asked.name, "a tool broke down");
            Err(RpcError::new(INTERNAL_ERROR, format!("the tool {} broke down", asked.name)))
        }
    }
}

impl Call {
    fn run(self) -> Result<String, Failure> {
        let tool = self.offer.tool(self.tool);
        if tool.name == SHELL {
            return self.run_shell();
        }
        tool.run_text(&self.workspace, &self.arguments, &self.control)
    }

    /// The same as the row of the table, and what is printed is heard.
    fn run_shell(&self) -> Result<String, Failure> {
        let wish: RunShell = read_text(SHELL, &self.arguments)?;
        let mut hear = |chunk: Chunk<'_>| {
            let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.push_str(&String::from_utf8_lossy(chunk.bytes));
            let cut = printed.len().saturating_sub(PROGRESS_BYTES_MAX);
            let cut = (cut..=printed.len()).find(|at| printed.is_char_boundary(*at)).unwrap_or(0);
            printed.drain(..cut);
        };
        let output = run_shell_with(&self.workspace, &wish, &self.control, &mut hear)?;
        serde_json::to_string(&output)
            .map_err(|error| Failure::new("internal", format!("the result is no JSON: {error}")))
    }
}

/// Says twice a second that a call goes on, and what was printed last.
async fn tell_progress(peer: &Peer, token: &Value, printed: &Printed) -> std::convert::Infallible {
    let mut beats = interval_at(Instant::now() + PROGRESS_INTERVAL, PROGRESS_INTERVAL);
    let mut count = 0u64;
    loop {
        beats.tick().await;
        count += 1;
        let message = printed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut params = json!({ "progressToken": token, "progress": count });
        if !message.is_empty() {
            params["message"] = message.into();
        }
        peer.notify("notifications/progress", &params).await;
    }
}
