//! The licences of what is linked into the binary: most ask that their text goes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// The crate whose dependencies are linked.
const BINARY: &str = "ironbridge-cli";

/// How files with terms are named, in any case.
const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// Every crate that `cargo metadata` links into the binary, with its licence and the texts it ships; a text that several
/// ship stands once.
pub(crate) fn third_party(metadata: &Value) -> Result<String> {
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"])
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let linked = linked(metadata, &packages).context("cargo metadata does not know the binary")?;
    let mut text = String::from("Ironbridge links these crates. Their terms follow.\n");
    let mut printed: BTreeMap<String, String> = BTreeMap::new();
    for package in
        linked.iter().filter_map(|id| packages.get(id)).filter(|p| !p["source"].is_null())
    {
        let say = |key: &str| package[key].as_str().unwrap_or_default();
        let title = format!("{} {}", say("name"), say("version"));
        writeln!(text, "\n---- {title}: {}\n{}", say("license"), say("repository"))?;
        let folder =
            Path::new(say("manifest_path")).parent().context("a manifest lies in a folder")?;
        for (file, terms) in texts(folder)? {
            match printed.get(&terms) {
                Some(first) => writeln!(text, "{file}: as of {first}")?,
                None => {
                    writeln!(text, "\n{file}:\n\n{}", terms.trim())?;
                    printed.insert(terms, title.clone());
                }
            }
        }
    }
    Ok(text)
}

/// The ids of the binary and of all it depends on, neither to build nor to test.
fn linked<'m>(
    metadata: &'m Value,
    packages: &BTreeMap<&'m str, &'m Value>,
) -> Option<BTreeSet<&'m str>> {
    let nodes: BTreeMap<&str, &Value> = list(&metadata["resolve"]["nodes"])
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let binary = packages.iter().find(|(_, package)| package["name"] == BINARY)?.0;
    let mut found = BTreeSet::new();
    let mut next = vec![*binary];
    while let Some(id) = next.pop() {
        if found.insert(id) {
            let normal = |dep: &&Value| list(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null());
            let deps = nodes.get(id).into_iter().flat_map(|node| list(&node["deps"]));
            next.extend(deps.filter(normal).filter_map(|dep| dep["pkg"].as_str()));
        }
    }
    Some(found)
}

/// The files with terms in a crate's folder, by name.
fn texts(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_terms = NAMES.iter().any(|start| name.to_lowercase().starts_with(start));
        if is_terms && entry.file_type()?.is_file() {
            texts.insert(name, String::from_utf8_lossy(&std::fs::read(entry.path())?).into_owned());
        }
    }
    Ok(texts)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_linked_is_named_and_each_text_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let package = |name: &str, file: &str| {
            let home = folder.path().join(name);
            std::fs::create_dir(&home).unwrap();
            std::fs::write(home.join(file), "the terms").unwrap();
            json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT", "repository": "https://r",
                "source": "registry", "manifest_path": home.join("Cargo.toml")})
        };
        let dep = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [
                {"id": "cli", "name": BINARY, "source": null},
                package("linked", "LICENSE-MIT"), package("deeper", "license.txt"), package("only-built", "LICENSE"),
            ],
            "resolve": {"nodes": [
                {"id": "cli", "deps": [dep("linked", Value::Null), dep("only-built", json!("build"))]},
                {"id": "linked", "deps": [dep("deeper", Value::Null)]},
            ]},
        });
        let text = third_party(&metadata).unwrap();
        expect_test::expect![[r#"
            Ironbridge links these crates. Their terms follow.

            ---- deeper 1.0.0: MIT
            https://r

            license.txt:

            the terms

            ---- linked 1.0.0: MIT
            https://r
            LICENSE-MIT: as of deeper 1.0.0
        "#]]
        .assert_eq(&text);
    }
}
