//! `docs`: regenerates `docs/reference` from the tables in the code, or checks that it is fresh.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, BUILD, QUICK};
use crate::tidy::finding::Finding;
use crate::workspace::Workspace;

/// One program of the workspace that writes reference pages.
struct Generator {
    /// What it documents, for messages.
    about: &'static str,
    /// Where it is, from the folder of the dev profile's build.
    program: &'static str,
    arguments: &'static [&'static str],
    output: Output,
}

enum Output {
    /// It writes files into the folder given as its last argument.
    Folder,
    /// It prints one page, which gets this name.
    Page(&'static str),
}

/// Every generator. A page that none of them makes is hand-written, or made by `npm run types` (`npm.md`), and stands in
/// [`BY_HAND`].
const GENERATORS: &[Generator] = &[
    Generator {
        about: "flags, config keys, variables, providers, errors, config schema",
        program: "ironbridge",
        arguments: &["generate-docs"],
        output: Output::Folder,
    },
    Generator {
        about: "the translation matrix",
        program: "examples/translation-matrix",
        arguments: &[],
        output: Output::Page("translation.md"),
    },
];

const BY_HAND: &[&str] = &[
    "asgi.md",
    "compat.md",
    "http.md",
    "npm.md",
    "parity.md",
    "platforms.md",
    "terminal-socket.md",
];

const FOLDER: &str = "docs/reference";
const MEND: &str = "cargo xtask docs";

/// File contents by path relative to `docs/reference`.
type Pages = BTreeMap<String, Vec<u8>>;

/// Writes the pages, or with `--check` compares them.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    match arguments {
        [] => write(&workspace),
        [flag] if flag == "--check" => {
            let findings = stale(&workspace)?;
            for finding in &findings {
                eprintln!("{finding}");
            }
            if !findings.is_empty() {
                bail!("{} pages are stale", findings.len());
            }
            Ok(())
        }
        _ => bail!("usage: cargo xtask docs [--check]"),
    }
}

fn write(workspace: &Workspace) -> Result<()> {
    let fresh = generate(workspace)?;
    let folder = workspace.root.join(FOLDER);
    let there = read_pages(&folder)?;
    for finding in compare(&there, &fresh) {
        let name = finding.path.strip_prefix(FOLDER).unwrap_or(&finding.path);
        let name = name.trim_start_matches('/');
        let file = folder.join(name);
        match fresh.get(name) {
            Some(content) => {
                std::fs::create_dir_all(file.parent().unwrap_or(&folder))?;
                std::fs::write(&file, content)?;
                println!("wrote {}", finding.path);
            }
            None => eprintln!("{finding}"),
        }
    }
    Ok(())
}

/// The pages that differ from what the generators make now.
pub(crate) fn stale(workspace: &Workspace) -> Result<Vec<Finding>> {
    let fresh = generate(workspace)?;
    Ok(compare(&read_pages(&workspace.root.join(FOLDER))?, &fresh))
}

fn generate(workspace: &Workspace) -> Result<Pages> {
    let folder = workspace.target().join("generated-docs");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    // The whole workspace, as the tests build it: with `-p` the dependencies would be built once
    // more with fewer features.
    let mut build = workspace.cargo();
    build.args(["build", "--quiet", "--workspace", "--locked", "--bins", "--examples"]);
    process::run(&mut build, BUILD)?;
    for generator in GENERATORS {
        let program = workspace.target().join("debug").join(generator.program);
        let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        command.args(generator.arguments).current_dir(&workspace.root);
        match generator.output {
            Output::Folder => process::run(command.arg(&folder), QUICK),
            Output::Page(name) => process::capture(&mut command, QUICK)
                .and_then(|page| Ok(std::fs::write(folder.join(name), page)?)),
        }
        .with_context(|| format!("cannot generate {}", generator.about))?;
    }
    read_pages(&folder)
}

fn read_pages(folder: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    let mut open: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                pages.insert(name, std::fs::read(&path)?);
            }
        }
    }
    Ok(pages)
}

fn compare(there: &Pages, fresh: &Pages) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, content) in fresh {
        let path = format!("{FOLDER}/{name}");
        match there.get(name) {
            None => findings.push(Finding::file(&path, "generated, but not there", MEND)),
            Some(old) if old != content => {
                let line = first_difference(old, content);
                findings.push(Finding::line(&path, line, "differs from what the code says", MEND));
            }
            Some(_) => {}
        }
    }
    for name in there.keys().filter(|name| !fresh.contains_key(*name)) {
        if !BY_HAND.contains(&name.as_str()) {
            let path = format!("{FOLDER}/{name}");
            let message = "no generator makes this page, and it is not named as hand-written";
            let mend = "delete it, or name it in BY_HAND (xtask/src/docs.rs)";
            findings.push(Finding::file(&path, message, mend));
        }
    }
    findings
}

/// The first line (from 1) in which two texts differ.
fn first_difference(old: &[u8], new: &[u8]) -> usize {
    let mut old = old.split(|byte| *byte == b'\n');
    let mut new = new.split(|byte| *byte == b'\n');
    (1..).find(|_| old.next() != new.next()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(there: &[(&str, &str)], fresh: &[(&str, &str)], expected: &Expect) {
        let pages = |list: &[(&str, &str)]| {
            list.iter().map(|(name, text)| ((*name).into(), text.as_bytes().into())).collect()
        };
        let found = compare(&pages(there), &pages(fresh));
        let lines: Vec<String> = found.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn stale_missing_and_orphan_pages_are_found() {
        check(&[("a.md", "1\n2\n")], &[("a.md", "1\n2\n")], &expect![""]);
        check(
            &[("a.md", "1\n2\n")],
            &[("a.md", "1\n3\n")],
            &expect!["docs/reference/a.md:2: differs from what the code says"],
        );
        check(&[], &[("a.md", "")], &expect!["docs/reference/a.md: generated, but not there"]);
        check(
            &[("old.md", ""), ("parity.md", "")],
            &[],
            &expect![
                "docs/reference/old.md: no generator makes this page, and it is not named as hand-written"
            ],
        );
    }
}
