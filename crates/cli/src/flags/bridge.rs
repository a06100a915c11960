//! The flags of `acp` and `mcp`.

use super::agent::{MODEL, MODES, TURNS_MAX};
use super::row::{Flag, FlagKind};
use super::table::PROXY_ENV;

pub(super) const ACP_FLAGS: &[Flag] = &[
    MODEL,
    Flag {
        name: "mode",
        short: None,
        kind: FlagKind::Choice("MODE", MODES),
        default: "`normal`",
        about: "How much new sessions may do without asking",
        details: "The editor can change it at any time. A session of before has the mode it had.",
    },
    Flag {
        name: "max-turns",
        short: None,
        kind: FlagKind::Count { name: "N", min: 1, max: TURNS_MAX },
        default: "`200`",
        about: "Ask the model so often for one prompt at most",
        details: "",
    },
    PROXY_ENV,
];

pub(super) const MCP_FLAGS: &[Flag] = &[
    Flag {
        name: "root",
        short: None,
        kind: FlagKind::Path("DIR"),
        default: "the roots that the client names, else the current folder",
        about: "The project's folder",
        details: "Relative paths start there, and nothing leaves it. With it the client's roots do not count.",
    },
    Flag {
        name: "allow-write",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Offer the tools that change files, too",
        details: "What they change can be had back: `snapshot` is one of them.",
    },
    Flag {
        name: "allow-shell",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Offer the tools that run commands, too",
        details: "Commands write in the project only and have no network; where the kernel cannot hold them in they do \
                  not run.",
    },
];
