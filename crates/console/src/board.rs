//! The live board: a row for each session, its agents beneath it.

use crate::documents::{Phase, dollars};
use ironbridge_ledger::{Cause, Exchange};
use ironbridge_upstream::Catalogue;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most sessions on the board; the one that was silent longest gives way.
pub const SESSIONS_MAX: usize = 500;

/// The most agents of one session.
pub const AGENTS_MAX: usize = 100;

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionRow {
    /// The client's name for it; else one for all that one key asks without a session.
    pub(crate) id: String,
    /// Whether its client names it: only then can it be paused and stopped.
    pub(crate) named: bool,
    /// `paused` or `stopped` by the operator.
    pub(crate) held: Option<HeldDocument>,
    /// The dialect its client speaks.
    pub(crate) dialect: String,
    /// The name of its client key.
    pub(crate) key: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) domain: String,
    /// When its first exchange began, since the gateway started.
    pub(crate) first_ms: u64,
    /// When something of it happened last.
    pub(crate) last_ms: u64,
    /// Its agents: the main one first, then in the order in which they came.
    pub(crate) agents: Vec<AgentRow>,
}

/// How the operator holds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Held)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeldDocument {
    Paused,
    Stopped,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentPhase {
    /// Its request waits, here or at the provider.
    Waiting,
    /// The model reasons.
    Thinking,
    /// The reply is on the way.
    Streaming,
    /// The reply calls tools, which the client runs.
    Tool,
    /// The reply is whole; it is the user's turn.
    Idle,
    /// The last exchange failed.
    Failed,
}

/// An agent of a session.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Agent)]
pub(crate) struct AgentRow {
    /// The client's name for it; null for the main one.
    pub(crate) id: Option<String>,
    pub(crate) model: String,
    pub(crate) phase: AgentPhase,
    /// Since when.
    pub(crate) since_ms: u64,
    /// Its newest exchange.
    pub(crate) exchange: String,
    /// The tools that its last reply calls.
    pub(crate) tools: Vec<String>,
    /// What went wrong last.
    pub(crate) error: Option<String>,
    pub(crate) exchanges: u64,
    /// Output of the last whole reply, in tokens a second from its first content on.
    pub(crate) tokens_per_second: Option<f64>,
    /// Input and output of the last exchange together.
    pub(crate) context_tokens: Option<u64>,
    /// The most that its model takes, where that is known.
    pub(crate) context_tokens_max: Option<u64>,
    pub(crate) input_tokens: u64,
    pub(crate) cache_read_tokens: u64,
    pub(crate) cache_write_tokens: u64,
    pub(crate) output_tokens: u64,
    /// In USD, as far as prices are known.
    pub(crate) dollars: f64,
    /// Its exchanges under way, in the order in which they began.
    #[serde(skip)]
    running: Vec<(String, Phase)>,
}

/// All sessions, by id.
#[derive(Debug, Default)]
pub(crate) struct Board {
    sessions: BTreeMap<String, SessionRow>,
}

/// The most tools that a row names.
const TOOLS_MAX: usize = 8;

