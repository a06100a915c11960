//! The Node SDKs `openai`, `@anthropic-ai/sdk` and the Vercel AI SDK.

use expect_test::expect;

use super::situations::{check_offline, check_scripted};
use super::test_bed::node;

#[test]
fn openai_on_the_offline_model() {
    check_offline(
        node("openai_offline.mjs"),
        expect![[r#"
        chat: plain
        chat: stream
        chat: stream helper
        chat: runTools plays the full loop
        chat: runTools plays the full loop, streaming
        chat: image
        chat: length
        responses: plain
        responses: stream
        responses: stream helper
        responses: parallel tools, full loop
        responses: image
        models
        embeddings: float and base64
        error: 400 with the path of what is wrong
    "#]],
    );
}

#[test]
fn openai_on_each_dialect() {
    check_scripted(
        node("openai_scripted.mjs"),
        expect![[r#"
        chat: text and usage, streaming [chat messages responses]
        chat: runTools plays the full loop, streaming [chat messages responses]
        chat: structured output [chat messages responses]
        responses: text and usage, streaming [chat messages responses]
        responses: tools, full loop [chat messages responses]
        responses: structured output [chat messages responses]
        responses: thinking, streaming [chat messages responses]
        errors: 400 [chat messages responses]
        errors: 404 [chat messages responses]
        errors: 413 [chat messages responses]
        errors: 429 [chat messages responses]
        errors: 500 [chat messages responses]
        errors: 529 [chat messages responses]
        errors: Retry-After is kept and the second attempt succeeds [chat messages responses]
        errors: inside a chat stream [chat messages responses]
        errors: inside a responses stream [chat messages responses]
        errors: 413 from the gateway itself
    "#]],
    );
}

#[test]
fn anthropic_on_the_offline_model() {
    check_offline(
        node("anthropic_offline.mjs"),
        expect![[r#"
        messages: plain
        messages: stream
        messages: stream helper
        messages: tool runner plays the full loop
        messages: image
        messages: length
        count_tokens
        models
        error: 400 with the path of what is wrong
    "#]],
    );
}

#[test]
fn anthropic_on_each_dialect() {
    check_scripted(
        node("anthropic_scripted.mjs"),
        expect![[r#"
        messages: text and usage [chat messages responses]
        messages: tool runner plays the full loop [chat messages responses]
        messages: structured output [chat messages responses]
        messages: thinking [chat messages responses]
        messages: thinking goes back with its signature [messages responses]
        errors: 400 [chat messages responses]
        errors: 404 [chat messages responses]
        errors: 413 [chat messages responses]
        errors: 429 [chat messages responses]
        errors: 500 [chat messages responses]
        errors: 529 [chat messages responses]
        errors: Retry-After is kept and the second attempt succeeds [chat messages responses]
        errors: inside a stream [chat messages responses]
        errors: 413 from the gateway itself
    "#]],
    );
}

#[test]
fn vercel_ai_sdk_on_the_offline_model() {
    check_offline(
        node("ai_sdk_offline.mjs"),
        expect![[r#"
        openai responses: generateText
        openai responses: streamText
        openai responses: tool loop
        openai responses: tool loop, streaming
        openai responses: image
        openai responses: length
        openai chat: generateText
        openai chat: streamText
        openai chat: tool loop
        openai chat: tool loop, streaming
        openai chat: image
        openai chat: length
        openai-compatible: generateText
        openai-compatible: streamText
        openai-compatible: tool loop
        openai-compatible: tool loop, streaming
        openai-compatible: image
        openai-compatible: length
        anthropic: generateText
        anthropic: streamText
        anthropic: tool loop
        anthropic: tool loop, streaming
        anthropic: image
        anthropic: length
        openai: embeddings
        openai-compatible: embeddings
    "#]],
    );
}

#[test]
fn vercel_ai_sdk_on_each_dialect() {
    check_scripted(
        node("ai_sdk_scripted.mjs"),
        expect![[r#"
        openai responses: text and usage [chat messages responses]
        openai responses: tool loop [chat messages responses]
        openai responses: items that are referred to [chat messages responses]
        openai responses: generateObject [chat messages responses]
        openai responses: thinking [chat messages responses]
        openai responses: errors [chat messages responses]
        openai responses: an error inside the stream [chat messages responses]
        openai chat: text and usage [chat messages responses]
        openai chat: tool loop [chat messages responses]
        openai chat: generateObject [chat messages responses]
        openai chat: errors [chat messages responses]
        openai chat: an error inside the stream [chat messages responses]
        openai-compatible: text and usage [chat messages responses]
        openai-compatible: tool loop [chat messages responses]
        openai-compatible: generateObject [chat messages responses]
        openai-compatible: thinking [chat messages responses]
        openai-compatible: errors [chat messages responses]
        openai-compatible: an error inside the stream [chat messages responses]
        anthropic: text and usage [chat messages responses]
        anthropic: tool loop [chat messages responses]
        anthropic: generateObject [chat messages responses]
        anthropic: generateObject by output format [chat messages responses]
        anthropic: thinking [chat messages responses]
        anthropic: errors [chat messages responses]
        anthropic: an error inside the stream [chat messages responses]
    "#]],
    );
}
