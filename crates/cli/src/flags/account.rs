//! The flags of the commands about accounts.

use super::row::{Flag, FlagKind};
use super::table::{JSON, PROXY_ENV};

pub(super) const AUTH_FLAGS: &[Flag] = &[
    Flag {
        name: "provider",
        short: None,
        kind: FlagKind::ArgumentText("PROVIDER"),
        default: "`copilot`",
        about: "Where to log in: copilot, anthropic, or the name of a [[provider]] of those kinds",
        details: "",
    },
    Flag {
        name: "status",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Show who is logged in, and for how long",
        details: "Without PROVIDER: everywhere. The exit code is 1 if nobody is, or a login is refused.",
    },
    Flag {
        name: "logout",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Remove the login from this machine",
        details: "The login itself goes on to exist where it was made, until it is withdrawn there.",
    },
    Flag {
        name: "show-token",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print the token",
        details: "To stdout, as all results. With --status: the one that is kept.",
    },
    Flag {
        name: "yes",
        short: Some('y'),
        kind: FlagKind::Switch,
        default: "",
        about: "Say yes to using another vendor's client id, for scripts",
        details: "Without it the command says whose it is and asks, once.",
    },
    PROXY_ENV,
];

pub(super) const CHECK_USAGE_FLAGS: &[Flag] = &[
    Flag {
        name: "provider",
        short: None,
        kind: FlagKind::ArgumentText("PROVIDER"),
        default: "every Copilot account",
        about: "The name of a [[provider]] of kind copilot",
        details: "",
    },
    PROXY_ENV,
    JSON,
];
