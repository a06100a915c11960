//! Which tools are offered, and what is said of them.

use super::Allowed;
use crate::rpc::{INVALID_PARAMS, RpcError};
use ironbridge_tools::{Effect, Tool};
use serde_json::{Map, Value, json};

/// Tools that change files, but take nothing away that was there.
const KEEPS_WHAT_IS_THERE: [&str; 4] = ["create", "archive", "git-stage", "git-unstage"];
/// Tools that change nothing more when they are called again.
const IDEMPOTENT: [&str; 3] = ["write", "git-stage", "git-unstage"];

/// The tools of one server.
#[derive(Debug)]
pub(super) struct Offer {
    tools: Vec<Tool>,
    /// Names of tools that are not allowed, and by which flag they would be.
    withheld: Vec<(String, &'static str)>,
    allowed: Allowed,
    /// The answer to `tools/list`, which never changes.
    list: String,
}

impl Offer {
    pub(super) fn new(tools: Vec<Tool>, allowed: Allowed) -> Self {
        let flag = |tool: &Tool| match tool.effect {
            Effect::Reads => None,
            Effect::Writes => (!allowed.write).then_some("--allow-write"),
            Effect::Runs => (!allowed.shell).then_some("--allow-shell"),
            // What an address carries out of the project no flag allows yet.
            Effect::Connects => Some(""),
        };
        let withheld = tools.iter().filter_map(|tool| Some((name_of(tool), flag(tool)?))).collect();
        let tools: Vec<Tool> = tools.into_iter().filter(|tool| flag(tool).is_none()).collect();
        let list = json!({ "tools": tools.iter().map(described).collect::<Vec<_>>() }).to_string();
        Offer { tools, withheld, allowed, list }
    }

    /// The answer to `tools/list`.
    pub(super) fn list(&self) -> String {
        self.list.clone()
    }

    /// The tool of that name.
    ///
    /// # Errors
    /// Which flag would allow it, or which names there are.
    pub(super) fn find(&self, name: &str) -> Result<usize, RpcError> {
        if let Some(index) = self.tools.iter().position(|tool| name_of(tool) == name) {
            return Ok(index);
        }
        let why = match self.withheld.iter().find(|(withheld, _)| withheld == name) {
            Some((_, "")) => format!("the tool {name} is not offered here"),
            Some((_, flag)) => {
                format!("the tool {name} is not allowed; start the server with {flag}")
            }
            None => {
                let names: Vec<String> = self.tools.iter().map(name_of).collect();
                format!("unknown tool {name}; there are {}", names.join(", "))
            }
        };
        Err(RpcError::new(INVALID_PARAMS, why))
    }

    /// The tool at that place.
    pub(super) fn tool(&self, index: usize) -> &Tool {
        &self.tools[index]
    }

    /// What a model should know before it calls anything.
    pub(super) fn instructions(&self) -> String {
        let may = match (self.allowed.write, self.allowed.shell) {
            (false, false) => "Nothing can be changed",
            (true, false) => "Files can be changed, commands cannot be run",
            (false, true) => "Commands can be run in a sandbox, files cannot be changed otherwise",
            (true, true) => "Files can be changed, and commands run in a sandbox",
        };
        format!(
            "Tools for one project. Paths are relative to its folder, and none leads out of it. {may}. Lines are counted \
             from 1, both ends included. Results are JSON; `truncated` and `next…` say when there is more."
        )
    }
}

/// Its name here: MCP clients want letters, digits and `_`.
pub(super) fn name_of(tool: &Tool) -> String {
    tool.name.replace('-', "_")
}

fn described(tool: &Tool) -> Value {
    let mut input = tool.input.clone().to_value();
    plain(&mut input);
    let description = input.as_object_mut().and_then(|input| input.remove("description"));
    let mut told = json!({
        "name": name_of(tool),
        "title": title(tool.name),
        "description": description.unwrap_or_default(),
        "inputSchema": input,
    });
    if let Some(output) = output(tool) {
        told["outputSchema"] = output;
    }
    told["annotations"] = annotations(tool);
    told
}

/// Hints for those who ask their user before a call.
fn annotations(tool: &Tool) -> Value {
    let reads = matches!(tool.effect, Effect::Reads | Effect::Connects);
    let mut hints =
        json!({ "readOnlyHint": reads, "openWorldHint": tool.effect == Effect::Connects });
    if !reads {
        hints["destructiveHint"] = (!KEEPS_WHAT_IS_THERE.contains(&tool.name)).into();
        hints["idempotentHint"] = IDEMPOTENT.contains(&tool.name).into();
    }
    hints
}

/// The schema of its result, if that is always an object: the protocol has no other.
fn output(tool: &Tool) -> Option<Value> {
    let mut schema = tool.output.clone().to_value();
    plain(&mut schema);
    without_required(&mut schema);
    let members = schema.as_object_mut()?;
    let is_object = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "object");
    let alternatives = members.get("oneOf").or_else(|| members.get("anyOf"));
    let all = alternatives.and_then(Value::as_array).is_some_and(|all| all.iter().all(is_object));
    if members.get("type").is_none() && all {
        members.insert("type".to_owned(), "object".into());
    }
    is_object(&schema).then_some(schema)
}

