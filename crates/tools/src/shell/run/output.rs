//! What a run gives.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::shell::SandboxReport;

/// A piece of what a command prints, while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Where it was printed.
    pub stream: Stream,
    /// Not empty, and never cut inside a UTF-8 character; escape sequences taken out where that was asked for.
    pub bytes: &'a [u8],
}

/// Where something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a command ended and what it printed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunShellOutput {
    /// Why it is over.
    pub ended: Ending,
    /// What it exited with; null when a signal ended it.
    pub exit_code: Option<i32>,
    /// The signal that ended it, as `SIGKILL`.
    pub signal: Option<String>,
    /// As a shell would say it: the exit code, or 128 and the number of the signal.
    pub status: i32,
    /// All it printed, in the order it came.
    pub output: Printed,
    /// What it printed to standard output.
    pub stdout: Printed,
    /// What it printed to standard error.
    pub stderr: Printed,
    /// The file that has all of `output`, when the text here has not. It is kept for a week, or until many newer ones
    /// are there.
    pub full_output: Option<PathBuf>,
    /// How many bytes at the end are missing in that file too, for it would have become too large, or could not be
    /// written.
    pub full_output_missing_bytes: u64,
    /// Numbers of processes it left in the background that still held its output.
    pub background: Vec<u32>,
    /// What it used, with the children it waited for.
    pub usage: UsageReport,
    /// What the sandbox did, where there was one.
    pub sandbox: Option<SandboxReport>,
    /// Whether the failure looks like the sandbox's doing: it may be worth asking to run it without.
    pub likely_sandboxed: bool,
}

/// Why a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// It exited.
    Exited,
    /// A signal ended it that was not ours.
    Signalled,
    /// It ran too long and was ended.
    TimedOut,
    /// It printed nothing for too long and was ended.
    Idle,
    /// The caller ended it.
    Cancelled,
}

/// A text with its middle left out where it was too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Printed {
    /// The text; where something is left out, a line in its place says how much. Bytes that are no UTF-8 show as
    /// U+FFFD.
    pub text: String,
    /// Bytes printed, those left out counted.
    pub bytes: u64,
    /// Lines printed, those left out counted.
    pub lines: u64,
    /// Bytes left out.
    pub omitted_bytes: u64,
    /// Line ends left out.
    pub omitted_lines: u64,
}

/// What a command used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageReport {
    /// Time that passed, in milliseconds.
    pub wall_ms: f64,
    /// Time on the processor, in milliseconds.
    pub user_ms: f64,
    /// Time the kernel worked for it, in milliseconds.
    pub system_ms: f64,
    /// The largest memory one of its processes held, in bytes. Null when that was less than this process itself holds:
    /// the kernel counts from the fork and cannot tell the two apart.
    pub max_resident_bytes: Option<u64>,
}
