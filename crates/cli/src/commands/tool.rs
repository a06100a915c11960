//! `ironbridge tool [NAME]`.

use std::io::{self, IsTerminal, Read};

use std::sync::Arc;

use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Confinement, Control, Effect, Failure, Scope, Tool, Workspace};
use serde_json::{Value, json};

use crate::arguments::{Global, Tool as Asked};
use crate::error::Error;
use crate::stop::Signals;
use crate::{folders, output, runtime, tool_table};

/// The largest input, in bytes: more than the largest file a tool takes, as JSON.
const INPUT_BYTES_MAX: u64 = 256 << 20;

/// Where tools keep what they must, in the data folder.
const STATE_FOLDER: &str = "tools";

/// Runs a tool on the JSON of stdin and prints its result; lists the tools when none is named.
pub(crate) fn run(asked: &Asked, global: &Global) -> Result<(), Error> {
    let tools = tool_table::tools(&asked.allowed_hosts);
    let Some(name) = &asked.name else {
        let width = tools.iter().map(|tool| tool.name.len()).max().unwrap_or(0);
        let line =
            |tool: &Tool| format!("{:<width$}  {}\n", tool.name, tool.summary().replace('\n', " "));
        return output::result(&tools.iter().map(line).collect::<String>());
    };
    let tool = tool_table::find(tools, name)?;
    if asked.schema {
        let schemas = json!({ "input": tool.input, "output": tool.output });
        return output::result(&format!("{schemas:#}\n"));
    }
    let workspace = workspace(asked, global, tool.effect)?;
    let input = input(name)?;
    let control = match asked.timeout {
        Some(time) => Control::within(time),
        None => Control::unbounded(),
    };
    let ran = match input {
        Ok(input) => run_to_end(tool, workspace, input, control)?,
        Err(failure) => Err(failure),
    };
    match ran {
        Ok(result) if io::stdout().is_terminal() => output::result(&format!("{result:#}\n")),
        Ok(result) => output::result(&format!("{result}\n")),
        Err(failure) => {
            output::result(&tool_table::printed(&failure))?;
            Err(Error::told())
        }
    }
}

/// Runs it on a thread of its own; the first signal cancels it, and then it is waited for all the same: what it leaves
/// behind is its own to say.
fn run_to_end(
    tool: Tool,
    workspace: Workspace,
    input: Value,
    control: Control,
) -> Result<Result<Value, Failure>, Error> {
    runtime::block_on(async move {
        let mut signals = Signals::listen()
            .map_err(|error| Error::failure("cannot catch signals").caused_by(&error))?;
        let cancel = control.cancel_token().clone();
        let mut running =
            tokio::task::spawn_blocking(move || tool.run(&workspace, input, &control));
        let ran = tokio::select! {
            ran = &mut running => ran,
            _ = signals.next() => {
                cancel.cancel();
                running.await
            }
        };
        ran.map_err(|error| Error::failure("the tool broke down").caused_by(&error))
    })
}

/// The project, with snapshots of what is changed in it since `ironbridge tool snapshot` took one.
fn workspace(asked: &Asked, global: &Global, effect: Effect) -> Result<Workspace, Error> {
    let here = std::env::current_dir()
        .map_err(|error| Error::failure("there is no current folder").caused_by(&error))?;
    let root = here.join(asked.root.as_deref().unwrap_or(&here));
    let scope = if asked.no_sandbox { Scope::anywhere(&root) } else { Scope::within(&root) };
    let scope = scope.map_err(|error| Error::usage("cannot work there").caused_by(&error))?;
    let state = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    let confinement = if asked.no_sandbox { Confinement::AsAsked } else { Confinement::Always };
    let workspace = Workspace::new(scope, state.join(STATE_FOLDER)).with_confinement(confinement);
    if effect != Effect::Writes {
        return Ok(workspace);
    }
    let snapshots = Snapshots::of(&workspace)
        .map_err(|error| Error::failure("cannot keep snapshots").caused_by(&error))?;
    Ok(workspace.with_before_change(Arc::new(snapshots)))
}

/// What stands on stdin; nothing at all is an object without members.
fn input(name: &str) -> Result<Result<Value, Failure>, Error> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Error::usage(format!("{name} takes its input as JSON on stdin"))
            .hint(format!("echo '{{…}}' | ironbridge tool {name}"))
            .hint(format!("`ironbridge tool {name} --schema` shows what it takes")));
    }
    let mut text = Vec::new();
    let read = stdin.lock().take(INPUT_BYTES_MAX + 1).read_to_end(&mut text);
    read.map_err(|error| Error::failure("cannot read stdin").caused_by(&error))?;
    let invalid = |why: String| Failure::new("invalid_input", format!("{name}: {why}"));
    Ok(if text.len() as u64 > INPUT_BYTES_MAX {
        Err(invalid(format!("the input is larger than {} MiB", INPUT_BYTES_MAX >> 20)))
    } else if text.trim_ascii().is_empty() {
        Ok(json!({}))
    } else {
        serde_json::from_slice(&text).map_err(|error| invalid(format!("no JSON: {error}")))
    })
}
