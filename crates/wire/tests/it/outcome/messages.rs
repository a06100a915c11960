//! Anthropic's events.

use super::{CallSeen, Outcome, UsageSeen, count, list, text, tier};
use serde_json::Value;

pub(super) fn read(events: &[Value]) -> Outcome {
    let mut seen = Outcome::default();
    // What the deltas of each block go to.
    let mut blocks: Vec<Block> = Vec::new();
    let mut usage: Option<UsageSeen> = None;
    for event in events {
        match text(event, "/type") {
            "message_start" => {
                // A turn that goes on after a pause may bring all its content at once.
                let message = &event["message"];
                count_tokens(message, &mut usage);
                seen.tier = tier(message, "/usage/service_tier");
                blocks
                    .extend(list(message, "/content").iter().map(|block| begin(block, &mut seen)));
                reason(message, &mut seen);
            }
            "content_block_start" => {
                assert_eq!(count(event, "/index"), blocks.len() as u64);
                blocks.push(begin(&event["content_block"], &mut seen));
            }
            "content_block_delta" => {
                let at = usize::try_from(count(event, "/index")).expect("an index is small");
                grow(&blocks[at], &event["delta"], &mut seen);
            }
            "message_delta" => finish(event, &mut usage, &mut seen),
            "error" => seen.failed = Some(text(event, "/error/message").to_owned()),
            _ => {}
        }
    }
    seen.texts.retain(|text| !text.is_empty());
    seen.usage = usage;
    seen
}

enum Block {
    Text(usize),
    Call(usize),
    Thinking,
    Native,
}

fn begin(block: &Value, seen: &mut Outcome) -> Block {
    match text(block, "/type") {
        "text" => {
            seen.texts.push(text(block, "/text").to_owned());
            Block::Text(seen.texts.len() - 1)
        }
        "tool_use" => {
            let given = block["input"].as_object().is_some_and(|input| !input.is_empty());
            seen.calls.push(CallSeen {
                id: text(block, "/id").to_owned(),
                name: text(block, "/name").to_owned(),
                arguments: if given { block["input"].to_string() } else { String::new() },
                custom: false,
            });
            Block::Call(seen.calls.len() - 1)
        }
        "thinking" => {
            seen.thinking.push_str(text(block, "/thinking"));
            Block::Thinking
        }
        "redacted_thinking" => {
            seen.seals.push(text(block, "/data").to_owned());
            Block::Native
        }
        other => {
            seen.native.push(other.to_owned());
            Block::Native
        }
    }
}

fn grow(block: &Block, delta: &Value, seen: &mut Outcome) {
    match (block, text(delta, "/type")) {
        (Block::Text(at), "text_delta") => seen.texts[*at].push_str(text(delta, "/text")),
        (Block::Text(_), "citations_delta") => {
            seen.citations.push(text(delta, "/citation/url").to_owned());
        }
        (Block::Call(at), "input_json_delta") => {
            seen.calls[*at].arguments.push_str(text(delta, "/partial_json"));
        }
        (Block::Thinking, "thinking_delta") => seen.thinking.push_str(text(delta, "/thinking")),
        (Block::Thinking, "signature_delta") => {
            seen.seals.push(text(delta, "/signature").to_owned());
        }
        _ => {}
    }
}

fn finish(event: &Value, usage: &mut Option<UsageSeen>, seen: &mut Outcome) {
    count_tokens(event, usage);
    seen.tier = tier(event, "/usage/service_tier").or(seen.tier.take());
    reason(&event["delta"], seen);
    seen.refusal.push_str(text(event, "/delta/stop_details/explanation"));
    for member in ["container", "context_management"] {
        let value = event["delta"].get(member).or_else(|| event.get(member));
        let said = value.is_some_and(|value| {
            value.is_object()
                && value["applied_edits"].as_array().is_none_or(|list| !list.is_empty())
        });
        if said {
            seen.native.push(member.to_owned());
        }
    }
}

fn reason(holder: &Value, seen: &mut Outcome) {
    let word = match text(holder, "/stop_reason") {
        "" => return,
        "end_turn" | "stop_sequence" | "pause_turn" => "stop",
        "max_tokens" => "length",
        "tool_use" => "tools",
        other => other,
    };
    seen.stop = Some(word.to_owned());
    let hit = text(holder, "/stop_sequence");
    seen.stop_text = (!hit.is_empty()).then(|| hit.to_owned());
}

/// Later counts replace earlier ones where they are given and not 0.
fn count_tokens(holder: &Value, usage: &mut Option<UsageSeen>) {
    let Some(said) = holder.get("usage").filter(|usage| usage.is_object()) else { return };
    let before = usage.unwrap_or_default();
    let latest = |key: &str, before: u64| match count(said, key) {
        0 => before,
        found => found,
    };
    let fresh_before = before.input - before.cache_read - before.cache_write;
    let cache_read = latest("/cache_read_input_tokens", before.cache_read);
    let cache_write = latest("/cache_creation_input_tokens", before.cache_write);
    *usage = Some(UsageSeen {
        input: latest("/input_tokens", fresh_before) + cache_read + cache_write,
        cache_read,
        cache_write,
        cache_write_1h: latest("/cache_creation/ephemeral_1h_input_tokens", before.cache_write_1h),
        output: latest("/output_tokens", before.output),
        reasoning: latest("/output_tokens_details/thinking_tokens", before.reasoning),
    });
}
