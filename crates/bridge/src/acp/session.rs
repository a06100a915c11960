//! One session: its agent, the prompt under way, and the task that tells what happens.

use super::asking::{Question, ask_choice};
use super::telling::{Telling, chunk};
use crate::rpc::{INTERNAL_ERROR, INVALID_REQUEST, Peer, RpcError};
use ironbridge_agent::{Handle, Place, Store};
use ironbridge_session::{Answer, Approval, EndReason, Event, Operation};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};

/// A session that is open.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    /// Gone once the session is closed.
    handle: Option<Handle>,
    /// Who waits for the end of the prompt under way.
    prompt: Option<oneshot::Sender<Ended>>,
    /// Whether the prompt under way is to end before it has begun.
    cancelled: bool,
}

/// How a prompt ended: with a stop reason, or an error.
pub(super) type Ended = Result<&'static str, RpcError>;

impl Session {
    pub(super) fn new(id: String, handle: Handle) -> Self {
        let now = Now { handle: Some(handle), prompt: None, cancelled: false };
        Session { id, now: Mutex::new(now) }
    }

    /// Takes a place for a prompt.
    ///
    /// # Errors
    /// When there is one under way.
    pub(super) fn begin(&self) -> Result<oneshot::Receiver<Ended>, RpcError> {
        let mut now = self.now();
        if now.prompt.is_some() {
            let why = "a prompt is under way in this session; wait for its end or cancel it";
            return Err(RpcError::new(INVALID_REQUEST, why));
        }
        let (ended, end) = oneshot::channel();
        now.prompt = Some(ended);
        now.cancelled = false;
        Ok(end)
    }

    /// The prompt under way is to end, also when the agent has not heard of it yet.
    pub(super) fn mark_cancelled(&self) {
        self.now().cancelled = true;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.now().cancelled
    }

    /// Asks the agent for something; `false`: it has ended.
    pub(super) async fn submit(&self, operation: Operation) -> bool {
        let handle = self.now().handle.clone();
        match handle {
            Some(handle) => handle.submit(operation).await,
            None => false,
        }
    }

    /// No more is asked: the agent interrupts what it does and ends.
    pub(super) fn close(&self) {
        self.now().handle = None;
    }

    fn end_prompt(&self, ended: Ended) {
        if let Some(prompt) = self.now().prompt.take() {
            let _ = prompt.send(ended);
        }
    }

    fn has_prompt(&self) -> bool {
        self.now().prompt.is_some()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that tells an editor what happens in a session, until its agent ends.
pub(super) struct Teller {
    pub(super) session: Arc<Session>,
    pub(super) place: Arc<Place>,
    pub(super) telling: Telling,
    pub(super) peer: Peer,
    pub(super) store: Store,
    /// Whether the editor knows the session's title.
    pub(super) titled: bool,
    /// Questions that are with the editor.
    pub(super) questions: JoinSet<(u64, Answer)>,
    pub(super) asked: HashMap<u64, AbortHandle>,
    pub(super) in_turn: bool,
}

impl Teller {
    pub(super) async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.event(event).await,
                    None => break,
                },
                Some(answered) = self.questions.join_next(), if !self.questions.is_empty() => {
                    // Broken off: the question was settled otherwise.
                    if let Ok((ask, answer)) = answered {
                        self.asked.remove(&ask);
                        self.session.submit(Operation::Answer { ask, answer }).await;
                    }
                }
            }
        }
        self.session.end_prompt(Ok("cancelled"));
    }

    async fn event(&mut self, event: Event) {
        for update in self.telling.event(&event) {
            self.update(update).await;
        }
        match event {
            Event::TurnStarted { .. } => self.in_turn = true,
            Event::ApprovalRequested { approval } => self.ask(approval),
            Event::QuestionAsked { question } => {
                let (ask, session) = (question.ask, self.session.id.clone());
                let asking = self.questions.spawn(ask_choice(session, question, self.peer.clone()));
                self.asked.insert(ask, asking);
            }
            Event::ApprovalResolved { ask, .. } | Event::QuestionClosed { ask } => {
                if let Some(question) = self.asked.remove(&ask) {
                    question.abort();
                }
            }
            Event::TurnEnded { reason, error, .. } => self.turn_ended(reason, error).await,
            // What was asked was no turn: this is its answer.
            Event::TurnUndone { .. } => self.session.end_prompt(Ok("end_turn")),
            Event::Notice { .. } if !self.in_turn && self.session.has_prompt() => {
                self.session.end_prompt(Ok("end_turn"));
            }
            _ => {}
        }
    }

    fn ask(&mut self, approval: Approval) {
        let ask = approval.ask;
        let question = Question {
            session: self.session.id.clone(),
            place: self.place.clone(),
            arguments: self.telling.arguments(&approval.call),
            approval,
        };
        let asking = self.questions.spawn(question.ask(self.peer.clone()));
        self.asked.insert(ask, asking);
    }

    async fn turn_ended(&mut self, reason: EndReason, error: Option<String>) {
        self.in_turn = false;
        if !self.titled {
            self.titled = true;
            self.tell_title().await;
        }
        let why = error.unwrap_or_default();
        let ended = match reason {
            EndReason::Completed => Ok("end_turn"),
            EndReason::Length => Ok("max_tokens"),
            EndReason::Refused => Ok("refusal"),
            EndReason::MaxTurns => Ok("max_turn_requests"),
            EndReason::Interrupted => Ok("cancelled"),
            EndReason::Loop | EndReason::EmptyReply | EndReason::ApprovalNeeded => {
                let text = if why.is_empty() { reason.name().to_owned() } else { why };
                self.update(chunk("agent_message_chunk", &format!("\n[{text}]\n"), None)).await;
                Ok("end_turn")
            }
            EndReason::Error => Err(RpcError::new(INTERNAL_ERROR, why)),
        };
        self.session.end_prompt(ended);
    }

    async fn tell_title(&self) {
        let (store, id) = (self.store.clone(), self.session.id.clone());
        let read = tokio::task::spawn_blocking(move || store.read(&id)).await;
        if let Ok(Ok(transcript)) = read {
            let updated = super::service::date(transcript.times().1);
            let title = transcript.title();
            self.update(json!({
                "sessionUpdate": "session_info_update", "title": title, "updatedAt": updated,
            }))
            .await;
        }
    }

    async fn update(&self, update: Value) {
        tell(&self.peer, &self.session.id, update).await;
    }
}

/// Tells one update of a session.
pub(super) async fn tell(peer: &Peer, session: &str, update: Value) {
    let params = json!({ "sessionId": session, "update": update });
    peer.notify("session/update", &params).await;
}
