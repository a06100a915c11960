//! What the readers of replies know.

use crate::unknown::Shape::{self, Kinds, Known, List, Members, Of};

macro_rules! response {
    ($output:expr) => {
        Members(&[
            ("id", Known),
            ("object", Known),
            ("created_at", Known),
            ("completed_at", Known),
            ("status", Known),
            ("error", Known),
            ("incomplete_details", Members(&[("reason", Known)])),
            ("model", Known),
            ("output", $output),
            ("usage", Of(&USAGE)),
            ("service_tier", Known),
            // The texts of `output` once more, as the SDKs have it.
            ("output_text", Known),
            // The client's own settings, which the server repeats.
            ("background", Known),
            ("frequency_penalty", Known),
            ("include", Known),
            ("instructions", Known),
            ("max_output_tokens", Known),
            ("max_tool_calls", Known),
            ("metadata", Known),
            ("parallel_tool_calls", Known),
            ("presence_penalty", Known),
            ("previous_response_id", Known),
            ("prompt", Known),
            ("prompt_cache_key", Known),
            ("prompt_cache_retention", Known),
            ("reasoning", Known),
            ("safety_identifier", Known),
            ("store", Known),
            ("stream", Known),
            ("temperature", Known),
            ("text", Known),
            ("tool_choice", Known),
            ("tools", Known),
            ("top_logprobs", Known),
            ("top_p", Known),
            ("truncation", Known),
            ("user", Known),
        ])
    };
}

/// A whole reply.
pub(crate) static REPLY: Shape = response!(List(&ITEM));

/// The response at the beginning and the end of a stream; its items have been compared one by one.
static FRAME: Shape = response!(Known);

static ITEM: Shape = Kinds(&[
    (
        "message",
        Members(&[
            ("id", Known),
            ("type", Known),
            ("status", Known),
            ("role", Known),
            ("content", List(&CONTENT)),
        ]),
    ),
    (
        "reasoning",
        Members(&[
            ("id", Known),
            ("type", Known),
            ("status", Known),
            ("summary", List(&SECTION)),
            ("content", List(&SECTION)),
            ("encrypted_content", Known),
        ]),
    ),
    (
        "function_call",
        Members(&[
            ("id", Known),
            ("type", Known),
            ("status", Known),
            ("call_id", Known),
            ("name", Known),
            ("arguments", Known),
        ]),
    ),
    (
        "custom_tool_call",
        Members(&[
            ("id", Known),
            ("type", Known),
            ("status", Known),
            ("call_id", Known),
            ("name", Known),
            ("input", Known),
        ]),
    ),
]);

static CONTENT: Shape = Kinds(&[
    ("output_text", Members(&[("type", Known), ("text", Known), ("annotations", Known)])),
    ("refusal", Members(&[("type", Known), ("refusal", Known)])),
]);

static SECTION: Shape = Members(&[("type", Known), ("text", Known)]);

static USAGE: Shape = Members(&[
    ("input_tokens", Known),
    ("prompt_tokens", Known),
    ("input_tokens_details", Of(&INPUT_DETAILS)),
    ("output_tokens", Known),
    ("completion_tokens", Known),
    ("output_tokens_details", Members(&[("reasoning_tokens", Known)])),
    ("total_tokens", Known),
    ("cache_write_tokens", Known),
    ("cache_creation_input_tokens", Known),
    ("cache_creation_tokens", Known),
]);

static INPUT_DETAILS: Shape = Members(&[
    ("cached_tokens", Known),
    ("cache_write_tokens", Known),
    ("cache_creation_input_tokens", Known),
    ("cache_creation_tokens", Known),
    (
        "cache_creation",
        Members(&[("ephemeral_5m_input_tokens", Known), ("ephemeral_1h_input_tokens", Known)]),
    ),
]);

/// An event of a stream. Those of kinds that are not here are repeated whole by their item.
pub(super) static EVENT: Shape = Kinds(&[
    ("response.created", Of(&LIFE)),
    ("response.queued", Of(&LIFE)),
    ("response.in_progress", Of(&LIFE)),
    ("response.completed", Of(&LIFE)),
    ("response.incomplete", Of(&LIFE)),
    ("response.done", Of(&LIFE)),
    ("response.output_item.added", Of(&GROWTH)),
    ("response.output_item.done", Of(&GROWTH)),
    ("response.content_part.added", Of(&GROWTH)),
    ("response.content_part.done", Of(&GROWTH)),
    ("response.output_text.delta", Of(&GROWTH)),
    ("response.output_text.done", Of(&GROWTH)),
    ("response.output_text.annotation.added", Of(&GROWTH)),
    ("response.refusal.delta", Of(&GROWTH)),
    ("response.refusal.done", Of(&GROWTH)),
    ("response.reasoning_summary_part.added", Of(&GROWTH)),
    ("response.reasoning_summary_part.done", Of(&GROWTH)),
    ("response.reasoning_summary_text.delta", Of(&GROWTH)),
    ("response.reasoning_summary_text.done", Of(&GROWTH)),
    ("response.reasoning_text.delta", Of(&GROWTH)),
    ("response.reasoning_text.done", Of(&GROWTH)),
    ("response.function_call_arguments.delta", Of(&GROWTH)),
    ("response.function_call_arguments.done", Of(&GROWTH)),
    ("response.custom_tool_call_input.delta", Of(&GROWTH)),
    ("response.custom_tool_call_input.done", Of(&GROWTH)),
]);

static LIFE: Shape =
    Members(&[("type", Known), ("sequence_number", Known), ("response", Of(&FRAME))]);

/// `obfuscation` pads deltas to one length; a `part` is repeated by its item.
static GROWTH: Shape = Members(&[
    ("type", Known),
    ("sequence_number", Known),
    ("output_index", Known),
    ("item_id", Known),
    ("content_index", Known),
    ("summary_index", Known),
    ("annotation_index", Known),
    ("item", Of(&ITEM)),
    ("part", Known),
    ("annotation", Known),
    ("delta", Known),
    ("text", Known),
    ("refusal", Known),
    ("call_id", Known),
    ("name", Known),
    ("arguments", Known),
    ("input", Known),
    ("obfuscation", Known),
]);
