//! The key table held against the reader, the crates below and the schema.

use ironbridge_upstream::{Catalogue, ProviderKind};
use serde_json::Value;
use toml_edit::DocumentMut;

use super::load_plain;
use crate::config::key::{Key, KeyDefault, KeyKind, Section};
use crate::config::keys::{SECTIONS, section};
use crate::config::schema::schema;
use crate::config::value::{duration, size};

/// A kind of provider that has the key.
fn kind_with(section: &Section, key: &str) -> &'static str {
    match (section.path, key) {
        ("provider", "account_type" | "enterprise_host" | "github_url" | "api_url") => {
            "\"copilot\""
        }
        ("provider", "identity" | "credential_files") | ("provider.oauth", _) => "\"anthropic\"",
        _ => "\"openai\"",
    }
}

/// A file in which `key` of a section has a value, and everything required is there; `None`: it has none.
fn file_of(section: &Section, key: &str, value: Option<&str>) -> String {
    let kind = kind_with(section, key);
    let of_provider = [("name", "\"p\""), ("kind", kind)];
    let required = |path: &str, skip: &str| {
        match path {
            "provider" => &of_provider[..],
            "route" => &[("match", "\"m\""), ("targets", "[\"main\"]")],
            "limit" => &[("match", "\"m\""), ("requests_per_minute", "7")],
            "price" => &[("match", "\"m\""), ("input", "1"), ("output", "1")],
            "project" => &[("name", "\"p\"")],
            _ => &[("match", "\"m\""), ("file", "\"f\"")],
        }
        .iter()
        .filter(|(name, _)| *name != skip)
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect::<String>()
    };
    let mut file = format!("[[provider]]\nname = \"main\"\nkind = {kind}\n");
    if section.repeated {
        file.push_str(&format!(
            "{}\n{}",
            section.title(),
            required(section.path, value.map_or("", |_| key))
        ));
    } else {
        file.push_str(&format!("{}\n", section.title()));
    }
    if let Some(value) = value {
        file.push_str(&format!("{key} = {value}\n"));
    }
    file
}

fn file_with(section: &Section, key: &str, value: &str) -> String {
    file_of(section, key, Some(value))
}

/// The same file without the key.
fn file_without(section: &Section, key: &str) -> String {
    file_of(section, key, None)
}

fn keys() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    SECTIONS.iter().flat_map(|section| section.keys.iter().map(move |key| (section, key)))
}

#[test]
fn every_key_has_an_effect() {
    for (section, key) in keys() {
        let without = load_plain(&file_without(section, key.name)).expect(section.path);
        // An example that names a variable must find it.
        let example = ["IRONBRIDGE_ADMIN_TOKEN", "IRONBRIDGE_READ_TOKEN", "OPENAI_API_KEY"]
            .into_iter()
            .fold(key.example.to_owned(), |example, name| example.replace(name, "KEY"));
        // `kind = "openai"` is what the file has anyway.
        let example = if key.name == "kind" { "\"offline\"" } else { &example };
        let with = load_plain(&file_with(section, key.name, example));
        let with = with.unwrap_or_else(|error| panic!("{}: {}", key.name, error.render()));
        assert_ne!(with, without, "{}.{}", section.path, key.name);
    }
}

#[test]
fn the_defaults_in_the_table_are_the_real_ones() {
    for (section, key) in keys() {
        if let KeyDefault::Value(default) = key.default {
            let without = load_plain(&file_without(section, key.name)).expect(section.path);
            let with = load_plain(&file_with(section, key.name, default));
            let with = with.unwrap_or_else(|error| panic!("{}: {}", key.name, error.render()));
            assert_eq!(with, without, "{}.{} = {default}", section.path, key.name);
            assert!(serde_json::from_str::<Value>(default).is_ok(), "{default} is not JSON too");
        }
    }
}

#[test]
fn every_key_refuses_a_value_of_another_type() {
    for (section, key) in keys() {
        // No key takes a date.
        let file = file_with(section, key.name, "1979-05-27");
        let error = load_plain(&file).expect_err(key.name).render();
        let path = format!("{}.{}", section.path, key.name);
        assert!(error.contains(&path), "{path}: {error}");
        assert_eq!(error.matches("error: ").count(), 1, "{error}");
    }
}