impl Board {
    /// Takes note of an exchange at `now_ms`; gives the row that has changed.
    pub(crate) fn see(&mut self, phase: Phase, exchange: &Exchange, now_ms: u64) -> &SessionRow {
        let id = session_of(exchange);
        if !self.sessions.contains_key(&id) {
            self.make_room();
        }
        let row = self.sessions.entry(id.clone()).or_insert_with(|| begin(id, exchange));
        row.last_ms = now_ms;
        row.agent(exchange).see(phase, exchange, now_ms);
        row
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &SessionRow> {
        self.sessions.values()
    }

    /// Holds a session's row; gives it, where there is one.
    pub(crate) fn hold(&mut self, id: &str, held: Option<HeldDocument>) -> Option<&SessionRow> {
        let row = self.sessions.get_mut(id)?;
        row.held = held;
        Some(row)
    }

    fn make_room(&mut self) {
        if self.sessions.len() < SESSIONS_MAX {
            return;
        }
        let oldest = self.sessions.values().min_by_key(|row| row.last_ms).map(|row| row.id.clone());
        if let Some(oldest) = oldest {
            self.sessions.remove(&oldest);
        }
    }
}

/// The row's id: a client that names no session is told apart by its key and dialect.
fn session_of(exchange: &Exchange) -> String {
    exchange.session.clone().unwrap_or_else(|| {
        let who = exchange.key_name.as_deref().unwrap_or("no key");
        format!("{who} · {}", exchange.dialect)
    })
}

fn begin(id: String, exchange: &Exchange) -> SessionRow {
    SessionRow {
        id,
        named: exchange.session.is_some(),
        held: None,
        dialect: exchange.dialect.clone(),
        key: exchange.key_name.clone(),
        project: exchange.project.clone(),
        domain: exchange.domain.clone(),
        first_ms: exchange.began_ms,
        last_ms: exchange.began_ms,
        agents: Vec::new(),
    }
}

impl SessionRow {
    /// The agent of an exchange; beyond [`AGENTS_MAX`] the newest one's place is taken.
    fn agent(&mut self, exchange: &Exchange) -> &mut AgentRow {
        let found = self.agents.iter().position(|agent| agent.id == exchange.agent);
        let index = found.unwrap_or_else(|| {
            self.agents.truncate(AGENTS_MAX - 1);
            let index = if exchange.agent.is_none() { 0 } else { self.agents.len() };
            self.agents.insert(index, AgentRow::begin(exchange));
            index
        });
        &mut self.agents[index]
    }
}

impl AgentRow {
    fn begin(exchange: &Exchange) -> Self {
        AgentRow {
            id: exchange.agent.clone(),
            model: exchange.model.clone(),
            phase: AgentPhase::Waiting,
            since_ms: exchange.began_ms,
            exchange: exchange.id.clone(),
            tools: Vec::new(),
            error: None,
            exchanges: 0,
            tokens_per_second: None,
            context_tokens: None,
            context_tokens_max: None,
            input_tokens: 0,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            output_tokens: 0,
            dollars: 0.0,
            running: Vec::new(),
        }
    }

    fn see(&mut self, phase: Phase, exchange: &Exchange, now_ms: u64) {
        let running = self.running.iter_mut().find(|(id, _)| *id == exchange.id);
        match (phase, running) {
            (Phase::Ended, _) => {
                self.running.retain(|(id, _)| *id != exchange.id);
                self.count(exchange);
            }
            (_, Some(running)) => running.1 = phase,
            (_, None) => self.running.push((exchange.id.clone(), phase)),
        }
        if phase != Phase::Ended {
            self.model.clone_from(&exchange.model);
        }
        let next = match self.running.last() {
            Some((id, phase)) => {
                self.exchange.clone_from(id);
                match phase {
                    Phase::Waiting | Phase::Ended => AgentPhase::Waiting,
                    Phase::Thinking => AgentPhase::Thinking,
                    Phase::Streaming => AgentPhase::Streaming,
                }
            }
            None if !matches!(exchange.cause, Cause::Completed | Cause::ClientAbort) => {
                AgentPhase::Failed
            }
            None if exchange.tool_calls.is_empty() => AgentPhase::Idle,
            None => AgentPhase::Tool,
        };
        if next != self.phase {
            self.phase = next;
            self.since_ms = now_ms;
        }
    }

    /// Adds an exchange that has ended.
    fn count(&mut self, exchange: &Exchange) {
        let tokens = |tokens: Option<u64>| tokens.unwrap_or(0);
        self.exchange.clone_from(&exchange.id);
        self.exchanges += 1;
        self.tools = exchange.tool_calls.iter().take(TOOLS_MAX).cloned().collect();
        self.error.clone_from(&exchange.error);
        self.dollars += dollars(tokens(exchange.cost_picodollars));
        let Some(output) = exchange.output_tokens else { return };
        let written = tokens(exchange.cache_write_5m_tokens)
            .saturating_add(tokens(exchange.cache_write_1h_tokens));
        let (input, read) = (tokens(exchange.input_tokens), tokens(exchange.cache_read_tokens));
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.input_tokens, input);
        add(&mut self.cache_read_tokens, read);
        add(&mut self.cache_write_tokens, written);
        add(&mut self.output_tokens, output);
        let context = [input, read, written, output].into_iter().fold(0, u64::saturating_add);
        self.context_tokens = Some(context);
        let model = exchange.target_model.as_deref().unwrap_or(&exchange.model);
        let facts = Catalogue::model(model);
        self.context_tokens_max = facts.known.then_some(facts.context_tokens);
        self.tokens_per_second = speed(exchange, output);
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown, never counted with")]
fn speed(exchange: &Exchange, output: u64) -> Option<f64> {
    let streamed_ms = exchange.duration_ms.checked_sub(exchange.first_content_ms?)?;
    // Shorter than that, the figure says more of the clock than of the model.
    (exchange.stream && streamed_ms >= 100).then(|| output as f64 * 1000.0 / streamed_ms as f64)
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
