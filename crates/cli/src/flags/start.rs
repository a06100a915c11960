//! The flags of `start`.

use super::row::{Flag, FlagKind};
use super::table::PROXY_ENV;

/// A day: what runs longer is no script's `--exit-after`.
const EXIT_AFTER_MAX: u64 = 24 * 3600;

/// The longest `--rate-limit`: an hour, as of `server.interval`.
const RATE_LIMIT_MAX: u64 = 3600;

/// What `--account-type` takes: the names of `ironbridge_upstream::copilot::AccountType`.
pub(crate) const ACCOUNT_TYPES: &[&str] = &["individual", "business", "enterprise"];

pub(super) const START_FLAGS: &[Flag] = &[
    Flag {
        name: "port",
        short: Some('p'),
        kind: FlagKind::Port,
        default: "that of `server.listen`, 4141",
        about: "Listen on this port",
        details: "0 takes a free one; the real one is printed.",
    },
    Flag {
        name: "host",
        short: None,
        kind: FlagKind::Ip,
        default: "that of `server.listen`, 127.0.0.1",
        about: "Listen on this address",
        details: "",
    },
    Flag {
        name: "offline",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Serve every model name with the built-in model",
        details: "It needs no account and no network, and always gives the same answer. Providers and routes of \
                  the config are left out.",
    },
    Flag {
        name: "account-type",
        short: Some('a'),
        kind: FlagKind::Choice("TYPE", ACCOUNT_TYPES),
        default: "`account_type` of the provider, individual",
        about: "The kind of your Copilot account",
        details: "Decides which of Copilot's servers is asked, where GitHub does not say.",
    },
    Flag {
        name: "github-token",
        short: Some('g'),
        kind: FlagKind::Text("TOKEN"),
        default: "",
        about: "Use Copilot with this GitHub token, instead of a login",
        details: "It is not kept. Other users of this machine can see it in the list of processes: better is \
                  `credential = { env = \"NAME\" }` in the config.",
    },
    Flag {
        name: "show-token",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Show Copilot's tokens when they are fetched",
        details: "For the login at GitHub and the short-lived token of the start.",
    },
    Flag {
        name: "manual",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Ask in the terminal before each request is sent on",
        details: "One at a time; everything but y refuses it with 403.",
    },
    Flag {
        name: "rate-limit",
        short: Some('r'),
        kind: FlagKind::Seconds { max: RATE_LIMIT_MAX },
        default: "`server.interval`, none",
        about: "Let a request begin only so many seconds after the last",
        details: "One that comes earlier is refused with 429, or waits with --wait. 0 is none.",
    },
    Flag {
        name: "wait",
        short: Some('w'),
        kind: FlagKind::Switch,
        default: "",
        about: "With --rate-limit: let requests wait in order, instead of refusing them",
        details: "",
    },
    Flag {
        name: "claude-code",
        short: Some('c'),
        kind: FlagKind::Switch,
        default: "",
        about: "Print the command that runs Claude Code on this gateway, and copy it",
        details: "Asks for the two models that Claude Code uses, unless --model and --small-model name them.",
    },
    Flag {
        name: "model",
        short: None,
        kind: FlagKind::Text("MODEL"),
        default: "",
        about: "With --claude-code: the model",
        details: "",
    },
    Flag {
        name: "small-model",
        short: None,
        kind: FlagKind::Text("MODEL"),
        default: "",
        about: "With --claude-code: the model for small tasks",
        details: "",
    },
    Flag {
        name: "no-dashboard",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Do not serve /dashboard",
        details: "",
    },
    PROXY_ENV,
    Flag {
        name: "exit-after",
        short: None,
        kind: FlagKind::Seconds { max: EXIT_AFTER_MAX },
        default: "",
        about: "Stop after so many seconds, for scripts",
        details: "",
    },
];
