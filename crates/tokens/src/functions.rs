//! What function definitions cost in OpenAI's models, which see them as TypeScript-like declarations
//! rather than as JSON. Found by measurement (OpenAI's cookbook, `copilot-api`), so an estimate. The cookbook
//! counts properties alone and hits the API's number for its example; like `copilot-api` we also count
//! the schema's other keywords (`type`, `required`), some ten tokens more for each function, because
//! real schemas hold more than the example and an estimate should not be too low.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::request::Tool;
use crate::tokenizer::Tokenizer;

/// The fixed costs of function definitions and calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionCosts {
    /// Each function, and each call.
    pub function: u64,
    /// The properties of a function that has some.
    pub properties: u64,
    /// Each property.
    pub property: u64,
    /// Saved by a property that is an enumeration.
    pub enumeration_saving: u64,
    /// Each item of an enumeration.
    pub enumeration_item: u64,
    /// Once at the end of all functions, or of all calls of a message.
    pub end: u64,
}

impl FunctionCosts {
    /// Of an OpenAI model; a function costs GPT-4 and GPT-3.5 Turbo three tokens more.
    #[must_use]
    pub fn of_model(model: &str) -> Self {
        let dearer = matches!(model.rsplit('/').next(), Some("gpt-4" | "gpt-3.5-turbo"));
        Self {
            function: if dearer { 10 } else { 7 },
            properties: 3,
            property: 3,
            enumeration_saving: 3,
            enumeration_item: 3,
            end: 12,
        }
    }
}

/// How deep arrays of arrays are walked; what is deeper counts as its JSON.
const ITEMS_DEPTH_MAX: u32 = 16;

/// Adds up the cost of one request's function definitions.
pub(crate) struct FunctionCounter<'t> {
    tokenizer: &'t dyn Tokenizer,
    costs: FunctionCosts,
    line: String,
    tokens: i64,
}

impl<'t> FunctionCounter<'t> {
    pub(crate) fn new(tokenizer: &'t dyn Tokenizer, costs: FunctionCosts) -> Self {
        Self { tokenizer, costs, line: String::new(), tokens: 0 }
    }

    /// All functions of a request; none cost nothing.
    pub(crate) fn count(mut self, tools: &[Tool<'_>]) -> u64 {
        if tools.is_empty() {
            return 0;
        }
        for tool in tools {
            self.fixed(self.costs.function);
            self.text(&[tool.name, ":", without_dot(tool.description.unwrap_or_default())]);
            if let Some(Value::Object(schema)) = tool.parameters {
                self.schema(schema, 0);
            }
        }
        self.fixed(self.costs.end);
        self.tokens.max(0).cast_unsigned()
    }

    /// The arguments of a function, or the items of an array.
    fn schema(&mut self, schema: &Map<String, Value>, depth: u32) {
        for (key, value) in schema {
            match (key.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    if !properties.is_empty() {
                        self.fixed(self.costs.properties);
                    }
                    for (name, property) in properties {
                        self.property(name, property, depth);
                    }
                }
                _ => self.keyword(key, value, depth),
            }
        }
    }

    fn property(&mut self, name: &str, property: &Value, depth: u32) {
        self.fixed(self.costs.property);
        let Value::Object(property) = property else { return };
        let text = |key: &str| property.get(key).and_then(Value::as_str);
        let kind = text("type").unwrap_or("string");
        self.text(&[name, ":", kind, ":", without_dot(text("description").unwrap_or_default())]);
        if let Some(Value::Array(items)) = property.get("enum") {
            self.tokens -= self.costs.enumeration_saving.cast_signed();
            for item in items {
                self.fixed(self.costs.enumeration_item);
                self.value("", item);
            }
        }
        for (key, value) in property {
            if !matches!(key.as_str(), "type" | "description" | "enum") {
                self.keyword(key, value, depth);
            }
        }
    }

    /// Any other keyword of a schema: `key:value`, but for arrays' items, which are a schema again, and
    /// two keywords that the model does not see.
    fn keyword(&mut self, key: &str, value: &Value, depth: u32) {
        match (key, value) {
            ("$schema" | "additionalProperties", _) => {}
            ("items", Value::Object(items)) if depth < ITEMS_DEPTH_MAX => {
                self.schema(items, depth + 1);
            }
            _ => self.value(key, value),
        }
    }

    fn value(&mut self, key: &str, value: &Value) {
        self.line.clear();
        if !key.is_empty() {
            self.line.push_str(key);
            self.line.push(':');
        }
        match value {
            Value::String(text) => self.line.push_str(text),
            other => write!(self.line, "{other}").expect("writing to a String cannot fail"),
        }
        self.count_line();
    }

    fn text(&mut self, parts: &[&str]) {
        self.line.clear();
        self.line.extend(parts.iter().copied());
        self.count_line();
    }

    fn count_line(&mut self) {
        self.tokens += self.tokenizer.count_raw(&self.line).cast_signed();
    }

    fn fixed(&mut self, tokens: u64) {
        self.tokens += tokens.cast_signed();
    }
}

fn without_dot(description: &str) -> &str {
    description.strip_suffix('.').unwrap_or(description)
}
