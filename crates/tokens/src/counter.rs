//! The tokens of a whole request: texts by a tokenizer, everything else by the rules of the family.

use serde_json::json;

use crate::Family;
use crate::functions::{FunctionCosts, FunctionCounter};
use crate::image::{ImageRule, UNKNOWN_SIZE};
use crate::request::{Message, Part, Request, Tool};
use crate::tokenizer::{Exactness, Tokenizer, scale};

/// The number of tokens of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The whole: what the provider would report as input.
    pub tokens: u64,
    /// The share of everything but the assistant's messages.
    pub input: u64,
    /// The share of the assistant's earlier messages.
    pub output: u64,
    /// `Exact` only for text messages to an OpenAI model with a known encoding.
    pub exactness: Exactness,
}

/// How the tools of a request are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ToolRule {
    /// As declarations.
    Functions,
    /// As the JSON of each, and as many tokens more for each.
    Json { each: u64 },
}

/// The numbers of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rules {
    /// Put round each message.
    message: u64,
    /// For a participant's name.
    name: u64,
    /// Before the answer, once for each of the two groups that has a message.
    reply: u64,
    /// For calls in messages.
    calls: Option<FunctionCosts>,
    tools: ToolRule,
    /// What the provider puts before the tools.
    tool_preamble: u64,
    images: ImageRule,
}

impl Rules {
    /// `reference/gateway.md` §2.2 (OpenAI, Claude, Grok) and `reference/agent.md` §1.7 (the rest).
    fn of(family: Family, model: &str) -> Self {
        let costs = FunctionCosts::of_model(model);
        let chat = Self {
            message: 3,
            name: 1,
            reply: 3,
            calls: Some(costs),
            tools: ToolRule::Functions,
            tool_preamble: 0,
            images: ImageRule::of_openai_model(model),
        };
        let bare = Self { reply: 0, calls: None, tools: ToolRule::Json { each: 12 }, ..chat };
        match family {
            Family::OpenAi => chat,
            Family::Anthropic => Self {
                tools: ToolRule::Json { each: 0 },
                tool_preamble: 346,
                images: ImageRule::Area,
                ..chat
            },
            Family::Llama => Self { message: 6, ..bare },
            Family::Generic if model.to_ascii_lowercase().contains("grok") => {
                Self { tools: ToolRule::Json { each: 0 }, tool_preamble: 480, ..chat }
            }
            Family::Generic => Self { message: 0, name: 0, ..bare },
        }
    }
}

/// Counts requests to one model.
#[derive(Clone, Copy)]
pub struct Counter<'t> {
    tokenizer: &'t dyn Tokenizer,
    family: Family,
    costs: FunctionCosts,
    rules: Rules,
}

/// Text tokens are scaled by the tokenizer's factor, images and pages are already the model's own.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    text: u64,
    image: u64,
    guessed: bool,
}

impl Counter<'static> {
    /// With the best tokenizer that needs no file.
    #[must_use]
    pub fn for_model(provider: Option<&str>, model: &str) -> Self {
        let family = Family::of(provider, model);
        Self::new(family, model, family.tokenizer(model))
    }
}

impl<'t> Counter<'t> {
    /// What a page of a document without text, such as a PDF, costs: Anthropic's guide says 1,500 to 3,000.
    pub const TOKENS_PER_PAGE: u64 = 2_250;
    /// Pages are not counted, but guessed from the size of the file.
    pub const BYTES_PER_PAGE: u64 = 50_000;

    /// With a tokenizer of the caller's, such as one from a `tokenizer.json`.
    #[must_use]
    pub fn new(family: Family, model: &str, tokenizer: &'t dyn Tokenizer) -> Self {
        let costs = FunctionCosts::of_model(model);
        Self { tokenizer, family, costs, rules: Rules::of(family, model) }
    }