#[test]
fn every_key_refuses_what_is_out_of_its_range() {
    for (section, key) in keys() {
        let (below, above) = match key.kind {
            KeyKind::Duration { min, max } => {
                let millis = |d: std::time::Duration| format!("\"{}ms\"", d.as_millis());
                let step = std::time::Duration::from_millis(1);
                (min.checked_sub(step).map(millis), millis(max + step))
            }
            KeyKind::Size { min, max } => {
                (min.checked_sub(1).map(|n| format!("\"{n}B\"")), format!("\"{}B\"", max + 1))
            }
            KeyKind::Count { min, max } => {
                (min.checked_sub(1).map(|n| n.to_string()), (max + 1).to_string())
            }
            _ => continue,
        };
        for value in below.into_iter().chain([above]) {
            let error = load_plain(&file_with(section, key.name, &value)).expect_err(key.name);
            assert!(error.render().contains("must be from"), "{}", error.render());
        }
    }
}

#[test]
fn the_kinds_are_those_of_the_catalogue() {
    let KeyKind::Choice(kinds) = section("provider").unwrap().key("kind").unwrap().kind else {
        panic!("kind is a choice")
    };
    assert_eq!(kinds, ProviderKind::ALL.map(|kind| Catalogue::kind(kind).name));
}

#[test]
fn texts_are_whole_sentences() {
    for (section, key) in keys() {
        for text in [section.about, key.about, key.details] {
            assert!(text.is_empty() || text.ends_with('.'), "{text:?}");
            assert!(!text.contains("  "), "{text:?}");
        }
    }
}

#[test]
fn the_example_of_the_reference_page_is_right() {
    let example = crate::reference::example().replace("ANTHROPIC_API_KEY", "KEY");
    let config = load_plain(&example).unwrap_or_else(|error| panic!("{}", error.render()));
    assert_eq!(config.warnings, []);
    let document: DocumentMut = example.parse().unwrap();
    conforms(&schema(), &schema(), &json_of(document.as_item()), "");
}

/// The whole of TOML that config files use, as JSON.
fn json_of(item: &toml_edit::Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return table.iter().map(|(key, item)| (key.to_owned(), json_of(item))).collect();
    }
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().map(|t| json_of(&toml_edit::Item::Table(t.clone()))).collect();
    }
    if let Some(array) = item.as_array() {
        return array.iter().map(|v| json_of(&toml_edit::Item::Value(v.clone()))).collect();
    }
    match (item.as_str(), item.as_integer(), item.as_bool()) {
        (Some(text), ..) => text.into(),
        (_, Some(number), _) => number.into(),
        (.., Some(flag)) => flag.into(),
        _ => Value::Null,
    }
}

/// Checks the part of JSON schema that ours uses, patterns excepted.
fn conforms(root: &Value, schema: &Value, value: &Value, path: &str) {
    if schema["allOf"].is_array() {
        return conforms(root, &root["definitions"]["secret"], value, path);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let required = choice["required"].as_array().unwrap();
            required.iter().all(|key| value.get(key.as_str().unwrap()).is_some())
        };
        let fitting = choices.iter().filter(fits).collect::<Vec<_>>();
        assert_eq!(fitting.len(), 1, "{path}");
        return conforms(root, fitting[0], value, path);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{path}");
        return;
    }
    match schema["type"].as_str() {
        Some("object") => {
            for (key, value) in value.as_object().expect(path) {
                let path = format!("{path}.{key}");
                conforms(root, schema["properties"].get(key).expect(&path), value, &path);
            }
            for key in schema["required"].as_array().unwrap_or(&Vec::new()) {
                assert!(value.get(key.as_str().unwrap()).is_some(), "{path} has no {key}");
            }
        }
        Some("array") => {
            for value in value.as_array().expect(path) {
                conforms(root, &schema["items"], value, path);
            }
        }
        Some("string") => assert!(value.is_string(), "{path}"),
        Some("boolean") => assert!(value.is_boolean(), "{path}"),
        Some("integer") => {
            let number = value.as_u64().expect(path);
            assert!(number >= schema["minimum"].as_u64().unwrap(), "{path}");
            assert!(number <= schema["maximum"].as_u64().unwrap(), "{path}");
        }
        other => panic!("{path}: unexpected type {other:?}"),
    }
}

#[test]
fn the_schema_patterns_take_what_the_reader_takes() {
    // Both forms of a value with a unit, as the patterns allow them.
    let day = std::time::Duration::from_secs(86_400);
    assert!(duration("90 s", std::time::Duration::ZERO, day).is_ok());
    assert!(size("64 MiB", 0, u64::MAX).is_ok());
}
