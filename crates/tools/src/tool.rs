//! A tool as callers from outside see it: a name, JSON in, JSON out.

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
}

type Run = dyn Fn(&Workspace, Value, &Control) -> Result<Value, Failure> + Send + Sync;

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
        let run = move |workspace: &Workspace, input: Value, control: &Control| {
            let input: I = read(name, input)?;
            let output = function(workspace, &input, control)?;
            serde_json::to_value(output).map_err(|error| {
                Failure::new("internal", format!("{name}: its result is no JSON: {error}"))
            })
        };
        Self {
            name,
            effect,
            input: schema_for!(I),
            output: schema_for!(O),
            errors: E::codes(),
            run: Box::new(run),
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
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).finish_non_exhaustive()
    }
}

fn read<I: DeserializeOwned>(name: &str, input: Value) -> Result<I, Failure> {
    let invalid = |why: String| {
        let advice = format!("`ironbridge tool {name} --schema` shows what it takes");
        Failure::new(INVALID_INPUT, format!("{name}: {why}; {advice}"))
    };
    // serde would take a list for the fields in their order.
    if !input.is_object() {
        return Err(invalid("the input is no object".to_owned()));
    }
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        invalid(format!("{place}{}", error.into_inner()))
    })
}
