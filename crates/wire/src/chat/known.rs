//! What the readers of replies know.

use crate::unknown::Shape::{self, Kinds, Known, List, Members, Of};

/// A whole reply, or a chunk of a stream.
///
/// `system_fingerprint` and the ids beside it name the machine that answered, and `obfuscation` pads chunks to one
/// length: nothing of the reply.
pub(crate) static REPLY: Shape = Members(&[
    ("id", Known),
    ("object", Known),
    ("created", Known),
    ("model", Known),
    ("choices", List(&CHOICE)),
    ("usage", Of(&USAGE)),
    ("service_tier", Known),
    ("system_fingerprint", Known),
    ("x_groq", Members(&[("id", Known), ("usage", Of(&USAGE))])),
    ("obfuscation", Known),
    ("error", Known),
]);

static CHOICE: Shape = Members(&[
    ("index", Known),
    ("message", Of(&MESSAGE)),
    ("delta", Of(&MESSAGE)),
    ("finish_reason", Known),
    // OpenRouter: the same in the words of the server behind it.
    ("native_finish_reason", Known),
    // vLLM: which stop text was hit.
    ("stop_reason", Known),
    ("usage", Of(&USAGE)),
    ("error", Known),
]);

static MESSAGE: Shape = Members(&[
    ("role", Known),
    ("content", List(&CONTENT)),
    ("refusal", Known),
    ("annotations", List(&ANNOTATION)),
    ("reasoning_content", Known),
    ("reasoning", Known),
    ("reasoning_text", Known),
    ("reasoning_details", Known),
    ("reasoning_opaque", Known),
    // Parts that travel whole.
    ("images", Known),
    ("audio", Known),
    ("tool_calls", List(&CALL)),
    ("function_call", Of(&FUNCTION)),
]);

static CONTENT: Shape = Kinds(&[
    ("text", Members(&[("type", Known), ("text", Known)])),
    ("thinking", Members(&[("type", Known), ("thinking", Known), ("closed", Known)])),
]);

static ANNOTATION: Shape = Kinds(&[(
    "url_citation",
    Members(&[
        ("type", Known),
        (
            "url_citation",
            Members(&[
                ("start_index", Known),
                ("end_index", Known),
                ("url", Known),
                ("title", Known),
            ]),
        ),
    ]),
)]);

static CALL: Shape = Members(&[
    ("index", Known),
    ("id", Known),
    ("type", Known),
    ("function", Of(&FUNCTION)),
    ("custom", Members(&[("name", Known), ("input", Known)])),
]);

static FUNCTION: Shape = Members(&[("name", Known), ("arguments", Known)]);

static USAGE: Shape = Members(&[
    ("prompt_tokens", Known),
    ("completion_tokens", Known),
    ("total_tokens", Known),
    ("prompt_tokens_details", Of(&PROMPT_DETAILS)),
    ("completion_tokens_details", Members(&[("reasoning_tokens", Known)])),
    ("reasoning_tokens", Known),
    ("prompt_cache_hit_tokens", Known),
    // DeepSeek: the prompt without the hits.
    ("prompt_cache_miss_tokens", Known),
    ("cached_tokens", Known),
    ("cache_read_input_tokens", Known),
    ("cache_creation_input_tokens", Known),
    ("cache_write_tokens", Known),
    ("cache_creation", Of(&LIFETIMES)),
]);

static PROMPT_DETAILS: Shape = Members(&[
    ("cached_tokens", Known),
    ("cache_creation_input_tokens", Known),
    ("cache_creation_tokens", Known),
    ("cache_write_tokens", Known),
    ("cache_creation", Of(&LIFETIMES)),
    ("cache_creation_token_details", Of(&LIFETIMES)),
    // xAI and Gemini: the prompt without what is not text.
    ("text_tokens", Known),
]);

static LIFETIMES: Shape =
    Members(&[("ephemeral_5m_input_tokens", Known), ("ephemeral_1h_input_tokens", Known)]);
