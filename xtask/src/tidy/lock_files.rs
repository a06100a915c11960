//! Lock files and client configs that work on every machine: no path of this one, no download
//! address of a mirror.

use std::path::Path;

use crate::tidy::files::SourceFile;
use crate::tidy::finding::Finding;

/// The one source a package in `Cargo.lock` may have.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

const LOCK_NAMES: &[&str] = &["Cargo.lock", "package-lock.json", "requirements.txt", ".npmrc"];

/// The absolute paths that betray this machine: the checkout, and the home folder.
pub(crate) fn machine_paths(root: &Path) -> Vec<String> {
    let mut paths = vec![root.to_string_lossy().into_owned()];
    if let Some(home) = std::env::home_dir() {
        paths.push(format!("{}/", home.to_string_lossy().trim_end_matches('/')));
    }
    paths
}

/// Checks every file for the first machine path (the checkout), lock files for all of it.
pub(crate) fn check(sources: &[SourceFile], machine: &[String], findings: &mut Vec<Finding>) {
    for source in sources {
        let name = source.path.rsplit('/').next().unwrap_or(&source.path);
        let is_lock = LOCK_NAMES.contains(&name);
        let forbidden = if is_lock { machine } else { machine.get(..1).unwrap_or_default() };
        for (index, line) in source.text.lines().enumerate() {
            if let Some(path) = forbidden.iter().find(|path| line.contains(path.as_str())) {
                let message = format!("a path of this machine: {path}");
                let mend = "write it relative to the root";
                findings.push(Finding::line(&source.path, index + 1, message, mend));
            }
            if is_lock && let Some(mend) = download_address(name, line) {
                let message = "a download address in a lock file";
                findings.push(Finding::line(&source.path, index + 1, message, mend));
            }
        }
    }
}

/// How to mend the line, where it names an address that packages are fetched from.
fn download_address(name: &str, line: &str) -> Option<&'static str> {
    let line = line.trim();
    match name {
        "Cargo.lock" => {
            let source = line.strip_prefix("source = ")?;
            (source.trim_matches('"') != CRATES_IO)
                .then_some("take the crate from crates.io, by version")
        }
        "package-lock.json" => (line.starts_with("\"resolved\": \"http"))
            .then_some("npm install --package-lock-only --omit-lockfile-registry-resolved"),
        _ => (line.contains("://")).then_some("name packages, not addresses"),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check_file(path: &str, text: &str, expected: &Expect) {
        let machine = ["/srv/checkout".to_owned(), "/home/ada/".to_owned()];
        let mut findings = Vec::new();
        check(&[SourceFile { path: path.into(), text: text.into() }], &machine, &mut findings);
        let lines: Vec<String> = findings.iter().map(Finding::headline).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn machine_paths_are_found() {
        check_file(
            "a.md",
            "\nsee /srv/checkout/x",
            &expect!["a.md:2: a path of this machine: /srv/checkout"],
        );
        check_file("a.md", "cp /home/ada/x y", &expect![""]);
        check_file(
            "fixtures/clients/python/requirements.txt",
            "/home/ada/wheel.whl",
            &expect![
                "fixtures/clients/python/requirements.txt:1: a path of this machine: /home/ada/"
            ],
        );
    }

    #[test]
    fn download_addresses_are_found() {
        let address = "https://mirror.example/x";
        check_file("Cargo.lock", &format!("source = \"{CRATES_IO}\""), &expect![""]);
        check_file(
            "fuzz/Cargo.lock",
            &format!("source = \"git+{address}\""),
            &expect!["fuzz/Cargo.lock:1: a download address in a lock file"],
        );
        check_file(
            "package-lock.json",
            &format!("  \"resolved\": \"{address}\","),
            &expect!["package-lock.json:1: a download address in a lock file"],
        );
        check_file("package-lock.json", "  \"integrity\": \"sha512-x\",", &expect![""]);
        check_file(
            "requirements.txt",
            &format!("--index-url {address}"),
            &expect!["requirements.txt:1: a download address in a lock file"],
        );
        check_file("requirements.txt", "openai==1.0.0", &expect![""]);
    }
}
