//! The flags of the commands about the agent's sessions.

use super::row::{Flag, FlagKind};

/// The session that a command is about.
const SESSION: Flag = Flag {
    name: "session",
    short: None,
    kind: FlagKind::ArgumentName("SESSION"),
    default: "",
    about: "The session's id, or the begin of it",
    details: "`ironbridge session list` shows them.",
};

pub(super) const SESSION_LIST_FLAGS: &[Flag] = &[
    Flag {
        name: "all",
        short: Some('a'),
        kind: FlagKind::Switch,
        default: "",
        about: "Those of all folders",
        details: "",
    },
    Flag {
        name: "json",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print a JSON object for each, one a line",
        details: "{id, title, project, changed_at, turns}; changed_at in milliseconds since 1970.",
    },
];

pub(super) const SESSION_EXPORT_FLAGS: &[Flag] = &[SESSION];

pub(super) const SESSION_RENAME_FLAGS: &[Flag] = &[
    SESSION,
    Flag {
        name: "title",
        short: None,
        kind: FlagKind::ArgumentName("TITLE"),
        default: "",
        about: "Its title from now on",
        details: "",
    },
];

pub(super) const SESSION_FORK_FLAGS: &[Flag] = &[
    SESSION,
    Flag {
        name: "turn",
        short: None,
        kind: FlagKind::Count { name: "N", min: 1, max: TURN_MAX },
        default: "its last",
        about: "Take over the turns up to this one",
        details: "",
    },
];

/// More turns than a session can have.
const TURN_MAX: u64 = 1_000_000_000;

pub(super) const SESSION_REMOVE_FLAGS: &[Flag] = &[SESSION];
