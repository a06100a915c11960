//! `pre-commit`: formats what is staged, then checks it; the git hook calls it.
//!
//! It looks at the staged contents, not at the working tree, so half-staged work is judged by the
//! half that will be committed. It takes no build: lints and tests are `cargo xtask test`'s work.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{self, QUICK};
use crate::tidy::files::{SourceFile, check_files};
use crate::tidy::finding::Finding;
use crate::workspace::{git, root};

/// A staged file above this many bytes is most likely no source.
const BLOB_BYTES_MAX: usize = 400_000;

/// Formats and checks the staged files of the checkout.
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    let root = root()?;
    let mut findings = Vec::new();
    let mut staged = Vec::new();
    for path in staged_paths(&root)? {
        let content = staged_content(&root, &path)?;
        if content.len() > BLOB_BYTES_MAX {
            let message = format!("{} bytes (limit {BLOB_BYTES_MAX})", content.len());
            let mend = "generate it at build time, or commit with --no-verify if it is source";
            findings.push(Finding::file(&path, message, mend));
        }
        let Ok(text) = String::from_utf8(content) else { continue };
        if path.ends_with(".rs") {
            format(&root, &path, &text, &mut findings)?;
        }
        staged.push(SourceFile { path, text });
    }
    check_files(&staged, &mut findings);
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    bail!("{} findings in the staged files", findings.len())
}

/// Formats a staged Rust file in place and stages it again. Where the working tree holds more than
/// what is staged, nothing is touched and a finding says so.
fn format(root: &Path, path: &str, staged: &str, findings: &mut Vec<Finding>) -> Result<()> {
    let formatted = match rustfmt(root, staged)? {
        Some(formatted) if formatted != staged => formatted,
        Some(_) => return Ok(()),
        None => {
            findings.push(Finding::file(path, "rustfmt cannot parse it", "mend the syntax"));
            return Ok(());
        }
    };
    let file = root.join(path);
    if std::fs::read_to_string(&file).is_ok_and(|text| text == staged) {
        std::fs::write(&file, formatted)?;
        process::run(git(root).args(["add", "--", path]), QUICK)?;
        eprintln!("formatted {path}");
    } else {
        let message = "staged in part and not formatted";
        findings.push(Finding::file(path, message, "cargo fmt, then stage it again"));
    }
    Ok(())
}

/// The formatted text, or nothing where rustfmt refuses. Through stdin, so that the modules the
/// file declares are left alone.
fn rustfmt(root: &Path, text: &str) -> Result<Option<String>> {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--emit", "stdout", "--config-path"]).arg(root);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir(root);
    let mut child = command.spawn().context("cannot run rustfmt")?;
    let mut pipe = child.stdin.take().context("rustfmt has no stdin")?;
    let input = text.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer to rustfmt panicked"))??;
    Ok(output.status.success().then(|| String::from_utf8(output.stdout)).transpose()?)
}

fn staged_paths(root: &Path) -> Result<Vec<String>> {
    let mut command = git(root);
    command.args(["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"]);
    let bytes = process::capture(&mut command, QUICK)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn staged_content(root: &Path, path: &str) -> Result<Vec<u8>> {
    process::capture(git(root).args(["cat-file", "blob", &format!(":{path}")]), QUICK)
}
