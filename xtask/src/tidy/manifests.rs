//! Versions and features of dependencies stand once, in the root `Cargo.toml`.

use toml_edit::{DocumentMut, Item, TableLike};

use crate::tidy::files::SourceFile;
use crate::tidy::finding::Finding;

const TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];
const MEND: &str = "move the version to [workspace.dependencies], write `workspace = true` here";

/// Checks the manifests of the workspace's members; `fuzz` is a workspace of its own.
pub(crate) fn check(sources: &[SourceFile], findings: &mut Vec<Finding>) {
    let is_member = |path: &str| {
        ["xtask/Cargo.toml", "bench/rig/Cargo.toml"].contains(&path)
            || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
    };
    for source in sources.iter().filter(|source| is_member(&source.path)) {
        let Ok(manifest) = source.text.parse::<DocumentMut>() else { continue };
        check_tables(source, manifest.as_table(), findings);
        let targets = manifest.get("target").and_then(Item::as_table_like);
        for (_, target) in targets.into_iter().flat_map(TableLike::iter) {
            if let Some(target) = target.as_table_like() {
                check_tables(source, target, findings);
            }
        }
    }
}

fn check_tables(source: &SourceFile, tables: &dyn TableLike, findings: &mut Vec<Finding>) {
    for name in TABLES {
        let Some(table) = tables.get(name).and_then(Item::as_table_like) else { continue };
        for (dependency, item) in table.iter() {
            let inherited = item
                .as_table_like()
                .and_then(|entry| entry.get("workspace"))
                .and_then(Item::as_bool)
                .unwrap_or_default();
            if !inherited {
                let line = line_of(&source.text, dependency);
                let message = format!("`{dependency}` has a version of its own");
                findings.push(Finding::line(&source.path, line, message, MEND));
            }
        }
    }
}

fn line_of(text: &str, key: &str) -> usize {
    text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check_manifest(path: &str, text: &str, expected: &Expect) {
        let mut findings = Vec::new();
        check(&[SourceFile { path: path.into(), text: text.into() }], &mut findings);
        let lines: Vec<String> = findings.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_version_in_a_member_is_found() {
        let path = "crates/a/Cargo.toml";
        check_manifest(
            path,
            "[dependencies]\nbytes.workspace = true\nhttp = { workspace = true, features = [] }\n",
            &expect![""],
        );
        check_manifest(
            path,
            "[dependencies]\nbytes = \"1\"\n\n[target.'cfg(unix)'.dev-dependencies]\nhttp = { version = \"1\" }\n",
            &expect![[r#"
                crates/a/Cargo.toml:2: `bytes` has a version of its own
                crates/a/Cargo.toml:5: `http` has a version of its own"#]],
        );
        check_manifest("fuzz/Cargo.toml", "[dependencies]\nbytes = \"1\"\n", &expect![""]);
    }
}
