//! The fuzz target of the agent over its corpus: what the fuzzer found once is tried on every run.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../../fuzz/src/agent.rs"]
#[allow(unreachable_pub, reason = "public in the fuzz crate, which it belongs to")]
mod targets;

#[test]
fn every_input_that_was_kept_still_passes() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut failed: Vec<PathBuf> = Vec::new();
    for (target, run) in targets::TARGETS {
        let entries = fs::read_dir(corpora.join(target)).expect("the target has a corpus");
        let inputs: Vec<PathBuf> =
            entries.map(|entry| entry.expect("it can be listed").path()).collect();
        assert!(!inputs.is_empty(), "{target} has no corpus");
        failed.extend(inputs.into_iter().filter(|input| {
            let data = fs::read(input).expect("the input can be read");
            std::panic::catch_unwind(|| run(&data)).is_err()
        }));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
