//! What a terminal says of itself and of its program.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::PtySize;

/// A terminal as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PtyInfo {
    /// Its number; counted up, never used again.
    pub id: u64,
    /// The number of its program.
    pub pid: u32,
    /// The program, and its arguments.
    pub command: String,
    /// As they were given.
    pub args: Vec<String>,
    /// The folder the program was started in.
    pub cwd: PathBuf,
    /// What it is called.
    pub title: String,
    /// Rows and columns.
    pub size: PtySize,
    /// Whether the program runs.
    pub status: PtyStatus,
}

/// Whether a program runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum PtyStatus {
    /// It runs.
    Running,
    /// It has ended, and all it printed was given.
    #[serde(rename_all = "camelCase")]
    Exited {
        /// What it exited with; null when a signal ended it.
        exit_code: Option<i32>,
        /// The signal that ended it, as `SIGHUP`.
        signal: Option<String>,
    },
}

/// Something happened to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "event")]
pub enum PtyEvent {
    /// It was opened.
    Created {
        /// As it is.
        info: PtyInfo,
    },
    /// Its title or size was changed.
    Updated {
        /// As it is now.
        info: PtyInfo,
    },
    /// Its program has ended, after all of its output was given.
    Exited {
        /// As it is now.
        info: PtyInfo,
    },
    /// It is closed and no longer listed.
    Deleted {
        /// Its number.
        id: u64,
    },
}

/// A piece of what a program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PtyOutput<'a> {
    /// The number of the terminal.
    pub id: u64,
    /// How many bytes were printed before these.
    pub offset: u64,
    /// Not empty; in text mode never cut inside a UTF-8 character.
    pub bytes: &'a [u8],
}

/// What a consumer did with a piece of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is done with it.
    Now,
    /// It will say so with `Pty::taken`; until then the bytes count against the window.
    Later,
}

/// Bytes out of the ring of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PtyRead {
    /// How many bytes were printed before these.
    pub offset: u64,
    /// The bytes; empty when there are none.
    pub bytes: Vec<u8>,
    /// How many bytes between what was asked for and these are gone.
    pub missed: u64,
}

/// The ring of a terminal in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PtyBuffer {
    /// Bytes it has.
    pub bytes: u64,
    /// Bytes it can have.
    pub limit: u64,
    /// The size of the parts it is replayed in, in bytes.
    pub part_bytes: u64,
    /// How many such parts it has now, the last of them maybe smaller.
    pub parts: u64,
    /// The offset of its first byte: how many were printed before it.
    pub start: u64,
    /// The offset of the next byte to come.
    pub end: u64,
}
