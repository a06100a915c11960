//! What an engine is told once.

use super::Measure;
use ironbridge_session::Mode;
use serde_json::Value;
use std::sync::Arc;

/// What an engine is told once.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The model's name, for the transcript.
    pub model: String,
    /// The mode at the start; `None`: the one the session had.
    pub mode: Option<Mode>,
    /// Whether somebody is there to answer questions. If not, a call that needs an approval ends the turn.
    pub can_ask: bool,
    /// How often the model is asked in one turn at most.
    pub model_calls_max: u64,
    /// How many calls of one reply are run; 1 for small models, which lose count.
    pub calls_max: usize,
    /// The tools on offer, in the order they are told to the model.
    pub tools: Arc<[ToolSpec]>,
    /// What the context may hold, in tokens; 0: not known.
    pub context_max: u64,
    /// How tokens are counted.
    pub measure: Measure,
    /// Makes the waits before retries differ between agents that fail together.
    pub seed: u64,
}

/// What is known of a tool without running it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Its name; letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub schema: Value,
    /// Whether it changes nothing: such calls run at once, and in mode `plan`.
    pub reads: bool,
}
