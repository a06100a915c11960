//! What `deny.toml` bans, held against everything in `Cargo.lock`.
//!
//! `deny.toml` is the one table: `cargo deny check` reads it where it is installed, and this check
//! reads the same entries, so nothing has to be installed for it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item};

use crate::tidy::finding::Finding;
use crate::tidy::licence;
use crate::workspace::Workspace;

/// The budget for `Cargo.lock`: our own crates, those of other platforms and of features that are off (the keyring alone
/// brings 123) included. jj caps itself at 550, too; ripgrep has 63.
const LOCKED_PACKAGES_MAX: usize = 550;

const LOCK: &str = "Cargo.lock";
const DENY: &str = "see deny.toml; `cargo tree -i NAME` shows who brings it";

/// The entries of `deny.toml` that are checked here.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Licences that may be in the tree.
    licences: Vec<String>,
    /// Crates that may not be, with the reason.
    banned: Vec<(String, String)>,
    /// Crates that may be there in one version only.
    single: Vec<String>,
}

impl Rules {
    /// Reads `deny.toml`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse().context("deny.toml is not TOML")?;
        let mut rules = Self::default();
        let list = |table: &str, key: &str| {
            let item = document.get(table).and_then(|table| table.get(key));
            let array = item.and_then(Item::as_array).cloned();
            array.with_context(|| format!("deny.toml has no array [{table}] {key}"))
        };
        let licences = list("licenses", "allow")?;
        rules.licences.extend(licences.iter().filter_map(|name| name.as_str()).map(str::to_owned));
        let bans = list("bans", "deny")?;
        for ban in bans.iter().filter_map(|entry| entry.as_inline_table()) {
            let text = |key: &str| ban.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            let name = text("crate").context("an entry of [bans] deny has no `crate`")?;
            match ban.get("deny-multiple-versions").and_then(toml_edit::Value::as_bool) {
                Some(true) => rules.single.push(name),
                _ => rules.banned.push((name, text("reason").unwrap_or_default())),
            }
        }
        Ok(rules)
    }
}

/// A package of `Cargo.lock`.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence expression, if it has one.
    pub(crate) licence: Option<String>,
}

/// Reads the packages out of `cargo metadata`.
pub(crate) fn packages(workspace: &Workspace) -> Vec<Package> {
    let packages = workspace.packages();
    packages
        .map(|package| Package {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            version: package["version"].as_str().unwrap_or_default().to_owned(),
            licence: package["license"].as_str().map(str::to_owned),
        })
        .collect()
}

/// Holds the packages against the rules.
pub(crate) fn check(packages: &[Package], rules: &Rules, findings: &mut Vec<Finding>) {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
        let shown = format!("{} {}", package.name, package.version);
        if let Some((_, reason)) = rules.banned.iter().find(|(name, _)| *name == package.name) {
            findings.push(Finding::file(LOCK, format!("{shown} is banned: {reason}"), DENY));
        }
        let licence = package.licence.as_deref().unwrap_or_default();
        if !licence::permitted(licence, &rules.licences) {
            let message = format!("{shown} has the licence \"{licence}\", which is not allowed");
            findings.push(Finding::file(LOCK, message, DENY));
        }
    }
    for (name, versions) in versions {
        if versions.len() > 1 && rules.single.iter().any(|single| single == name) {
            let message = format!("{name} is there more than once: {}", versions.join(", "));
            findings.push(Finding::file(LOCK, message, DENY));
        }
    }
    if packages.len() > LOCKED_PACKAGES_MAX {
        let message = format!("{} packages (limit {LOCKED_PACKAGES_MAX})", packages.len());
        let mend =
            "drop a dependency or one of its features, or raise the budget in its own commit";
        findings.push(Finding::file(LOCK, message, mend));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const DENY_TOML: &str = r#"
        [licenses]
        allow = ["MIT"]
        [bans]
        deny = [
            { crate = "openssl-sys", reason = "a second TLS stack" },
            { crate = "hyper", deny-multiple-versions = true },
        ]
    "#;

    fn check_packages(list: &[(&str, &str, &str)], expected: &Expect) {
        let packages: Vec<Package> = list
            .iter()
            .map(|&(name, version, licence)| Package {
                name: name.into(),
                version: version.into(),
                licence: (!licence.is_empty()).then(|| licence.into()),
            })
            .collect();
        let mut findings = Vec::new();
        check(&packages, &Rules::parse(DENY_TOML).unwrap(), &mut findings);
        let lines: Vec<String> = findings.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn bans_licences_and_duplicates_are_found() {
        check_packages(&[("hyper", "1.12.0", "MIT"), ("syn", "1.0.0", "MIT")], &expect![""]);
        check_packages(&[("syn", "1.0.0", "MIT"), ("syn", "2.0.0", "MIT")], &expect![""]);
        check_packages(
            &[("openssl-sys", "0.9.0", "MIT")],
            &expect!["Cargo.lock: openssl-sys 0.9.0 is banned: a second TLS stack"],
        );
        check_packages(
            &[("a", "1.0.0", "GPL-3.0-only"), ("b", "1.0.0", "")],
            &expect![[r#"
                Cargo.lock: a 1.0.0 has the licence "GPL-3.0-only", which is not allowed
                Cargo.lock: b 1.0.0 has the licence "", which is not allowed"#]],
        );
        check_packages(
            &[("hyper", "0.14.0", "MIT"), ("hyper", "1.12.0", "MIT")],
            &expect!["Cargo.lock: hyper is there more than once: 0.14.0, 1.12.0"],
        );
    }

    #[test]
    fn too_many_packages_are_found() {
        let mut findings = Vec::new();
        let package =
            Package { name: "a".into(), version: "1.0.0".into(), licence: Some("MIT".into()) };
        let packages = vec![package; LOCKED_PACKAGES_MAX + 1];
        check(&packages, &Rules::parse(DENY_TOML).unwrap(), &mut findings);
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn a_deny_file_without_its_tables_is_an_error() {
        assert!(Rules::parse("").is_err());
        assert!(Rules::parse("[licenses]\nallow = [\"MIT\"]\n").is_err());
    }

    #[test]
    fn the_rules_of_this_project_hold() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../deny.toml"));
        let rules = Rules::parse(&text.unwrap()).unwrap();
        for name in ["openssl-sys", "native-tls", "aws-lc-sys"] {
            assert!(rules.banned.iter().any(|(banned, _)| banned == name), "{name} is not banned");
        }
        assert!(rules.single.iter().any(|name| name == "hyper"));
        assert!(!rules.licences.iter().any(|name| name.contains("GPL")));
    }
}
