//! What the readers of replies know.

use crate::unknown::Shape::{self, Kinds, Known, List, Members, Of};

/// A whole reply. Its container and context edits travel whole.
pub(crate) static REPLY: Shape = Members(&[
    ("id", Known),
    ("type", Known),
    ("role", Known),
    ("model", Known),
    ("content", List(&BLOCK)),
    ("stop_reason", Known),
    ("stop_sequence", Known),
    ("stop_details", Of(&STOP_DETAILS)),
    ("usage", Of(&USAGE)),
    ("container", Known),
    ("context_management", Known),
]);

static BLOCK: Shape = Kinds(&[
    ("text", Members(&[("type", Known), ("text", Known), ("citations", Known)])),
    ("thinking", Members(&[("type", Known), ("thinking", Known), ("signature", Known)])),
    ("redacted_thinking", Members(&[("type", Known), ("data", Known)])),
    ("tool_use", Members(&[("type", Known), ("id", Known), ("name", Known), ("input", Known)])),
]);

static STOP_DETAILS: Shape = Members(&[("type", Known), ("explanation", Known)]);

/// `inference_geo` says where the machine stands that answered: nothing of the reply.
static USAGE: Shape = Members(&[
    ("input_tokens", Known),
    ("output_tokens", Known),
    ("cache_read_input_tokens", Known),
    ("cache_creation_input_tokens", Known),
    (
        "cache_creation",
        Members(&[("ephemeral_5m_input_tokens", Known), ("ephemeral_1h_input_tokens", Known)]),
    ),
    ("output_tokens_details", Members(&[("thinking_tokens", Known)])),
    ("service_tier", Known),
    ("inference_geo", Known),
]);

/// An event of a stream. Kinds that are newer than the reader are no part of the reply.
pub(super) static EVENT: Shape = Kinds(&[
    ("message_start", Members(&[("type", Known), ("message", Of(&REPLY))])),
    (
        "content_block_start",
        Members(&[("type", Known), ("index", Known), ("content_block", Of(&BLOCK))]),
    ),
    ("content_block_delta", Members(&[("type", Known), ("index", Known), ("delta", Of(&DELTA))])),
    ("content_block_stop", Members(&[("type", Known), ("index", Known)])),
    (
        "message_delta",
        Members(&[
            ("type", Known),
            ("delta", Of(&FINISH)),
            ("usage", Of(&USAGE)),
            ("container", Known),
            ("context_management", Known),
        ]),
    ),
    ("message_stop", Members(&[("type", Known)])),
]);

static DELTA: Shape = Kinds(&[
    ("text_delta", Members(&[("type", Known), ("text", Known)])),
    ("thinking_delta", Members(&[("type", Known), ("thinking", Known)])),
    ("signature_delta", Members(&[("type", Known), ("signature", Known)])),
    ("input_json_delta", Members(&[("type", Known), ("partial_json", Known)])),
    ("citations_delta", Members(&[("type", Known), ("citation", Known)])),
]);

static FINISH: Shape = Members(&[
    ("stop_reason", Known),
    ("stop_sequence", Known),
    ("stop_details", Of(&STOP_DETAILS)),
    ("container", Known),
    ("context_management", Known),
]);
