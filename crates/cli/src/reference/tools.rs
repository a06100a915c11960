//! `tools.md`.

mod schema;

use std::collections::BTreeMap;

use ironbridge_tools::limits::Limits;
use ironbridge_tools::{Effect, Tool};
use serde_json::Value;

use self::schema::{Side, description, one_line};
use super::{heading, row, table};
use crate::tool_table;

const ABOUT: &str = "\
`ironbridge tool NAME` runs a tool: JSON on stdin, JSON on stdout ([how](../guide/tools.md), [why so](../concepts/tools.md)). \
Lines are counted from 1, ranges of lines include both ends, offsets are bytes. A path is relative to the project's \
folder, or absolute within it; it is judged by what it resolves to. A field that may be missing is `null` or absent. A \
failure is `{\"error\":{\"code\",\"message\",…}}` and exit code 1; `invalid_input` (the input does not fit), `cancelled` and \
`deadline` are possible everywhere. `ironbridge tool NAME --schema` prints the JSON schemas.";

/// An error that so many tools have, in the same words, is described once for all.
const SHARED_ERROR_TOOLS_MIN: usize = 3;

pub(super) fn page() -> String {
    let mut page = heading("Tools", ABOUT);
    let tools = tool_table::tools(&[]);
    page.push_str(&table(&["Tool", "Effect", "What it does"]));
    for tool in &tools {
        let link = format!("[`{0}`](#{0})", tool.name);
        page.push_str(&row(&[&link, effect(tool.effect), &one_line(tool.summary())]));
    }
    page.push_str(
        "\n[Types](#types) and [errors](#errors) of several tools, and the [limits](#limits), stand at the end.\n",
    );
    let shared = Shared::of(&tools);
    for tool in &tools {
        page.push_str(&section(tool, &shared));
    }
    page.push_str("\n## Types\n\nThose that several tools have.\n");
    for (name, (side, schema)) in &shared.types {
        page.push_str(&format!("\n### {name}\n\n{}\n", description(schema)));
        page.push_str(&schema::body(schema, *side, &shared));
    }
    page.push_str("\n## Errors\n\nThose that several tools have.\n");
    page.push_str(&table(&["Code", "Meaning"]));
    for (code, meaning) in &shared.errors {
        page.push_str(&row(&[&format!("`{code}`"), meaning]));
    }
    page.push_str("\n## Limits\n\nThe defaults; a program that embeds the tools may set others.\n");
    page.push_str(&table(&["Limit", "Default", "Unit", "What it bounds"]));
    for limit in Limits::table() {
        let name = format!("`{}`", limit.name);
        page.push_str(&row(&[&name, &limit.default, limit.unit, &one_line(limit.meaning)]));
    }
    page
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads => "reads",
        Effect::Writes => "writes",
        Effect::Runs => "runs commands",
        Effect::Connects => "uses the network",
    }
}

/// What several tools have in the same words.
struct Shared {
    types: BTreeMap<String, (Side, Value)>,
    errors: BTreeMap<&'static str, &'static str>,
}

impl Shared {
    fn of(tools: &[Tool]) -> Self {
        // `None`: two tools have two types of that name.
        let mut types: BTreeMap<&String, (usize, Side, Option<&Value>)> = BTreeMap::new();
        let mut errors: BTreeMap<_, usize> = BTreeMap::new();
        for tool in tools {
            let mut names = Vec::new();
            for (side, schema) in schemas(tool) {
                for (name, schema) in schema::definitions(schema) {
                    let (count, at, same) = types.entry(name).or_insert((0, side, Some(schema)));
                    *count += usize::from(!names.contains(&name));
                    *at = (*at).min(side);
                    *same = same.filter(|same| *same == schema);
                    names.push(name);
                }
            }
            for error in tool.errors {
                *errors.entry(*error).or_default() += 1;
            }
        }
        let types = types.into_iter().filter_map(|(name, (count, side, schema))| {
            Some((name.clone(), (side, schema?.clone()))).filter(|_| count > 1)
        });
        let mut by_use: Vec<_> =
            errors.into_iter().filter(|(_, count)| *count >= SHARED_ERROR_TOOLS_MIN).collect();
        // Of two meanings of a code the one that more tools have is the shared one.
        by_use.sort_by_key(|(_, count)| *count);
        Shared {
            types: types.collect(),
            errors: by_use.into_iter().map(|(error, _)| error).collect(),
        }
    }
}

