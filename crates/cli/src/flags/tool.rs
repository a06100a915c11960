//! The flags of `tool`.

use super::row::{Flag, FlagKind};

/// A day: a tool that takes longer is watched by nobody.
const TIMEOUT_SECONDS_MAX: u64 = 86_400;

pub(super) const TOOL_FLAGS: &[Flag] = &[
    Flag {
        name: "name",
        short: None,
        kind: FlagKind::ArgumentText("NAME"),
        default: "",
        about: "The tool",
        details: "",
    },
    Flag {
        name: "root",
        short: None,
        kind: FlagKind::Path("DIR"),
        default: "the current folder",
        about: "The project's folder",
        details: "Relative paths start there, and no tool leaves it.",
    },
    Flag {
        name: "no-sandbox",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Let tools leave the project's folder, and commands write anywhere and use the network",
        details: "",
    },
    Flag {
        name: "timeout",
        short: None,
        kind: FlagKind::Seconds { max: TIMEOUT_SECONDS_MAX },
        default: "that of the tool",
        about: "Stop the tool after so many seconds",
        details: "A search gives what it has found by then; nothing is left half written.",
    },
    Flag {
        name: "allow-host",
        short: None,
        kind: FlagKind::Texts("HOST"),
        default: "",
        about: "Let `fetch` ask this host although it is private; may be given several times",
        details: "As it stands in the address, with or without a port: localhost:3000.",
    },
    Flag {
        name: "schema",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print the JSON schemas of the tool's input and output instead of running it",
        details: "",
    },
];
