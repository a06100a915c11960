//! One line of a session's file.

use crate::{AllowRule, EndReason, Mode, Origin, ReplyPart, ToolResult, Usage, UserPart};
use serde::{Deserialize, Serialize};

/// The version of the format; a file of a higher one is not read.
pub const ENTRY_VERSION: u32 = 1;

/// One thing that happened: one line of JSON. Entries are appended and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub body: EntryBody,
}

/// Another session that this one was forked from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id.
    pub session: String,
    /// The last of its turns that is in this one, too.
    pub turn: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntryBody {
    /// The session began. The first line of every file, and only that.
    Session {
        /// [`ENTRY_VERSION`].
        version: u32,
        /// The session's id.
        id: String,
        /// The project's folder.
        project: String,
        /// Where it was forked from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// The user said something, or the engine in the user's place.
    User {
        /// The number of the turn.
        turn: u64,
        /// What.
        parts: Vec<UserPart>,
        /// Who.
        #[serde(default, skip_serializing_if = "Origin::begins_turn")]
        origin: Origin,
    },
    /// The model replied.
    Assistant {
        /// What it said and called.
        parts: Vec<ReplyPart>,
        /// Which model.
        model: String,
        /// What the call used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
    /// A tool answered.
    Result(ToolResult),
    /// The files as they were when the turn began can be had again.
    Checkpoint {
        /// The number of the turn.
        turn: u64,
        /// The snapshot's number in the project's store.
        snapshot: u64,
    },
    /// The turn ended.
    TurnEnd {
        /// Its number.
        turn: u64,
        /// Why.
        reason: EndReason,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// This turn was taken back.
    Undo {
        /// The number of the turn.
        turn: u64,
        /// The snapshot that brings its files back; none where it changed none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot: Option<u64>,
    },
    /// This turn, taken back before, holds again.
    Redo {
        /// The number of the turn.
        turn: u64,
    },
    /// For the model, the oldest messages are replaced by a summary.
    Compaction {
        /// How many messages, counted from the first of the session that is not undone.
        messages: usize,
        /// The summary.
        summary: String,
        /// What the model used to write it; none where no model was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
    /// For the model, the outputs of these calls are forgotten.
    Pruned {
        /// The ids of the calls.
        calls: Vec<String>,
    },
    /// Something is allowed from now on.
    Allowed {
        /// What.
        rules: Vec<AllowRule>,
    },
    /// Another mode holds.
    Mode {
        /// Which.
        mode: Mode,
    },
    /// The session has a title.
    Title {
        /// The title.
        title: String,
    },
    /// An entry that a later version writes; it is kept in the file and means nothing here.
    #[serde(other)]
    Unknown,
}
