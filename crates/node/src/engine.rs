//! The face towards `packages/node/src/engine.ts`: one object per JavaScript thread, through which every call goes.

#![allow(unreachable_pub, private_interfaces, reason = "what `#[napi]` exports has to be `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use std::sync::Arc;
use std::time::Duration;

use ironbridge_tools::Control;
use napi::Env;
use napi::bindgen_prelude::{Buffer, Function, Object, ToNapiValue, Uint8Array};
use napi_derive::napi;

use crate::answer::{Answer, Text};
use crate::error::CallError;
use crate::failure::{guarded, thrown};
use crate::operation::{self, Call, Parts};
use crate::outbox::{Arguments, Outbox};
use crate::pool;

/// How long an exit may wait for calls that were cancelled: killing a command takes a few milliseconds.
const EXIT_TIME_MAX: Duration = Duration::from_secs(2);

/// All calls of one JavaScript thread.
#[napi]
pub struct Engine {
    pub(crate) outbox: Arc<Outbox>,
}

#[napi]
impl Engine {
    /// `push` gets every result and event.
    #[napi(constructor)]
    pub fn new(push: Function<'_, Arguments, ()>) -> napi::Result<Self> {
        Ok(Self { outbox: Arc::new(Outbox::new(&push)?) })
    }

    /// Does `operation` on the pool; `push` gets its end, with the number `call`.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "an object's fields would be a crossing each")]
    pub fn start(
        &self,
        call: u32,
        operation: String,
        input: String,
        place: String,
        timeout_ms: Option<f64>,
        texts: Option<Vec<String>>,
        bytes: Option<Uint8Array>,
    ) {
        let control = timeout_ms.map_or_else(Control::unbounded, |time| {
            // Not a number, negative or endless: `try_from` refuses, and there is no deadline.
            Duration::try_from_secs_f64(time / 1000.0)
                .map_or_else(|_| Control::unbounded(), Control::within)
        });
        let parts = Parts {
            input,
            texts: texts.unwrap_or_default().into(),
            // Copied: JavaScript may change or detach it while the work is done elsewhere.
            bytes: bytes.map(|bytes| bytes.to_vec()),
        };
        let events = self.outbox.begin(call, &control);
        let lane = operation::lane(&operation);
        let outbox = Arc::clone(&self.outbox);
        let job = move || {
            let _working = outbox.working();
            let result = guarded(|| {
                control.check().map_err(CallError::from)?;
                let place = Some(place.as_str());
                let mut call = Call::new(parts, place, &control, Some(&events));
                operation::run(&operation, &mut call)
            });
            outbox.end(call, result);
        };
        match pool::submit(lane, job) {
            Ok(ticket) => self.outbox.queued(call, ticket),
            Err(error) => self.outbox.end(call, Err(CallError::NoThread(error).into())),
        }
    }

    /// Does `operation` at once, on this thread: `{json?, text?, bytes?}`. What it gives to hold on to is kept under the
    /// number `call`, as after [`Self::start`]. Only what [`operation::at_once`] allows.
    #[napi]
    pub fn ask(
        &self,
        call: u32,
        operation: String,
        input: String,
        place: Option<String>,
        texts: Option<Vec<String>>,
        bytes: Option<Uint8Array>,
    ) -> napi::Result<Computed> {
        let control = operation::at_once(&operation).map_err(|why| thrown(&why))?;
        let events = self.outbox.begin(call, &control);
        let bytes = bytes.map(|bytes| bytes.to_vec());
        let parts = Parts { input, texts: texts.unwrap_or_default().into(), bytes };
        let (place, events) = (place.as_deref(), Some(&events));
        let mut call_of = Call::new(parts, place, &control, events);
        let result = guarded(|| operation::run(&operation, &mut call_of));
        self.outbox.settle(call, result).map(Computed).map_err(|failure| thrown(&failure))
    }

    /// Asks a running call to stop; its end is pushed all the same.
    #[napi]
    pub fn cancel(&self, call: u32) {
        self.outbox.cancel(call);
    }

    /// Cancels all calls and lets go of all handles, and waits until no program of a command is left: the process exits.
    #[napi]
    pub fn end(&self) {
        self.outbox.end_all(EXIT_TIME_MAX);
    }

    /// Takes note that so many bytes of a call's events were consumed.
    #[napi]
    pub fn taken(&self, call: u32, bytes: u32) {
        self.outbox.taken(call, usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    /// Whether the event loop waits for what is still to be pushed.
    #[napi]
    pub fn keep_loop_alive(&self, env: Env, alive: bool) {
        self.outbox.keep_loop_alive(env, alive);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.outbox.close();
    }
}

/// Does a pure operation at once, on this thread: `{json?, text?, bytes?}`.
#[napi]
pub fn compute(
    operation: String,
    input: String,
    place: Option<String>,
    texts: Option<Vec<String>>,
    bytes: Option<Uint8Array>,
) -> napi::Result<Computed> {
    guarded(|| {
        if !operation::is_pure(&operation) {
            let why = format!("{operation}: cannot be done synchronously");
            return Err(CallError::Input(why).into());
        }
        let bytes = bytes.map(|bytes| bytes.to_vec());
        let parts = Parts { input, texts: texts.unwrap_or_default().into(), bytes };
        let control = Control::unbounded();
        let place = place.as_deref();
        operation::run(&operation, &mut Call::new(parts, place, &control, None))
    })
    .map(Computed)
    .map_err(|failure| thrown(&failure))
}

/// An answer as an object.
pub struct Computed(Answer);

impl ToNapiValue for Computed {
    unsafe fn to_napi_value(
        env: napi::sys::napi_env,
        Self(answer): Self,
    ) -> napi::Result<napi::sys::napi_value> {
        let mut object = Object::new(&Env::from_raw(env))?;
        if let Some(json) = answer.json {
            object.set("json", Text(json))?;
        }
        if let Some(text) = answer.text {
            object.set("text", Text(text))?;
        }
        if let Some(bytes) = answer.bytes {
            object.set("bytes", Buffer::from(bytes))?;
        }
        // SAFETY: `env` is the caller's, in which the object was made.
        unsafe { Object::to_napi_value(env, object) }
    }
}

/// `{tools: [{name, input, output, errors}], errors}` as JSON text, of which the types of the package are made.
#[napi]
pub fn describe_tools() -> napi::Result<String> {
    guarded(operation::describe).map_err(|failure| thrown(&failure))
}
