//! One tool: what is known of it, and how it runs.

use super::{Place, outcome};
use crate::engine::{ToolOutcome, ToolSpec};
use ironbridge_tools::{Cancel, Control, Failure};
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
    /// Makes a commit: lasts beyond undo, and runs the project's hooks.
    Commits,
    /// Reaches other machines.
    Connects,
    /// Asks the user.
    Asks,
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
        Tool::of::<I>(name, effect, Arc::new(run))
    }

    /// A tool that waits: `function` gives the future of its end, which is dropped when the call is cancelled.
    ///
    /// Its description is that of the input type `I`, the first paragraph.
    pub fn waiting<I, F>(
        name: &str,
        effect: Effect,
        function: impl Fn(I, Running) -> F + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + 'static,
        F: Future<Output = ToolOutcome> + Send + 'static,
    {
        let run = move |running: Running| -> Ending {
            let cancelled = cancelled(running.control.cancel_token().clone());
            match serde_json::from_value(running.arguments.clone()) {
                Ok(input) => {
                    let work = function(input, running);
                    Box::pin(async move {
                        tokio::select! {
                            outcome = work => outcome,
                            () = cancelled => ToolOutcome::failed("cancelled"),
                        }
                    })
                }
                Err(error) => {
                    let outcome = ToolOutcome::failed(format!("the arguments do not fit: {error}"));
                    Box::pin(std::future::ready(outcome))
                }
            }
        };
        Tool::of::<I>(name, effect, Arc::new(run))
    }

    fn of<I: JsonSchema>(name: &str, effect: Effect, run: Arc<Run>) -> Self {
        let mut schema = schema_for!(I).to_value();
        let description = plain(&mut schema);
        let reads = matches!(effect, Effect::Reads | Effect::Connects);
        Tool { spec: ToolSpec { name: name.to_owned(), description, schema, reads }, effect, run }
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

/// Ends when `cancel` is cancelled.
async fn cancelled(cancel: Cancel) {
    let (tell, told) = tokio::sync::oneshot::channel();
    let registration = cancel.on_cancel(move || {
        let _ = tell.send(());
    });
    if told.await.is_err() {
        // Nobody can cancel it any more.
        std::future::pending::<()>().await;
    }
    drop(registration);
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