fn schemas(tool: &Tool) -> [(Side, &Value); 2] {
    [(Side::Input, tool.input.as_value()), (Side::Output, tool.output.as_value())]
}

fn section(tool: &Tool, shared: &Shared) -> String {
    let mut text = format!("\n## {}\n\n{}\n", tool.name, description(tool.input.as_value()));
    let mut told = Vec::new();
    for (side, schema) in schemas(tool) {
        text.push_str(&format!("\n**{side:?}**\n"));
        text.push_str(&schema::body(schema, side, shared));
        for (name, schema) in schema::definitions(schema) {
            if !shared.types.contains_key(name) && !told.contains(&name) {
                told.push(name);
                text.push_str(&schema::definition(name, schema, side, shared));
            }
        }
    }
    text.push_str("\n**Errors**\n");
    let is_shared = |code, meaning| shared.errors.get(code) == Some(&meaning);
    let (several, own): (Vec<_>, Vec<_>) =
        tool.errors.iter().copied().partition(|(code, meaning)| is_shared(*code, *meaning));
    if !own.is_empty() {
        text.push_str(&table(&["Code", "Meaning"]));
    }
    for (code, meaning) in &own {
        text.push_str(&row(&[&format!("`{code}`"), meaning]));
    }
    if !several.is_empty() {
        let codes: Vec<String> = several.iter().map(|(code, _)| format!("`{code}`")).collect();
        let also = if own.is_empty() { "Those" } else { "And those" };
        text.push_str(&format!("\n{also} [of several tools](#errors): {}.\n", codes.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tool nobody can read about is one nobody uses.
    #[test]
    fn every_tool_and_every_field_of_an_input_is_described() {
        for tool in tool_table::tools(&[]) {
            assert!(!tool.summary().is_empty(), "{} has no description", tool.name);
            let properties = tool.input.get("properties").and_then(Value::as_object);
            for (name, field) in properties.into_iter().flatten() {
                let said = !description(field).is_empty() || field.get("$ref").is_some();
                assert!(said, "{}: {name} has no description", tool.name);
            }
            assert!(!tool.errors.is_empty(), "{} has no errors", tool.name);
        }
    }

    #[test]
    fn every_link_leads_to_a_heading_and_no_type_is_told_twice() {
        let page = page();
        let headings: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .map(|line| line.trim_start_matches('#'))
            .collect();
        for target in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            let leads = |heading: &&str| heading.trim().to_lowercase() == target;
            assert_eq!(headings.iter().filter(|heading| leads(heading)).count(), 1, "#{target}");
        }
        for section in page.split("\n## ") {
            let mut told: Vec<&str> = section
                .lines()
                .filter_map(|line| line.strip_prefix('`')?.split('`').next())
                .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
                .collect();
            told.sort_unstable();
            let count = told.len();
            told.dedup();
            assert_eq!(told.len(), count, "{told:?}");
        }
    }

    /// `path` in npm's `editFile(path, …)`, `path` in the JSON.
    #[test]
    fn names_are_kebab_case_and_fields_camel_case() {
        let mut names = Vec::new();
        for tool in tool_table::tools(&[]) {
            assert!(tool.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", tool.name);
            let properties = tool.input.get("properties").and_then(Value::as_object);
            for (name, _) in properties.into_iter().flatten() {
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{}: {name}", tool.name);
            }
            names.push(tool.name);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name is there twice");
    }
}
