//! `file_op`: files deleted, moved, copied; folders made.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use ironbridge_tools::Location;
use ironbridge_tools::files::Changes;
use schemars::JsonSchema;
use serde::Deserialize;
use std::io::Read as _;

/// The largest file that is moved or copied, in bytes: it is held in memory, so that it can be undone.
const FILE_BYTES_MAX: u64 = 64 << 20;

pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::blocking("file_op", Effect::Writes, file_op)]
}

/// Deletes, moves or copies a file, or makes a folder. What exists is never overwritten; folders are not deleted.
#[derive(Deserialize, JsonSchema)]
struct FileOp {
    /// What is to be done.
    operation: Operation,
    /// The file, or the folder to be made.
    path: String,
    /// Where it goes: for move and copy.
    #[serde(default)]
    destination: Option<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Operation {
    /// The file goes.
    Delete,
    /// The file goes to `destination`.
    Move,
    /// `destination` is to hold the same.
    Copy,
    /// The folder is made, with those above it.
    Mkdir,
}

fn file_op(running: &Running, input: &FileOp) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let workspace = &place.workspace;
    let from = workspace.scope().locate(place.path(&input.path))?;
    if input.operation == Operation::Mkdir {
        let made = std::fs::create_dir_all(from.resolved());
        made.map_err(|error| Failure::new("io", format!("cannot make {}: {error}", input.path)))?;
        return Ok(ToolOutcome::done(format!("made {}", input.path)));
    }
    if !from.resolved().is_file() {
        let message = format!("{} is no file", input.path);
        return Err(Failure::new("not_a_file", message));
    }
    if input.operation == Operation::Delete {
        let mut changes = Changes::begin(workspace, std::slice::from_ref(&from), &running.control)?;
        changes.delete_file(&from)?;
        changes.commit(&running.control)?;
        return Ok(ToolOutcome::done(format!("deleted {}", input.path)));
    }
    let Some(destination) = &input.destination else {
        return Err(Failure::new("invalid_input", "destination is missing"));
    };
    let to = workspace.scope().locate(place.path(destination))?;
    transfer(running, &from, &to, input.operation == Operation::Move)?;
    let done = if input.operation == Operation::Move { "moved" } else { "copied" };
    Ok(ToolOutcome::done(format!("{done} {} to {destination}", input.path)))
}

fn transfer(running: &Running, from: &Location, to: &Location, moves: bool) -> Result<(), Failure> {
    let workspace = &running.place.workspace;
    let (bytes, mode) = content(from)?;
    let both = [from.clone(), to.clone()];
    let mut changes = Changes::begin(workspace, &both, &running.control)?;
    changes.create_bytes(to, bytes, mode, false)?;
    if moves {
        changes.delete_file(from)?;
    }
    changes.commit(&running.control)?;
    Ok(())
}

/// What a file holds, and its permission bits.
fn content(from: &Location) -> Result<(Vec<u8>, Option<u32>), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new("io", format!("cannot read {}: {error}", from.named().display()))
    };
    let file = from.open_file().map_err(failed)?;
    let mut bytes = Vec::new();
    (&file).take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("{} is over {FILE_BYTES_MAX} bytes", from.named().display());
        return Err(Failure::new("too_large", message));
    }
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        file.metadata().ok().map(|metadata| metadata.permissions().mode() & 0o7777)
    };
    #[cfg(not(unix))]
    let mode = None;
    Ok((bytes, mode))
}
