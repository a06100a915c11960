//! A tool as callers from outside see it: a name, JSON in, JSON out.

use std::sync::Arc;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Coded, Control, Failure, Workspace};

/// The code of a failure whose cause is the input itself.
const INVALID_INPUT: &str = "invalid_input";

/// What a tool can do to the world; decides what must be asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Reads,
    /// Changes files.
    Writes,
    /// Runs commands, which may do anything.
    Runs,
    /// Reaches other machines.
    Connects,
}

/// One tool of the table: `ironbridge tool NAME`, an MCP tool, a tool of the agent.
///
/// It is the JSON face of a typed function of this crate; JavaScript calls the function itself.
pub struct Tool {
    /// In kebab-case, as in `ironbridge tool insert-lines`. MCP writes `_` for `-`.
    pub name: &'static str,
    /// What it can do.
    pub effect: Effect,
    /// JSON schema of the input; its `description` says what the tool does.
    pub input: Schema,
    /// JSON schema of the result.
    pub output: Schema,
    /// Codes of its failures, with their meanings. `invalid_input` comes on top, at every tool.
    pub errors: &'static [(&'static str, &'static str)],
    run: Box<Run>,
    run_text: Box<RunText>,
}

type Run = dyn Fn(&Workspace, Value, &Control) -> Result<Value, Failure> + Send + Sync;
type RunText = dyn Fn(&Workspace, &str, &Control) -> Result<String, Failure> + Send + Sync;

impl Tool {
    /// The JSON face of `function`.
    pub fn new<I, O, E>(
        name: &'static str,
        effect: Effect,
        function: impl Fn(&Workspace, &I, &Control) -> Result<O, E> + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + 'static,
        O: Serialize + JsonSchema + 'static,
        E: Coded + 'static,
    {
        let function = Arc::new(function);
        let no_json = move |error: serde_json::Error| {
            Failure::new("internal", format!("{name}: its result is no JSON: {error}"))
        };
        let typed = Arc::clone(&function);
        let run = move |workspace: &Workspace, input: Value, control: &Control| {
            let input: I = read(name, input)?;
            let output = typed(workspace, &input, control)?;
            serde_json::to_value(output).map_err(no_json)
        };
        let run_text = move |workspace: &Workspace, input: &str, control: &Control| {
            let input: I = read_text(name, input)?;
            let output = function(workspace, &input, control)?;
            serde_json::to_string(&output).map_err(no_json)
        };
        Self {
            name,
            effect,
            input: schema_for!(I),
            output: schema_for!(O),
            errors: E::codes(),
            run: Box::new(run),
            run_text: Box::new(run_text),
        }
    }

    /// The first paragraph of its description.
    pub fn summary(&self) -> &str {
        let text = self.input.get("description").and_then(Value::as_str).unwrap_or_default();
        text.split("\n\n").next().unwrap_or_default()
    }

    /// Runs it. Blocking; see the typed function for limits and for what a stopped call leaves behind.
    ///
    /// # Errors
    ///
    /// `invalid_input` when `input` does not fit the schema, else one of [`Tool::errors`].
    pub fn run(
        &self,
        workspace: &Workspace,
        input: Value,
        control: &Control,
    ) -> Result<Value, Failure> {
        (self.run)(workspace, input, control)
    }

    /// The same from text to text, for callers that have JSON as text: no tree of values is built on either side.
    ///
    /// # Errors
    ///
    /// As [`Tool::run`].
    pub fn run_text(
        &self,
        workspace: &Workspace,
        input: &str,
        control: &Control,
    ) -> Result<String, Failure> {
        (self.run_text)(workspace, input, control)
    }
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).finish_non_exhaustive()
    }
}

fn read<I: DeserializeOwned>(name: &str, input: Value) -> Result<I, Failure> {
    // serde would take a list for the fields in their order.
    if !input.is_object() {
        return Err(no_object(name));
    }
    serde_path_to_error::deserialize(input).map_err(|error| misfit(name, error))
}

/// The input of the tool `name` from its JSON text.
///
/// # Errors
///
/// `invalid_input`, with the place of the mistake.
pub fn read_text<I: DeserializeOwned>(name: &str, input: &str) -> Result<I, Failure> {
    if !input.trim_start().starts_with('{') {
        return Err(no_object(name));
    }
    let mut reader = serde_json::Deserializer::from_str(input);
    let read =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| misfit(name, error))?;
    reader.end().map_err(|error| invalid(name, &error.to_string()))?;
    Ok(read)
}

fn misfit(name: &str, error: serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let path = error.path().to_string();
    let place = if path == "." { String::new() } else { format!("{path}: ") };
    invalid(name, &format!("{place}{}", error.into_inner()))
}

fn no_object(name: &str) -> Failure {
    invalid(name, "the input is no object")
}

fn invalid(name: &str, why: &str) -> Failure {
    let advice = format!("`ironbridge tool {name} --schema` shows what it takes");
    Failure::new(INVALID_INPUT, format!("{name}: {why}; {advice}"))
}
