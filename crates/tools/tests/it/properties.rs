//! How property tests choose their cases.

use proptest::test_runner::{Config, RngSeed};

/// So many cases, the same on every run, and no files of past failures: a case found is written as a test. Fewer where
/// `PROPTEST_CASES` says so, as under valgrind.
pub(crate) fn config(cases: u32) -> Config {
    let config = Config::default();
    let fewer = std::env::var_os("PROPTEST_CASES").is_some() && config.cases < cases;
    Config {
        cases: if fewer { config.cases } else { cases },
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x0001_F00D),
        ..config
    }
}
