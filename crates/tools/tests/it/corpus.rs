//! The fuzz targets of the tools over their corpora: what the fuzzer found once is tried on every run.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../../fuzz/src/tools.rs"]
#[allow(unreachable_pub, reason = "public in the fuzz crate, which it belongs to")]
mod targets;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    paths.sort();
    paths
}

/// Every input is tried, and all that fail are named together.
#[test]
fn every_input_that_was_kept_still_passes() {
    let mut failed = Vec::new();
    for (target, run) in targets::TARGETS {
        let inputs = entries(&corpora().join(target));
        assert!(!inputs.is_empty(), "{target} has no corpus");
        failed.extend(inputs.into_iter().filter(|input| {
            let data = fs::read(input).expect("the input can be read");
            std::panic::catch_unwind(|| run(&data)).is_err()
        }));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn no_corpus_is_forgotten() {
    let mut folders: Vec<String> = entries(&corpora())
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| name.starts_with("tool_"))
        .collect();
    folders.sort();
    let mut names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
}
