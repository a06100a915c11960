//! The Python SDKs `openai` and `anthropic`.

use expect_test::expect;

use super::situations::{check_offline, check_scripted};
use super::test_bed::python;

#[test]
fn openai_on_the_offline_model() {
    check_offline(
        python("openai_offline.py"),
        expect![[r#"
        chat: plain
        chat: stream
        chat: stream without usage
        chat: stream helper
        chat: parallel tools, full loop
        chat: parallel tools, stream helper
        chat: image
        chat: length
        chat: async
        responses: plain
        responses: stream
        responses: stream helper
        responses: parallel tools, full loop
        responses: parallel tools, stream helper
        responses: image
        responses: length
        responses: async
        models
        models: unknown
        embeddings: float and base64
        embeddings: dimensions
        error: 400 with the path of what is wrong
        error: 404 for an unknown path
    "#]],
    );
}

#[test]
fn openai_on_each_dialect() {
    check_scripted(
        python("openai_scripted.py"),
        expect![[r#"
            chat: text and usage [chat messages responses]
            chat: stream and usage [chat messages responses]
            chat: what the upstream was asked [chat messages responses]
            chat: tools, full loop [chat messages responses]
            chat: tools, stream helper [chat messages responses]
            chat: file [chat messages responses]
            chat: structured output [chat messages responses]
            chat: thinking [chat messages responses]
            chat: thinking, stream [chat messages responses]
            chat: length [chat messages responses]
            chat: refusal [chat messages responses]
            chat: stop sequences [chat messages]
            responses: text and usage [chat messages responses]
            responses: stream and usage [chat messages responses]
            responses: what the upstream was asked [chat messages responses]
            responses: tools, full loop [chat messages responses]
            responses: file [chat messages responses]
            responses: calls that take turns, with late ids [chat]
            responses: structured output [chat messages responses]
            responses: thinking [chat messages responses]
            responses: length [chat messages responses]
        "#]],
    );
}

#[test]
fn openai_raises_the_right_exceptions() {
    check_scripted(
        python("openai_errors.py"),
        expect![[r#"
            chat: 400 [chat messages responses]
            chat: 400 for a stream [chat messages responses]
            chat: 404 [chat messages responses]
            chat: 404 for a stream [chat messages responses]
            chat: 413 [chat messages responses]
            chat: 413 for a stream [chat messages responses]
            chat: 429 [chat messages responses]
            chat: 429 for a stream [chat messages responses]
            chat: 500 [chat messages responses]
            chat: 500 for a stream [chat messages responses]
            chat: 529 [chat messages responses]
            chat: 529 for a stream [chat messages responses]
            chat: the gateway's own credential is refused [chat messages responses]
            chat: Retry-After is kept and the second attempt succeeds [chat messages responses]
            chat: a model that rests after a 429 answers so itself [chat messages responses]
            chat: 413 from the gateway itself
            responses: 400 [chat messages responses]
            responses: 400 for a stream [chat messages responses]
            responses: 404 [chat messages responses]
            responses: 404 for a stream [chat messages responses]
            responses: 413 [chat messages responses]
            responses: 413 for a stream [chat messages responses]
            responses: 429 [chat messages responses]
            responses: 429 for a stream [chat messages responses]
            responses: 500 [chat messages responses]
            responses: 500 for a stream [chat messages responses]
            responses: 529 [chat messages responses]
            responses: 529 for a stream [chat messages responses]
            responses: the gateway's own credential is refused [chat messages responses]
            responses: Retry-After is kept and the second attempt succeeds [chat messages responses]
            responses: a model that rests after a 429 answers so itself [chat messages responses]
            responses: 413 from the gateway itself
            chat: an error inside the stream raises [chat messages responses]
            chat: a stream without its end raises [chat messages responses]
            responses: an error inside the stream is response.failed [chat messages responses]
            responses: a stream without its end is response.failed [chat messages responses]
        "#]],
    );
}

#[test]
fn anthropic_on_the_offline_model() {
    check_offline(
        python("anthropic_offline.py"),
        expect![[r#"
        messages: plain
        messages: stream
        messages: stream helper
        messages: parallel tools, full loop
        messages: parallel tools, stream helper
        messages: image
        messages: length
        messages: async
        messages: beta, with its query and headers
        count_tokens
        models
        models: unknown
        error: 400 with the path of what is wrong
        error: 404 for an unknown path
    "#]],
    );
}

#[test]
fn anthropic_on_each_dialect() {
    check_scripted(
        python("anthropic_scripted.py"),
        expect![[r#"
            messages: text and usage [chat messages responses]
            messages: what the upstream was asked [chat messages responses]
            messages: tools, full loop [chat messages responses]
            messages: tool runner [chat messages responses]
            messages: image in a tool result [chat messages responses]
            messages: document [chat messages responses]
            messages: calls that take turns, with late ids [chat]
            messages: structured output [chat messages responses]
            messages: thinking [chat messages responses]
            messages: thinking goes back with its signature [messages responses]
            messages: redacted thinking [messages]
            messages: length [chat messages responses]
            messages: refusal [chat messages responses]
            messages: stop sequences [chat messages]
            count_tokens: the upstream's own count
            count_tokens: an estimate that says so
        "#]],
    );
}

#[test]
fn anthropic_raises_the_right_exceptions() {
    check_scripted(
        python("anthropic_errors.py"),
        expect![[r#"
        messages: 400 [chat messages responses]
        messages: 400 for a stream [chat messages responses]
        messages: 404 [chat messages responses]
        messages: 404 for a stream [chat messages responses]
        messages: 413 [chat messages responses]
        messages: 413 for a stream [chat messages responses]
        messages: 429 [chat messages responses]
        messages: 429 for a stream [chat messages responses]
        messages: 500 [chat messages responses]
        messages: 500 for a stream [chat messages responses]
        messages: 529 [chat messages responses]
        messages: 529 for a stream [chat messages responses]
        messages: the gateway's own credential is refused [chat messages responses]
        messages: Retry-After is kept and the second attempt succeeds [chat messages responses]
        messages: 413 from the gateway itself
        messages: an error inside the stream raises [chat messages responses]
        messages: a stream without its end raises [chat messages responses]
    "#]],
    );
}