/// Takes out of a schema what says nothing to a client, or what validators of other drafts stumble over: the draft, the
/// names of Rust types, formats of numbers.
fn plain(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
        members.remove("title");
    }
    without_number_formats(schema);
}

fn without_number_formats(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_format = |name: &str| {
                name.starts_with("uint")
                    || name.starts_with("int")
                    || matches!(name, "double" | "float")
            };
            if members.get("format").and_then(Value::as_str).is_some_and(is_format) {
                members.remove("format");
            }
            members.values_mut().for_each(without_number_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(without_number_formats),
        _ => {}
    }
}

/// The tools leave out what says nothing (a zero, an empty list), and their schemas count it as required all the same.
/// A client that holds results against the schema would refuse them.
fn without_required(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("required").is_some_and(Value::is_array) {
                members.remove("required");
            }
            members.values_mut().for_each(without_required);
        }
        Value::Array(items) => items.iter_mut().for_each(without_required),
        _ => {}
    }
}

/// `insert-lines` → `Insert lines`.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The input of a call: none is an object without members.
pub(super) fn empty_input() -> String {
    Value::Object(Map::new()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(allowed: Allowed, expected: Expect) {
        let offer = Offer::new(ironbridge_tools::tools(), allowed);
        let names: Vec<String> = offer.tools.iter().map(name_of).collect();
        expected.assert_eq(&names.join(" "));
    }

    #[test]
    fn what_changes_or_runs_is_offered_when_it_is_allowed() {
        check(
            Allowed::default(),
            expect![
                "read glob grep list tree find parse_shell watch git_info git_status git_diff stats"
            ],
        );
        check(
            Allowed { write: true, shell: false },
            expect![
                "read write create insert_lines replace_lines delete_lines edit multi_edit patch snapshot glob grep list tree find parse_shell watch git_info git_status git_diff git_stage git_unstage archive extract stats"
            ],
        );
        check(
            Allowed { write: false, shell: true },
            expect![
                "read glob grep list tree find parse_shell shell watch git_info git_status git_diff git_commit git_branches stats"
            ],
        );
    }

    #[test]
    fn a_tool_that_is_not_allowed_says_how_it_would_be() {
        let offer = Offer::new(ironbridge_tools::tools(), Allowed::default());
        let why = |name: &str| offer.find(name).unwrap_err().message;
        expect!["the tool write is not allowed; start the server with --allow-write"]
            .assert_eq(&why("write"));
        expect!["the tool shell is not allowed; start the server with --allow-shell"]
            .assert_eq(&why("shell"));
        assert!(why("raed").starts_with("unknown tool raed; there are read, "));
    }

    #[test]
    fn every_tool_says_what_it_gives() {
        let tools = ironbridge_tools::tools();
        for tool in &tools {
            let told = described(tool);
            assert_eq!(told["inputSchema"]["type"], "object", "{}", tool.name);
            assert_eq!(told["outputSchema"]["type"], "object", "{}", tool.name);
            assert!(!told["description"].as_str().unwrap().is_empty(), "{}", tool.name);
        }
    }

    #[test]
    fn hints_follow_from_what_a_tool_does() {
        let hints = |name: &str| {
            let tools = ironbridge_tools::tools();
            annotations(tools.iter().find(|tool| tool.name == name).unwrap()).to_string()
        };
        expect![[r#"{"readOnlyHint":true,"openWorldHint":false}"#]].assert_eq(&hints("read"));
        expect![[r#"{"readOnlyHint":false,"openWorldHint":false,"destructiveHint":true,"idempotentHint":true}"#]].assert_eq(&hints("write"));
        expect![[r#"{"readOnlyHint":false,"openWorldHint":false,"destructiveHint":false,"idempotentHint":false}"#]].assert_eq(&hints("create"));
        expect![[r#"{"readOnlyHint":false,"openWorldHint":false,"destructiveHint":true,"idempotentHint":false}"#]].assert_eq(&hints("shell"));
    }
}
