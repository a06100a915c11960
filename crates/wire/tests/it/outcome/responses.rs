//! OpenAI's responses events: what counts is the items as they are repeated whole.

use super::{CallSeen, Outcome, UsageSeen, count, list, text, tier};
use serde_json::Value;

pub(super) fn read(events: &[Value]) -> Outcome {
    let mut seen = Outcome::default();
    for event in events {
        match text(event, "/type") {
            "response.output_item.done" => item(&event["item"], &mut seen),
            "response.completed" | "response.incomplete" => {
                let response = &event["response"];
                seen.usage = response.get("usage").filter(|u| u.is_object()).map(usage);
                seen.tier = tier(response, "/service_tier");
                let word = match text(response, "/incomplete_details/reason") {
                    "max_output_tokens" => "length",
                    "content_filter" => "refusal",
                    _ if !seen.calls.is_empty() => "tools",
                    _ if !seen.refusal.is_empty() => "refusal",
                    _ => "stop",
                };
                seen.stop = Some(word.to_owned());
            }
            "response.failed" => {
                seen.failed = Some(text(event, "/response/error/message").to_owned());
            }
            "error" => seen.failed = Some(text(event, "/error/message").to_owned()),
            _ => {}
        }
    }
    seen
}

fn item(item: &Value, seen: &mut Outcome) {
    match text(item, "/type") {
        "message" => {
            for content in list(item, "/content") {
                match text(content, "/type") {
                    "output_text" if !text(content, "/text").is_empty() => {
                        seen.texts.push(text(content, "/text").to_owned());
                    }
                    "refusal" => seen.refusal.push_str(text(content, "/refusal")),
                    _ => {}
                }
                for annotation in list(content, "/annotations") {
                    seen.citations.push(text(annotation, "/url").to_owned());
                }
            }
        }
        "reasoning" => {
            for section in list(item, "/summary").iter().chain(list(item, "/content")) {
                seen.thinking.push_str(text(section, "/text"));
            }
            let sealed = text(item, "/encrypted_content");
            if !sealed.is_empty() {
                seen.seals.push(sealed.to_owned());
            }
        }
        kind @ ("function_call" | "custom_tool_call") => {
            let custom = kind == "custom_tool_call";
            seen.calls.push(CallSeen {
                id: text(item, "/call_id").to_owned(),
                name: text(item, "/name").to_owned(),
                arguments: text(item, if custom { "/input" } else { "/arguments" }).to_owned(),
                custom,
            });
        }
        other => seen.native.push(other.to_owned()),
    }
}

fn usage(usage: &Value) -> UsageSeen {
    UsageSeen {
        input: count(usage, "/input_tokens"),
        cache_read: count(usage, "/input_tokens_details/cached_tokens"),
        cache_write: count(usage, "/input_tokens_details/cache_write_tokens"),
        cache_write_1h: count(
            usage,
            "/input_tokens_details/cache_creation/ephemeral_1h_input_tokens",
        ),
        output: count(usage, "/output_tokens"),
        reasoning: count(usage, "/output_tokens_details/reasoning_tokens"),
    }
}
