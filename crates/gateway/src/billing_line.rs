//! The line with which Claude Code tells Anthropic what to bill: `x-anthropic-billing-header: …` in its system prompt.
//!
//! Other servers refuse requests with it, or feed it to the model (ericc-ch/copilot-api#174). For them it is taken out,
//! which `changes` says; to Anthropic it goes as it came.

use crate::exchange::Exchange;
use bytes::Bytes;
use ironbridge_wire::{Changes, Dialect, Pointer};
use serde_json::Value;

const LINE: &str = "x-anthropic-billing-header:";

/// The body without the line; `None` where there is none, which is found out without reading the body as JSON.
pub(crate) fn removed(exchange: &Exchange, changes: &mut Changes) -> Option<Bytes> {
    if exchange.dialect != Dialect::Messages
        || memchr::memmem::find(&exchange.body, LINE.as_bytes()).is_none()
    {
        return None;
    }
    let members = exchange.members();
    let mut system: Value = members.read("system")?;
    let path = Pointer::root().key("system");
    let removed = match &mut system {
        Value::String(text) => without_line(text).then(|| vec![path]),
        Value::Array(blocks) => Some(from_blocks(blocks, &path)),
        _ => None,
    };
    let removed = removed.filter(|paths| !paths.is_empty())?;
    for path in removed {
        changes.dropped(&path, "Claude Code's billing line is for Anthropic alone");
    }
    Some(members.with(&[("system", system.to_string())]).into())
}

/// Takes the line out of each block, and a block that was nothing else out of the list. The paths of those blocks.
fn from_blocks(blocks: &mut Vec<Value>, path: &Pointer) -> Vec<Pointer> {
    let mut paths = Vec::new();
    let mut index = 0;
    blocks.retain_mut(|block| {
        let at = path.index(index);
        index += 1;
        let Some(Value::String(text)) = block.get_mut("text") else { return true };
        if !without_line(text) {
            return true;
        }
        paths.push(at);
        !text.trim().is_empty()
    });
    paths
}

/// Takes lines that begin so out of `text`; whether there was one.
fn without_line(text: &mut String) -> bool {
    let is_ours = |line: &&str| !line.trim_start().starts_with(LINE);
    let kept: String = text.split_inclusive('\n').filter(is_ours).collect();
    let found = kept.len() != text.len();
    if found {
        *text = kept;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::from_blocks;
    use ironbridge_wire::Pointer;
    use serde_json::{Value, json};

    #[test]
    fn only_the_line_goes() {
        let mut blocks: Vec<Value> = [
            "x-anthropic-billing-header: cc_version=2.1; cch=0;",
            "You are Claude Code.",
            "x-anthropic-billing-header: a\nKeep this.\n",
            "say `x-anthropic-billing-header:` aloud",
        ]
        .map(|text| json!({"text": text}))
        .to_vec();
        let paths = from_blocks(&mut blocks, &Pointer::root().key("system"));
        let paths: Vec<&str> = paths.iter().map(Pointer::as_str).collect();
        assert_eq!(paths, ["/system/0", "/system/2"]);
        let texts: Vec<&str> = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
        let kept =
            ["You are Claude Code.", "Keep this.\n", "say `x-anthropic-billing-header:` aloud"];
        assert_eq!(texts, kept);
    }
}
