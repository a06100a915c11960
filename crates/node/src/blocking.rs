//! Operations that wait for a disk or a program, done on JavaScript's thread all the same: nothing else happens there until
//! they end. For `packages/node/src/compat/ironcode.ts`, whose functions have always been synchronous, and nobody else.

#![allow(unreachable_pub, reason = "what `#[napi]` exports has to be `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use std::time::Duration;

use ironbridge_tools::Control;
use napi_derive::napi;

use crate::engine::{Computed, Engine};
use crate::error::CallError;
use crate::failure::{guarded, thrown};
use crate::operation::{self, Call, Parts};

/// How long JavaScript may stand still for one of them.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Those that a synchronous function asks for.
const BLOCKING: [&str; 15] = [
    "extract",
    "fuzzy-search",
    "git-branches",
    "git-commit",
    "git-diff",
    "git-info",
    "git-stage",
    "git-status",
    "git-unstage",
    "glob",
    "grep",
    "list",
    "stats",
    "watch-start",
    "write",
];

#[napi]
impl Engine {
    /// Does `operation` at once. What it gives to hold on to is kept under the number `call`, as after `start`.
    #[napi]
    pub fn block(
        &self,
        call: u32,
        operation: String,
        input: String,
        place: String,
        texts: Option<Vec<String>>,
    ) -> napi::Result<Computed> {
        let control = Control::within(TIME_MAX);
        let events = self.outbox.begin(call, &control);
        let result = guarded(|| {
            if !BLOCKING.contains(&operation.as_str()) {
                let why = format!("{operation}: cannot be done synchronously");
                return Err(CallError::Input(why).into());
            }
            let parts = Parts { input, texts: texts.unwrap_or_default().into(), bytes: None };
            let place = Some(place.as_str());
            operation::run(&operation, &mut Call::new(parts, place, &control, Some(&events)))
        });
        let settled = self.outbox.settle(call, result);
        settled.map(Computed::from).map_err(|failure| thrown(&failure))
    }
}
