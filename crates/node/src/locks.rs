//! A lock between processes, held until JavaScript lets go of it.

use std::sync::Arc;

use ironbridge_tools::{Failure, system};
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::operation::Call;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LockInput {
    path: String,
    /// Whether to wait while somebody else holds it.
    #[serde(default = "yes")]
    wait: bool,
}

fn yes() -> bool {
    true
}

pub(crate) fn lock(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: LockInput = call.input()?;
    let workspace = call.workspace()?;
    let lock = if input.wait {
        system::lock_file(&workspace, &input.path, call.control)?
    } else {
        system::try_lock_file(&workspace, &input.path)?
    };
    let answer = Answer::json(&json!({ "takenOver": lock.taken_over() }))?;
    Ok(Answer { handle: Some(Arc::new(lock)), ..answer })
}
