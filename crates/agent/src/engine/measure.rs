//! How many tokens a conversation is to the model that is asked.

use super::ToolSpec;
use ironbridge_session::{Message, ReplyPart, UserPart};
use ironbridge_tokens::{Counter, Detail, ImageSize, Message as Counted, Part, Request, Tool};

/// Counts tokens as the model's provider does, or as near to it as can be had without asking: texts, thinking, calls with
/// their arguments, results, pictures by their size.
#[derive(Clone, Copy)]
pub struct Measure {
    counter: Counter<'static>,
    fixed: u64,
}

impl std::fmt::Debug for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measure").field("fixed", &self.fixed).finish_non_exhaustive()
    }
}

impl Measure {
    /// For a model at a provider; the names decide which tokenizer it is.
    #[must_use]
    pub fn of_model(provider: Option<&str>, model: &str) -> Self {
        Measure { counter: Counter::for_model(provider, model), fixed: 0 }
    }

    /// With what goes into every request besides the conversation.
    #[must_use]
    pub fn with_fixed(self, system: &str, tools: &[ToolSpec]) -> Self {
        fn tool(spec: &ToolSpec) -> Tool<'_> {
            let ToolSpec { name, description, schema, .. } = spec;
            Tool { name, description: Some(description), parameters: Some(schema) }
        }
        let parts = vec![Part::Text(system)];
        let request = Request {
            messages: vec![Counted { role: "system", name: None, parts }],
            tools: tools.iter().map(tool).collect(),
            ..Request::default()
        };
        Measure { fixed: self.counter.count(&request).tokens, ..self }
    }

    /// What goes into every request besides the conversation, in tokens.
    pub(super) fn fixed(&self) -> u64 {
        self.fixed
    }

    /// The tokens of a text.
    pub(super) fn text(&self, text: &str) -> u64 {
        let tokenizer = self.counter.tokenizer();
        ironbridge_tokens::scale(tokenizer.count_raw(text), tokenizer.factor())
    }

    /// The tokens of messages.
    pub(super) fn messages<'a>(&self, messages: impl Iterator<Item = &'a Message>) -> u64 {
        let request = Request { messages: messages.map(counted).collect(), ..Request::default() };
        self.counter.count(&request).tokens
    }
}

fn counted(message: &Message) -> Counted<'_> {
    let (role, parts) = match message {
        Message::User { parts, .. } => ("user", parts.iter().map(said).collect()),
        Message::Assistant { parts } => ("assistant", parts.iter().map(replied).collect()),
        Message::Result(result) => {
            let text = std::iter::once(Part::Text(&result.text));
            let content = text.chain(result.images.iter().map(said)).collect();
            ("user", vec![Part::ToolResult { call_id: &result.call, content }])
        }
    };
    Counted { role, name: None, parts }
}

fn said(part: &UserPart) -> Part<'_> {
    match part {
        UserPart::Text { text } => Part::Text(text),
        UserPart::Image { data, .. } => {
            Part::Image { size: ImageSize::of(data), detail: Detail::default() }
        }
    }
}

fn replied(part: &ReplyPart) -> Part<'_> {
    match part {
        ReplyPart::Text { text } | ReplyPart::Thinking { text, .. } => Part::Text(text),
        ReplyPart::Call { id, name, arguments } => Part::ToolCall { id, name, arguments },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ironbridge_session::Origin;

    #[test]
    fn arguments_of_calls_and_tools_are_counted() {
        let measure = Measure::of_model(Some("openai"), "gpt-4o");
        let call = |arguments: &str| Message::Assistant {
            parts: vec![ReplyPart::Call {
                id: "c".to_owned(),
                name: "write_file".to_owned(),
                arguments: arguments.to_owned(),
            }],
        };
        let long = format!(r#"{{"content":"{}"}}"#, "word ".repeat(1_000));
        let grown = measure.messages([call(&long)].iter()) - measure.messages([call("{}")].iter());
        assert!((1_000..1_010).contains(&grown), "{grown}");
        let schema =
            serde_json::json!({"type": "object", "properties": {"path": {"type": "string"}}});
        let spec = ToolSpec {
            name: "look".to_owned(),
            description: "Looks.".to_owned(),
            schema,
            reads: true,
        };
        assert!(
            measure.with_fixed("be good", &[spec]).fixed()
                > measure.with_fixed("be good", &[]).fixed()
        );
        let said = Message::User { parts: vec![UserPart::text("hello")], origin: Origin::User };
        assert!(measure.messages([said].iter()) < 10);
    }
}
