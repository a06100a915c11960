use serde_json::Value;

use crate::answer::Answer;
use crate::dialect::Dialect;
use crate::provider;
use crate::received::Received;

/// Begins the id of every call, so that the loop knows its own calls in the history.
const CALL_ID: &str = "call_testkit_";

/// A scripted coding model, for real agents as clients: calls its tools one after the other, each
/// once the result of the one before has come, then answers with text. It works in every dialect.
///
/// It keeps no state: which step is due is read from the request, by the ids of its own calls. A
/// request that does not offer the tool of the step (agents ask small things aside) gets the text.
#[derive(Debug, Clone)]
pub struct ToolLoop {
    steps: Vec<(String, Value)>,
    text: String,
}

impl ToolLoop {
    /// First this call.
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self { steps: Vec::new(), text: "done".into() }.then_call(tool, arguments)
    }

    /// Then this call.
    #[must_use]
    pub fn then_call(mut self, tool: impl Into<String>, arguments: Value) -> Self {
        self.steps.push((tool.into(), arguments));
        self
    }

    /// At last this text, in which `{result}` stands for the last tool result's text.
    #[must_use]
    pub fn then_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(crate) fn answer(&self, request: &Received) -> Answer {
        let Some(dialect) = request.dialect().filter(|_| !request.path.ends_with("/count_tokens"))
        else {
            return provider::answer(request, &self.text);
        };
        let body = request.json();
        let history = body.get("messages").or_else(|| body.get("input")).unwrap_or(&Value::Null);
        let mut results = Vec::new();
        own_results(history, &mut results);
        let due = self.steps.get(results.len());
        match due.filter(|(tool, _)| offers(body.get("tools"), tool)) {
            Some((tool, arguments)) => {
                dialect.tool_call(&format!("{CALL_ID}{}", results.len()), tool, arguments)
            }
            None => {
                let result = results.last().map(String::as_str).unwrap_or_default();
                dialect.text(self.text.replace("{result}", result))
            }
        }
    }
}

/// Whether a tool of this name is offered, in the shape of any dialect.
fn offers(tools: Option<&Value>, name: &str) -> bool {
    let tools = tools.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    tools.iter().any(|tool| {
        let named = tool.get("name").or_else(|| tool.pointer("/function/name"));
        named.and_then(Value::as_str) == Some(name)
    })
}

/// The texts of all results of this loop's calls: objects that name a call by `tool_use_id`
/// (messages), `tool_call_id` (chat) or `call_id` with an `output` (responses).
fn own_results(value: &Value, results: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| own_results(item, results)),
        Value::Object(fields) => {
            let id =
                ["tool_use_id", "tool_call_id", "call_id"].iter().find_map(|id| fields.get(*id));
            let own = id.and_then(Value::as_str).is_some_and(|id| id.starts_with(CALL_ID));
            let is_call = fields.get("type").and_then(Value::as_str) == Some("function_call");
            if own && !is_call {
                let content = fields.get("output").or_else(|| fields.get("content"));
                results.push(content.map(text_of).unwrap_or_default());
            } else if let Some(content) = fields.get("content") {
                own_results(content, results);
            }
        }
        _ => {}
    }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect(),
        Value::Object(part) => part.get("text").map(text_of).unwrap_or_default(),
        _ => String::new(),
    }
}

impl Dialect {
    /// What an agent sends after the tool loop's first call: for tests of the loop without one.
    #[cfg(test)]
    fn result_message(self, id: &str, text: &str) -> Value {
        use serde_json::json;
        match self {
            Self::Chat => json!({"role": "tool", "tool_call_id": id, "content": text}),
            Self::Messages => json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": text}]},
            ]}),
            Self::Responses => {
                json!({"type": "function_call_output", "call_id": id, "output": text})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(dialect: Dialect, body: &Value) -> Received {
        Received {
            order: 0,
            connection: 0,
            method: "POST".into(),
            path: dialect.path().into(),
            query: String::new(),
            headers: crate::http::Headers::default(),
            body: body.to_string().into(),
            outcome: crate::received::Outcome::Running,
        }
    }

    fn sent(loop_: &ToolLoop, dialect: Dialect, history: &[Value]) -> String {
        let tools = json!([{"name": "Read"}, {"function": {"name": "Bash"}}]);
        let field = if dialect == Dialect::Responses { "input" } else { "messages" };
        let request = request(dialect, &json!({field: history, "tools": tools}));
        let rendered = loop_.answer(&request).plain().render(&request);
        let body: Vec<u8> = rendered.pieces.into_iter().flat_map(|piece| piece.bytes).collect();
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn calls_each_tool_once_and_then_answers_with_the_result() {
        let tool_loop = ToolLoop::call("Read", json!({"file_path": "a.txt"}))
            .then_call("Bash", json!({"command": "true"}))
            .then_text("it says {result}");
        for dialect in Dialect::ALL {
            let user = json!({"role": "user", "content": "go"});
            let first = sent(&tool_loop, dialect, std::slice::from_ref(&user));
            assert!(first.contains("call_testkit_0") && first.contains("Read"), "{first}");
            let read = dialect.result_message("call_testkit_0", "one");
            let second = sent(&tool_loop, dialect, &[user.clone(), read.clone()]);
            assert!(second.contains("call_testkit_1") && second.contains("Bash"), "{second}");
            let ran = dialect.result_message("call_testkit_1", "two");
            let aside = json!({"role": "system", "content": "agents: none"});
            let last = sent(&tool_loop, dialect, &[user, read, ran, aside]);
            assert!(last.contains("it says two"), "{last}");
        }
    }

    #[test]
    fn a_request_without_the_tool_gets_text() {
        let tool_loop = ToolLoop::call("Write", json!({})).then_text("title");
        let body = sent(&tool_loop, Dialect::Messages, &[]);
        assert!(body.contains("title"), "{body}");
    }
}
