//! The bench of tools in its quick form: every row works, and we and the peers come to the same results. No figure is judged.

use std::path::PathBuf;
use std::process::Command;

use super::PACKAGE;

/// The scripts with their peers; set by `cargo xtask test`.
const SCRIPTS: &str = "IRONBRIDGE_TEST_BENCH_OF_TOOLS";

#[test]
fn the_bench_of_tools_works() {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(scripts), Some(package)) = (set(SCRIPTS), set(PACKAGE)) else {
        println!(
            "skipped: {SCRIPTS} or {PACKAGE} is not set; `cargo xtask test` installs the peers and sets them"
        );
        return;
    };
    let fixtures = scripts.with_file_name("fixtures");
    let mut command = Command::new("node");
    command.arg(scripts.join("run.mjs")).arg("--quick");
    command.env("IRONBRIDGE_BENCH_FIXTURES", fixtures).env(PACKAGE, package);
    let output = command.output().expect("node runs");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the bench of tools: {}", output.status);
}
