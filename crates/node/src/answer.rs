//! What an operation gives back, and how it becomes a JavaScript value.
//!
//! Small things cross as JSON text, which V8 parses faster than N-API can build objects call by call
//! (`docs/design/node.md` has the figures). A text that may be large crosses beside it, unescaped, and bytes as a buffer
//! that is not copied.

use std::any::Any;
use std::sync::Arc;

use napi::bindgen_prelude::ToNapiValue;
use napi::{check_status, sys};

use ironbridge_tools::Failure;
use serde::Serialize;

use crate::error::CallError;

/// What stays in Rust and is dropped when JavaScript lets go of it.
pub(crate) type Handle = Arc<dyn Any + Send + Sync>;

/// What an operation gives.
#[derive(Default)]
pub(crate) struct Answer {
    /// JSON text.
    pub(crate) json: Option<String>,
    /// A text that may be large.
    pub(crate) text: Option<String>,
    /// Bytes, or numbers as JavaScript's typed arrays hold them.
    pub(crate) bytes: Option<Vec<u8>>,
    /// What stays in Rust until JavaScript lets go of it.
    pub(crate) handle: Option<Handle>,
}

impl Answer {
    /// How much of it is on its way; `engine.ts` counts the same when it has taken it.
    pub(crate) fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        text(&self.json) + text(&self.text) + self.bytes.as_ref().map_or(0, Vec::len)
    }

    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Failure> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self { json: Some(json), ..Self::default() }),
            Err(error) => Err(CallError::Internal(error).into()),
        }
    }

    pub(crate) fn of_text(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }

    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes: Some(bytes), ..Self::default() }
    }
}

/// A string on its way to JavaScript.
pub(crate) struct Text(pub(crate) String);

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, Self(text): Self) -> napi::Result<sys::napi_value> {
        let mut value = std::ptr::null_mut();
        let (start, length) = (text.as_ptr().cast(), text.len().cast_signed());
        // ASCII is Latin-1: V8 takes it as it is, where it would look at UTF-8 twice.
        let status = if text.is_ascii() {
            // SAFETY: `env` is the caller's; start and length are those of a string that lives until the end of this
            // function, and the callee copies it.
            unsafe { sys::napi_create_string_latin1(env, start, length, &raw mut value) }
        } else {
            // SAFETY: as above.
            unsafe { sys::napi_create_string_utf8(env, start, length, &raw mut value) }
        };
        check_status!(status, "cannot make a string of {length} bytes")?;
        Ok(value)
    }
}
