//! The crate table of the design: who may use whom.

use serde_json::Value;

use crate::rust_code::without_comments_and_literals;
use crate::tidy::files::SourceFile;
use crate::tidy::finding::Finding;
use crate::workspace::{Workspace, array};

/// One row: a crate and those of ours it may use.
struct Row {
    name: &'static str,
    uses: &'static [&'static str],
    /// Whether `unsafe` may stand in it; each such crate is a border to another language or to the
    /// operating system.
    may_be_unsafe: bool,
}

const fn row(name: &'static str, uses: &'static [&'static str]) -> Row {
    Row { name, uses, may_be_unsafe: false }
}

const fn border(name: &'static str, uses: &'static [&'static str]) -> Row {
    Row { name, uses, may_be_unsafe: true }
}

/// Lowest first. A new arrow is a commit of its own, with the reason.
const TABLE: &[Row] = &[
    row("wire", &[]),
    row("limit", &[]),
    row("session", &[]),
    row("ledger", &[]),
    border("tools", &[]),
    border("asgi", &[]),
    row("tokens", &["wire"]),
    row(TESTKIT, &["wire"]),
    row(BENCH, &[]),
    border("python", &["asgi"]),
    row("term", &["session"]),
    row("upstream", &["wire", "tokens", "limit"]),
    border("node", &["wire", "tokens", "limit", "tools", "asgi"]),
    row("agent", &["wire", "tokens", "tools", "upstream", "session"]),
    row("bridge", &["agent", "tools", "session"]),
    row("console", &["ledger", "upstream", "wire"]),
    row("gateway", &["wire", "tokens", "limit", "upstream", "ledger"]),
    row(
        "cli",
        &[
            "wire", "tokens", "limit", "tools", "upstream", "ledger", "gateway", "console",
            "session", "agent", "bridge", "term",
        ],
    ),
];

/// Only ever a dev-dependency.
const TESTKIT: &str = "testkit";
/// The program behind `bench gateway`. It measures the product from outside and stands beside its results.
const BENCH: &str = "bench";
/// Our packages are named so; the folder is the rest of the name.
const PREFIX: &str = "ironbridge-";
/// Runs the commands, is no part of the product, and uses none of it.
const XTASK: &str = "xtask";

/// A package of the workspace, as far as the table is concerned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    /// The package's name.
    pub(crate) name: String,
    /// Its folder relative to the root.
    pub(crate) folder: String,
    /// Its dependencies as (package, is it a dev-dependency).
    pub(crate) dependencies: Vec<(String, bool)>,
    /// The root files of its libraries and binaries, relative to the root.
    pub(crate) roots: Vec<String>,
}

/// Reads the members out of `cargo metadata`.
pub(crate) fn members(workspace: &Workspace) -> Vec<Member> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let path = |value: &Value| {
        workspace.relative(std::path::Path::new(value.as_str().unwrap_or_default()))
    };
    let is_root = |target: &&Value| {
        let kinds = ["lib", "bin", "proc-macro", "cdylib"];
        array(&target["kind"]).iter().any(|kind| kinds.iter().any(|known| kind == known))
    };
    workspace
        .members()
        .map(|package| Member {
            name: text(&package["name"]),
            folder: path(&package["manifest_path"]).trim_end_matches("/Cargo.toml").to_owned(),
            dependencies: array(&package["dependencies"])
                .iter()
                .map(|dependency| (text(&dependency["name"]), dependency["kind"] == "dev"))
                .collect(),
            roots: array(&package["targets"])
                .iter()
                .filter(is_root)
                .map(|target| path(&target["src_path"]))
                .collect(),
        })
        .collect()
}

fn row_of(member: &Member) -> Option<&'static Row> {
    let short = member.name.strip_prefix(PREFIX)?;
    TABLE.iter().find(|row| row.name == short)
}

/// Holds the members against the table.
pub(crate) fn check_arrows(members: &[Member], findings: &mut Vec<Finding>) {
    for member in members {
        let manifest = format!("{}/Cargo.toml", member.folder);
        let allowed = match row_of(member) {
            Some(row) => row.uses,
            None if member.name == XTASK => &[],
            None => {
                let message = format!("the crate `{}` is not in the crate table", member.name);
                let mend = "add it to DESIGN §4 and to xtask/src/tidy/crate_table.rs";
                findings.push(Finding::file(&manifest, message, mend));
                continue;
            }
        };
        if member.name != XTASK && member.folder != folder_of(short(&member.name)) {
            let message = format!("`{}` stands in {}", member.name, member.folder);
            let mend = "the folder is crates/ plus the last word of the package's name";
            findings.push(Finding::file(&manifest, message, mend));
        }
        for (used, is_dev) in &member.dependencies {
            let Some(used) = used.strip_prefix(PREFIX) else { continue };
            if let Some(message) = refused(short(&member.name), used, *is_dev, allowed) {
                let mend = "take a trait from above instead, or change the table in its own commit";
                findings.push(Finding::file(&manifest, message, mend));
            }
        }
    }
}

fn folder_of(short: &str) -> String {
    if short == BENCH { "bench/rig".to_owned() } else { format!("crates/{short}") }
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn refused(user: &str, used: &str, is_dev: bool, allowed: &[&str]) -> Option<String> {
    match (used == TESTKIT, is_dev) {
        (true, true) => None,
        (true, false) => Some(format!("`{user}` uses testkit outside its tests")),
        _ if allowed.contains(&used) => None,
        _ => Some(format!("`{user}` may not use `{used}`")),
    }
}

/// Every library and binary forbids `unsafe`, but those at a border.
pub(crate) fn check_unsafe(
    members: &[Member],
    sources: &[SourceFile],
    findings: &mut Vec<Finding>,
) {
    let guarded = |member: &&Member| !row_of(member).is_some_and(|row| row.may_be_unsafe);
    for path in members.iter().filter(guarded).flat_map(|member| &member.roots) {
        let Some(source) = sources.iter().find(|source| source.path == *path) else { continue };
        if !without_comments_and_literals(&source.text).contains("#![forbid(unsafe_code)]") {
            let message = "`#![forbid(unsafe_code)]` is missing";
            findings.push(Finding::line(path, 1, message, "put it below the crate's essay"));
        }
    }
}

/// Where testkit uses the crate under test, only `tests/it` may use testkit: a unit test would see
/// two copies of the crate's types.
pub(crate) fn check_testkit_place(
    members: &[Member],
    sources: &[SourceFile],
    findings: &mut Vec<Finding>,
) {
    let testkit = TABLE.iter().find(|row| row.name == TESTKIT);
    let below =
        |member: &&Member| testkit.is_some_and(|row| row.uses.contains(&short(&member.name)));
    for member in members.iter().filter(below) {
        let folder = format!("{}/src/", member.folder);
        for source in sources.iter().filter(|source| source.path.starts_with(&folder)) {
            let code = without_comments_and_literals(&source.text);
            let lines = code.lines().enumerate();
            for (index, _) in lines.filter(|(_, line)| line.contains("ironbridge_testkit")) {
                let message = "testkit uses this crate: two copies of its types would meet";
                let mend = "move the test to tests/it";
                findings.push(Finding::line(&source.path, index + 1, message, mend));
            }
        }
    }
}

#[cfg(test)]
#[path = "crate_table_tests.rs"]
mod tests;
