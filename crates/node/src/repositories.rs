//! Repositories whose status is kept.

use std::path::PathBuf;
use std::sync::Arc;

use ironbridge_tools::Failure;
use ironbridge_tools::vcs::WatchedRepository;
use serde::Deserialize;

use crate::answer::Answer;
use crate::operation::Call;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenInput {
    path: Option<PathBuf>,
}

pub(crate) fn open(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let OpenInput { path } = call.input()?;
    let workspace = call.workspace()?;
    let repository = WatchedRepository::open(&workspace, path.as_deref(), call.control)?;
    Ok(Answer { handle: Some(Arc::new(repository)), ..Answer::default() })
}

#[derive(Deserialize)]
struct Handle {
    handle: u32,
}

pub(crate) fn status(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Handle { handle } = call.input()?;
    Answer::json(&*call.handle::<WatchedRepository>(handle)?.status(call.control)?)
}
