//! Looking through a tree again and again: an index that stays, fuzzy queries answered from it.

mod index;
mod list;
mod live;
mod session;
mod tool;
#[cfg(unix)]
mod whole;

use ironbridge_tools::find::ByteRange;
use proptest::test_runner::{Config, RngSeed};

/// The same cases on every run, and no files of past failures: a case found is written as a test.
fn property_config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}

/// `path` with what matched in brackets.
fn marked(path: &str, ranges: &[ByteRange]) -> String {
    let mut marked = path.to_owned();
    for range in ranges.iter().rev() {
        marked.insert(range.end as usize, ']');
        marked.insert(range.start as usize, '[');
    }
    marked
}
