//! The dialects: is a payload valid, what is it in another one, and streams from one to another.

#![allow(unreachable_pub, reason = "what `#[napi]` exports has to be `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use ironbridge_tools::Failure;
use ironbridge_wire as wire;
use ironbridge_wire::{Changes, Dialect, Memo, Step, Target};
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::error::{CallError, problems};
use crate::failure::{guarded, thrown};
use crate::operation::Call;

pub(crate) fn dialect(name: &str) -> Result<Dialect, CallError> {
    Dialect::by_name(name).ok_or_else(|| CallError::UnknownDialect(name.to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ValidateInput {
    dialect: String,
}

/// Text: the payload as JSON. Gives its mistakes.
pub(crate) fn validate(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: ValidateInput = call.input()?;
    let dialect = dialect(&input.dialect)?;
    Answer::json(&mistakes(&call.text()?, dialect))
}

/// The same at once: it is asked for often, and mostly there is nothing to say. The mistakes as JSON text.
#[napi]
pub fn validate_payload(payload: String, dialect: String) -> napi::Result<Option<String>> {
    let found = guarded(|| {
        let errors = mistakes(&payload, self::dialect(&dialect)?);
        Ok((!errors.is_empty()).then(|| json!(errors).to_string()))
    });
    found.map_err(|failure| thrown(&failure))
}

fn mistakes(payload: &str, dialect: Dialect) -> Vec<Value> {
    let read = wire::json::parse(payload.as_bytes())
        .and_then(|document| wire::read_request(document, dialect));
    read.err().map_or_else(Vec::new, |invalid| problems(&invalid))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TranslateInput {
    from: String,
    to: String,
    #[serde(default)]
    target: TargetInput,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct TargetInput {
    output_tokens_max: Option<u64>,
    max_completion_tokens: bool,
    adaptive_thinking: bool,
    never_reasons: bool,
}

impl From<TargetInput> for Target {
    fn from(input: TargetInput) -> Self {
        let TargetInput {
            output_tokens_max,
            max_completion_tokens,
            adaptive_thinking,
            never_reasons,
        } = input;
        Self { output_tokens_max, max_completion_tokens, adaptive_thinking, never_reasons }
    }
}

/// Text: the payload as JSON. Gives `{payload, changes}`.
pub(crate) fn translate_request(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: TranslateInput = call.input()?;
    let (from, to) = (dialect(&input.from)?, dialect(&input.to)?);
    let payload = call.text()?;
    let target = Target::from(input.target);
    let translated = wire::translate_request(payload.as_bytes(), from, to, &target)
        .map_err(CallError::Payload)?;
    Answer::json(&json!({ "payload": translated.body, "changes": changes(&translated.changes) }))
}

/// Texts: the reply, then the request it answers as its client sent it, where there is one.
pub(crate) fn translate_response(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: TranslateInput = call.input()?;
    let (from, to) = (dialect(&input.from)?, dialect(&input.to)?);
    let reply = call.text()?;
    let memo = memo(call.text().ok().as_deref(), from, to, input.target)?;
    let translated =
        wire::translate_reply(reply.as_bytes(), from, to, &memo).map_err(CallError::Response)?;
    Answer::json(&json!({ "payload": translated.body, "changes": changes(&translated.changes) }))
}

/// What a client's request, sent on in the dialect `from`, left to be put back in the reply.
fn memo(
    request: Option<&str>,
    from: Dialect,
    to: Dialect,
    target: TargetInput,
) -> Result<Memo, Failure> {
    let Some(request) = request else { return Ok(Memo::new(true)) };
    let translated = wire::translate_request(request.as_bytes(), to, from, &target.into());
    Ok(translated.map_err(CallError::Payload)?.memo)
}

fn changes(changes: &Changes) -> Vec<Value> {
    let change = |change: &wire::Change| json!({ "path": change.path.as_str(), "kind": change.carried.name(), "reason": change.why });
    changes.iter().map(change).collect()
}

/// A streamed reply on its way from one dialect to another.
#[napi]
pub struct NativeStream {
    translator: wire::StreamTranslator,
}

#[napi]
impl NativeStream {
    /// `request`: the client's request as JSON text.
    #[napi(constructor)]
    pub fn new(from: String, to: String, request: Option<String>) -> napi::Result<Self> {
        let made = guarded(|| {
            let (from, to) = (dialect(&from)?, dialect(&to)?);
            let memo = memo(request.as_deref(), from, to, TargetInput::default())?;
            Ok(wire::StreamTranslator::new(from, to, memo))
        });
        Ok(Self { translator: made.map_err(|failure| thrown(&failure))? })
    }

    /// Takes the upstream's next bytes; gives what is to be sent on.
    #[napi]
    pub fn push(&mut self, bytes: Uint8Array) -> napi::Result<Buffer> {
        self.step(|translator, step| translator.push(&bytes, step))
    }

    /// The upstream has ended.
    #[napi]
    pub fn end(&mut self) -> napi::Result<Buffer> {
        self.step(wire::StreamTranslator::end)
    }

    /// The changes so far, as JSON text.
    #[napi]
    pub fn changes(&self) -> napi::Result<String> {
        guarded(|| Ok(json!(changes(self.translator.changes())).to_string()))
            .map_err(|failure| thrown(&failure))
    }

    fn step(
        &mut self,
        work: impl FnOnce(&mut wire::StreamTranslator, &mut Step),
    ) -> napi::Result<Buffer> {
        let translator = &mut self.translator;
        let done = guarded(|| {
            let mut step = Step::default();
            work(translator, &mut step);
            step.body.append(&mut step.last);
            Ok(step.body)
        });
        done.map(Buffer::from).map_err(|failure| thrown(&failure))
    }
}
