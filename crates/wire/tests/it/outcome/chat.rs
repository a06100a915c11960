//! Chat chunks, also those of servers that only resemble OpenAI.

use super::{CallSeen, Outcome, UsageSeen, count, list, text, tier};
use serde_json::Value;

pub(super) fn read(chunks: &[Value]) -> Outcome {
    let mut seen = Outcome { texts: vec![String::new()], ..Outcome::default() };
    // Calls by index and, where servers give every call the same, by id.
    let mut calls: Vec<(u64, CallSeen)> = Vec::new();
    for chunk in chunks {
        if let Some(error) = chunk.get("error") {
            seen.failed = Some(text(error, "/message").to_owned());
            continue;
        }
        usage(chunk, &mut seen);
        seen.tier = tier(chunk, "/service_tier").or(seen.tier);
        for choice in list(chunk, "/choices") {
            for delta in [choice.get("delta"), choice.get("message")].into_iter().flatten() {
                spoken(delta, &mut seen);
                for call in list(delta, "/tool_calls") {
                    piece(call, &mut calls);
                }
            }
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                seen.stop = Some(reason.to_owned());
                let hit = text(choice, "/stop_reason");
                seen.stop_text = (!hit.is_empty()).then(|| hit.to_owned());
            }
        }
    }
    seen.calls = calls.into_iter().map(|(_, call)| call).collect();
    seen.texts.retain(|text| !text.is_empty());
    seen.stop = seen.stop.map(|reason| {
        match reason.as_str() {
            "stop" | "tool_calls" if !seen.calls.is_empty() => "tools",
            "content_filter" => "refusal",
            other => other,
        }
        .to_owned()
    });
    seen
}

fn spoken(delta: &Value, seen: &mut Outcome) {
    match delta.get("content") {
        Some(Value::String(more)) => seen.texts[0].push_str(more),
        Some(Value::Array(parts)) => {
            for part in parts {
                seen.texts[0].push_str(text(part, "/text"));
                for thought in list(part, "/thinking") {
                    seen.thinking.push_str(text(thought, "/text"));
                }
            }
        }
        _ => {}
    }
    let names = ["/reasoning_content", "/reasoning", "/reasoning_text"];
    let reasoning = names.iter().map(|name| text(delta, name)).find(|found| !found.is_empty());
    seen.thinking.push_str(reasoning.unwrap_or_default());
    let opaque = text(delta, "/reasoning_opaque");
    if !opaque.is_empty() {
        seen.seals.push(opaque.to_owned());
    }
    seen.refusal.push_str(text(delta, "/refusal"));
    for annotation in list(delta, "/annotations") {
        seen.citations.push(text(annotation, "/url_citation/url").to_owned());
    }
    for image in list(delta, "/images") {
        seen.native.push(text(image, "/type").to_owned());
    }
    if delta.get("audio").is_some_and(Value::is_object) {
        seen.native.push("audio".to_owned());
    }
}

fn piece(call: &Value, calls: &mut Vec<(u64, CallSeen)>) {
    let index = count(call, "/index");
    let id = text(call, "/id");
    let known = calls.iter().rposition(|(known, call)| {
        *known == index && (id.is_empty() || call.id.is_empty() || call.id == id)
    });
    let at = known.unwrap_or_else(|| {
        calls.push((index, CallSeen::default()));
        calls.len() - 1
    });
    let seen = &mut calls[at].1;
    if seen.id.is_empty() {
        id.clone_into(&mut seen.id);
    }
    seen.custom |= call.get("custom").is_some();
    let (name, arguments) = if seen.custom {
        ("/custom/name", "/custom/input")
    } else {
        ("/function/name", "/function/arguments")
    };
    if seen.name.is_empty() {
        text(call, name).clone_into(&mut seen.name);
    }
    seen.arguments.push_str(text(call, arguments));
}

fn usage(chunk: &Value, seen: &mut Outcome) {
    let places = ["/usage", "/x_groq/usage"];
    let Some(usage) =
        places.iter().find_map(|place| chunk.pointer(place).filter(|u| u.is_object()))
    else {
        return;
    };
    let input = count(usage, "/prompt_tokens");
    // Some servers count reasoning beside the completion; the total has both.
    let output = match usage.get("total_tokens").and_then(Value::as_u64) {
        Some(total) => total - input,
        None => count(usage, "/completion_tokens"),
    };
    seen.usage = Some(UsageSeen {
        input,
        cache_read: count(usage, "/prompt_tokens_details/cached_tokens")
            .max(count(usage, "/prompt_cache_hit_tokens"))
            .max(count(usage, "/cached_tokens")),
        cache_write: count(usage, "/prompt_tokens_details/cache_creation_input_tokens"),
        cache_write_1h: count(
            usage,
            "/prompt_tokens_details/cache_creation/ephemeral_1h_input_tokens",
        ),
        output,
        reasoning: count(usage, "/completion_tokens_details/reasoning_tokens"),
    });
}
