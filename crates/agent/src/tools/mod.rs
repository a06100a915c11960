//! The tools a model may call: what each is told as, what it can do, and how it runs.

mod commands;
mod edits;
mod files;
mod outcome;
mod place;
mod searches;

pub use place::{Place, PlaceError};

use crate::engine::{ToolOutcome, ToolSpec};
use ironbridge_tools::{Control, Failure};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;

/// What a tool can do to the world; decides what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Looks at the project.
    Reads,
    /// Changes files of the project.
    Writes,
    /// Runs a command.
    Runs,
    /// Reaches other machines.
    Connects,
    /// Touches nothing but the session itself.
    Harmless,
}

/// One call while it runs.
pub struct Running {
    /// The arguments; they fit the schema.
    pub arguments: Value,
    /// Where it runs.
    pub place: Arc<Place>,
    /// Until when, and who stops it.
    pub control: Control,
    /// Takes what is printed meanwhile.
    pub progress: Arc<dyn Fn(String) + Send + Sync>,
    /// Whether nothing holds it in: a person has just allowed it, or the mode is `yolo`.
    pub unconfined: bool,
}

/// The end of a call, which may be waited for.
pub type Ending = Pin<Box<dyn Future<Output = ToolOutcome> + Send>>;

type Run = dyn Fn(Running) -> Ending + Send + Sync;

/// One tool.
#[derive(Clone)]
pub struct Tool {
    /// What the engine and the model know of it.
    pub spec: ToolSpec,
    /// What it can do.
    pub effect: Effect,
    run: Arc<Run>,
}

impl Tool {
    /// A tool that blocks its thread: it gets one of its own.
    ///
    /// Its description is that of the input type `I`, the first paragraph.
    pub fn blocking<I>(
        name: &str,
        effect: Effect,
        function: impl Fn(&Running, &I) -> Result<ToolOutcome, Failure> + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + 'static,
    {
        let function = Arc::new(function);
        let run = move |running: Running| -> Ending {
            let function = Arc::clone(&function);
            Box::pin(async move {
                let work = move || match serde_json::from_value(running.arguments.clone()) {
                    Ok(input) => function(&running, &input)
                        .unwrap_or_else(|failure| outcome::failed(&failure)),
                    Err(error) => ToolOutcome::failed(format!("the arguments do not fit: {error}")),
                };
                let ended = tokio::task::spawn_blocking(work).await;
                ended.unwrap_or_else(|error| {
                    ToolOutcome::failed(format!("the tool broke down: {error}"))
                })
            })
        };
        let mut schema = schema_for!(I).to_value();
        let description = plain(&mut schema);
        let reads = matches!(effect, Effect::Reads | Effect::Connects);
        Tool {
            spec: ToolSpec { name: name.to_owned(), description, schema, reads },
            effect,
            run: Arc::new(run),
        }
    }

    /// Runs it.
    pub(crate) fn run(&self, running: Running) -> Ending {
        (self.run)(running)
    }
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool").field("name", &self.spec.name).finish_non_exhaustive()
    }
}

/// Takes out of a schema what a model pays for and does not need; gives its description.
fn plain(schema: &mut Value) -> String {
    let Some(members) = schema.as_object_mut() else { return String::new() };
    members.remove("$schema");
    members.remove("title");
    let description = members.remove("description");
    if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            property.remove("format");
            property.remove("minimum");
            if property.get("default").is_some_and(Value::is_null) {
                property.remove("default");
            }
            // An optional number is a number that may be left out.
            let one = property
                .get("type")
                .and_then(Value::as_array)
                .and_then(|types| types.iter().find(|kind| *kind != "null").cloned());
            if let Some(one) = one {
                property.insert("type".to_owned(), one);
            }
        }
    }
    let text = description.as_ref().and_then(Value::as_str).unwrap_or_default();
    text.replace('\n', " ")
}

/// The tools of a session, by name.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    tools: Vec<Tool>,
}

impl Registry {
    /// The built-in tools.
    #[must_use]
    pub fn built_in() -> Self {
        let tools = [files::tools(), edits::tools(), searches::tools(), commands::tools()];
        Registry { tools: tools.into_iter().flatten().collect() }
    }

    /// The tool of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.spec.name == name)
    }

    /// All of them, in the order they are told to the model.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.tools.iter()
    }

    /// What the engine knows of them.
    #[must_use]
    pub fn specs(&self) -> Arc<[ToolSpec]> {
        self.tools.iter().map(|tool| tool.spec.clone()).collect()
    }
}