    /// The tokenizer that texts are counted with.
    #[must_use]
    pub fn tokenizer(&self) -> &'t dyn Tokenizer {
        self.tokenizer
    }

    /// The tokens of a request.
    #[must_use]
    pub fn count(&self, request: &Request<'_>) -> Count {
        let (mut input, mut output) = (Sum::default(), Sum::default());
        for message in &request.messages {
            let sum = if message.role == "assistant" { &mut output } else { &mut input };
            if sum.text == 0 {
                sum.text = self.rules.reply;
            }
            self.add_message(sum, message);
        }
        if !request.tools.is_empty() {
            input.text += self.tools(&request.tools);
            input.guessed = true;
            if !request.without_tool_preamble {
                input.text += self.rules.tool_preamble;
            }
        }
        let factor = self.tokenizer.factor();
        let images = input.image + output.image;
        let tokens = scale(input.text + output.text, factor) + images;
        let output_tokens = (scale(output.text, factor) + output.image).min(tokens);
        Count {
            tokens,
            input: tokens - output_tokens,
            output: output_tokens,
            exactness: self.exactness(input.guessed || output.guessed),
        }
    }

    fn exactness(&self, guessed: bool) -> Exactness {
        let rules_are_published = self.family == Family::OpenAi && !guessed;
        let rules = if rules_are_published { Exactness::Exact } else { Exactness::Estimate };
        self.tokenizer.exactness().and(rules)
    }

    /// A tool result is a message of its own to the model, whatever it is part of in the dialect.
    fn add_message(&self, sum: &mut Sum, message: &Message<'_>) {
        let is_result = |part: &Part<'_>| matches!(part, Part::ToolResult { .. });
        if message.parts.is_empty() || !message.parts.iter().all(is_result) {
            sum.text += self.rules.message + self.text(message.role);
        }
        if let Some(name) = message.name {
            sum.text += self.rules.name + self.text(name);
        }
        let mut has_calls = false;
        for part in &message.parts {
            if is_result(part) {
                sum.text += self.rules.message + self.text("tool");
            }
            has_calls |= matches!(part, Part::ToolCall { .. });
            self.add_part(sum, part);
        }
        if has_calls && let Some(costs) = self.rules.calls {
            sum.text += costs.end;
        }
    }

    fn add_part(&self, sum: &mut Sum, part: &Part<'_>) {
        match part {
            Part::Text(text) => sum.text += self.text(text),
            Part::Image { size, detail } => {
                sum.guessed |= size.is_none();
                sum.image += self.rules.images.tokens(size.unwrap_or(UNKNOWN_SIZE), *detail);
            }
            Part::ToolCall { id, name, arguments } => {
                sum.guessed = true;
                sum.text += self.rules.calls.map_or(0, |costs| costs.function);
                sum.text += self.text(id) + self.text(name) + self.text(arguments);
            }
            Part::ToolResult { call_id, content } => {
                sum.guessed = true;
                sum.text += self.text(call_id);
                for part in content {
                    self.add_part(sum, part);
                }
            }
            Part::Document { name, text, data_bytes } => {
                sum.guessed = true;
                sum.text += name.map_or(0, |name| self.text(name));
                match text {
                    Some(text) => sum.text += self.text(text),
                    None => {
                        let pages = data_bytes.div_ceil(Self::BYTES_PER_PAGE);
                        sum.image += pages * Self::TOKENS_PER_PAGE;
                    }
                }
            }
        }
    }

    fn tools(&self, tools: &[Tool<'_>]) -> u64 {
        let each = match self.rules.tools {
            ToolRule::Functions => {
                return FunctionCounter::new(self.tokenizer, self.costs).count(tools);
            }
            ToolRule::Json { each } => each,
        };
        let json = |tool: &Tool<'_>| {
            let function = json!({
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            });
            json!({ "type": "function", "function": function }).to_string()
        };
        tools.iter().map(|tool| each + self.text(&json(tool))).sum()
    }

    fn text(&self, text: &str) -> u64 {
        self.tokenizer.count_raw(text)
    }
}

#[cfg(test)]
#[path = "counter_tests.rs"]
mod tests;
