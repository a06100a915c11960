//! `fixtures/tools/patch/NNN_name`: a folder, a patch, and the folder afterwards; or, where there is `error.txt`, what
//! is said and nothing changed. No word of it is about Rust.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ironbridge_tools::patch::{Input, patch};
use ironbridge_tools::{Control, Failure, Scope, Workspace};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tools/patch");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut scenarios: Vec<PathBuf> =
        entries.map(|entry| entry.expect("listed").path()).filter(|path| path.is_dir()).collect();
    scenarios.sort();
    scenarios
}

/// Every file under `folder` with its bytes. A folder that would be empty has `.empty`, which git keeps.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).expect("a folder") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != ".empty") {
                let name = path.strip_prefix(folder).expect("beneath it").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// What is wrong with one scenario; empty: nothing.
fn replay(scenario: &Path) -> String {
    let top = tempfile::tempdir().expect("a temporary folder");
    let project = top.path().join("project");
    let before = tree(&scenario.join("input"));
    for (name, bytes) in &before {
        let path = project.join(name);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("created");
        fs::write(path, bytes).expect("written");
    }
    let workspace =
        Workspace::new(Scope::within(&project).expect("a folder"), top.path().join("state"));
    let text = fs::read_to_string(scenario.join("patch.txt")).expect("a patch");
    let input = Input { patch: text, expected_hashes: BTreeMap::new() };
    let result = patch(&workspace, &input, &Control::unbounded());
    let after = tree(&project);
    let told = scenario.join("error.txt");
    if scenario.join("expected").exists() {
        return match result {
            Err(error) => format!("failed: {error}"),
            Ok(_) if after != tree(&scenario.join("expected")) => format!("differs: {after:?}"),
            Ok(_) => String::new(),
        };
    }
    let failure = match result {
        Err(error) => Failure::from(error),
        Ok(_) => return "was not refused".to_owned(),
    };
    // Of what other tools say as well, only the code: its words are theirs.
    let message = match failure.code {
        "syntax" | "empty_patch" | "no_match" => format!("{}: {}\n", failure.code, failure.message),
        code => format!("{code}\n"),
    };
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&told, &message).expect("written");
    }
    let expected = fs::read_to_string(&told).unwrap_or_default();
    if message != expected {
        return format!("says {message:?}, expected {expected:?}");
    }
    if after == before { String::new() } else { format!("changed files: {after:?}") }
}

#[test]
fn every_scenario_ends_as_its_folder_says() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 40, "{} scenarios", scenarios.len());
    let wrong: Vec<String> = scenarios
        .iter()
        .map(|scenario| (scenario, replay(scenario)))
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(scenario, wrong)| format!("{}: {wrong}", scenario.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
