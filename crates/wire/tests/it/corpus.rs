//! Replays the fuzz corpora: every input that was a seed or once failed, through the code that the
//! fuzz targets run.

use std::path::{Path, PathBuf};

#[path = "../../../../fuzz/src/targets.rs"]
#[allow(unreachable_pub, reason = "public in the fuzz crate, which it belongs to")]
mod targets;

fn corpus_of(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    files.sort();
    files
}

/// Every input is tried, and all that fail are named together.
fn replay(target: &str) {
    let named = targets::TARGETS.iter().find(|(name, _)| *name == target);
    let (_, run) = named.expect("a target of that name");
    let inputs = corpus_of(target);
    assert!(!inputs.is_empty(), "{target} has no corpus");
    let fails = |input: &&PathBuf| {
        let data = std::fs::read(input).expect("the input can be read");
        std::panic::catch_unwind(|| run(&data)).is_err()
    };
    let failed: Vec<&PathBuf> = inputs.iter().filter(fails).collect();
    assert!(failed.is_empty(), "{target} fails for {failed:#?}");
}

#[test]
fn sse_decode() {
    replay("sse_decode");
}

#[test]
fn request_chat() {
    replay("request_chat");
}

#[test]
fn request_responses() {
    replay("request_responses");
}

#[test]
fn request_messages() {
    replay("request_messages");
}

#[test]
fn request_count() {
    replay("request_count");
}

#[test]
fn request_embeddings() {
    replay("request_embeddings");
}

#[test]
fn stream_chat() {
    replay("stream_chat");
}

#[test]
fn stream_responses() {
    replay("stream_responses");
}

#[test]
fn stream_messages() {
    replay("stream_messages");
}

#[test]
fn no_corpus_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut folders: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        // Those of the tools and of the agent are replayed by their own tests.
        .filter(|name| !["tool_", "agent_"].iter().any(|others| name.starts_with(others)))
        .collect();
    folders.sort();
    let mut names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
}
