//! Event names that equal the types; `sequence_number` counts from 0; `response.created` first; items and contents
//! numbered from 0 and announced, their deltas adding up to what `done` repeats; one terminal event, which repeats
//! every item.

use crate::outcome::Sent;
use serde_json::Value;
use std::collections::HashMap;

#[derive(Default)]
struct Seen {
    /// The items that are whole.
    done: Vec<Value>,
    /// The id of the item that is open.
    open: Option<Value>,
    /// How many contents the open item has.
    contents: u64,
    /// What has been said, by item and kind of delta.
    said: HashMap<(String, &'static str, u64), String>,
    over: bool,
}

pub(super) fn check(sent: &[Sent]) {
    let mut seen = Seen::default();
    for (number, event) in sent.iter().enumerate() {
        let data: Value = serde_json::from_str(&event.data)
            .unwrap_or_else(|error| panic!("{error}: {}", event.data));
        let name = data["type"].as_str().expect("every event has a type");
        assert_eq!(event.name.as_deref(), Some(name), "the event's name is its type");
        assert_eq!(data["sequence_number"], number, "{data}");
        assert!(!seen.over, "nothing follows the end: {data}");
        if number < 2 {
            let first = ["response.created", "response.in_progress"];
            assert_eq!(name, first[number]);
            assert_eq!(data["response"]["status"], "in_progress");
        }
        seen.event(name, &data);
    }
    assert!(seen.over, "the stream has an end");
}

impl Seen {
    fn event(&mut self, name: &str, data: &Value) {
        match name {
            "response.created" | "response.in_progress" => {}
            "response.output_item.added" => {
                assert!(self.open.is_none(), "items come one after another: {data}");
                assert_eq!(data["output_index"], self.done.len(), "{data}");
                self.open = Some(data["item"].clone());
                self.contents = 0;
            }
            "response.output_item.done" => self.item_done(data),
            "response.content_part.added" => {
                assert_eq!(data["content_index"], self.contents, "{data}");
                self.contents += 1;
                self.place(data);
            }
            "response.content_part.done" => {
                assert_eq!(data["content_index"], self.contents - 1, "{data}");
                self.place(data);
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                let status = name.strip_prefix("response.").expect("it begins so");
                assert_eq!(data["response"]["status"], status);
                assert_eq!(data["response"]["output"], Value::Array(self.done.clone()));
                assert!(self.open.is_none() || status == "failed", "every item has ended");
                assert_eq!(data["response"]["error"].is_object(), status == "failed");
                self.over = true;
            }
            _ => self.grown(name, data),
        }
    }

    fn item_done(&mut self, data: &Value) {
        let open = self.open.take().expect("an item that ends was open");
        let item = &data["item"];
        assert_eq!(data["output_index"], self.done.len(), "{data}");
        assert_eq!(item["type"], open["type"], "{data}");
        // Reasoning is known by the server's own id once that is known.
        if item["type"] != "reasoning" {
            assert_eq!(item["id"], open["id"], "{data}");
        }
        self.done.push(item.clone());
    }

    /// The event belongs to the open item.
    fn place(&self, data: &Value) {
        let open = self.open.as_ref().expect("an item is open");
        assert_eq!(data["item_id"], open["id"], "{data}");
        assert_eq!(data["output_index"], self.done.len(), "{data}");
    }

    /// A delta, or the whole that its deltas must add up to.
    fn grown(&mut self, name: &str, data: &Value) {
        const KINDS: [(&str, &str, &str); 5] = [
            ("response.output_text", "text", "content_index"),
            ("response.refusal", "refusal", "content_index"),
            ("response.reasoning_summary_text", "text", "summary_index"),
            ("response.function_call_arguments", "arguments", ""),
            ("response.custom_tool_call_input", "input", ""),
        ];
        self.place(data);
        let Some((prefix, key, index)) = KINDS.iter().find(|kind| {
            name.strip_prefix(kind.0).is_some_and(|rest| rest == ".delta" || rest == ".done")
        }) else {
            let known = [
                "response.reasoning_summary_part.added",
                "response.reasoning_summary_part.done",
                "response.output_text.annotation.added",
            ];
            assert!(known.contains(&name), "no SDK knows {name}");
            return;
        };
        let id = data["item_id"].as_str().expect("an id is a string").to_owned();
        let said = self.said.entry((id, prefix, data[*index].as_u64().unwrap_or(0))).or_default();
        if name.ends_with(".delta") {
            said.push_str(data["delta"].as_str().expect("a delta is a string"));
        } else {
            assert_eq!(data[*key], said.as_str(), "the deltas add up");
        }
    }
}
